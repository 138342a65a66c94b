/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inbox/base/memory.h"
#include "inbox/journal/inside.h"

#define FEWEST ((uint64_t)1 << 20) /* octets of a segment in memory */

/* Which segments there are, who holds them, what in them is needed. */

void journal_adopt(struct journal *journal, struct segment *segment)
{
    (void)pthread_mutex_lock(&journal->lock);
    if (journal->count == journal->capacity) {
        journal->capacity = journal->capacity == 0 ? 16 : journal->capacity * 2;
        journal->segments =
            memory_resize(journal->segments,
                          journal->capacity * sizeof(journal->segments[0]));
    }
    journal->segments[journal->count++] = segment;
    (void)pthread_mutex_unlock(&journal->lock);
}

/* The place of `number` in the ascending list; count when it is not there. */
static size_t find(const struct journal *journal, uint32_t number)
{
    size_t low = 0;
    size_t high = journal->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (journal->segments[middle]->number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool is_there =
        low < journal->count && journal->segments[low]->number == number;
    return is_there ? low : journal->count;
}

bool journal_is_empty(const struct journal *journal)
{
    return journal->count == 0;
}

size_t journal_segments(struct journal *journal, uint32_t *numbers_out,
                        size_t size)
{
    for (size_t i = 0; i < journal->count && i < size; i++) {
        numbers_out[i] = journal->segments[i]->number;
    }
    return journal->count;
}

uint64_t journal_space(const struct journal *journal)
{
    uint64_t used = 0;
    for (size_t i = 0; i < journal->count; i++) {
        used += journal->segments[i]->used;
    }
    return used;
}

struct segment *journal_segment_at(struct journal *journal, size_t at)
{
    return at < journal->count ? journal->segments[at] : NULL;
}

/* Small parts of what may be kept: some are dead, one is being begun, two wait
 * to be used again. */
void journal_bound(struct journal *journal, uint64_t octets)
{
    uint64_t size = octets / 32 / FEWEST * FEWEST;
    if (octets > 0 && size < SEGMENT_SIZE) {
        journal->pool.size = size < FEWEST ? FEWEST : size;
    }
}

uint32_t journal_active(const struct journal *journal)
{
    return journal->count == 0 ? 0
                               : journal->segments[journal->count - 1]->number;
}

uint32_t journal_oldest(struct journal *journal)
{
    return journal->count == 0 ? 0 : journal->segments[0]->number;
}

uint64_t journal_generation(const struct journal *journal)
{
    return journal->generation;
}

uint64_t journal_store(const struct journal *journal)
{
    return journal->store;
}

uint64_t journal_damaged_heads(const struct journal *journal)
{
    return journal->damaged_heads;
}

struct segment *journal_segment(struct journal *journal, uint32_t number)
{
    size_t at = find(journal, number);
    return at < journal->count ? journal->segments[at] : NULL;
}

void journal_live(struct journal *journal, uint32_t number, int64_t size)
{
    (void)pthread_mutex_lock(&journal->lock);
    size_t at = find(journal, number);
    if (at < journal->count) {
        struct segment *segment = journal->segments[at];
        uint64_t change = (uint64_t)size;
        /* Records say what is freed, and a damaged one may say too much. */
        if (size < 0 && segment->live < 0 - change) {
            change = 0 - segment->live;
        }
        segment->live += change;
        segment->is_changed = true;
        journal->live += change;
    }
    (void)pthread_mutex_unlock(&journal->lock);
}

uint64_t journal_live_total(struct journal *journal)
{
    (void)pthread_mutex_lock(&journal->lock);
    uint64_t live = journal->live;
    (void)pthread_mutex_unlock(&journal->lock);
    return live;
}

static void keep_ghost(struct journal *journal, struct segment *segment)
{
    journal->ghosts =
        memory_resize(journal->ghosts,
                      (journal->ghost_count + 1) * sizeof(journal->ghosts[0]));
    journal->ghosts[journal->ghost_count++] = segment;
}

/* Under the lock: nobody needs the segment any more. Returns what is to be
 * freed without it, for that takes long. */
static struct segment *let_go(struct journal *journal, struct segment *segment)
{
    size_t most = sizeof(journal->buried) / sizeof(journal->buried[0]);
    segment_leave(segment, &journal->pool);
    if (segment->file >= 0 && journal->buried_count < most) {
        journal->buried[journal->buried_count++] = segment;
        return NULL;
    }
    return segment;
}

static struct segment *next_buried(struct journal *journal)
{
    struct segment *segment = NULL;
    (void)pthread_mutex_lock(&journal->lock);
    if (journal->buried_count > 0) {
        segment = journal->buried[--journal->buried_count];
    }
    (void)pthread_mutex_unlock(&journal->lock);
    return segment;
}

size_t journal_bury_all(struct journal *journal)
{
    size_t count = 0;
    struct segment *segment = next_buried(journal);
    while (segment != NULL) {
        count++;
        segment_free(segment);
        segment = next_buried(journal);
    }
    return count;
}

/* Unlinks a segment that is on no list any more, and frees it unless it is
 * held. */
static void dispose(struct journal *journal, struct segment *segment)
{
    struct segment *gone = NULL;
    if (segment->path != NULL) {
        (void)unlink(segment->path);
    }
    (void)pthread_mutex_lock(&journal->lock);
    segment->is_dropped = true;
    if (segment->holders > 0) {
        keep_ghost(journal, segment);
    } else {
        gone = let_go(journal, segment);
    }
    (void)pthread_mutex_unlock(&journal->lock);
    if (gone != NULL) {
        segment_free(gone);
    }
}

void journal_drop(struct journal *journal, uint32_t number)
{
    (void)pthread_mutex_lock(&journal->lock);
    size_t at = find(journal, number);
    struct segment *segment = NULL;
    if (at < journal->count) {
        segment = journal->segments[at];
        journal->count--;
        memmove(journal->segments + at, journal->segments + at + 1,
                (journal->count - at) * sizeof(journal->segments[0]));
        journal->live -= segment->live;
    }
    (void)pthread_mutex_unlock(&journal->lock);
    if (segment != NULL) {
        dispose(journal, segment);
    }
}

void journal_condemn(struct journal *journal)
{
    (void)pthread_mutex_lock(&journal->lock);
    size_t gone = journal->count - 1;
    journal->condemned = memory_resize(journal->condemned,
                                       (journal->condemned_count + gone + 1) *
                                           sizeof(journal->condemned[0]));
    for (size_t i = 0; i < gone; i++) {
        journal->live -= journal->segments[i]->live;
        journal->condemned[journal->condemned_count++] = journal->segments[i];
    }
    journal->segments[0] = journal->segments[gone];
    journal->count = 1;
    (void)pthread_mutex_unlock(&journal->lock);
}

bool journal_sweep(struct journal *journal)
{
    if (journal->condemned_count > 0) {
        dispose(journal, journal->condemned[--journal->condemned_count]);
    }
    return journal->condemned_count > 0;
}

struct segment *journal_hold(struct journal *journal, uint32_t number)
{
    (void)pthread_mutex_lock(&journal->lock);
    size_t at = find(journal, number);
    struct segment *segment = NULL;
    if (at < journal->count) {
        segment = journal->segments[at];
        segment->holders++;
    }
    (void)pthread_mutex_unlock(&journal->lock);
    return segment;
}

static void forget_ghost(struct journal *journal, struct segment *segment)
{
    for (size_t i = 0; i < journal->ghost_count; i++) {
        if (journal->ghosts[i] == segment) {
            journal->ghosts[i] = journal->ghosts[--journal->ghost_count];
            break;
        }
    }
}

void journal_release(struct journal *journal, struct segment *segment)
{
    struct segment *gone = NULL;
    (void)pthread_mutex_lock(&journal->lock);
    assert(segment->holders > 0);
    segment->holders--;
    if (segment->holders == 0 && segment->is_dropped) {
        forget_ghost(journal, segment);
        gone = let_go(journal, segment);
    }
    (void)pthread_mutex_unlock(&journal->lock);
    if (gone != NULL) {
        segment_free(gone);
    }
}

void journal_close(struct journal *journal)
{
    if (journal == NULL) {
        return;
    }
    while (journal_sweep(journal)) {
    }
    (void)journal_bury_all(journal);
    for (size_t i = 0; i < journal->count; i++) {
        segment_free(journal->segments[i]);
    }
    for (size_t i = 0; i < journal->ghost_count; i++) {
        segment_free(journal->ghosts[i]);
    }
    segment_pool_empty(&journal->pool);
    (void)pthread_mutex_destroy(&journal->lock);
    free(journal->segments);
    free(journal->ghosts);
    free(journal->condemned);
    free(journal->vectors);
    free(journal->heads);
    free(journal->dir);
    free(journal);
}
