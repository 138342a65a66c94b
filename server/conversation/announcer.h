/* SPDX-License-Identifier: MIT */
#ifndef SERVER_CONVERSATION_ANNOUNCER_H
#define SERVER_CONVERSATION_ANNOUNCER_H

#include <stdbool.h>
#include <stddef.h>

/* The line on stdout for each message and each failed session. Lines are
 * collected and written in bunches, and never waited for: a reader that stopped
 * reading must not stop the mail. Only the loop calls. */

struct announcer;

/* An announcer to file descriptor `fd`. */
struct announcer *announcer_new(int fd);

/* The page's address ("http://127.0.0.1:8025"; copied), known once it is
 * bound. */
void announcer_set_url(struct announcer *announcer, const char *url);

/* Writes what can be written and frees it; NULL is allowed. */
void announcer_free(struct announcer *announcer);

/* The page's address; "" before it is known. */
const char *announcer_url(const struct announcer *announcer);

/* Adds a line (printf's rules, no line end needed). */
void announcer_add(struct announcer *announcer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Do lines wait? */
bool announcer_waits(const struct announcer *announcer);

/* Writes the lines that wait, as far as the reader takes them now. */
void announcer_flush(struct announcer *announcer);

#endif
