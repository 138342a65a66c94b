/* SPDX-License-Identifier: MIT */
#ifndef INBOX_TRANSCRIPT_CODEC_H
#define INBOX_TRANSCRIPT_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include "inbox/base/bytes.h"

/* How a piece of transcript is written; only transcript.c and
 * read.c know it.
 *   piece  = version, client offset, server offset, events so far, time,
 *            *record
 *   record = tag octet (kind, direction), fields
 * Numbers are those of pack.h. Offsets and times are differences from the record
 * before, so a command costs its octets and about a dozen more. */

/* 2 knows TRANSCRIPT_RECORD_CODED as well. */
#define TRANSCRIPT_VERSION 2
#define TRANSCRIPT_VERSION_FIRST 1

enum transcript_record {
    TRANSCRIPT_RECORD_CHUNK = 1, /* layer, offset -/+, size, time -/+ */
    TRANSCRIPT_RECORD_OCTETS,    /* size, octets */
    TRANSCRIPT_RECORD_BODY,      /* body, body offset, size, dots, each */
    TRANSCRIPT_RECORD_EVENT,     /* see transcript.c */
    TRANSCRIPT_RECORD_LOST,      /* size */
    TRANSCRIPT_RECORD_CODED      /* size, octets: known.h */
};

/* The tag octet: kind * 4 + direction * 2 + is_secret. */
#define TRANSCRIPT_TAG(kind, dir, secret)                               \
    ((unsigned char)(((unsigned)(kind) << 2) | ((unsigned)(dir) << 1) | \
                     ((secret) ? 1U : 0U)))

/* Which optional fields of an event follow. */
enum transcript_event_field {
    TRANSCRIPT_HAS_BODY = 1,
    TRANSCRIPT_HAS_ANSWERS = 2,
    TRANSCRIPT_HAS_CODE = 4,
    TRANSCRIPT_HAS_ENHANCED = 8,
    TRANSCRIPT_HAS_DETAIL = 16
};

/* The difference `to` - `from` as a number for a varint: small in either
 * direction. */
static inline uint64_t transcript_zigzag(uint64_t from, uint64_t to)
{
    return to >= from ? (to - from) << 1 : ((from - to) << 1) - 1;
}

/* What transcript_zigzag() was given as `to`. */
static inline uint64_t transcript_unzigzag(uint64_t from, uint64_t coded)
{
    return coded & 1 ? from - ((coded >> 1) + 1) : from + (coded >> 1);
}

#endif
