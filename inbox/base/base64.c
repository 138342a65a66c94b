/* SPDX-License-Identifier: MIT */
#include "inbox/base/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct bytes octets, struct buffer *out)
{
    for (size_t i = 0; i < octets.size; i += 3) {
        size_t left = octets.size - i;
        uint32_t word = (uint32_t)octets.at[i] << 16;
        word |= left > 1 ? (uint32_t)octets.at[i + 1] << 8 : 0;
        word |= left > 2 ? (uint32_t)octets.at[i + 2] : 0;
        for (size_t digit = 0; digit < 4; digit++) {
            char sign = alphabet[word >> (18 - 6 * digit) & 63];
            buffer_add_byte(out, (unsigned char)(digit > left ? '=' : sign));
        }
    }
}

/* The value of a digit, 64 when it is none. */
static uint32_t digit_value(unsigned char digit)
{
    const char *at = digit == '\0' ? NULL : strchr(alphabet, digit);
    return at == NULL ? 64 : (uint32_t)(at - alphabet);
}

/* Four characters, of which the last `padding` are =. */
static int decode_group(const unsigned char *text, size_t padding,
                        struct buffer *out)
{
    uint32_t word = 0;
    for (size_t i = 0; i < 4; i++) {
        uint32_t value = i < 4 - padding ? digit_value(text[i]) : 0;
        if (value == 64) {
            return -1;
        }
        word = word << 6 | value;
    }
    if ((word & ((1U << 8 * padding) - 1)) != 0) {
        return -1; /* bits nobody can have meant */
    }
    for (size_t i = 0; i < 3 - padding; i++) {
        buffer_add_byte(out, (unsigned char)(word >> (16 - 8 * i)));
    }
    return 0;
}

int base64_decode(struct bytes text, struct buffer *out)
{
    if (text.size % 4 != 0) {
        return -1;
    }
    for (size_t i = 0; i < text.size; i += 4) {
        size_t padding = 0;
        if (i + 4 == text.size && text.at[i + 3] == '=') {
            padding = text.at[i + 2] == '=' ? 2 : 1;
        }
        if (decode_group(text.at + i, padding, out) != 0) {
            return -1;
        }
    }
    return 0;
}
