/* SPDX-License-Identifier: MIT */
#ifndef INBOX_BASE_BASE64_H
#define INBOX_BASE_BASE64_H

#include "inbox/base/bytes.h"

/* Strict base64 (RFC 4648 4), as AUTH wants it (RFC 4954 4): padded, no line
 * ends, no foreign characters, no bits left over. */

/* Appends `octets`, encoded. */
void base64_encode(struct bytes octets, struct buffer *out);

/* Appends what `text` encodes; -1 when it is no strict base64. */
int base64_decode(struct bytes text, struct buffer *out);

#endif
