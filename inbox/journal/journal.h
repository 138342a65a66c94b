/* SPDX-License-Identifier: MIT */
#ifndef INBOX_JOURNAL_JOURNAL_H
#define INBOX_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/journal/segment.h"

/* The truth: records that are appended to segments of 64 MB, in files or in
 * memory, and never changed. Knows a record's type, two key numbers and its
 * octets, and not what they mean. One thread appends; any thread reads.
 *
 *   segment  = 64 octets of head, then records
 *   record   = mark[3] type[1] check[4] body-check[4] size[4] key[8] key[8]
 *              octets
 * Numbers are lowest octet first; `check` is the CRC-32C of the other head
 * octets, `body-check` of the octets (not computed in memory). */

/* Goes up when an older mailscope could misread a segment; segments of every
 * version before are carried over when the journal is opened. */
#define JOURNAL_VERSION 3
#define JOURNAL_RECORD_HEAD 32
#define JOURNAL_SEGMENT_HEAD 64
#define JOURNAL_ERROR_SIZE 512

struct journal;

/* Where a record begins. {0} is nowhere. */
struct journal_place {
    uint32_t segment;
    uint32_t offset;
};

/* A record as found: its octets begin JOURNAL_RECORD_HEAD behind `place`. */
struct journal_found {
    struct journal_place place;
    uint32_t size;
    uint8_t type;
    uint64_t key[2];
};

/* ---- Opening */

/* Opens DIR/journal (creating it), or with `dir` NULL one in memory. Keeps
 * segments of the newest generation only. NULL with a line in `error_out`:
 * a newer version wrote it, or segments of two stores lie there. */
struct journal *journal_open(const char *dir, bool is_power,
                             char error_out[JOURNAL_ERROR_SIZE]);

/* In memory, before anything is written: makes segments small enough that
 * `octets` of them come close to that, however much of one is dead. */
void journal_bound(struct journal *journal, uint64_t octets);

/* Closes files, frees memory. All handles must have been released. */
void journal_close(struct journal *journal);

/* Is there any segment? */
bool journal_is_empty(const struct journal *journal);

/* The segments in ascending order, from `at` 0 on; NULL behind the last (the
 * keeper). */
struct segment *journal_segment_at(struct journal *journal, size_t at);

/* Numbers of the segments, ascending, at most `size`; returns how many there
 * are. */
size_t journal_segments(struct journal *journal, uint32_t *numbers_out,
                        size_t size);

/* When the newest segment was last written, as microseconds since 1970. */
int64_t journal_written_at_us(struct journal *journal);

/* ---- Appending (the keeper) */

struct journal_entry {
    uint8_t type;
    uint64_t key[2];
    size_t first_part;
    uint64_t size;
    struct journal_place place; /* known as soon as the entry is begun */
};

/* Records that are to be written in one go. {0} is empty; freed with
 * journal_batch_free(). */
struct journal_batch {
    struct journal_entry *entries;
    size_t count;
    size_t capacity;
    struct bytes *parts;
    size_t part_count;
    size_t part_capacity;
    struct journal_place next;
    uint64_t size; /* octets with heads */
};

/* Empties `batch` and makes it begin where the journal ends now. */
void journal_begin(const struct journal *journal, struct journal_batch *batch);

/* Begins a record; returns its number in batch->entries. */
size_t journal_entry(struct journal_batch *batch, uint8_t type, uint64_t key,
                     uint64_t other_key);

/* Adds octets to the record begun last; they must stay until the append. */
void journal_part(struct journal_batch *batch, struct bytes part);

/* Appends the batch: all of it, or nothing. Returns 0 or an errno. */
int journal_append(struct journal *journal, struct journal_batch *batch);

/* Frees what the batch holds. */
void journal_batch_free(struct journal_batch *batch);

/* In memory: the octets of the record in the batch appended last, until its
 * segment is dropped; else nothing. */
struct bytes journal_memory(struct journal *journal,
                            const struct journal_entry *entry);

/* Must a new segment be begun before `size` further octets? */
bool journal_is_full(const struct journal *journal, uint64_t size);

/* Begins a new segment with room for `size` octets. Returns 0 or an errno. */
int journal_turn(struct journal *journal, uint64_t size);

/* What stands in older segments counts no more: the active one begins a new
 * generation; journal_sweep() removes them. Returns 0 or an errno. */
int journal_renew(struct journal *journal);

/* ---- Space */

/* `size` octets of the record in segment `number` are needed from now on
 * (negative: no longer). */
void journal_live(struct journal *journal, uint32_t number, int64_t size);

/* Live octets of all segments. Any thread. */
uint64_t journal_live_total(struct journal *journal);

/* Octets of all segments, dead ones too (the keeper). */
uint64_t journal_space(const struct journal *journal);

/* The segment, for its counters (the keeper); NULL: there is none. */
struct segment *journal_segment(struct journal *journal, uint32_t number);

/* The segment that is appended to. 0: none yet. */
uint32_t journal_active(const struct journal *journal);

/* The oldest segment there is. 0: none. */
uint32_t journal_oldest(struct journal *journal);

/* Segment `number` is not needed any more: it goes, the file at once, its
 * octets when the last handle is released. */
void journal_drop(struct journal *journal, uint32_t number);

/* Removes one of the segments that journal_renew() left behind: a million mails
 * take longer to unlink than to forget. True: there are more. */
bool journal_sweep(struct journal *journal);

/* Closes the files that were dropped: only then does the system free their
 * octets, which mail should not wait for. How many there were. Any thread. */
size_t journal_bury_all(struct journal *journal);

/* The generation of the segments. */
uint64_t journal_generation(const struct journal *journal);

/* The number of the store, which no other has; 0 in memory. */
uint64_t journal_store(const struct journal *journal);

/* Segments whose head was damaged when the journal was opened. */
uint64_t journal_damaged_heads(const struct journal *journal);

/* ---- Reading (any thread) */

/* Keeps the segment readable until released; NULL: there is none. */
struct segment *journal_hold(struct journal *journal, uint32_t number);
void journal_release(struct journal *journal, struct segment *segment);

/* Reads the head of the record at `place`. 0, or -1: there is none or it is
 * damaged. */
int journal_look(struct journal *journal, struct journal_place place,
                 struct journal_found *found_out);

/* Copies octets of the record from `offset` of them; returns how many. */
size_t journal_peek(struct journal *journal, const struct journal_found *found,
                    uint64_t offset, struct room into);

/* Appends all octets of the record to `out` and checks them. 0; -1 damaged:
 * `out` is as before. */
int journal_load(struct journal *journal, const struct journal_found *found,
                 struct buffer *out);

/* Are the record's octets those that were written? Always, in memory. */
bool journal_is_whole(struct journal *journal,
                      const struct journal_found *found);

/* ---- Reading everything, at start */

struct journal_walk {
    uint64_t damaged; /* records that were skipped so far */
    uint64_t cut;     /* octets cut off the end */
    bool is_check;    /* nothing is cut off */
    struct segment *segment;
    uint64_t offset;
    struct buffer window;
    uint64_t window_at;
};

/* Begins a walk over segment `number` from octet `offset` (0: its start). 0;
 * -1: no such segment. Ended by journal_walk_end(). */
int journal_walk(struct journal *journal, uint32_t number, uint64_t offset,
                 struct journal_walk *walk);

/* The next whole record (its octets were checked). 1; 0 at the end: a torn
 * tail is cut off when it is the last segment. */
int journal_next(struct journal *journal, struct journal_walk *walk,
                 struct journal_found *found_out);

/* The octets of the record found last; valid until the next call. */
struct bytes journal_octets(const struct journal_walk *walk,
                            const struct journal_found *found);

/* ---- Checking what nobody asks for (any thread) */

/* Where a check is: {0} at the start; and octets that are no record. */
struct journal_check {
    struct journal_place at; /* offset 0: behind that segment */
    struct journal_place hole;
    struct journal_place until; /* the end of the hole */
};

/* Checks some megabytes of the segments that are not appended to any more. 1 a
 * hole was found, 0 not in these, -1 nothing is left to check. */
int journal_check(struct journal *journal, struct journal_check *check);

/* Ends the walk. */
void journal_walk_end(struct journal *journal, struct journal_walk *walk);

#endif
