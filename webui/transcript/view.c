/* SPDX-License-Identifier: MIT */
#include "webui/transcript/view.h"

#include "inbox/transcript/secret.h"

#include <string.h>

const char *view_event_word(enum transcript_event_type type)
{
    static const char *const words[] = {
        [TRANSCRIPT_OPEN] = "open",     [TRANSCRIPT_PROXY] = "proxy",
        [TRANSCRIPT_BANNER] = "banner", [TRANSCRIPT_COMMAND] = "cmd",
        [TRANSCRIPT_REPLY] = "reply",   [TRANSCRIPT_BODY] = "body",
        [TRANSCRIPT_TLS_EVENT] = "tls", [TRANSCRIPT_SASL] = "sasl",
        [TRANSCRIPT_FAULT] = "fault",   [TRANSCRIPT_FINDING] = "finding",
        [TRANSCRIPT_NOTE] = "note",     [TRANSCRIPT_IDLE] = "idle",
        [TRANSCRIPT_CLOSE] = "close",
    };

    return words[type];
}

static void add_wire(const struct transcript_view *view,
                     struct transcript_range range, struct buffer *out)
{
    (void)transcript_wire(view->transcript, range, view->bodies, out);
}

/* The word that is secret begins before; a longer one is secret to its end. */
#define MOST_LINE 65536

struct view_stretch view_secret(const struct transcript_view *view,
                                const struct transcript_event *event)
{
    struct view_stretch secret = {0};
    struct buffer line = {0};
    struct bytes word;

    if (!event->is_secret || event->dir != TRANSCRIPT_CLIENT) {
        return secret;
    }
    add_wire(view,
             (struct transcript_range){
                 event->offset,
                 event->size < MOST_LINE ? event->size : MOST_LINE, event->dir},
             &line);
    word = event->type == TRANSCRIPT_COMMAND
               ? transcript_secret(buffer_bytes(&line))
               : transcript_without_end(buffer_bytes(&line));
    if (word.size > 0) {
        uint64_t from = (uint64_t)(word.at - line.at);
        secret.offset = event->offset + from;
        secret.size = event->size > MOST_LINE ? event->size - from : word.size;
    }
    buffer_free(&line);
    return secret;
}

/* Where the client's lines end, going through the events. */
struct covering {
    const struct transcript_view *view;
    struct view_secrets *secrets;
    uint64_t end;   /* of the last line */
    bool in_secret; /* which was secret, and is not over there */
    bool in_login;  /* the last line was AUTH, or an answer to it */
};

static void cover(struct covering *covering, uint64_t from, uint64_t to)
{
    struct view_secrets *secrets = covering->secrets;

    if (to > from) {
        secrets->stretches[secrets->count++] =
            (struct view_stretch){from, to - from};
    }
}

static void cover_event(struct covering *covering,
                        const struct transcript_event *event)
{
    struct view_stretch secret = view_secret(covering->view, event);
    struct buffer last = {0};

    if (covering->in_secret) {
        cover(covering, covering->end, event->offset);
    }
    cover(covering, secret.offset, secret.offset + secret.size);
    covering->end = event->offset + event->size;
    covering->in_secret = false;
    covering->in_login = event->type == TRANSCRIPT_SASL || event->is_secret ||
                         bytes_equal(event->detail, BYTES("AUTH"));
    if (secret.size > 0) {
        add_wire(covering->view,
                 (struct transcript_range){covering->end - 1, 1, event->dir},
                 &last);
        covering->in_secret = last.size == 1 && last.at[0] != '\n';
        buffer_free(&last);
    }
}

/* What no event tells of: the rest of a line that was too long, or a line that
 * is not whole, yet or for ever. */
static void cover_rest(struct covering *covering)
{
    const struct transcript_view *view = covering->view;
    uint64_t size = view->transcript->size[TRANSCRIPT_CLIENT];
    uint64_t from = size;
    struct buffer rest = {0};

    if (size <= covering->end) {
        return;
    }
    add_wire(view,
             (struct transcript_range){covering->end,
                                       size - covering->end < MOST_LINE
                                           ? size - covering->end
                                           : MOST_LINE,
                                       TRANSCRIPT_CLIENT},
             &rest);
    if (covering->in_secret ||
        (covering->in_login && transcript_is_word(buffer_bytes(&rest)))) {
        from = covering->end;
    } else if (transcript_is_login(buffer_bytes(&rest))) {
        struct bytes word = transcript_secret(buffer_bytes(&rest));
        from = covering->end + (uint64_t)(word.at - rest.at);
    }
    cover(covering, from, size);
    buffer_free(&rest);
}

static bool is_said(const struct transcript_event *event)
{
    return event->type == TRANSCRIPT_COMMAND ||
           event->type == TRANSCRIPT_SASL || event->type == TRANSCRIPT_BODY;
}

void view_secrets_begin(const struct transcript_view *view,
                        struct view_secrets *secrets_out)
{
    const struct transcript *transcript = view->transcript;
    struct covering covering = {.view = view, .secrets = secrets_out};
    size_t count = 0;

    *secrets_out = (struct view_secrets){0};
    for (size_t i = 0; i < transcript->event_count; i++) {
        count += transcript->events[i].is_secret;
    }
    if (view->reveal) {
        return;
    }
    secrets_out->stretches = arena_new(
        &secrets_out->arena, (2 * count + 1) * sizeof(*secrets_out->stretches));
    for (size_t i = 0; i < transcript->event_count; i++) {
        const struct transcript_event *event = &transcript->events[i];

        if (is_said(event)) {
            cover_event(&covering, event);
        }
    }
    cover_rest(&covering);
}

void view_secrets_end(struct view_secrets *secrets)
{
    arena_free(&secrets->arena);
}

/* The first secret that ends behind `offset`. */
static size_t first_secret(const struct view_secrets *secrets, uint64_t offset)
{
    size_t low = 0;
    size_t high = secrets->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct view_stretch *one = &secrets->stretches[middle];

        if (one->offset + one->size <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void view_mask(const struct view_secrets *secrets, uint64_t offset,
               unsigned char *octets, size_t size)
{
    for (size_t i = first_secret(secrets, offset); i < secrets->count; i++) {
        const struct view_stretch *one = &secrets->stretches[i];
        uint64_t from = one->offset > offset ? one->offset - offset : 0;
        uint64_t to = one->offset + one->size - offset;

        if (from >= size) {
            break;
        }
        to = to < size ? to : size;
        memset(octets + from, '*', (size_t)(to - from));
    }
}

void view_add_octets(const struct transcript_view *view,
                     const struct transcript_event *event, uint64_t most,
                     struct buffer *out)
{
    size_t start = out->size;
    struct transcript_range range = {
        event->offset, event->size < most ? event->size : most, event->dir};
    struct view_stretch secret = view_secret(view, event);

    add_wire(view, range, out);
    for (size_t i = start; i < out->size && !view->reveal; i++) {
        uint64_t at = event->offset + (i - start);

        if (at >= secret.offset && at - secret.offset < secret.size) {
            out->at[i] = '*';
        }
    }
}

/* Was the last command before event `number` a BDAT? */
static bool is_chunk(const struct transcript_view *view,
                     const struct transcript_event *event)
{
    const struct transcript_event *at = event;

    while (at > view->transcript->events) {
        at--;
        if (at->type == TRANSCRIPT_COMMAND) {
            return bytes_equal_nocase(at->detail, BYTES("BDAT"));
        }
    }
    return false;
}

static const char *end_of(const struct transcript_view *view,
                          const struct transcript_event *event)
{
    struct buffer tail = {0};
    const char *end = "none";

    if (is_chunk(view, event)) {
        return "bdat";
    }
    if (event->size >= 3) {
        add_wire(view,
                 (struct transcript_range){event->offset + event->size - 3, 3,
                                           event->dir},
                 &tail);
        if (bytes_equal(buffer_bytes(&tail), BYTES(".\r\n"))) {
            end = "canonical";
        }
        buffer_free(&tail);
    }
    return end;
}

static size_t first_segment(const struct transcript *transcript,
                            uint64_t offset)
{
    const struct transcript_segment *segments =
        transcript->segments[TRANSCRIPT_CLIENT];
    size_t low = 0;
    size_t high = transcript->segment_count[TRANSCRIPT_CLIENT];

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (segments[middle].offset + segments[middle].size <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Only messages can be deleted without their session; asking costs a look into
 * the store. */
static bool is_deleted(const struct transcript_view *view,
                       const struct view_body *body)
{
    const struct inbox_transaction *one = view_transaction(view, body->body);
    unsigned char octet;

    if (body->size == 0 || !one || one->message == 0) {
        return false;
    }
    return !view->bodies ||
           view->bodies->read(view->bodies->context, body->body, body->offset,
                              (struct room){&octet, 1}) == 0;
}

void view_describe_body(const struct transcript_view *view,
                        const struct transcript_event *event,
                        struct view_body *body_out)
{
    const struct transcript *transcript = view->transcript;
    size_t first = first_segment(transcript, event->offset);
    size_t at = first;
    bool is_begun = false;

    *body_out = (struct view_body){
        .body = event->body,
        .end = end_of(view, event),
        .segments = transcript->segments[TRANSCRIPT_CLIENT] + first};
    for (; at < transcript->segment_count[TRANSCRIPT_CLIENT]; at++) {
        const struct transcript_segment *segment =
            &transcript->segments[TRANSCRIPT_CLIENT][at];

        if (segment->offset >= event->offset + event->size) {
            break;
        }
        if (segment->body && !is_begun) {
            body_out->offset = segment->body_offset;
            is_begun = true;
        }
        body_out->size += segment->body ? segment->body_size : 0;
        body_out->dot_count += segment->dot_count;
    }
    body_out->segment_count = at - first;
    body_out->is_deleted = is_deleted(view, body_out);
}

const struct inbox_transaction *
view_transaction(const struct transcript_view *view, uint64_t body)
{
    /* A transaction has at most one body, so number N is not before the Nth. */
    uint64_t before = view->session->first_transaction;
    size_t first = body == 0 ? SIZE_MAX : body > before ? body - before : 0;

    for (size_t i = first; i < view->session->transaction_count; i++) {
        if (view->session->transactions[i].body == body) {
            return &view->session->transactions[i];
        }
    }
    return NULL;
}

const struct inbox_finding *view_finding(const struct transcript_view *view,
                                         uint32_t number)
{
    for (size_t i = 0; i < view->session->finding_count; i++) {
        if (view->session->findings[i].event == number) {
            return &view->session->findings[i];
        }
    }
    return NULL;
}
