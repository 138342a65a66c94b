/* SPDX-License-Identifier: MIT */
#ifndef SERVER_PEER_LIMITS_H
#define SERVER_PEER_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/smtp/session.h"

/* How many connections there may be, in all and from one address. Pure
 * counting. */

struct limits {
    uint64_t max_connections; /* 0: no limit */
    uint64_t max_per_address; /* 0: no limit */
    uint64_t count;
    struct limits_entry *entries; /* open addressing by key */
    size_t capacity;
    size_t used;
};

/* A number for the address in "192.0.2.1:4711" (its port does not count). */
uint32_t limits_key(const char *peer);

/* One more connection from `key`. Returns NULL: it may talk; else the 421 that
 * it gets instead of a greeting. Counted either way until limits_leave(). */
const struct smtp_reply *limits_enter(struct limits *limits, uint32_t key);

/* A connection that entered has gone. */
void limits_leave(struct limits *limits, uint32_t key);

/* Frees the counts. */
void limits_free(struct limits *limits);

#endif
