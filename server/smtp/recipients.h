/* SPDX-License-Identifier: MIT */
#ifndef SERVER_SMTP_RECIPIENTS_H
#define SERVER_SMTP_RECIPIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"

/* Which mailboxes or domains were named already: hashes only, since all that
 * hangs on it is a remark or a count. {0} is empty and ready. The first one
 * costs no memory: most messages have one recipient. */
struct recipients {
    uint64_t first;
    uint64_t *more; /* open addressing, a power of two; 0 is free */
    uint32_t count;
    uint32_t capacity;
};

/* The hash of a mailbox: the local part as it is, the domain in lower case
 * (RFC 5321 2.4). Never 0. */
uint64_t recipients_hash(struct bytes address);

/* Is `hash` among them? */
bool recipients_has(const struct recipients *recipients, uint64_t hash);

/* Adds `hash`; false when it was there already. */
bool recipients_add(struct recipients *recipients, uint64_t hash);

/* Forgets all. */
void recipients_free(struct recipients *recipients);

#endif
