/* SPDX-License-Identifier: MIT */
#include "inbox/journal/inside.h"

/* Damage in what is old is found before somebody needs it. */

#define STRETCH ((uint64_t)4 << 20)

/* The next segment behind `number`; 0: that is appended to, or none. */
static uint32_t sealed_behind(struct journal *journal, uint32_t number)
{
    uint32_t next = 0;
    (void)pthread_mutex_lock(&journal->lock);
    for (size_t i = 0; i + 1 < journal->count && next == 0; i++) {
        uint32_t one = journal->segments[i]->number;
        next = one > number ? one : 0;
    }
    (void)pthread_mutex_unlock(&journal->lock);
    return next;
}

/* Behind the last record of a segment there are zeros, or nothing. */
static bool is_blank(const struct segment *segment, uint64_t offset)
{
    unsigned char head[JOURNAL_RECORD_HEAD];
    size_t got = segment_read(segment, offset, head, sizeof(head));
    for (size_t i = 0; i < got; i++) {
        if (head[i] != 0) {
            return false;
        }
    }
    return true;
}

/* The walk is at octets that are no whole record. 1 they are a hole, 0 the
 * segment ends there. */
static int end(const struct journal_walk *walk, struct journal_check *check)
{
    uint64_t used = walk->segment->used;
    check->at.offset = 0;
    check->until.offset = used < UINT32_MAX ? (uint32_t)used : UINT32_MAX;
    return walk->offset < used && !is_blank(walk->segment, walk->offset);
}

static int check_stretch(struct journal *journal, struct journal_walk *walk,
                         struct journal_check *check)
{
    uint64_t begin = walk->offset;
    struct journal_found found;
    while (walk->offset - begin < STRETCH) {
        check->hole.offset = (uint32_t)walk->offset;
        if (journal_next(journal, walk, &found) != 1) {
            return end(walk, check);
        }
        if (found.place.offset != check->hole.offset) {
            check->until = found.place;
            check->at = found.place;
            return 1;
        }
        check->at.offset = (uint32_t)walk->offset;
    }
    return 0;
}

int journal_check(struct journal *journal, struct journal_check *check)
{
    struct journal_walk walk;
    if (check->at.offset == 0) {
        check->at.segment = sealed_behind(journal, check->at.segment);
    }
    uint32_t number = check->at.segment;
    if (number == 0) {
        return -1;
    }
    check->hole = (struct journal_place){number, 0};
    check->until = check->hole;
    if (journal_walk(journal, number, check->at.offset, &walk) != 0) {
        check->at.offset = 0; /* it went */
        return 0;
    }
    walk.is_check = true;
    int result = check_stretch(journal, &walk, check);
    journal_walk_end(journal, &walk);
    return result;
}
