/* SPDX-License-Identifier: MIT */
#ifndef SERVER_SMTP_LINES_H
#define SERVER_SMTP_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "inbox/base/bytes.h"

/* Passes over the lines of `input`, which begins at the start of one, that
 * mean nothing but themselves: two to 998 octets (RFC 5321 4.5.3.1.6), the
 * first no dot, none a control character but tab, none above 127 unless
 * `is_8bit`, and CRLF behind them. Returns how many octets whole such lines
 * have; what comes then is somebody else's to judge. */
size_t lines_pass(struct bytes input, bool is_8bit);

#endif
