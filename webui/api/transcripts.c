/* SPDX-License-Identifier: MIT */
#include "inbox/transcript/transcript.h"
#include "webui/api/sessions.h"
#include "webui/transcript/formats.h"

#include <string.h>

/* GET /api/sessions/{id}/transcript: one session in the form asked for. */

struct asked {
    const char *format;
    enum transcript_dir dir;
    bool reveal;
    uint64_t from;
    struct transcript_pcapng_options pcapng;
};

/* Bodies are read in windows: the last one stays open. */
struct body_reader {
    struct inbox *inbox;
    const struct inbox_session *session;
    uint64_t number;
    struct inbox_body *body;
};

/* A message is found by its id at once; only what never became one is looked
 * for among the session's records. */
static struct inbox_body *open_body(const struct body_reader *reader,
                                    uint64_t number)
{
    const struct inbox_session *session = reader->session;
    struct inbox_body *body = NULL;

    /* A transaction has at most one body: number N is not before the Nth. */
    uint64_t before = session->first_transaction;
    for (size_t i = number > before ? number - before : 0;
         i < session->transaction_count; i++) {
        const struct inbox_transaction *one = &session->transactions[i];
        if (one->body == number && one->message != 0) {
            body = inbox_body_open(reader->inbox, one->message);
        }
        if (one->body >= number) {
            break;
        }
    }
    return body != NULL
               ? body
               : inbox_session_body(reader->inbox, session->id, number);
}

static size_t on_body(void *context, uint64_t number, uint64_t offset,
                      struct room into)
{
    struct body_reader *reader = context;

    if (reader->number != number) {
        inbox_body_close(reader->body);
        reader->body = open_body(reader, number);
        reader->number = number;
    }
    return reader->body == NULL
               ? 0
               : inbox_body_read(reader->body, offset, into.at, into.size);
}

/* The place of `name`'s value in `words`; `absent` when it was not sent, -1
 * after answering 400. */
static int read_word(struct call *call, const char *name,
                     const char *const *words, int absent)
{
    const char *text = call_param(call, name);
    const char *known = "";

    if (text == NULL) {
        return absent;
    }
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], text) == 0) {
            return i;
        }
        known = arena_print(call->arena, "%s %s", known, words[i]);
    }
    (void)call_refuse(call, 400,
                      arena_print(call->arena, "%s=%.40s: expected one of:%s",
                                  name, text, known));
    return -1;
}

static const char *const formats[] = {"json", "text",   "vector",
                                      "raw",  "pcapng", NULL};
static const char *const directions[] = {"c", "s", NULL};
static const char *const tls_modes[] = {"auto", "keys", "split", "elide", NULL};

static int read_asked(struct call *call, struct asked *asked_out)
{
    int format = read_word(call, "format", formats, 0);
    int dir = format < 0 ? -1 : read_word(call, "dir", directions, 0);
    int tls = dir < 0 ? -1 : read_word(call, "tls", tls_modes, 0);

    if (tls < 0 || call_switch(call, "reveal", &asked_out->reveal) != 0 ||
        call_switch(call, "keep_port", &asked_out->pcapng.keep_port) != 0 ||
        call_switch(call, "exact", &asked_out->pcapng.exact_chunks) != 0 ||
        call_number(call, "from", (struct call_range){0, UINT32_MAX, 0},
                    &asked_out->from) != 0) {
        return -1;
    }
    asked_out->format = formats[format];
    asked_out->dir = dir == 0 ? TRANSCRIPT_CLIENT : TRANSCRIPT_SERVER;
    asked_out->pcapng.tls = (enum transcript_pcapng_tls)tls;
    return 0;
}

static void answer_json(struct call *call, const struct transcript_view *view)
{
    struct buffer out = {0};
    struct json *value = transcript_json(view);

    json_write(value, &out);
    json_free(value);
    call_content(call, TRANSCRIPT_JSON_TYPE, &out);
}

static void attach(struct call *call, const char *ending)
{
    http_field(call->http, "Content-Disposition",
               arena_print(call->arena,
                           "attachment; filename=\"session-%llu.%s\"",
                           (unsigned long long)call->id, ending));
}

static void answer_raw(struct call *call, const struct transcript_view *view,
                       enum transcript_dir dir)
{
    struct buffer out = {0};
    uint64_t missing = transcript_raw(view, dir, &out);

    call_content(call, TRANSCRIPT_RAW_TYPE, &out);
    attach(call, dir == TRANSCRIPT_CLIENT ? "c.raw" : "s.raw");
    http_field(call->http, "Mailscope-Missing-Octets",
               arena_print(call->arena, "%llu", (unsigned long long)missing));
}

static void answer(struct call *call, const struct transcript_view *view,
                   const struct asked *asked)
{
    struct buffer out = {0};

    switch (asked->format[0]) {
    case 'j':
        answer_json(call, view);
        return;
    case 't':
        transcript_text(view, &out);
        call_content(call, TRANSCRIPT_TEXT_TYPE, &out);
        return;
    case 'v':
        transcript_vector(view, &out);
        call_content(call, TRANSCRIPT_VECTOR_TYPE, &out);
        return;
    case 'r':
        answer_raw(call, view, asked->dir);
        return;
    default:
        transcript_pcapng(view, &asked->pcapng, &out);
        call_content(call, TRANSCRIPT_PCAPNG_TYPE, &out);
        attach(call, "pcapng");
        return;
    }
}

/* TLS records are secrets: they are not even fetched to be masked. */
static const struct transcript_tls_records *kept_tls(struct call *call,
                                                     const struct asked *asked)
{
    const struct webui_host *host = call->webui->host;
    struct transcript_tls_records *records =
        arena_new(call->arena, sizeof *records);

    if (asked->format[0] != 'p' || !asked->reveal ||
        host->tls_records == NULL ||
        host->tls_records(host->context, call->id, call->arena, records) != 0) {
        return NULL;
    }
    return records;
}

enum call_result sessions_transcript(struct call *call)
{
    struct asked asked = {0};
    struct inbox_session session;
    struct transcript transcript;
    struct inbox_pieces pieces;

    if (read_asked(call, &asked) != 0 || sessions_read(call, &session) != 0) {
        return CALL_ANSWERED;
    }
    if (inbox_pieces(call->webui->inbox, call->id, call->arena, &pieces) !=
        INBOX_OK) {
        return call_broken(call);
    }
    (void)transcript_read(pieces.items, pieces.count, call->arena, &transcript);
    struct body_reader reader = {.inbox = call->webui->inbox,
                                 .session = &session};
    const struct transcript_bodies bodies = {on_body, &reader};
    struct transcript_view view = {.session = &session,
                                   .transcript = &transcript,
                                   .bodies = &bodies,
                                   .tls = kept_tls(call, &asked),
                                   .version = call->webui->options->version,
                                   .from = (uint32_t)asked.from,
                                   .reveal = asked.reveal};
    answer(call, &view, &asked);
    inbox_body_close(reader.body);
    return CALL_ANSWERED;
}
