/* SPDX-License-Identifier: MIT */
#include "inbox/transcript/transcript.h"

/* A body is read in steps, so that asking for a little of a large one costs
 * little. */
#define STEP ((size_t)65536)

struct wire {
    const struct transcript_bodies *bodies;
    struct buffer *out;
    bool is_missing;
};

/* Octets `from` to `to` of the body itself; false when some are gone. */
static bool add_body(struct wire *wire, uint64_t body, uint64_t from,
                     uint64_t to)
{
    while (from < to) {
        size_t want = to - from < STEP ? (size_t)(to - from) : STEP;
        struct room into = {buffer_room(wire->out, want), want};
        size_t got =
            wire->bodies != NULL
                ? wire->bodies->read(wire->bodies->context, body, from, into)
                : 0;

        if (got == 0) {
            wire->is_missing = true;
            return false;
        }
        wire->out->size += got;
        from += got;
    }
    return true;
}

/* The first dot that stands at wire offset `at` of the segment or behind it.
 * Dot i stands at its body offset, moved by the i dots before it. */
static size_t first_dot(const struct transcript_segment *segment, uint64_t at)
{
    size_t low = 0;
    size_t high = segment->dot_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (segment->dots[middle] - segment->body_offset + middle < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Wire octets `from` to `to` of a body segment, relative to it. */
static void add_stuffed(struct wire *wire,
                        const struct transcript_segment *segment, uint64_t from,
                        uint64_t to)
{
    size_t dot = first_dot(segment, from);

    while (from < to) {
        uint64_t next = to;
        uint64_t start = segment->body_offset + from - dot;

        if (dot < segment->dot_count) {
            uint64_t stands = segment->dots[dot] - segment->body_offset + dot;

            next = stands < to ? stands : to;
        }
        if (!add_body(wire, segment->body, start, start + (next - from))) {
            return;
        }
        from = next;
        if (from < to) {
            buffer_add_byte(wire->out, '.');
            dot++;
            from++;
        }
    }
}

static void add_segment(struct wire *wire,
                        const struct transcript_segment *segment, uint64_t from,
                        uint64_t to)
{
    if (segment->body) {
        add_stuffed(wire, segment, from, to);
        return;
    }
    if (to > segment->inlined.size) {
        wire->is_missing = true;
    }
    buffer_add(wire->out,
               bytes_part(segment->inlined, (size_t)from, (size_t)(to - from)));
}

/* The segment that holds octet `at`, or the number of segments. */
static size_t find_segment(const struct transcript *transcript,
                           enum transcript_dir dir, uint64_t at)
{
    const struct transcript_segment *segments = transcript->segments[dir];
    size_t low = 0;
    size_t high = transcript->segment_count[dir];

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (segments[middle].offset + segments[middle].size <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int transcript_wire(const struct transcript *transcript,
                    struct transcript_range range,
                    const struct transcript_bodies *bodies, struct buffer *out)
{
    struct wire wire = {.bodies = bodies, .out = out};
    enum transcript_dir dir = (enum transcript_dir)range.dir;
    uint64_t end = transcript->size[dir];
    size_t at = find_segment(transcript, dir, range.offset);

    if (range.offset < end && range.size < end - range.offset) {
        end = range.offset + range.size;
    }
    for (; at < transcript->segment_count[dir]; at++) {
        const struct transcript_segment *segment =
            &transcript->segments[dir][at];
        uint64_t from =
            range.offset > segment->offset ? range.offset - segment->offset : 0;
        uint64_t to = end - segment->offset < segment->size
                          ? end - segment->offset
                          : segment->size;

        if (segment->offset >= end) {
            break;
        }
        add_segment(&wire, segment, from, to);
    }
    return wire.is_missing ? -1 : 0;
}
