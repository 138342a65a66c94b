/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "inbox/base/checksum.h"
#include "inbox/base/memory.h"
#include "inbox/base/pack.h"
#include "inbox/journal/inside.h"

/* One record by its place, and all of them in order. */

#define WINDOW ((size_t)256 << 10)

static bool is_head_whole(const unsigned char *head)
{
    uint32_t check = checksum_add(0, (struct bytes){head, 4});
    check = checksum_add(check, (struct bytes){head + 8, 24});
    return unpack_u32(head + 4) == check;
}

int journal_look(struct journal *journal, struct journal_place place,
                 struct journal_found *found_out)
{
    struct segment *segment = journal_hold(journal, place.segment);
    if (segment == NULL) {
        return -1;
    }
    unsigned char head[JOURNAL_RECORD_HEAD];
    size_t got = segment_read(segment, place.offset, head, sizeof(head));
    journal_release(journal, segment);
    if (got < sizeof(head) || journal_read_head(head, found_out) != 0 ||
        (journal->dir != NULL && !is_head_whole(head))) {
        return -1;
    }
    found_out->place = place;
    return 0;
}

size_t journal_peek(struct journal *journal, const struct journal_found *found,
                    uint64_t offset, struct room into)
{
    struct segment *segment = journal_hold(journal, found->place.segment);
    if (segment == NULL) {
        return 0;
    }
    uint64_t left = offset < found->size ? found->size - offset : 0;
    size_t size = left < into.size ? (size_t)left : into.size;
    uint64_t begin = (uint64_t)found->place.offset + JOURNAL_RECORD_HEAD;
    size_t got = segment_read(segment, begin + offset, into.at, size);
    journal_release(journal, segment);
    return got;
}

/* Are the record's octets those that were written? */
static bool is_whole(struct segment *segment, struct journal_place place,
                     struct bytes octets)
{
    unsigned char head[JOURNAL_RECORD_HEAD];
    return segment_read(segment, place.offset, head, sizeof(head)) ==
               sizeof(head) &&
           unpack_u32(head + 8) == checksum_add(0, octets);
}

bool journal_is_whole(struct journal *journal,
                      const struct journal_found *found)
{
    unsigned char head[JOURNAL_RECORD_HEAD];
    struct segment *segment = journal_hold(journal, found->place.segment);
    if (segment == NULL) {
        return false;
    }
    struct buffer window = {0};
    unsigned char *at = buffer_room(&window, WINDOW);
    uint32_t check = 0;
    uint64_t done = 0;
    size_t got = segment_read(segment, found->place.offset, head, sizeof(head));
    while (journal->dir != NULL && got > 0 && done < found->size) {
        uint64_t left = found->size - done;
        got = segment_read(segment,
                           found->place.offset + JOURNAL_RECORD_HEAD + done, at,
                           left < WINDOW ? (size_t)left : WINDOW);
        check = checksum_add(check, (struct bytes){at, got});
        done += got;
    }
    bool is_good = journal->dir == NULL || check == unpack_u32(head + 8);
    journal_release(journal, segment);
    buffer_free(&window);
    return is_good;
}

int journal_load(struct journal *journal, const struct journal_found *found,
                 struct buffer *out)
{
    struct segment *segment = journal_hold(journal, found->place.segment);
    if (segment == NULL) {
        return -1;
    }
    unsigned char *at = buffer_room(out, found->size);
    uint64_t offset = (uint64_t)found->place.offset + JOURNAL_RECORD_HEAD;
    size_t got = segment_read(segment, offset, at, found->size);
    bool is_good = got == found->size;
    if (is_good && journal->dir != NULL) {
        is_good = is_whole(segment, found->place, (struct bytes){at, got});
    }
    journal_release(journal, segment);
    if (!is_good) {
        return -1;
    }
    out->size += got;
    return 0;
}

int journal_walk(struct journal *journal, uint32_t number, uint64_t offset,
                 struct journal_walk *walk)
{
    *walk = (struct journal_walk){0};
    walk->segment = journal_hold(journal, number);
    if (walk->segment == NULL) {
        return -1;
    }
    walk->offset =
        offset < JOURNAL_SEGMENT_HEAD ? JOURNAL_SEGMENT_HEAD : offset;
    return 0;
}

/* `size` octets at `offset` of the segment; fewer at its end. */
static struct bytes look_at(struct journal_walk *walk, uint64_t offset,
                            size_t size)
{
    struct buffer *window = &walk->window;
    bool is_inside = offset >= walk->window_at &&
                     offset + size <= walk->window_at + window->size;
    if (!is_inside) {
        window->size = 0;
        size_t wanted = size < WINDOW ? WINDOW : size;
        unsigned char *at = buffer_room(window, wanted);
        window->size = segment_read(walk->segment, offset, at, wanted);
        walk->window_at = offset;
    }
    return bytes_part(buffer_bytes(window), (size_t)(offset - walk->window_at),
                      size);
}

/* Is there a whole record at `offset`? */
static bool record_at(struct journal_walk *walk, uint64_t offset,
                      struct journal_found *found)
{
    struct bytes head = look_at(walk, offset, JOURNAL_RECORD_HEAD);
    if (head.size < JOURNAL_RECORD_HEAD || offset > UINT32_MAX ||
        journal_read_head(head.at, found) != 0 || !is_head_whole(head.at)) {
        return false;
    }
    uint32_t check = unpack_u32(head.at + 8);
    uint64_t end = offset + JOURNAL_RECORD_HEAD + found->size;
    if (end > walk->segment->room) {
        return false;
    }
    struct bytes octets =
        look_at(walk, offset + JOURNAL_RECORD_HEAD, found->size);
    found->place =
        (struct journal_place){walk->segment->number, (uint32_t)offset};
    return octets.size == found->size && checksum_add(0, octets) == check;
}

/* The next offset behind `offset` where a whole record stands; 0: none. */
static uint64_t resync(struct journal_walk *walk, uint64_t offset,
                       struct journal_found *found)
{
    for (;;) {
        struct bytes run = look_at(walk, offset, WINDOW / 2);
        if (run.size < JOURNAL_RECORD_HEAD) {
            return 0;
        }
        const unsigned char *hit = memchr(run.at, 0xb5, run.size);
        if (hit == NULL) {
            offset += run.size;
            continue;
        }
        offset += (uint64_t)(hit - run.at);
        if (record_at(walk, offset, found)) {
            return offset;
        }
        offset++;
    }
}

bool journal_has_record(struct segment *segment)
{
    struct journal_walk walk = {.segment = segment};
    struct journal_found found;
    bool is_there = resync(&walk, JOURNAL_SEGMENT_HEAD, &found) != 0;
    buffer_free(&walk.window);
    return is_there;
}

/* Nothing whole follows: the end, or a tail that was torn off. */
static void end_here(struct journal *journal, struct journal_walk *walk)
{
    struct segment *segment = walk->segment;
    if (walk->is_check || segment->number != journal_active(journal) ||
        segment->memory != NULL) {
        return;
    }
    struct bytes rest = look_at(walk, walk->offset, WINDOW);
    uint64_t left =
        segment->room > walk->offset ? segment->room - walk->offset : 0;
    bool is_zero = rest.size == 0 || rest.at[0] == 0;
    walk->cut = is_zero ? 0 : left;
    (void)segment_cut(segment, walk->offset);
}

int journal_next(struct journal *journal, struct journal_walk *walk,
                 struct journal_found *found_out)
{
    uint64_t end = walk->segment->used;
    uint64_t at = walk->offset;
    if (at >= end) {
        return 0;
    }
    if (!record_at(walk, at, found_out)) {
        at = resync(walk, at + 1, found_out);
        if (at == 0) {
            end_here(journal, walk);
            return 0;
        }
        walk->damaged++;
    }
    walk->offset = at + JOURNAL_RECORD_HEAD + found_out->size;
    return 1;
}

struct bytes journal_octets(const struct journal_walk *walk,
                            const struct journal_found *found)
{
    uint64_t offset = (uint64_t)found->place.offset + JOURNAL_RECORD_HEAD;
    return bytes_part(buffer_bytes(&walk->window),
                      (size_t)(offset - walk->window_at), found->size);
}

void journal_walk_end(struct journal *journal, struct journal_walk *walk)
{
    if (walk->segment != NULL) {
        journal_release(journal, walk->segment);
        walk->segment = NULL;
    }
    buffer_free(&walk->window);
}
