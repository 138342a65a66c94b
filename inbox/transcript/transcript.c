/* SPDX-License-Identifier: MIT */
#include "inbox/transcript/transcript.h"

#include "inbox/transcript/codec.h"

#include <stdlib.h>
#include <string.h>

/* Where the differences of a piece start from. */
struct origin {
    uint64_t offset[2];
    uint64_t time_us;
    uint32_t events;
};

/* Encodes as it goes: what is recorded and not yet taken is one buffer that is
 * released with each piece, so an idle connection costs little more than the
 * octets it has seen. */
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
};

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

static unsigned char *put_number(unsigned char *at, uint64_t number)
{
    while (number >= 0x80) {
        *at++ = (unsigned char)(number | 0x80);
        number >>= 7;
    }
    *at++ = (unsigned char)number;
    return at;
}

#define NUMBER_SIZE 10

static void add_number(struct buffer *out, uint64_t number)
{
    unsigned char coded[NUMBER_SIZE];
    unsigned char *end = put_number(coded, number);

    buffer_add(out, (struct bytes){coded, (size_t)(end - coded)});
}

/* Everything kept beside bodies counts: also the times of a client that sends
 * single octets for a day. */
static bool is_full(const struct transcript_log *log)
{
    return log->kept_bytes + log->pending.size >= log->max_bytes;
}

static void flush_lost(struct transcript_log *log, enum transcript_dir dir)
{
    if (log->lost[dir] == 0) {
        return;
    }
    buffer_add_byte(&log->pending,
                    TRANSCRIPT_TAG(TRANSCRIPT_RECORD_LOST, dir, false));
    add_number(&log->pending, log->lost[dir]);
    log->lost[dir] = 0;
}

void transcript_log_chunk(struct transcript_log *log,
                          const struct transcript_chunk *chunk)
{
    unsigned char coded[2 + 3 * NUMBER_SIZE];
    unsigned char *at = coded;

    if (is_full(log)) {
        return;
    }
    *at++ = TRANSCRIPT_TAG(TRANSCRIPT_RECORD_CHUNK, chunk->dir, false);
    *at++ = chunk->layer;
    at = put_number(
        at, transcript_zigzag(log->chunk_end[chunk->dir], chunk->offset));
    at = put_number(at, chunk->size);
    at = put_number(at, transcript_zigzag(log->time_us, chunk->time_us));
    buffer_add(&log->pending, (struct bytes){coded, (size_t)(at - coded)});
    log->chunk_end[chunk->dir] = chunk->offset + chunk->size;
    log->time_us = chunk->time_us;
}

void transcript_log_add(struct transcript_log *log, enum transcript_dir dir,
                        struct bytes run)
{
    unsigned char coded[1 + NUMBER_SIZE];
    unsigned char *at = coded;

    if (run.size == 0) {
        return;
    }
    log->offset[dir] += run.size;
    /* Once octets are missing the rest of the stream is only counted: a reader
     * is promised everything before the first missing octet. */
    if (is_full(log) ||
        run.size > log->max_bytes - log->kept_bytes - log->pending.size) {
        log->lost[dir] += run.size;
        log->max_bytes = 0;
        return;
    }
    *at++ = TRANSCRIPT_TAG(TRANSCRIPT_RECORD_OCTETS, dir, false);
    at = put_number(at, run.size);
    buffer_add(&log->pending, (struct bytes){coded, (size_t)(at - coded)});
    buffer_add(&log->pending, run);
}

void transcript_log_body(struct transcript_log *log, uint64_t body,
                         uint64_t size, const uint32_t *dots, size_t dot_count)
{
    uint32_t before = 0;

    if (size == 0 && dot_count == 0) {
        return;
    }
    if (body != log->body) {
        log->body = body;
        log->body_offset = 0;
    }
    flush_lost(log, TRANSCRIPT_CLIENT);
    buffer_add_byte(&log->pending, TRANSCRIPT_TAG(TRANSCRIPT_RECORD_BODY,
                                                  TRANSCRIPT_CLIENT, false));
    add_number(&log->pending, body);
    add_number(&log->pending, log->body_offset);
    add_number(&log->pending, size);
    add_number(&log->pending, dot_count);
    for (size_t i = 0; i < dot_count; i++) {
        add_number(&log->pending, dots[i] - before);
        before = dots[i];
    }
    log->offset[TRANSCRIPT_CLIENT] += size + dot_count;
    log->body_offset += size;
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

static void add_optional(struct buffer *out,
                         const struct transcript_event *event, unsigned fields)
{
    size_t enhanced = strnlen(event->enhanced, sizeof(event->enhanced));

    if (fields & TRANSCRIPT_HAS_BODY) {
        add_number(out, event->body);
    }
    if (fields & TRANSCRIPT_HAS_ANSWERS) {
        add_number(out, event->answers);
    }
    if (fields & TRANSCRIPT_HAS_CODE) {
        add_number(out, event->code);
    }
    if (fields & TRANSCRIPT_HAS_ENHANCED) {
        add_number(out, enhanced);
        buffer_add(out, (struct bytes){(const unsigned char *)event->enhanced,
                                       enhanced});
    }
    if (fields & TRANSCRIPT_HAS_DETAIL) {
        add_number(out, event->detail.size);
        buffer_add(out, event->detail);
    }
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
    unsigned char coded[3 + 3 * NUMBER_SIZE];
    unsigned char *at = coded;

    if (is_full(log) && is_chatter(event->type)) {
        return 0;
    }
    *at++ =
        TRANSCRIPT_TAG(TRANSCRIPT_RECORD_EVENT, event->dir, event->is_secret);
    *at++ = event->type;
    *at++ = (unsigned char)fields;
    at = put_number(at, transcript_zigzag(log->time_us, event->time_us));
    at = put_number(
        at, transcript_zigzag(log->event_end[event->dir], event->offset));
    at = put_number(at, event->size);
    buffer_add(&log->pending, (struct bytes){coded, (size_t)(at - coded)});
    add_optional(&log->pending, event, fields);
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
    size_t lost = log->lost[0] || log->lost[1] ? 2 * (1 + NUMBER_SIZE) : 0;

    return log->pending.size + lost;
}

void transcript_log_take(struct transcript_log *log, struct buffer *piece_out)
{
    if (transcript_log_pending(log) == 0) {
        return;
    }
    flush_lost(log, TRANSCRIPT_CLIENT);
    flush_lost(log, TRANSCRIPT_SERVER);
    (void)buffer_room(piece_out, 1 + 4 * NUMBER_SIZE + log->pending.size);
    buffer_add_byte(piece_out, TRANSCRIPT_VERSION);
    add_number(piece_out, log->piece.offset[0]);
    add_number(piece_out, log->piece.offset[1]);
    add_number(piece_out, log->piece.events);
    add_number(piece_out, log->piece.time_us);
    buffer_add(piece_out, buffer_bytes(&log->pending));
    log->kept_bytes += log->pending.size;
    buffer_free(&log->pending);
    for (int dir = 0; dir < 2; dir++) {
        log->piece.offset[dir] = log->offset[dir];
        log->chunk_end[dir] = log->offset[dir];
        log->event_end[dir] = log->offset[dir];
    }
    log->piece.events = log->events;
    log->piece.time_us = log->time_us;
}
