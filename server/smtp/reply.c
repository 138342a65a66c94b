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

/* Has it what would end a line or cut it off? */
static bool is_rough(struct bytes text)
{
    return text.size > 0 && (memchr(text.at, '\r', text.size) != NULL ||
                             memchr(text.at, '\0', text.size) != NULL);
}

/* What stands before the text of each line but for the separator. */
struct reply_start {
    unsigned char code[4];
    const char *enhanced;
    size_t enhanced_size;
    bool is_rough;
};

static void write_line(const struct reply_start *start, struct bytes line,
                       bool is_last, struct buffer *out)
{
    size_t enhanced = start->enhanced_size;
    unsigned char *at = buffer_room(out, line.size + enhanced + 8);
    unsigned char *const begin = at;
    memcpy(at, start->code, 3);
    at[3] = is_last ? ' ' : '-';
    at += 4;
    if (enhanced > 0) {
        memcpy(at, start->enhanced, enhanced);
        at += enhanced;
        *at++ = ' ';
    }
    if (line.size > 0) {
        memcpy(at, line.at, line.size);
    }
    for (size_t i = 0; start->is_rough && i < line.size; i++) {
        at[i] = at[i] == '\r' || at[i] == '\0' ? ' ' : at[i];
    }
    at += line.size;
    *at++ = '\r';
    *at++ = '\n';
    out->size += (size_t)(at - begin);
}

void smtp_reply_write(const struct smtp_reply *reply, struct buffer *out)
{
    struct bytes rest = reply->text;
    struct reply_start start = {
        .enhanced = reply->enhanced,
        .enhanced_size = strnlen(reply->enhanced, sizeof(reply->enhanced)),
        .is_rough = is_rough(rest)};
    (void)text_number(start.code, three_digits(reply->code));
    /* An answer to EHLO has twenty lines: room for them is made once. */
    if (rest.size > LONG_TEXT) {
        (void)buffer_room(out, rest.size + rest.size / 2);
    }
    for (;;) {
        const unsigned char *end =
            rest.size == 0 ? NULL : memchr(rest.at, '\n', rest.size);
        if (end == NULL) {
            write_line(&start, rest, true, out);
            return;
        }
        size_t size = (size_t)(end - rest.at);
        write_line(&start, bytes_part(rest, 0, size), false, out);
        rest = bytes_part(rest, size + 1, rest.size);
    }
}
