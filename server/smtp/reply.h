/* SPDX-License-Identifier: MIT */
#ifndef SERVER_SMTP_REPLY_H
#define SERVER_SMTP_REPLY_H

#include "inbox/base/bytes.h"
#include "server/smtp/session.h"

/* Fills `reply_out` with a reply whose text is a literal, or lives as long as
 * it. `enhanced` is "2.1.0", or "" where RFC 2034 has none. */
void smtp_reply_set(struct smtp_reply *reply_out, uint16_t code,
                    const char *enhanced, const char *text);

/* Appends `reply` as it goes over the wire: CRLF lines that begin with the
 * code, `-` behind it on all but the last (RFC 5321 4.2.1), and the same
 * enhanced code on each (RFC 2034 4). A CR or NUL in the text becomes a
 * space. */
void smtp_reply_write(const struct smtp_reply *reply, struct buffer *out);

#endif
