/* SPDX-License-Identifier: MIT */
#include "inbox/mail/text.h"

#include <string.h>

static const struct bytes replacement = {(const unsigned char *)"\xEF\xBF\xBD",
                                         3};

/* How many octets follow a leading octet, or -1 when it leads nothing. */
static int followers(unsigned char lead)
{
    if (lead < 0x80) {
        return 0;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 1;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        return 2;
    }
    return lead >= 0xF0 && lead <= 0xF4 ? 3 : -1;
}

/* Overlong forms, surrogates and what lies beyond U+10FFFF are decided by the
 * second octet (RFC 3629 section 4). */
static bool is_second(unsigned char lead, unsigned char second)
{
    switch (lead) {
    case 0xE0:
        return second >= 0xA0 && second <= 0xBF;
    case 0xED:
        return second >= 0x80 && second <= 0x9F;
    case 0xF0:
        return second >= 0x90 && second <= 0xBF;
    case 0xF4:
        return second >= 0x80 && second <= 0x8F;
    default:
        return (second & 0xC0) == 0x80;
    }
}

size_t text_sequence(struct bytes text, bool *valid_out)
{
    int more = text.size > 0 ? followers(text.at[0]) : -1;
    size_t size = 1;

    *valid_out = more >= 0 && text.at[0] != '\0';
    for (; more > 0; more--, size++) {
        bool fits =
            size < text.size && (size == 1 ? is_second(text.at[0], text.at[1])
                                           : (text.at[size] & 0xC0) == 0x80);

        if (!fits) {
            *valid_out = false;
            return size;
        }
    }
    return size;
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
    size_t at = 0;

    while (at < text.size) {
        bool is_valid;

        at += text_sequence(bytes_part(text, at, 4), &is_valid);
        if (!is_valid) {
            return false;
        }
    }
    return true;
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
