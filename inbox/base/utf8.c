/* SPDX-License-Identifier: MIT */
#include "inbox/base/utf8.h"

#include <string.h>

/* How many octets follow a leading octet, or -1 when it leads nothing. */
static int followers(unsigned char lead)
{
    if (lead < 0x80) {
        return 0;
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return -1;
    }
    return lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
}

/* What is too long, a surrogate or above U+10FFFF shows in the second octet. */
static bool is_second(unsigned char lead, unsigned char second)
{
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
}

size_t utf8_size(struct bytes text, size_t *broken_out)
{
    int more = text.size > 0 ? followers(text.at[0]) : -1;
    size_t size = 1;
    bool is_good = more >= 0;
    for (; more > 0 && is_good; more--) {
        is_good =
            size < text.size && (size == 1 ? is_second(text.at[0], text.at[1])
                                           : (text.at[size] & 0xc0) == 0x80);
        size += is_good;
    }
    if (broken_out != NULL) {
        *broken_out = is_good ? 0 : size;
    }
    return is_good ? size : 0;
}

size_t utf8_good_size(struct bytes text)
{
    size_t at = 0;
    while (at < text.size) {
        size_t size =
            text.at[at] < 0x80 ? 1 : utf8_size(bytes_part(text, at, 4), NULL);
        if (size == 0) {
            break;
        }
        at += size;
    }
    return at;
}

/* C0, DEL and C1 (U+0080 to U+009F) are controls. */
static bool is_control(const unsigned char *character)
{
    return character[0] < 0x20 || character[0] == 0x7f ||
           (character[0] == 0xc2 && character[1] < 0xa0);
}

void utf8_add_shown(struct buffer *out, struct bytes text, const char *passing)
{
    for (size_t at = 0; at < text.size;) {
        const unsigned char *character = text.at + at;
        size_t size = utf8_size(bytes_part(text, at, 4), NULL);
        bool passes = *character != '\0' && strchr(passing, *character) != NULL;
        if (size > 0 && (passes || !is_control(character))) {
            buffer_add(out, (struct bytes){character, size});
        } else {
            buffer_print(out, "\\x%02x", *character);
            size = 1;
        }
        at += size;
    }
}
