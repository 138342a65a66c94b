/* SPDX-License-Identifier: MIT */
#include "inbox/draft.h"

#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/pack.h"

/* Large chunks are all of one size and used again: fresh pages for each mail
 * of a megabyte cost more than copying it. */
#define CHUNK_FIRST ((size_t)4000)
#define CHUNK_LARGE ((size_t)256 << 10)
#define FREE_MOST 256

struct inbox_draft *draft_new(struct draft_room *home, uint64_t expected)
{
    uint64_t held = atomic_load(&home->held);
    if (home->max > 0 && (held >= home->max || expected > home->max - held)) {
        return NULL;
    }
    struct inbox_draft *draft = memory_new(sizeof(*draft));
    draft->home = home;
    draft->expected = expected;
    return draft;
}

static struct draft_chunk *take_free(struct draft_room *home)
{
    (void)pthread_mutex_lock(&home->lock);
    struct draft_chunk *chunk = home->free;
    if (chunk != NULL) {
        home->free = chunk->next;
        home->free_count--;
    }
    (void)pthread_mutex_unlock(&home->lock);
    return chunk;
}

static bool give_free(struct draft_room *home, struct draft_chunk *chunk)
{
    (void)pthread_mutex_lock(&home->lock);
    bool is_room = home->free_count < FREE_MOST;
    if (is_room) {
        chunk->next = home->free;
        home->free = chunk;
        home->free_count++;
    }
    (void)pthread_mutex_unlock(&home->lock);
    return is_room;
}

/* Room for the next chunk: what was announced, or four times the last. */
static size_t next_room(const struct inbox_draft *draft, size_t size)
{
    size_t room = draft->last == NULL ? CHUNK_FIRST : draft->last->room * 4;
    if (draft->expected > draft->size) {
        uint64_t rest = draft->expected - draft->size;
        room = rest < CHUNK_LARGE ? (size_t)rest : CHUNK_LARGE;
    }
    room = room < size ? size : room;
    return room > CHUNK_LARGE / 2 ? CHUNK_LARGE : room;
}

static void add_chunk(struct inbox_draft *draft, size_t size)
{
    size_t room = next_room(draft, size);
    struct draft_chunk *chunk =
        room == CHUNK_LARGE ? take_free(draft->home) : NULL;
    if (chunk == NULL) {
        chunk = memory_resize(NULL, sizeof(*chunk) + room);
    }
    *chunk = (struct draft_chunk){.room = room};
    if (draft->last == NULL) {
        draft->first = chunk;
    } else {
        draft->last->next = chunk;
    }
    draft->last = chunk;
}

static void add_run(struct inbox_draft *draft, struct bytes run)
{
    while (run.size > 0) {
        struct draft_chunk *last = draft->last;
        if (last == NULL || last->size == last->room) {
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
    if (draft->first == NULL) {
        return (struct bytes){0};
    }
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
    atomic_fetch_sub(&draft->home->held, draft->held);
    struct draft_chunk *chunk = draft->first;
    while (chunk != NULL) {
        struct draft_chunk *next = chunk->next;
        if (chunk->room != CHUNK_LARGE || !give_free(draft->home, chunk)) {
            free(chunk);
        }
        chunk = next;
    }
    buffer_free(&draft->dots);
    free(draft);
}

void draft_room_free(struct draft_room *home)
{
    (void)pthread_mutex_lock(&home->lock);
    struct draft_chunk *chunk = home->free;
    home->free = NULL;
    home->free_count = 0;
    (void)pthread_mutex_unlock(&home->lock);
    while (chunk != NULL) {
        struct draft_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}
