/* SPDX-License-Identifier: MIT */
#ifndef INBOX_JOURNAL_INSIDE_H
#define INBOX_JOURNAL_INSIDE_H

#include <pthread.h>

#include "inbox/journal.h"

/* The journal as its own files see it. */
struct journal {
    char *dir; /* DIR/journal; NULL in memory */
    bool is_power;
    uint64_t generation;
    struct segment **segments; /* ascending; the last is appended to */
    size_t count;
    size_t capacity;
    struct segment **ghosts; /* dropped ones that still have holders */
    size_t ghost_count;
    struct segment **condemned; /* of older generations, to be removed */
    size_t condemned_count;
    struct segment_pool pool;
    uint64_t live; /* of all segments */
    struct iovec *vectors;
    size_t vector_capacity;
    unsigned char *heads;
    size_t head_capacity;
    pthread_mutex_t lock; /* segments, ghosts, pool, live */
};

/* Adds `segment` behind the others. */
void journal_adopt(struct journal *journal, struct segment *segment);

/* Takes all segments but the active one off the list. */
void journal_condemn(struct journal *journal);

/* The head of a segment of this journal. */
void journal_segment_head(const struct journal *journal, uint32_t number,
                          unsigned char head_out[JOURNAL_SEGMENT_HEAD]);

/* Reads a record's head. 0; -1: it is none. */
int journal_read_head(const unsigned char head[JOURNAL_RECORD_HEAD],
                      struct journal_found *found_out);

#endif
