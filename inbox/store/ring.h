/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_RING_H
#define INBOX_STORE_RING_H

#include <pthread.h>
#include <stdint.h>

#include "inbox/inbox.h"

#define RING_SIZE 10000

/* The newest changes. */
struct ring {
    struct inbox_event *events; /* RING_SIZE, by seq */
    uint64_t first;             /* oldest seq that is held; 0 none */
    uint64_t last;
    pthread_mutex_t lock;
};

/* An empty one. */
void ring_open(struct ring *ring);

/* Frees what it holds. */
void ring_close(struct ring *ring);

/* More happened with `seq` than can be told: whoever is not that far must read
 * the lists again. */
void ring_break(struct ring *ring, uint64_t seq);

/* Notes a change that queries will see. */
void ring_add(struct ring *ring, const struct inbox_event *event);

#endif
