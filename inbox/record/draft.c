/* SPDX-License-Identifier: MIT */
#include "inbox/record/draft.h"

#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/base/pack.h"

/* Drafts, each with a small chunk, and chunks of two sizes are used again:
 * fresh pages for each mail of a megabyte cost more than copying it, and what
 * one thread takes and another gives back is nothing that malloc() is quick
 * at. */
#define CHUNK_SMALL ((size_t)4000)
#define CHUNK_MIDDLE ((size_t)16000)
#define CHUNK_LARGE ((size_t)256 << 10)
#define FREE_MOST 256
#define DOTS_KEPT 256

/* Where chunks of that room lie; NULL: they are not kept. */
static struct draft_shelf *shelf_of(struct draft_room *home, size_t room)
{
    return room == CHUNK_SMALL    ? &home->shelves[0]
           : room == CHUNK_MIDDLE ? &home->shelves[1]
           : room == CHUNK_LARGE  ? &home->shelves[2]
                                  : NULL;
}

static struct draft_chunk *take_free(struct draft_room *home, size_t room)
{
    struct draft_shelf *shelf = shelf_of(home, room);
    if (shelf == NULL) {
        return NULL;
    }
    (void)pthread_mutex_lock(&home->lock);
    struct draft_chunk *chunk = shelf->free;
    if (chunk != NULL) {
        shelf->free = chunk->next;
        shelf->count--;
    }
    (void)pthread_mutex_unlock(&home->lock);
    return chunk;
}

static bool give_free(struct draft_room *home, struct draft_chunk *chunk)
{
    struct draft_shelf *shelf = shelf_of(home, chunk->room);
    if (shelf == NULL) {
        return false;
    }
    (void)pthread_mutex_lock(&home->lock);
    bool is_room = shelf->count < FREE_MOST;
    if (is_room) {
        chunk->next = shelf->free;
        shelf->free = chunk;
        shelf->count++;
    }
    (void)pthread_mutex_unlock(&home->lock);
    return is_room;
}

/* The draft whose first chunk this is. */
static struct inbox_draft *draft_of(struct draft_chunk *first)
{
    return (struct inbox_draft *)(void *)first - 1;
}

static void free_draft(struct inbox_draft *draft)
{
    buffer_free(&draft->dots);
    free(draft);
}

struct inbox_draft *draft_new(struct draft_room *home, uint64_t expected)
{
    uint64_t held = atomic_load(&home->held);
    if (home->max > 0 && (held >= home->max || expected > home->max - held)) {
        return NULL;
    }
    struct draft_chunk *chunk = take_free(home, CHUNK_SMALL);
    struct inbox_draft *draft = NULL;
    struct buffer dots = {0};
    if (chunk == NULL) {
        draft =
            memory_resize(NULL, sizeof(*draft) + sizeof(*chunk) + CHUNK_SMALL);
        chunk = (void *)(draft + 1);
    } else {
        draft = draft_of(chunk);
        dots = draft->dots;
        dots.size = 0;
    }
    *chunk = (struct draft_chunk){.room = CHUNK_SMALL};
    *draft = (struct inbox_draft){.home = home,
                                  .first = chunk,
                                  .last = chunk,
                                  .expected = expected,
                                  .dots = dots};
    return draft;
}

/* Room for the next chunk: what was announced, or four times the last. */
static size_t next_room(const struct inbox_draft *draft, size_t size)
{
    size_t room = draft->last->room * 4;
    if (draft->expected > draft->size) {
        uint64_t rest = draft->expected - draft->size;
        room = rest < CHUNK_LARGE ? (size_t)rest : CHUNK_LARGE;
    }
    room = room < size ? size : room;
    if (room <= CHUNK_MIDDLE) {
        return CHUNK_MIDDLE;
    }
    return room > CHUNK_LARGE / 2 ? CHUNK_LARGE : room;
}

static void add_chunk(struct inbox_draft *draft, size_t size)
{
    size_t room = next_room(draft, size);
    struct draft_chunk *chunk = take_free(draft->home, room);
    if (chunk == NULL) {
        chunk = memory_resize(NULL, sizeof(*chunk) + room);
    }
    *chunk = (struct draft_chunk){.room = room};
    draft->last->next = chunk;
    draft->last = chunk;
}

static void add_run(struct inbox_draft *draft, struct bytes run)
{
    while (run.size > 0) {
        struct draft_chunk *last = draft->last;
        if (last->size == last->room) {
            add_chunk(draft, run.size);
            last = draft->last;
        }
        struct bytes part = bytes_part(run, 0, last->room - last->size);
        memcpy(last->octets + last->size, part.at, part.size);
        last->size += part.size;
        draft->size += part.size;
        run = bytes_part(run, part.size, SIZE_MAX);
    }
}

static void add_dots(struct inbox_draft *draft, const uint32_t *dots,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t at = draft->size + dots[i];
        pack_number(&draft->dots, at - draft->last_dot);
        draft->last_dot = at;
    }
    draft->dot_count += count;
}

int inbox_draft_add(struct inbox_draft *draft, struct bytes run,
                    const uint32_t *dots, size_t dot_count)
{
    struct draft_room *home = draft->home;
    uint64_t wanted = run.size + dot_count;
    uint64_t before = atomic_fetch_add(&home->held, wanted);
    if (home->max > 0 && before + wanted > home->max) {
        atomic_fetch_sub(&home->held, wanted);
        return -1;
    }
    draft->held += wanted;
    add_dots(draft, dots, dot_count);
    add_run(draft, run);
    return 0;
}

uint64_t inbox_draft_size(const struct inbox_draft *draft)
{
    return draft->size;
}

/* Does the header block end in `run`? (RFC 5322 2.1: an empty line) */
static bool has_header_end(struct bytes run)
{
    return memmem(run.at, run.size, "\r\n\r\n", 4) != NULL ||
           memmem(run.at, run.size, "\n\n", 2) != NULL;
}

struct bytes draft_begin(const struct inbox_draft *draft,
                         struct buffer *scratch)
{
    struct bytes first = {draft->first->octets, draft->first->size};
    if (draft->first->next == NULL || has_header_end(first)) {
        return first;
    }
    scratch->size = 0;
    const struct draft_chunk *chunk = draft->first;
    while (chunk != NULL && scratch->size < CHUNK_LARGE) {
        buffer_add(scratch, (struct bytes){chunk->octets, chunk->size});
        chunk = chunk->next;
    }
    return buffer_bytes(scratch);
}

void inbox_draft_drop(struct inbox_draft *draft)
{
    if (draft == NULL) {
        return;
    }
    struct draft_room *home = draft->home;
    atomic_fetch_sub(&home->held, draft->held);
    struct draft_chunk *chunk = draft->first->next;
    while (chunk != NULL) {
        struct draft_chunk *next = chunk->next;
        if (!give_free(home, chunk)) {
            free(chunk);
        }
        chunk = next;
    }
    if (draft->dots.capacity > DOTS_KEPT || !give_free(home, draft->first)) {
        free_draft(draft);
    }
}

void draft_room_free(struct draft_room *home)
{
    static const size_t rooms[] = {CHUNK_SMALL, CHUNK_MIDDLE, CHUNK_LARGE};
    for (size_t i = 0; i < 3; i++) {
        struct draft_chunk *chunk = take_free(home, rooms[i]);
        while (chunk != NULL) {
            if (rooms[i] == CHUNK_SMALL) {
                free_draft(draft_of(chunk));
            } else {
                free(chunk);
            }
            chunk = take_free(home, rooms[i]);
        }
    }
}
