/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_TRANSCRIPT_VIEW_H
#define WEBUI_TRANSCRIPT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "webui/transcript/formats.h"

/* What all forms of a transcript ask of a view. */

/* A stretch of an event's octets. */
struct view_stretch {
    uint64_t offset; /* in its stream */
    uint64_t size;
};

/* The words of the JSON form: "cmd", "reply", ... */
const char *view_event_word(enum transcript_event_type type);

/* Appends the first `most` octets of `event` as they crossed the wire, secrets
 * as asterisks unless revealed. */
void view_add_octets(const struct transcript_view *view,
                     const struct transcript_event *event, uint64_t most,
                     struct buffer *out);

/* Where the secret of `event` stands; size 0: it has none. What AUTH names
 * (verb and mechanism) and the line end are none. */
struct view_stretch view_secret(const struct transcript_view *view,
                                const struct transcript_event *event);

/* All secrets of the client's stream, ascending. */
struct view_secrets {
    struct arena arena;
    struct view_stretch *stretches; /* in the arena */
    size_t count;
};

/* Finds them; none when revealed. Ended by view_secrets_end(). */
void view_secrets_begin(const struct transcript_view *view,
                        struct view_secrets *secrets_out);
void view_secrets_end(struct view_secrets *secrets);

/* Replaces what is secret in `octets`, which are the client's from stream
 * offset `offset` on, by asterisks. */
void view_mask(const struct view_secrets *secrets, uint64_t offset,
               unsigned char *octets, size_t size);

/* What a TRANSCRIPT_BODY event holds. */
struct view_body {
    uint64_t body;
    uint64_t offset; /* of its first octet in the body */
    uint64_t size;   /* unstuffed octets */
    const char *end; /* "canonical" (the final dot line), "bdat", "none" */
    const struct transcript_segment *segments; /* those of the client's stream
                                                * that it touches */
    size_t segment_count;
    size_t dot_count;
    bool is_deleted; /* its octets are gone */
};

/* Describes the body event `event`. */
void view_describe_body(const struct transcript_view *view,
                        const struct transcript_event *event,
                        struct view_body *body_out);

/* The transaction whose body has this number; NULL none. */
const struct inbox_transaction *
view_transaction(const struct transcript_view *view, uint64_t body);

/* The finding that was raised at event `number`; NULL: the session does not
 * know it. */
const struct inbox_finding *view_finding(const struct transcript_view *view,
                                         uint32_t number);

#endif
