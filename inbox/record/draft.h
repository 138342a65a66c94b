/* SPDX-License-Identifier: MIT */
#ifndef INBOX_RECORD_DRAFT_H
#define INBOX_RECORD_DRAFT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/inbox.h"

/* A message while it arrives. Its octets stand in chunks that never move, so
 * nothing is copied until the journal takes them. */

struct draft_chunk {
    struct draft_chunk *next;
    size_t size;
    size_t room;
    unsigned char octets[];
};

/* Chunks of one size that wait for the next draft. */
struct draft_shelf {
    struct draft_chunk *free;
    size_t count;
};

/* What all drafts of an inbox share. {0} with `max` set and the lock made. */
struct draft_room {
    _Atomic uint64_t held; /* octets of all drafts */
    uint64_t max;          /* 0: no limit */
    pthread_mutex_t lock;
    struct draft_shelf shelves[3]; /* drafts by their first chunk; chunks */
};

struct inbox_draft {
    struct draft_room *home;
    struct draft_chunk *first; /* stands right behind the draft */
    struct draft_chunk *last;
    uint64_t size;
    uint64_t expected;
    struct buffer dots; /* packed distances between dots */
    uint64_t dot_count;
    uint64_t last_dot;
    uint64_t held; /* what it counts in home->held */
};

/* A draft in `home`; NULL when all drafts together are at the limit. */
struct inbox_draft *draft_new(struct draft_room *home, uint64_t expected);

/* The octets that begin the draft in one run, with the whole header block if
 * that is no longer than 256 KB; put together in `scratch` where needed. */
struct bytes draft_begin(const struct inbox_draft *draft,
                         struct buffer *scratch);

/* Frees what the room keeps for the next drafts; any thread. */
void draft_room_free(struct draft_room *home);

#endif
