/* SPDX-License-Identifier: MIT */
#include "inbox/mail/text.h"

#include <string.h>

#include "inbox/base/utf8.h"

static const struct bytes replacement = {(const unsigned char *)"\xEF\xBF\xBD",
                                         3};

size_t text_sequence(struct bytes text, bool *valid_out)
{
    size_t broken;
    size_t size = utf8_size(text, &broken);

    *valid_out = size > 0 && text.at[0] != '\0';
    return size > 0 ? size : broken;
}

bool text_is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] >= 0x80 || text.at[i] == '\0') {
            return false;
        }
    }
    return true;
}

bool text_is_utf8(struct bytes text)
{
    return utf8_good_size(text) == text.size &&
           (text.size == 0 || memchr(text.at, '\0', text.size) == NULL);
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

    if (text_is_ascii(text) || text_is_utf8(text)) {
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
