/* SPDX-License-Identifier: MIT */
#ifndef INBOX_MATCH_TEXT_H
#define INBOX_MATCH_TEXT_H

#include <stdbool.h>

/* Regular expressions, as expectations use them. */

struct match_regex;

/* Compiles `pattern`; NULL with why in `error_out` (120 octets). Freed with
 * match_regex_free(). */
struct match_regex *match_regex_new(const char *pattern, char error_out[120]);

/* Frees it; NULL is allowed. */
void match_regex_free(struct match_regex *regex);

/* Is `pattern` found in `text`? Gives up (false) at a limit that keeps hostile
 * patterns from running long. Any thread. */
bool match_regex_find(const struct match_regex *regex, const char *text);

#endif
