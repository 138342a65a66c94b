/* SPDX-License-Identifier: MIT */
#ifndef SERVER_COMMANDS_COMPOSE_H
#define SERVER_COMMANDS_COMPOSE_H

#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"

/* Makes a message (RFC 5322, 2045-2047, 2231) from its pieces. Pure. */

struct compose_attachment {
    const char *name;
    struct bytes octets;
};

struct compose_mail {
    const char *from;
    const char *const *to;
    size_t to_count;
    const char *subject;
    const char *text;           /* UTF-8, or NULL */
    const char *html;           /* UTF-8, or NULL */
    const char *const *headers; /* further ones, NAME: VALUE */
    size_t header_count;
    const struct compose_attachment *attachments;
    size_t attachment_count;
    int64_t date_s;  /* since 1970, UTC */
    uint64_t number; /* makes Message-ID and boundaries unlike others */
};

/* Appends the message, with CRLF line ends, to `out`. */
void compose_write(const struct compose_mail *mail, struct buffer *out);

/* Appends "Sun, 22 Nov 2026 08:00:00 +0000" to `out`. */
void compose_date(int64_t date_s, struct buffer *out);

/* Appends `text` with every line end made CRLF. With `dot_ends`, a line that
 * is a single dot ends the text. */
void compose_crlf(struct bytes text, bool dot_ends, struct buffer *out);

#endif
