/* SPDX-License-Identifier: MIT */
#ifndef INBOX_TRANSCRIPT_TRANSCRIPT_H
#define INBOX_TRANSCRIPT_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/base/memory.h"

/* What crossed the wire on one connection, without loss (protocol notes,
 * section E): two octet streams with 64-bit offsets from 0, every read and
 * write with its time, and events that say what it meant. A message's octets
 * are not repeated here: a body segment names the body and where the removed
 * dots stood. Pure: no I/O, no clock. */

enum transcript_dir { TRANSCRIPT_CLIENT, TRANSCRIPT_SERVER };

enum transcript_layer {
    TRANSCRIPT_PLAIN,
    TRANSCRIPT_TLS,
    TRANSCRIPT_CLEAR_DISCARDED /* plaintext behind STARTTLS */
};

/* One read or write, at the plaintext layer. */
struct transcript_chunk {
    uint64_t offset;
    uint64_t time_us; /* since the session opened */
    uint32_t size;
    uint8_t dir;
    uint8_t layer;
};

enum transcript_event_type {
    TRANSCRIPT_OPEN,
    TRANSCRIPT_PROXY, /* detail: JSON text */
    TRANSCRIPT_BANNER,
    TRANSCRIPT_COMMAND,   /* detail: the verb in upper case */
    TRANSCRIPT_REPLY,     /* answers: the event it replies to */
    TRANSCRIPT_BODY,      /* a message's octets with its final dot line; or one
                         * BDAT chunk */
    TRANSCRIPT_TLS_EVENT, /* detail: JSON text of version, cipher, ... */
    TRANSCRIPT_SASL,      /* a line of an AUTH exchange */
    TRANSCRIPT_FAULT,     /* detail: JSON text */
    TRANSCRIPT_FINDING,   /* detail: JSON text: check, text */
    TRANSCRIPT_NOTE,      /* detail: words */
    TRANSCRIPT_IDLE,
    TRANSCRIPT_CLOSE /* detail: the close reason */
};

struct transcript_event {
    uint64_t time_us;
    uint64_t offset; /* in stream `dir`, wire octets */
    uint64_t size;
    uint64_t body;    /* TRANSCRIPT_BODY: number of the body in this session,
                      * from 1 */
    uint32_t answers; /* number of the event this replies to, 0 none */
    uint16_t code;    /* reply code */
    char enhanced[12];
    uint8_t type;
    uint8_t dir;
    bool is_secret; /* the octets hold a secret: masked in views */
    struct bytes detail;
};

/* ---- Recording (one thread) */

struct transcript_log;

/* A new empty log. `max_bytes` of verbatim octets are kept beside message
 * bodies; beyond it octets are counted, not kept (lossy from that offset). */
struct transcript_log *transcript_log_new(uint64_t max_bytes);

/* Frees it; NULL is allowed. */
void transcript_log_free(struct transcript_log *log);

/* A read or write of `run` happened; only its bounds are noted. */
void transcript_log_chunk(struct transcript_log *log,
                          const struct transcript_chunk *chunk);

/* `run` is the next part of the stream `dir`, kept verbatim. */
void transcript_log_add(struct transcript_log *log, enum transcript_dir dir,
                        struct bytes run);

/* A run of unstuffed octets of a body. */
struct transcript_run {
    uint64_t body; /* numbered from 1 in this session */
    uint64_t size;
    const uint32_t *dots; /* where, in the run, a dot had been removed before */
    size_t dot_count;
};

/* The run is the next part of the client's stream. */
void transcript_log_body(struct transcript_log *log,
                         const struct transcript_run *run);

/* Notes an event (its detail is copied); returns its number, from 1. */
uint32_t transcript_log_event(struct transcript_log *log,
                              const struct transcript_event *event);

/* Where stream `dir` ends now. */
uint64_t transcript_log_offset(const struct transcript_log *log,
                               enum transcript_dir dir);

/* What was recorded since the last piece, encoded (no octets: nothing new);
 * valid until more is recorded. Pieces of a session in order make its
 * transcript. */
struct bytes transcript_log_take(struct transcript_log *log);

/* Octets that a piece would have now (0: nothing new). */
size_t transcript_log_pending(const struct transcript_log *log);

/* ---- Reading */

/* A segment of one stream. */
struct transcript_segment {
    uint64_t offset; /* of its first wire octet in the stream */
    uint64_t size;   /* wire octets */
    uint64_t body;   /* 0: verbatim (`inlined`), else number of the body */
    uint64_t body_offset;
    uint64_t body_size;
    struct bytes inlined; /* shorter than `size` when lost */
    const uint64_t *dots; /* body offsets before which a dot stood */
    size_t dot_count;
};

struct transcript {
    struct transcript_chunk *chunks;
    size_t chunk_count;
    struct transcript_event *events; /* events[i] has number first_event + i */
    size_t event_count;
    uint32_t first_event; /* 1; more when the oldest pieces were retired */
    struct transcript_segment *segments[2]; /* by transcript_dir */
    size_t segment_count[2];
    uint64_t size[2];    /* octets of each stream */
    uint64_t retired[2]; /* of which so many at its start were retired */
    bool is_lossless;
    uint64_t lost_from[2]; /* first octet not kept; UINT64_MAX when none */
};

/* Decodes pieces in order into `transcript_out`, everything in `arena`. The
 * first may be a later one of its session: what came before it was retired.
 * Returns 0, or -1 when a piece is damaged: what was readable before it is in
 * transcript_out, with is_lossless false. */
int transcript_read(const struct bytes *pieces, size_t count,
                    struct arena *arena, struct transcript *transcript_out);

/* Where bodies are read, by their number. */
struct transcript_bodies {
    /* Reads octets of body `body` from `offset` on; returns how many, 0 at its
     * end or when the body is gone. */
    size_t (*read)(void *context, uint64_t body, uint64_t offset,
                   struct room into);
    void *context;
};

/* Octets of a stream. */
struct transcript_range {
    uint64_t offset;
    uint64_t size;
    uint8_t dir; /* enum transcript_dir */
};

/* Appends the range's wire octets to `out`, bodies (NULL: none can be read)
 * stuffed again. Octets that are gone are left out. Returns 0, or -1 when some
 * were. */
int transcript_wire(const struct transcript *transcript,
                    struct transcript_range range,
                    const struct transcript_bodies *bodies, struct buffer *out);

#endif
