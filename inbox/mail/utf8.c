/* SPDX-License-Identifier: MIT */
#include "inbox/mail/text.h"

#include <stdint.h>
#include <string.h>

#include "inbox/base/utf8.h"

static const struct bytes replacement = {(const unsigned char *)"\xEF\xBF\xBD",
                                         3};

size_t text_sequence(struct bytes text, bool *valid_out)
{
    size_t broken;
    size_t size;

    if (text.size > 0 && text.at[0] > 0 && text.at[0] < 0x80) {
        *valid_out = true;
        return 1;
    }
    size = utf8_size(text, &broken);

    *valid_out = size > 0 && text.at[0] != '\0';
    return size > 0 ? size : broken;
}

/* How much of the beginning is ASCII without NUL, counted in whole words of
 * eight octets: a high bit is set where an octet is 0 or above 127. */
static size_t ascii_words(struct bytes text)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = UINT64_C(0x8080808080808080);
    size_t at = 0;

    for (; at + sizeof(uint64_t) <= text.size; at += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, text.at + at, sizeof(word));
        if (((word | (word - ones)) & highs) != 0) {
            break;
        }
    }
    return at;
}

/* Only ASCII without NUL? */
static bool is_ascii(struct bytes text)
{
    for (size_t i = ascii_words(text); i < text.size; i++) {
        if (text.at[i] >= 0x80 || text.at[i] == '\0') {
            return false;
        }
    }
    return true;
}

bool text_is_utf8(struct bytes text)
{
    size_t ascii = ascii_words(text);
    struct bytes rest = bytes_part(text, ascii, text.size);

    return utf8_good_size(rest) == rest.size &&
           (rest.size == 0 || memchr(rest.at, '\0', rest.size) == NULL);
}

void text_add_valid(struct buffer *out, struct bytes text)
{
    size_t at = 0;

    while (at < text.size) {
        bool is_valid;
        size_t size = text_sequence(bytes_part(text, at, 4), &is_valid);

        buffer_add(out, is_valid ? bytes_part(text, at, size) : replacement);
        at += size;
    }
}

char *text_settle(struct buffer *text, struct arena *arena)
{
    char *settled = arena_text(arena, buffer_bytes(text));

    buffer_free(text);
    return settled;
}

char *mail_utf8(struct bytes text, struct arena *arena)
{
    struct buffer out = {0};

    if (is_ascii(text) || text_is_utf8(text)) {
        return arena_text(arena, text);
    }
    text_add_valid(&out, text);
    return text_settle(&out, arena);
}

size_t text_cut(const char *text, size_t most)
{
    size_t size = strnlen(text, most + 1);

    if (size <= most) {
        return size;
    }
    size = most;
    while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80) {
        size--;
    }
    return size;
}
