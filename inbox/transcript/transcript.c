/* SPDX-License-Identifier: MIT */
#include "inbox/transcript/transcript.h"

#include "inbox/base/pack.h"
#include "inbox/transcript/codec.h"
#include "inbox/transcript/known.h"

#include <stdlib.h>
#include <string.h>

/* Where the differences of a piece start from. */
struct origin {
    uint64_t offset[2];
    uint64_t time_us;
    uint32_t events;
};

/* Encodes as it goes: what is recorded and not yet taken is one buffer, whole
 * with its head, so that a piece is not copied together. It is used again for
 * the next piece, but nothing large stays with an idle connection. */
struct transcript_log {
    struct buffer pending;
    struct origin piece; /* at the start of the pending piece */
    uint64_t offset[2];  /* where each stream ends */
    uint64_t chunk_end[2];
    uint64_t event_end[2];
    uint64_t lost[2]; /* octets counted, not yet written down */
    uint64_t time_us; /* of the last record */
    uint64_t body;    /* the body that grows */
    uint64_t body_offset;
    uint64_t kept_bytes; /* of all pieces, bodies aside */
    uint64_t max_bytes;
    uint32_t events;
    bool is_taken; /* `pending` is the last piece */
};

/* An idle connection has recorded its peer and one EHLO; with a mail it is
 * several hundred octets. */
#define ROOM_IDLE 160
#define ROOM_MAIL 1500

struct transcript_log *transcript_log_new(uint64_t max_bytes)
{
    struct transcript_log *log = memory_new(sizeof(*log));

    log->max_bytes = max_bytes;
    return log;
}

void transcript_log_free(struct transcript_log *log)
{
    if (!log) {
        return;
    }
    buffer_free(&log->pending);
    free(log);
}

/* head = version, both offsets, events, time: where the piece starts from */
static void begin(struct transcript_log *log)
{
    unsigned char *at;

    log->is_taken = false;
    log->pending.size = 0;
    if (log->pending.capacity > ROOM_MAIL) {
        buffer_free(&log->pending);
    }
    at = buffer_room(&log->pending, ROOM_IDLE);
    *at++ = TRANSCRIPT_VERSION;
    at = pack_number_at(at, log->piece.offset[0]);
    at = pack_number_at(at, log->piece.offset[1]);
    at = pack_number_at(at, log->piece.events);
    at = pack_number_at(at, log->piece.time_us);
    log->pending.size = (size_t)(at - log->pending.at);
}

/* Room for a record of at most `size` octets; ended by done(). */
static unsigned char *room(struct transcript_log *log, size_t size)
{
    if (log->pending.size == 0 || log->is_taken) {
        begin(log);
    }
    size_t used = log->pending.size;
    if (log->pending.capacity - used < size && used + size < ROOM_MAIL) {
        size = ROOM_MAIL - used;
    }
    return buffer_room(&log->pending, size);
}

static void done(struct transcript_log *log, const unsigned char *end)
{
    log->pending.size = (size_t)(end - log->pending.at);
}

static unsigned char *put_run(unsigned char *at, struct bytes run)
{
    at = pack_number_at(at, run.size);
    if (run.size > 0) {
        memcpy(at, run.at, run.size);
    }
    return at + run.size;
}

/* Everything kept beside bodies counts: also the times of a client that sends
 * single octets for a day. */
static bool is_full(const struct transcript_log *log)
{
    return log->kept_bytes + transcript_log_pending(log) >= log->max_bytes;
}

static void flush_lost(struct transcript_log *log, enum transcript_dir dir)
{
    unsigned char *at;

    if (log->lost[dir] == 0) {
        return;
    }
    at = room(log, 1 + PACK_NUMBER_MOST);
    *at++ = TRANSCRIPT_TAG(TRANSCRIPT_RECORD_LOST, dir, false);
    done(log, pack_number_at(at, log->lost[dir]));
    log->lost[dir] = 0;
}

void transcript_log_chunk(struct transcript_log *log,
                          const struct transcript_chunk *chunk)
{
    unsigned char *at;

    if (is_full(log)) {
        return;
    }
    at = room(log, 2 + 3 * PACK_NUMBER_MOST);
    *at++ = TRANSCRIPT_TAG(TRANSCRIPT_RECORD_CHUNK, chunk->dir, false);
    *at++ = chunk->layer;
    at = pack_number_at(
        at, transcript_zigzag(log->chunk_end[chunk->dir], chunk->offset));
    at = pack_number_at(at, chunk->size);
    done(log,
         pack_number_at(at, transcript_zigzag(log->time_us, chunk->time_us)));
    log->chunk_end[chunk->dir] = chunk->offset + chunk->size;
    log->time_us = chunk->time_us;
}

void transcript_log_add(struct transcript_log *log, enum transcript_dir dir,
                        struct bytes run)
{
    unsigned char coded[KNOWN_RUN_MOST];
    unsigned char *at;
    size_t size;

    if (run.size == 0) {
        return;
    }
    log->offset[dir] += run.size;
    /* Once octets are missing the rest of the stream is only counted: a reader
     * is promised everything before the first missing octet. */
    if (is_full(log) || run.size > log->max_bytes - log->kept_bytes -
                                       transcript_log_pending(log)) {
        log->lost[dir] += run.size;
        log->max_bytes = 0;
        return;
    }
    size = dir == TRANSCRIPT_SERVER ? known_code(run, coded) : 0;
    at = room(log, 1 + PACK_NUMBER_MOST + run.size);
    *at++ = TRANSCRIPT_TAG(size > 0 ? TRANSCRIPT_RECORD_CODED
                                    : TRANSCRIPT_RECORD_OCTETS,
                           dir, false);
    done(log, put_run(at, size > 0 ? (struct bytes){coded, size} : run));
}

void transcript_log_body(struct transcript_log *log,
                         const struct transcript_run *run)
{
    uint32_t before = 0;
    unsigned char *at;

    if (run->size == 0 && run->dot_count == 0) {
        return;
    }
    if (run->body != log->body) {
        log->body = run->body;
        log->body_offset = 0;
    }
    flush_lost(log, TRANSCRIPT_CLIENT);
    at = room(log, 1 + (4 + run->dot_count) * PACK_NUMBER_MOST);
    *at++ = TRANSCRIPT_TAG(TRANSCRIPT_RECORD_BODY, TRANSCRIPT_CLIENT, false);
    at = pack_number_at(at, run->body);
    at = pack_number_at(at, log->body_offset);
    at = pack_number_at(at, run->size);
    at = pack_number_at(at, run->dot_count);
    for (size_t i = 0; i < run->dot_count; i++) {
        at = pack_number_at(at, run->dots[i] - before);
        before = run->dots[i];
    }
    done(log, at);
    log->offset[TRANSCRIPT_CLIENT] += run->size + run->dot_count;
    log->body_offset += run->size;
}

/* Beyond the limit the milestones are still noted, the chatter is not. */
static bool is_chatter(uint8_t type)
{
    switch (type) {
    case TRANSCRIPT_COMMAND:
    case TRANSCRIPT_REPLY:
    case TRANSCRIPT_SASL:
    case TRANSCRIPT_NOTE:
    case TRANSCRIPT_IDLE:
        return true;
    default:
        return false;
    }
}

static unsigned char *put_optional(unsigned char *at,
                                   const struct transcript_event *event,
                                   unsigned fields)
{
    if (fields & TRANSCRIPT_HAS_BODY) {
        at = pack_number_at(at, event->body);
    }
    if (fields & TRANSCRIPT_HAS_ANSWERS) {
        at = pack_number_at(at, event->answers);
    }
    if (fields & TRANSCRIPT_HAS_CODE) {
        at = pack_number_at(at, event->code);
    }
    if (fields & TRANSCRIPT_HAS_ENHANCED) {
        size_t size = strnlen(event->enhanced, sizeof(event->enhanced));
        at = put_run(
            at, (struct bytes){(const unsigned char *)event->enhanced, size});
    }
    if (fields & TRANSCRIPT_HAS_DETAIL) {
        at = put_run(at, event->detail);
    }
    return at;
}

/* event = tag, type, fields, time -/+, offset -/+, size, [body], [answers],
 *         [code], [enhanced], [detail] */
uint32_t transcript_log_event(struct transcript_log *log,
                              const struct transcript_event *event)
{
    unsigned fields = (event->body ? TRANSCRIPT_HAS_BODY : 0U) |
                      (event->answers ? TRANSCRIPT_HAS_ANSWERS : 0U) |
                      (event->code ? TRANSCRIPT_HAS_CODE : 0U) |
                      (event->enhanced[0] ? TRANSCRIPT_HAS_ENHANCED : 0U) |
                      (event->detail.size ? TRANSCRIPT_HAS_DETAIL : 0U);
    unsigned char *at;

    if (is_full(log) && is_chatter(event->type)) {
        return 0;
    }
    at = room(log, 3 + 8 * PACK_NUMBER_MOST + sizeof(event->enhanced) +
                       event->detail.size);
    *at++ =
        TRANSCRIPT_TAG(TRANSCRIPT_RECORD_EVENT, event->dir, event->is_secret);
    *at++ = event->type;
    *at++ = (unsigned char)fields;
    at = pack_number_at(at, transcript_zigzag(log->time_us, event->time_us));
    at = pack_number_at(
        at, transcript_zigzag(log->event_end[event->dir], event->offset));
    at = pack_number_at(at, event->size);
    done(log, put_optional(at, event, fields));
    log->event_end[event->dir] = event->offset + event->size;
    log->time_us = event->time_us;
    return ++log->events;
}

uint64_t transcript_log_offset(const struct transcript_log *log,
                               enum transcript_dir dir)
{
    return log->offset[dir];
}

size_t transcript_log_pending(const struct transcript_log *log)
{
    size_t lost = log->lost[0] || log->lost[1] ? 2 * (1 + PACK_NUMBER_MOST) : 0;

    return log->is_taken ? lost : log->pending.size + lost;
}

struct bytes transcript_log_take(struct transcript_log *log)
{
    if (transcript_log_pending(log) == 0) {
        return (struct bytes){0};
    }
    flush_lost(log, TRANSCRIPT_CLIENT);
    flush_lost(log, TRANSCRIPT_SERVER);
    log->kept_bytes += log->pending.size;
    for (int dir = 0; dir < 2; dir++) {
        log->piece.offset[dir] = log->offset[dir];
        log->chunk_end[dir] = log->offset[dir];
        log->event_end[dir] = log->offset[dir];
    }
    log->piece.events = log->events;
    log->piece.time_us = log->time_us;
    log->is_taken = true;
    return buffer_bytes(&log->pending);
}
