/* SPDX-License-Identifier: MIT */
#include "server/smtp/reply.h"

#include <string.h>

#define LONG_TEXT 128

void smtp_reply_set(struct smtp_reply *reply_out, uint16_t code,
                    const char *enhanced, const char *text)
{
    reply_out->code = code;
    (void)strncpy(reply_out->enhanced, enhanced,
                  sizeof(reply_out->enhanced) - 1);
    reply_out->enhanced[sizeof(reply_out->enhanced) - 1] = '\0';
    reply_out->text = bytes_of(text);
}

/* Who wants a code that has not three digits writes raw octets as a fault. */
static unsigned three_digits(uint16_t code)
{
    return code >= 100 && code <= 999 ? code : 451;
}

/* Without what would end it or cut it off. */
static unsigned char *add_line(unsigned char *at, struct bytes line)
{
    if (line.size == 0) {
        return at;
    }
    memcpy(at, line.at, line.size);
    if (memchr(at, '\r', line.size) != NULL ||
        memchr(at, '\0', line.size) != NULL) {
        for (size_t i = 0; i < line.size; i++) {
            at[i] = at[i] == '\r' || at[i] == '\0' ? ' ' : at[i];
        }
    }
    return at + line.size;
}

static void write_line(const struct smtp_reply *reply, struct bytes line,
                       bool is_last, struct buffer *out)
{
    size_t enhanced = strnlen(reply->enhanced, sizeof(reply->enhanced));
    unsigned code = three_digits(reply->code);
    unsigned char *at = buffer_room(out, line.size + enhanced + 8);
    unsigned char *start = at;
    *at++ = (unsigned char)('0' + code / 100);
    *at++ = (unsigned char)('0' + code / 10 % 10);
    *at++ = (unsigned char)('0' + code % 10);
    *at++ = is_last ? ' ' : '-';
    if (enhanced > 0) {
        memcpy(at, reply->enhanced, enhanced);
        at += enhanced;
        *at++ = ' ';
    }
    at = add_line(at, line);
    *at++ = '\r';
    *at++ = '\n';
    out->size += (size_t)(at - start);
}

void smtp_reply_write(const struct smtp_reply *reply, struct buffer *out)
{
    struct bytes rest = reply->text;
    /* An answer to EHLO has twenty lines: room for them is made once. */
    if (rest.size > LONG_TEXT) {
        (void)buffer_room(out, rest.size + rest.size / 4);
    }
    for (;;) {
        const unsigned char *end =
            rest.size == 0 ? NULL : memchr(rest.at, '\n', rest.size);
        if (end == NULL) {
            write_line(reply, rest, true, out);
            return;
        }
        size_t size = (size_t)(end - rest.at);
        write_line(reply, bytes_part(rest, 0, size), false, out);
        rest = bytes_part(rest, size + 1, rest.size);
    }
}
