/* SPDX-License-Identifier: MIT */
#include "server/loop/tls_records.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "server/peer/slots.h"

/* Of one session; a capture is for looking at, not for archives. */
#define SESSION_MAX 16777216

struct kept_record {
    size_t offset; /* in octets */
    size_t size;
    uint64_t time_us;
    enum transcript_dir dir;
};

struct kept_session {
    struct kept_session *newer;
    uint64_t session;
    uint64_t ticket;
    struct buffer octets;
    struct buffer secrets;
    struct kept_record *records;
    size_t count;
    size_t capacity;
};

struct tls_records {
    pthread_mutex_t lock;
    struct slots slots;
    struct kept_session *oldest;
    struct kept_session *newest;
    size_t limit;
};

struct tls_records *tls_records_new(size_t sessions)
{
    struct tls_records *records = memory_new(sizeof(*records));
    (void)pthread_mutex_init(&records->lock, NULL);
    records->limit = sessions;
    return records;
}

static void empty(struct kept_session *kept)
{
    buffer_free(&kept->octets);
    buffer_free(&kept->secrets);
    free(kept->records);
    kept->records = NULL;
    kept->count = 0;
    kept->capacity = 0;
}

static void forget_oldest(struct tls_records *records)
{
    struct kept_session *kept = records->oldest;
    records->oldest = kept->newer;
    if (records->oldest == NULL) {
        records->newest = NULL;
    }
    slots_leave(&records->slots, kept->ticket);
    empty(kept);
    free(kept);
}

void tls_records_free(struct tls_records *records)
{
    if (records == NULL) {
        return;
    }
    while (records->oldest != NULL) {
        forget_oldest(records);
    }
    slots_free(&records->slots);
    (void)pthread_mutex_destroy(&records->lock);
    free(records);
}

uint64_t tls_records_open(struct tls_records *records, uint64_t session)
{
    struct kept_session *kept = memory_new(sizeof(*kept));
    (void)pthread_mutex_lock(&records->lock);
    kept->session = session;
    kept->ticket = slots_take(&records->slots, kept);
    uint64_t ticket = kept->ticket;
    if (records->newest != NULL) {
        records->newest->newer = kept;
    } else {
        records->oldest = kept;
    }
    records->newest = kept;
    while (records->slots.count > records->limit) {
        forget_oldest(records);
    }
    (void)pthread_mutex_unlock(&records->lock);
    return ticket;
}

static void add(struct kept_session *kept, const struct tls_octets *octets)
{
    if (kept->octets.size + octets->octets.size > SESSION_MAX) {
        /* Without its beginning TLS cannot be read: nothing more is kept. */
        empty(kept);
        kept->capacity = SIZE_MAX;
        return;
    }
    if (kept->count == kept->capacity) {
        kept->capacity += kept->capacity / 2 + 8;
        kept->records = memory_resize(kept->records,
                                      kept->capacity * sizeof(*kept->records));
    }
    kept->records[kept->count++] =
        (struct kept_record){.offset = kept->octets.size,
                             .size = octets->octets.size,
                             .time_us = octets->time_us,
                             .dir = octets->dir};
    buffer_add(&kept->octets, octets->octets);
}

void tls_records_add(struct tls_records *records, uint64_t ticket,
                     const struct tls_octets *octets)
{
    (void)pthread_mutex_lock(&records->lock);
    struct kept_session *kept = slots_find(&records->slots, ticket);
    if (kept != NULL && kept->capacity != SIZE_MAX) {
        add(kept, octets);
    }
    (void)pthread_mutex_unlock(&records->lock);
}

void tls_records_secrets(struct tls_records *records, uint64_t ticket,
                         struct bytes lines)
{
    (void)pthread_mutex_lock(&records->lock);
    struct kept_session *kept = slots_find(&records->slots, ticket);
    if (kept != NULL) {
        kept->secrets.size = 0;
        buffer_add(&kept->secrets, lines);
    }
    (void)pthread_mutex_unlock(&records->lock);
}

static struct tls_kept copy(const struct kept_session *kept,
                            struct arena *arena)
{
    struct bytes octets = arena_bytes(arena, buffer_bytes(&kept->octets));
    struct tls_octets *out = arena_new(arena, kept->count * sizeof(*out));
    for (size_t i = 0; i < kept->count; i++) {
        const struct kept_record *record = &kept->records[i];
        out[i] = (struct tls_octets){
            .octets = bytes_part(octets, record->offset, record->size),
            .time_us = record->time_us,
            .dir = record->dir};
    }
    return (struct tls_kept){out, kept->count,
                             arena_bytes(arena, buffer_bytes(&kept->secrets))};
}

struct tls_kept tls_records_find(struct tls_records *records, uint64_t session,
                                 struct arena *arena)
{
    struct tls_kept found = {0};
    (void)pthread_mutex_lock(&records->lock);
    const struct kept_session *kept = records->oldest;
    while (kept != NULL && kept->session != session) {
        kept = kept->newer;
    }
    if (kept != NULL) {
        found = copy(kept, arena);
    }
    (void)pthread_mutex_unlock(&records->lock);
    return found;
}
