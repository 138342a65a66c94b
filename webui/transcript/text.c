/* SPDX-License-Identifier: MIT */
#include "webui/transcript/formats.h"

#include "inbox/base/calendar.h"
#include "inbox/base/utf8.h"
#include "inbox/diagnosis/catalogue.h"
#include "inbox/mail/mail.h"
#include "webui/transcript/view.h"

#include <string.h>

/* A longer line is cut; `raw` has it all. */
#define MOST_LINE 2000

struct writing {
    const struct transcript_view *view;
    struct buffer *out;
    bool is_tls;
};

/* "10:00:00.412311" of the moment `time_us` after the session opened. */
static void add_time(struct writing *writing, uint64_t time_us)
{
    char text[CALENDAR_TEXT_SIZE];

    calendar_text(writing->view->session->opened_at_us + (int64_t)time_us,
                  text);
    buffer_print(writing->out, "%.15s", text + 11);
}

static void add_printable(struct buffer *out, struct bytes raw)
{
    struct arena arena = {0};
    const char *text = mail_utf8(raw, &arena);

    while (*text != '\0') {
        size_t plain = strcspn(text, "\\\r\n");

        utf8_add_shown(out, bytes_part(bytes_of(text), 0, plain), "");
        text += plain;
        if (*text != '\0') {
            buffer_print(out, "\\%c",
                         *text == '\r'   ? 'r'
                         : *text == '\n' ? 'n'
                                         : '\\');
            text++;
        }
    }
    arena_free(&arena);
}

/* One line of the conversation: what ends it as it should is left out. */
static void add_line(struct writing *writing, const char *arrow,
                     struct bytes line)
{
    bool is_whole = line.size >= 2 && line.at[line.size - 2] == '\r' &&
                    line.at[line.size - 1] == '\n';

    buffer_add(writing->out, bytes_of(arrow));
    add_printable(writing->out,
                  bytes_part(line, 0, line.size - (is_whole ? 2 : 0)));
    buffer_add_byte(writing->out, '\n');
}

static const char *arrow_of(const struct writing *writing,
                            const struct transcript_event *event)
{
    if (event->dir == TRANSCRIPT_CLIENT) {
        return writing->is_tls ? " ~> " : " -> ";
    }
    if (event->code >= 400) {
        return writing->is_tls ? "<~* " : "<** ";
    }
    return writing->is_tls ? "<~  " : "<-  ";
}

static void add_lines(struct writing *writing,
                      const struct transcript_event *event)
{
    struct buffer octets = {0};
    struct bytes rest;

    view_add_octets(writing->view, event, MOST_LINE, &octets);
    rest = buffer_bytes(&octets);
    while (rest.size > 0) {
        const unsigned char *end = memchr(rest.at, '\n', rest.size);
        size_t size = end ? (size_t)(end - rest.at) + 1 : rest.size;

        add_line(writing, arrow_of(writing, event), bytes_part(rest, 0, size));
        rest = bytes_part(rest, size, rest.size);
    }
    if (event->size > MOST_LINE) {
        buffer_print(writing->out, "=== ... %llu further octets\n",
                     (unsigned long long)(event->size - MOST_LINE));
    }
    buffer_free(&octets);
}

static void add_body(struct writing *writing,
                     const struct transcript_event *event)
{
    const struct inbox_transaction *transaction =
        view_transaction(writing->view, event->body);
    struct view_body body;

    view_describe_body(writing->view, event, &body);
    buffer_print(writing->out, "=== %llu octets of message data (%llu stored",
                 (unsigned long long)event->size,
                 (unsigned long long)body.size);
    if (body.dot_count > 0) {
        buffer_print(writing->out, ", %zu dot%s unstuffed", body.dot_count,
                     body.dot_count == 1 ? "" : "s");
    }
    buffer_print(writing->out, "%s%s)",
                 strcmp(body.end, "canonical") == 0 ? ", the final dot" : "",
                 strcmp(body.end, "none") == 0 ? ", never finished" : "");
    if (transaction && transaction->message) {
        buffer_print(writing->out, ", message %llu",
                     (unsigned long long)transaction->message);
    }
    buffer_print(writing->out, "%s\n", body.is_deleted ? ", deleted" : "");
    if (strcmp(body.end, "canonical") == 0) {
        add_line(writing, arrow_of(writing, event), BYTES("."));
    }
}

static void add_finding(struct writing *writing,
                        const struct transcript_event *event, uint32_t number)
{
    const struct inbox_finding *finding = view_finding(writing->view, number);
    const struct diagnosis_check *check =
        finding ? diagnosis_find(finding->check) : NULL;

    if (!finding) {
        return;
    }
    buffer_print(writing->out, "*** %s %s: ", finding->check,
                 check ? diagnosis_word(check->severity) : "info");
    add_printable(writing->out, bytes_of(finding->text));
    if (finding->count > 1) {
        buffer_print(writing->out, ", %u times", finding->count);
    }
    buffer_print(writing->out, " (%s), first at octet %llu\n",
                 check ? check->source : "unknown",
                 (unsigned long long)event->offset);
}

static void add_note(struct writing *writing,
                     const struct transcript_event *event, const char *what)
{
    buffer_add(writing->out, BYTES("=== "));
    add_time(writing, event->time_us);
    buffer_print(writing->out, " %s", what);
    if (event->detail.size > 0) {
        buffer_add_byte(writing->out, ' ');
        add_printable(writing->out, event->detail);
    }
    buffer_add_byte(writing->out, '\n');
}

static void add_event(struct writing *writing,
                      const struct transcript_event *event, uint32_t number)
{
    switch ((enum transcript_event_type)event->type) {
    case TRANSCRIPT_OPEN:
        break;
    case TRANSCRIPT_BANNER:
    case TRANSCRIPT_COMMAND:
    case TRANSCRIPT_REPLY:
    case TRANSCRIPT_SASL:
        add_lines(writing, event);
        break;
    case TRANSCRIPT_BODY:
        add_body(writing, event);
        break;
    case TRANSCRIPT_FINDING:
        add_finding(writing, event, number);
        break;
    case TRANSCRIPT_TLS_EVENT:
        writing->is_tls = true;
        add_note(writing, event, "TLS");
        break;
    case TRANSCRIPT_PROXY:
        add_note(writing, event, "PROXY header");
        break;
    case TRANSCRIPT_FAULT:
        add_note(writing, event, "fault");
        break;
    case TRANSCRIPT_NOTE:
        add_note(writing, event, "note:");
        break;
    case TRANSCRIPT_IDLE:
        add_note(writing, event, "idle");
        break;
    case TRANSCRIPT_CLOSE:
        add_note(writing, event, "connection closed:");
        break;
    }
}

void transcript_text(const struct transcript_view *view, struct buffer *out)
{
    const struct transcript *transcript = view->transcript;
    const struct inbox_session *session = view->session;
    struct writing writing = {.view = view, .out = out};

    buffer_add(out, BYTES("=== "));
    add_time(&writing, 0);
    buffer_print(out, " connection from %s to %s, session %llu\n",
                 session->peer ? session->peer : "?",
                 session->listener ? session->listener : "?",
                 (unsigned long long)session->id);
    if (transcript->first_event > 1) {
        buffer_print(out,
                     "=== the beginning was retired by the limits of this "
                     "server: %u transactions, %u events\n",
                     (unsigned)session->retired_transactions,
                     (unsigned)transcript->first_event - 1);
    }
    for (size_t i = 0; i < transcript->event_count; i++) {
        add_event(&writing, &transcript->events[i],
                  transcript->first_event + (uint32_t)i);
    }
    if (session->is_live) {
        buffer_add(out, BYTES("=== still open\n"));
    } else if (session->outcome) {
        buffer_print(out, "=== outcome: %s\n", session->outcome);
    }
    if (!transcript->is_lossless || !session->is_lossless) {
        buffer_add(out, BYTES("=== not all octets were kept\n"));
    }
}
