/* SPDX-License-Identifier: MIT */
#ifndef INBOX_BASE_UTF8_H
#define INBOX_BASE_UTF8_H

#include "inbox/base/bytes.h"

/* What UTF-8 is (RFC 3629 4): no longer than need be, no surrogates, nothing
 * above U+10FFFF. NUL is a character like any other. */

/* How many octets of `text` are the character it begins with; 0: they are
 * none. `broken_out` (may be NULL) is then how many octets one U+FFFD stands
 * for, else 0. */
size_t utf8_size(struct bytes text, size_t *broken_out);

/* How many octets of `text` are well-formed before the first that is not. */
size_t utf8_good_size(struct bytes text);

/* Appends `text` so that it cannot drive a terminal: control characters but
 * those in `passing`, and octets that are no UTF-8, as \x1b. */
void utf8_add_shown(struct buffer *out, struct bytes text, const char *passing);

#endif
