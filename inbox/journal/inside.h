/* SPDX-License-Identifier: MIT */
#ifndef INBOX_JOURNAL_INSIDE_H
#define INBOX_JOURNAL_INSIDE_H

#include <pthread.h>

#include "inbox/journal/journal.h"

/* The journal as its own files see it. */
struct journal {
    char *dir; /* DIR/journal; NULL in memory */
    bool is_power;
    uint64_t generation;
    uint64_t store;         /* number of the store that the segments are of */
    uint64_t damaged_heads; /* of segments, mended when it was opened */
    struct segment **segments; /* ascending; the last is appended to */
    size_t count;
    size_t capacity;
    struct segment **ghosts; /* dropped ones that still have holders */
    size_t ghost_count;
    struct segment **condemned; /* of older generations, to be removed */
    size_t condemned_count;
    struct segment *buried[2]; /* dropped files that are still open */
    size_t buried_count;
    struct segment_pool pool;
    uint64_t live; /* of all segments */
    struct iovec *vectors;
    size_t vector_capacity;
    unsigned char *heads;
    size_t head_capacity;
    pthread_mutex_t lock; /* segments, ghosts, buried, pool, live */
};

/* Adds `segment` behind the others. */
void journal_adopt(struct journal *journal, struct segment *segment);

/* Takes all segments but the active one off the list. */
void journal_condemn(struct journal *journal);

/* ---- head.c: what a segment says of itself */

enum journal_head_kind { HEAD_GOOD, HEAD_BROKEN, HEAD_NEWER };

struct journal_head {
    uint32_t version;
    uint32_t number;
    uint64_t generation;
    uint64_t store; /* 0: version 1 did not say */
};

/* The head of segment `number` of this journal. */
void journal_head_write(const struct journal *journal, uint32_t number,
                        unsigned char head_out[JOURNAL_SEGMENT_HEAD]);

/* Reads and judges the head of `segment`; what it says counts only when it is
 * good. */
enum journal_head_kind journal_head_read(const struct segment *segment,
                                         struct journal_head *head_out);

/* Writes the head of `segment` anew, as this version writes it. 0 or an
 * errno. */
int journal_head_mend(const struct journal *journal,
                      const struct segment *segment);

/* Is there a whole record anywhere in `segment`? */
bool journal_has_record(struct segment *segment);

/* Reads a record's head. 0; -1: it is none. */
int journal_read_head(const unsigned char head[JOURNAL_RECORD_HEAD],
                      struct journal_found *found_out);

#endif
