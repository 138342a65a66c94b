/* SPDX-License-Identifier: MIT */
#ifndef SERVER_CONVERSATION_RECEIVING_H
#define SERVER_CONVERSATION_RECEIVING_H

#include <stdbool.h>

#include "inbox/base/bytes.h"

/* Which inboxes mail may be on its way to: the transactions that are open now
 * (MAIL to its last reply), for who must know that nothing more comes. The
 * loop writes, any thread asks. */

struct receiving;

/* One open transaction. */
struct receiving_mail;

/* Nothing is open. */
struct receiving *receiving_new(void);

/* Frees it; NULL is allowed. */
void receiving_free(struct receiving *receiving);

/* A transaction opens; `bound` is its listener's inbox or NULL, `login` its
 * user or NULL. Ended by receiving_end(). */
struct receiving_mail *receiving_begin(struct receiving *receiving,
                                       const char *bound, const char *login);

/* Its first accepted recipient is known. */
void receiving_recipient(struct receiving *receiving,
                         struct receiving_mail *mail, struct bytes address);

/* It is over. */
void receiving_end(struct receiving *receiving, struct receiving_mail *mail);

/* May an open transaction deliver to `inbox` (NULL: to any)? */
bool receiving_is(struct receiving *receiving, const char *inbox);

#endif
