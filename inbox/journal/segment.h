/* SPDX-License-Identifier: MIT */
#ifndef INBOX_JOURNAL_SEGMENT_H
#define INBOX_JOURNAL_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* One piece of the journal: octets that are appended once and never changed,
 * in a file or in anonymous memory. Knows no records. */

struct segment {
    uint32_t number;
    int file;              /* -1: in memory */
    char *path;            /* NULL: in memory */
    unsigned char *memory; /* NULL: in a file */
    uint64_t room;         /* memory: mapped; file: written, zeros included */
    uint64_t used;         /* where the next record goes */
    uint64_t live;         /* octets of records that somebody needs */
    uint32_t refers_to;    /* oldest segment that deletions in here speak of;
                            * UINT32_MAX none */
    uint64_t marks;        /* changes in here that may still count */
    unsigned holders;      /* open handles, under the journal's lock */
    bool is_dropped;       /* goes with its last holder */
    bool is_changed;       /* its counters are, since they were saved */
};

/* Memory that dropped segments leave for the next ones: mapping fresh pages
 * for each would cost more than writing them. */
struct segment_pool {
    uint64_t size; /* of a segment in memory */
    unsigned char *free[2];
    size_t count;
};

#define SEGMENT_SIZE ((uint64_t)64 << 20)

/* A new empty segment: in a file at `path` (taken over) that must not exist,
 * or, `path` NULL, in memory of at least `room` octets. NULL with errno. */
struct segment *segment_new(uint32_t number, char *path, uint64_t room,
                            struct segment_pool *pool);

/* Opens the file at `path` (taken over); `used` is 0, `room` its size. NULL
 * with errno. */
struct segment *segment_open(uint32_t number, char *path);

/* Appends `parts`; under `is_power` durably. Returns 0, or an errno: then
 * nothing was appended. `parts` is used up. */
int segment_write(struct segment *segment, struct iovec *parts, size_t count,
                  bool is_power);

/* Copies octets; returns how many were there. */
size_t segment_read(const struct segment *segment, uint64_t offset,
                    unsigned char *into, size_t size);

/* Cuts everything from `end` on. Returns 0 or an errno. */
int segment_cut(struct segment *segment, uint64_t end);

/* Leaves the memory to `pool` for the next segment, while it has room. */
void segment_leave(struct segment *segment, struct segment_pool *pool);

/* Unmaps the memory, closes the file, frees: milliseconds where the file was
 * unlinked and is large. */
void segment_free(struct segment *segment);

/* Unmaps what the pool holds. */
void segment_pool_empty(struct segment_pool *pool);

#endif
