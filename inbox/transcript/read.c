/* SPDX-License-Identifier: MIT */
#include "inbox/transcript/transcript.h"

#include "inbox/base/pack.h"
#include "inbox/transcript/codec.h"
#include "inbox/transcript/known.h"

#include <string.h>

/* No stream of ours is longer; beyond it a record is damaged. */
#define MOST_OCTETS ((uint64_t)1 << 50)

/* What pieces add up to, while it grows. Segments say where their octets and
 * dots begin in the buffers, since those still move. */
struct reading {
    struct buffer chunks;
    struct buffer events;
    struct buffer segments[2];
    struct buffer octets[2];
    struct buffer dots;
    uint64_t offset[2];
    uint64_t chunk_end[2];
    uint64_t event_end[2];
    uint64_t lost_from[2];
    uint64_t time_us;
    uint64_t retired[2];
    uint32_t event_count; /* retired ones, too */
    uint32_t retired_events;
    bool is_begun;
    struct arena *arena;
};

struct growing_segment {
    uint64_t offset;
    uint64_t size;
    uint64_t body;
    uint64_t body_offset;
    uint64_t body_size;
    uint64_t start; /* in octets[] or, in elements, in dots */
    uint64_t dot_count;
    bool is_lost;
};

/* A number of octets of a stream, or where it stands. */
static uint64_t take_size(struct unpack *cursor)
{
    uint64_t size = unpack_number(cursor);

    if (size > MOST_OCTETS) {
        unpack_give_up(cursor);
        return 0;
    }
    return size;
}

static struct bytes take_octets(struct unpack *cursor)
{
    return unpack_octets(cursor, unpack_number(cursor));
}

static uint64_t take_place(struct unpack *cursor, uint64_t from)
{
    uint64_t place = transcript_unzigzag(from, unpack_number(cursor));

    if (place > MOST_OCTETS) {
        unpack_give_up(cursor);
        return 0;
    }
    return place;
}

static void push(struct buffer *array, const void *element, size_t size)
{
    buffer_add(array, (struct bytes){element, size});
}

static void read_chunk(struct reading *reading, struct unpack *cursor, int dir)
{
    struct transcript_chunk chunk = {0};

    chunk.dir = (uint8_t)dir;
    chunk.layer = unpack_octet(cursor);
    chunk.offset = take_place(cursor, reading->chunk_end[dir]);
    chunk.size = (uint32_t)take_size(cursor);
    chunk.time_us = take_place(cursor, reading->time_us);
    if (cursor->is_broken || chunk.layer > TRANSCRIPT_CLEAR_DISCARDED) {
        unpack_give_up(cursor);
        return;
    }
    reading->chunk_end[dir] = chunk.offset + chunk.size;
    reading->time_us = chunk.time_us;
    push(&reading->chunks, &chunk, sizeof(chunk));
}

static struct growing_segment *last_segment(struct reading *reading, int dir)
{
    struct buffer *segments = &reading->segments[dir];

    if (segments->size == 0) {
        return NULL;
    }
    return (struct growing_segment *)(void *)(segments->at + segments->size) -
           1;
}

static void add_segment(struct reading *reading, int dir,
                        struct growing_segment segment)
{
    segment.offset = reading->offset[dir];
    reading->offset[dir] += segment.size;
    push(&reading->segments[dir], &segment, sizeof(segment));
}

static void add_octets(struct reading *reading, struct bytes run, int dir)
{
    struct growing_segment *last = last_segment(reading, dir);

    if (last && last->body == 0 && !last->is_lost) {
        last->size += run.size;
        reading->offset[dir] += run.size;
    } else {
        add_segment(reading, dir,
                    (struct growing_segment){
                        .size = run.size, .start = reading->octets[dir].size});
    }
    buffer_add(&reading->octets[dir], run);
}

static void read_octets(struct reading *reading, struct unpack *cursor, int dir)
{
    struct bytes run = take_octets(cursor);

    if (!cursor->is_broken) {
        add_octets(reading, run, dir);
    }
}

static void read_coded(struct reading *reading, struct unpack *cursor, int dir)
{
    struct bytes coded = take_octets(cursor);
    struct buffer run = {0};

    if (known_decode(coded, &run)) {
        add_octets(reading, buffer_bytes(&run), dir);
    } else {
        unpack_give_up(cursor);
    }
    buffer_free(&run);
}

static void read_lost(struct reading *reading, struct unpack *cursor, int dir)
{
    uint64_t size = take_size(cursor);

    if (cursor->is_broken) {
        return;
    }
    if (reading->lost_from[dir] == UINT64_MAX) {
        reading->lost_from[dir] = reading->offset[dir];
    }
    add_segment(reading, dir,
                (struct growing_segment){.size = size, .is_lost = true});
}

static bool continues(const struct growing_segment *last,
                      const struct growing_segment *next)
{
    return last && last->body && last->body == next->body &&
           last->body_offset + last->body_size == next->body_offset;
}

static void read_body(struct reading *reading, struct unpack *cursor, int dir)
{
    struct growing_segment next = {0};
    next.body = unpack_number(cursor); /* in the order of the record */
    next.body_offset = take_size(cursor);
    next.body_size = take_size(cursor);
    next.dot_count = take_size(cursor);
    next.start = reading->dots.size / sizeof(uint64_t);
    uint64_t dot = next.body_offset;
    struct growing_segment *last;

    if (dir != TRANSCRIPT_CLIENT || next.body == 0 ||
        next.dot_count > cursor->rest.size) {
        unpack_give_up(cursor);
    }
    for (uint64_t i = 0; i < next.dot_count && !cursor->is_broken; i++) {
        dot += take_size(cursor);
        push(&reading->dots, &dot, sizeof(dot));
    }
    if (cursor->is_broken || dot > next.body_offset + next.body_size) {
        unpack_give_up(cursor);
        return;
    }
    next.size = next.body_size + next.dot_count;
    last = last_segment(reading, dir);
    if (!continues(last, &next)) {
        add_segment(reading, dir, next);
        return;
    }
    last->size += next.size;
    last->body_size += next.body_size;
    last->dot_count += next.dot_count;
    reading->offset[dir] += next.size;
}

static void take_optional(struct reading *reading, struct unpack *cursor,
                          unsigned fields, struct transcript_event *event)
{
    if (fields & TRANSCRIPT_HAS_BODY) {
        event->body = unpack_number(cursor);
    }
    if (fields & TRANSCRIPT_HAS_ANSWERS) {
        event->answers = (uint32_t)unpack_number(cursor);
    }
    if (fields & TRANSCRIPT_HAS_CODE) {
        event->code = (uint16_t)unpack_number(cursor);
    }
    if (fields & TRANSCRIPT_HAS_ENHANCED) {
        struct bytes enhanced = take_octets(cursor);

        if (enhanced.size >= sizeof(event->enhanced)) {
            unpack_give_up(cursor);
        } else if (enhanced.size > 0) {
            memcpy(event->enhanced, enhanced.at, enhanced.size);
        }
    }
    if (fields & TRANSCRIPT_HAS_DETAIL) {
        event->detail = arena_bytes(reading->arena, take_octets(cursor));
    }
}

static void read_event(struct reading *reading, struct unpack *cursor,
                       unsigned char tag)
{
    struct transcript_event event = {0};
    int dir = (tag >> 1) & 1;
    unsigned fields;

    event.dir = (uint8_t)dir;
    event.is_secret = tag & 1;
    event.type = unpack_octet(cursor);
    fields = unpack_octet(cursor);
    event.time_us = take_place(cursor, reading->time_us);
    event.offset = take_place(cursor, reading->event_end[dir]);
    event.size = take_size(cursor);
    take_optional(reading, cursor, fields, &event);
    if (cursor->is_broken || event.type > TRANSCRIPT_CLOSE) {
        unpack_give_up(cursor);
        return;
    }
    reading->event_end[dir] = event.offset + event.size;
    reading->time_us = event.time_us;
    reading->event_count++;
    if (event.answers >= reading->event_count ||
        event.answers <= reading->retired_events) {
        event.answers = 0;
    }
    push(&reading->events, &event, sizeof(event));
}

static void read_record(struct reading *reading, struct unpack *cursor)
{
    unsigned char tag = unpack_octet(cursor);
    int dir = (tag >> 1) & 1;

    switch (tag >> 2) {
    case TRANSCRIPT_RECORD_CHUNK:
        read_chunk(reading, cursor, dir);
        break;
    case TRANSCRIPT_RECORD_OCTETS:
        read_octets(reading, cursor, dir);
        break;
    case TRANSCRIPT_RECORD_CODED:
        read_coded(reading, cursor, dir);
        break;
    case TRANSCRIPT_RECORD_BODY:
        read_body(reading, cursor, dir);
        break;
    case TRANSCRIPT_RECORD_EVENT:
        read_event(reading, cursor, tag);
        break;
    case TRANSCRIPT_RECORD_LOST:
        read_lost(reading, cursor, dir);
        break;
    default:
        unpack_give_up(cursor);
        break;
    }
}

/* The first piece there is: what came before it was retired. */
static void begin(struct reading *reading, struct unpack cursor)
{
    uint64_t offsets[2];

    offsets[TRANSCRIPT_CLIENT] = take_size(&cursor);
    offsets[TRANSCRIPT_SERVER] = take_size(&cursor);
    uint64_t events = take_size(&cursor);

    reading->is_begun = true;
    if (cursor.is_broken || events > UINT32_MAX / 2) {
        return;
    }
    for (int dir = 0; dir < 2; dir++) {
        reading->retired[dir] = offsets[dir];
        if (offsets[dir] > 0) {
            add_segment(reading, dir,
                        (struct growing_segment){.size = offsets[dir],
                                                 .is_lost = true});
        }
    }
    reading->event_count = (uint32_t)events;
    reading->retired_events = (uint32_t)events;
}

/* A piece begins with where it stands; one that does not follow on the piece
 * before means that something between them is gone. */
static int read_piece(struct reading *reading, struct bytes piece)
{
    struct unpack cursor = {.rest = piece};

    if (piece.size == 0) {
        return 0; /* an open session was looked at, and had said nothing new */
    }
    unsigned version = unpack_octet(&cursor);
    if (version < TRANSCRIPT_VERSION_FIRST || version > TRANSCRIPT_VERSION) {
        return -1;
    }
    if (!reading->is_begun) {
        begin(reading, cursor);
    }
    if (unpack_number(&cursor) != reading->offset[0] ||
        unpack_number(&cursor) != reading->offset[1] ||
        unpack_number(&cursor) != reading->event_count) {
        return -1;
    }
    reading->time_us = take_size(&cursor);
    for (int dir = 0; dir < 2; dir++) {
        reading->chunk_end[dir] = reading->offset[dir];
        reading->event_end[dir] = reading->offset[dir];
    }
    while (!cursor.is_broken && cursor.rest.size > 0) {
        read_record(reading, &cursor);
    }
    return cursor.is_broken ? -1 : 0;
}

static void *settle(struct arena *arena, struct buffer *array)
{
    void *settled = arena_new(arena, array->size + 1);

    if (array->size > 0) {
        memcpy(settled, array->at, array->size);
    }
    buffer_free(array);
    return settled;
}

static void settle_segments(struct reading *reading, int dir,
                            const uint64_t *dots, struct transcript *transcript)
{
    size_t count = reading->segments[dir].size / sizeof(struct growing_segment);
    const struct growing_segment *from =
        (const void *)reading->segments[dir].at;
    const unsigned char *octets = settle(reading->arena, &reading->octets[dir]);
    struct transcript_segment *segments =
        arena_new(reading->arena, (count + 1) * sizeof(*segments));

    for (size_t i = 0; i < count; i++) {
        segments[i] =
            (struct transcript_segment){.offset = from[i].offset,
                                        .size = from[i].size,
                                        .body = from[i].body,
                                        .body_offset = from[i].body_offset,
                                        .body_size = from[i].body_size,
                                        .dot_count = from[i].dot_count};
        if (from[i].body) {
            segments[i].dots = dots + from[i].start;
        } else if (!from[i].is_lost) {
            segments[i].inlined =
                (struct bytes){octets + from[i].start, (size_t)from[i].size};
        }
    }
    buffer_free(&reading->segments[dir]);
    transcript->segments[dir] = segments;
    transcript->segment_count[dir] = count;
    transcript->size[dir] = reading->offset[dir];
    transcript->lost_from[dir] = reading->lost_from[dir];
    transcript->retired[dir] = reading->retired[dir];
}

int transcript_read(const struct bytes *pieces, size_t count,
                    struct arena *arena, struct transcript *transcript_out)
{
    struct reading reading = {.lost_from = {UINT64_MAX, UINT64_MAX},
                              .arena = arena};
    const uint64_t *dots;
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++) {
        result = read_piece(&reading, pieces[i]);
    }
    *transcript_out = (struct transcript){
        .chunk_count = reading.chunks.size / sizeof(struct transcript_chunk),
        .event_count = reading.events.size / sizeof(struct transcript_event),
        .first_event = reading.retired_events + 1};
    transcript_out->chunks = settle(arena, &reading.chunks);
    transcript_out->events = settle(arena, &reading.events);
    dots = settle(arena, &reading.dots);
    settle_segments(&reading, TRANSCRIPT_CLIENT, dots, transcript_out);
    settle_segments(&reading, TRANSCRIPT_SERVER, dots, transcript_out);
    transcript_out->is_lossless =
        result == 0 && reading.retired_events == 0 && reading.retired[0] == 0 &&
        reading.retired[1] == 0 && reading.lost_from[0] == UINT64_MAX &&
        reading.lost_from[1] == UINT64_MAX;
    return result;
}
