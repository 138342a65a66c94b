/* SPDX-License-Identifier: MIT */
#include "webui/transcript/formats.h"

#include "webui/transcript/pcapng.h"
#include "webui/transcript/view.h"

#include <stdlib.h>

#define PORT_SMTP 25
#define PORT_SMTPS 465

/* A capture being written. */
struct capture {
    const struct transcript_view *view;
    const struct transcript_pcapng_options *options;
    struct view_secrets secrets;
    struct buffer *out;
    struct pcapng_flow flow;
    enum transcript_pcapng_tls tls;
    bool is_open;
    size_t body; /* the next event that may be a body: reads grow in order */
};

static int64_t at(const struct capture *capture, uint64_t time_us)
{
    return capture->view->session->opened_at_us + (int64_t)time_us;
}

static bool has_layer(const struct transcript *transcript,
                      enum transcript_layer layer)
{
    for (size_t i = 0; i < transcript->chunk_count; i++) {
        if (transcript->chunks[i].layer == layer) {
            return true;
        }
    }
    return false;
}

static void open_flow(struct capture *capture, uint64_t time_us,
                      const char *comment)
{
    pcapng_open(&capture->flow, at(capture, time_us), comment);
    capture->is_open = true;
}

static void close_flow(struct capture *capture, uint64_t time_us)
{
    if (capture->is_open) {
        pcapng_close(&capture->flow, TRANSCRIPT_SERVER, at(capture, time_us));
    }
    capture->is_open = false;
}

static void send_range(struct capture *capture,
                       const struct transcript_chunk *chunk, uint64_t from,
                       uint64_t to)
{
    struct buffer octets = {0};
    struct transcript_range range = {from, to - from, chunk->dir};

    (void)transcript_wire(capture->view->transcript, range,
                          capture->view->bodies, &octets);
    if (chunk->dir == TRANSCRIPT_CLIENT && octets.size == range.size) {
        view_mask(&capture->secrets, from, octets.at, octets.size);
    }
    pcapng_send(&capture->flow, chunk->dir, at(capture, chunk->time_us),
                buffer_bytes(&octets));
    buffer_free(&octets);
}

/* Wireshark swallows a command that stands in one packet with the end of a
 * message, so packets end where bodies begin and end. */
static uint64_t next_cut(struct capture *capture, uint64_t from, uint64_t to)
{
    const struct transcript *transcript = capture->view->transcript;

    for (; capture->body < transcript->event_count; capture->body++) {
        const struct transcript_event *event =
            &transcript->events[capture->body];

        if (event->type != TRANSCRIPT_BODY ||
            event->offset + event->size <= from) {
            continue;
        }
        if (event->offset > from) {
            return event->offset < to ? event->offset : to;
        }
        return event->offset + event->size < to ? event->offset + event->size
                                                : to;
    }
    return to;
}

static void send_chunk(struct capture *capture,
                       const struct transcript_chunk *chunk)
{
    uint64_t from = chunk->offset;
    uint64_t end = chunk->offset + chunk->size;

    while (from < end) {
        uint64_t to = end;

        if (chunk->dir == TRANSCRIPT_CLIENT &&
            !capture->options->exact_chunks) {
            to = next_cut(capture, from, end);
        }
        send_range(capture, chunk, from, to);
        from = to;
    }
}

/* Does `chunk` hold the STARTTLS command or its reply? */
static bool is_starttls(const struct capture *capture,
                        const struct transcript_chunk *chunk)
{
    const struct transcript *transcript = capture->view->transcript;

    for (size_t i = 0; i < transcript->event_count; i++) {
        const struct transcript_event *event = &transcript->events[i];
        const struct transcript_event *cause =
            event->type == TRANSCRIPT_REPLY && event->answers > 0
                ? &transcript->events[event->answers - transcript->first_event]
                : event;

        if (event->type == TRANSCRIPT_TLS_EVENT) {
            return false;
        }
        if (event->dir == chunk->dir &&
            (event->type == TRANSCRIPT_COMMAND ||
             event->type == TRANSCRIPT_REPLY) &&
            bytes_equal_nocase(cause->detail, BYTES("STARTTLS")) &&
            event->offset >= chunk->offset &&
            event->offset < chunk->offset + chunk->size) {
            return true;
        }
    }
    return false;
}

static uint64_t last_time(const struct capture *capture)
{
    const struct transcript *transcript = capture->view->transcript;
    size_t count = transcript->event_count;

    return count > 0 ? transcript->events[count - 1].time_us : 0;
}

/* What was read and written, decrypted; a second connection begins where TLS
 * did, because Wireshark does not go back to plain SMTP within one. */
static void add_chunks(struct capture *capture)
{
    const struct transcript *transcript = capture->view->transcript;
    bool in_tls = false;

    open_flow(capture, 0, NULL);
    for (size_t i = 0; i < transcript->chunk_count; i++) {
        const struct transcript_chunk *chunk = &transcript->chunks[i];
        bool is_plain = chunk->layer != TRANSCRIPT_TLS;

        if (capture->tls == TRANSCRIPT_PCAPNG_ELIDE && is_plain &&
            is_starttls(capture, chunk)) {
            continue;
        }
        if (capture->tls == TRANSCRIPT_PCAPNG_SPLIT && !is_plain && !in_tls &&
            i > 0) {
            close_flow(capture, chunk->time_us);
            capture->flow.ends[0].port++;
            open_flow(capture, chunk->time_us, "decrypted from here");
        }
        in_tls |= !is_plain;
        send_chunk(capture, chunk);
    }
    close_flow(capture, last_time(capture));
}

/* The real thing: plain reads and writes before TLS, then its records. */
static void add_records(struct capture *capture)
{
    const struct transcript *transcript = capture->view->transcript;
    const struct transcript_tls_records *tls = capture->view->tls;
    size_t record = 0;

    pcapng_secrets(capture->out, tls->keylog);
    open_flow(capture, 0, NULL);
    for (size_t i = 0; i < transcript->chunk_count; i++) {
        const struct transcript_chunk *chunk = &transcript->chunks[i];

        if (chunk->layer == TRANSCRIPT_PLAIN) {
            send_chunk(capture, chunk);
        }
    }
    for (; record < tls->count; record++) {
        pcapng_send(&capture->flow, tls->records[record].dir,
                    at(capture, tls->records[record].time_us),
                    tls->records[record].octets);
    }
    close_flow(capture, last_time(capture));
}

/* Keys are secrets. */
static enum transcript_pcapng_tls choose(const struct capture *capture)
{
    const struct transcript_view *view = capture->view;
    bool has_records = view->reveal && view->tls && view->tls->count > 0;
    enum transcript_pcapng_tls asked = capture->options->tls;

    if (asked == TRANSCRIPT_PCAPNG_AUTO || asked == TRANSCRIPT_PCAPNG_KEYS) {
        return has_records ? TRANSCRIPT_PCAPNG_KEYS : TRANSCRIPT_PCAPNG_SPLIT;
    }
    return asked;
}

static void set_ends(struct capture *capture)
{
    const struct inbox_session *session = capture->view->session;
    const struct transcript *transcript = capture->view->transcript;
    bool is_implicit = transcript->chunk_count > 0 &&
                       transcript->chunks[0].layer == TRANSCRIPT_TLS;
    struct pcapng_end *ends = capture->flow.ends;

    ends[0] = pcapng_end_of(session->peer, 50000);
    ends[1] = pcapng_end_of(session->local ? session->local : session->listener,
                            PORT_SMTP);
    if (ends[0].is_ipv6 != ends[1].is_ipv6) {
        ends[0] = pcapng_end_of(NULL, ends[0].port);
        ends[1] = pcapng_end_of(NULL, ends[1].port);
    }
    if (!capture->options->keep_port) {
        ends[1].port = is_implicit && capture->tls == TRANSCRIPT_PCAPNG_KEYS
                           ? PORT_SMTPS
                           : PORT_SMTP;
    }
}

void transcript_pcapng(const struct transcript_view *view,
                       const struct transcript_pcapng_options *options,
                       struct buffer *out)
{
    struct capture capture = {
        .view = view, .options = options, .out = out, .flow = {.out = out}};
    struct arena arena = {0};
    const struct inbox_session *session = view->session;

    const char *retired =
        view->transcript->first_event == 1
            ? ""
            : arena_print(&arena,
                          "; the beginning was retired: %u transactions",
                          (unsigned)session->retired_transactions);
    capture.tls = choose(&capture);
    set_ends(&capture);
    view_secrets_begin(view, &capture.secrets);
    pcapng_begin(
        out,
        arena_print(&arena, "mailscope %s", view->version ? view->version : ""),
        arena_print(&arena,
                    "SMTP session %llu from %s to %s; the packets "
                    "are made of what was read and written%s%s",
                    (unsigned long long)session->id,
                    session->peer ? session->peer : "?",
                    session->local      ? session->local
                    : session->listener ? session->listener
                                        : "?",
                    retired, view->reveal ? "" : ", secrets are asterisks"));
    if (capture.tls == TRANSCRIPT_PCAPNG_KEYS &&
        has_layer(view->transcript, TRANSCRIPT_TLS)) {
        add_records(&capture);
    } else {
        add_chunks(&capture);
    }
    view_secrets_end(&capture.secrets);
    arena_free(&arena);
}
