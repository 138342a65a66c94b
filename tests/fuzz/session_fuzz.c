/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/smtp/session.h"

/* An SMTP session against any octets. The first octet of the input is what the
 * listener is like, the second the seed of the host's answers; then come the
 * client's octets, where FE ends a write (the replies are read, TLS is there
 * when it was wanted) and FF FF is a silence of two seconds.
 *
 * What must hold: cutting the input differently changes nothing; one reply per
 * question; replies are CRLF lines that begin with a code; a message is never
 * larger than policy says; every octet is covered once, in order; nothing
 * follows the end. */

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

#define MESSAGE_MAX 300

struct outcome {
    struct buffer events; /* in words, without runs of bodies */
    struct buffer output;
    struct buffer covered;
    struct buffer remarks;
    struct buffer bodies;
    uint64_t message_bytes;
    uint32_t chance;
    bool has_faults;
    bool wants_tls;
    bool is_finished;
};

static void require(bool fact, const char *what)
{
    if (!fact) {
        fprintf(stderr, "session_fuzz: %s\n", what);
        abort();
    }
}

static uint32_t chance(struct outcome *outcome)
{
    outcome->chance = outcome->chance * 1664525U + 1013904223U;
    return outcome->chance >> 16;
}

/* Mostly what is proposed. */
static struct smtp_reply decide(struct outcome *outcome,
                                const struct smtp_event *event)
{
    static const uint16_t codes[] = {250, 354, 451, 550, 421, 235, 334, 220};
    struct smtp_reply reply = event->proposed;
    if (outcome->has_faults && chance(outcome) % 16 == 0) {
        reply.code = codes[chance(outcome) % 8];
        reply.text = BYTES("as\r the\nhost says");
    }
    return reply;
}

static void note_command(struct outcome *outcome,
                         const struct smtp_event *event, uint16_t code)
{
    buffer_print(&outcome->events,
                 "%d at %llu+%llu: %u->%u, recipient %zu, %zu parameters, "
                 "argument %zu, address %zu, chunk %llu\n",
                 event->verb, (unsigned long long)event->place.offset,
                 (unsigned long long)event->place.size, event->proposed.code,
                 code, event->recipient, event->param_count,
                 event->argument.size, event->path.address.size,
                 (unsigned long long)event->chunk_bytes);
}

static void take_command(struct smtp_session *session, struct outcome *outcome,
                         const struct smtp_event *event)
{
    struct smtp_reply reply = decide(outcome, event);
    size_t before = smtp_session_output(session).size;
    note_command(outcome, event, reply.code);
    buffer_add(&outcome->covered, event->line);
    if (event->verb == SMTP_VERB_DATA || event->verb == SMTP_VERB_MAIL) {
        outcome->message_bytes = 0;
    }
    require(smtp_session_answer_due(session), "no answer is due");
    smtp_session_answer(session, &reply);
    require(!smtp_session_answer_due(session), "an answer is still due");
    struct bytes output = smtp_session_output(session);
    require(output.size > before, "an answer put nothing out");
    buffer_add(&outcome->output, bytes_part(output, before, output.size));
}

static void take_body(struct outcome *outcome, const struct smtp_event *event)
{
    require(event->place.offset == outcome->covered.size,
            "a run lies elsewhere");
    require(event->place.size == event->body.size + event->dot_count,
            "a run has another size");
    for (size_t i = 0; i < event->dot_count; i++) {
        require(event->dots[i] == 0, "a dot inside a run");
        buffer_add_byte(&outcome->covered, '.');
    }
    buffer_add(&outcome->covered, event->body);
    buffer_add(&outcome->bodies, event->body);
    outcome->message_bytes += event->body.size;
    require(outcome->message_bytes <= MESSAGE_MAX, "a message too large");
}

static void take(struct smtp_session *session, struct outcome *outcome,
                 const struct smtp_event *event)
{
    switch (event->kind) {
    case SMTP_COMMAND:
        require(!outcome->is_finished, "a question after the end");
        take_command(session, outcome, event);
        break;
    case SMTP_BODY:
        take_body(outcome, event);
        break;
    case SMTP_CHUNK:
    case SMTP_DISCARDED:
        require(event->place.offset == outcome->covered.size,
                "octets lie elsewhere");
        buffer_add(&outcome->covered, event->line);
        break;
    case SMTP_REMARK:
        buffer_print(&outcome->remarks, "%.*s %.*s at %llu+%llu\n",
                     (int)event->check.size, (const char *)event->check.at,
                     (int)event->detail.size,
                     event->detail.size > 0 ? (const char *)event->detail.at
                                            : "",
                     (unsigned long long)event->place.offset,
                     (unsigned long long)event->place.size);
        break;
    case SMTP_ABANDONED:
        buffer_print(&outcome->events, "abandoned\n");
        outcome->message_bytes = 0;
        break;
    default:
        break;
    }
}

static void pump(struct smtp_session *session, struct outcome *outcome)
{
    struct smtp_event event;
    for (;;) {
        enum smtp_event_kind kind = smtp_session_next(session, &event);
        require(kind == event.kind, "two kinds of one event");
        outcome->wants_tls = kind == SMTP_SECURE;
        require(!outcome->is_finished || kind == SMTP_FINISHED ||
                    kind == SMTP_DISCARDED || kind == SMTP_REMARK ||
                    kind == SMTP_NEED_INPUT,
                "something follows the end");
        if (kind == SMTP_FINISHED) {
            outcome->is_finished = true;
        }
        if (kind == SMTP_NEED_INPUT || kind == SMTP_SECURE ||
            kind == SMTP_FINISHED) {
            return;
        }
        take(session, outcome, &event);
    }
}

/* The piece is gone after each feed, so nothing may be remembered of it. */
static void feed(struct smtp_session *session, struct outcome *outcome,
                 struct bytes piece)
{
    while (piece.size > 0) {
        unsigned char *copy = malloc(piece.size);
        require(copy != NULL, "out of memory");
        memcpy(copy, piece.at, piece.size);
        size_t taken =
            smtp_session_feed(session, (struct bytes){copy, piece.size});
        require(taken > 0 && taken <= piece.size, "no octets taken");
        pump(session, outcome);
        free(copy);
        piece = bytes_part(piece, taken, piece.size);
    }
}

static void end_write(struct smtp_session *session, struct outcome *outcome)
{
    smtp_session_sent(session, smtp_session_output(session).size);
    if (outcome->wants_tls) {
        smtp_session_secured(session, (outcome->chance & 1) != 0);
        pump(session, outcome);
    }
}

/* Where the write ends that begins at `start`. */
static size_t write_end(struct bytes all, size_t start)
{
    const unsigned char *mark = memchr(all.at + start, 0xfe, all.size - start);
    return mark == NULL ? all.size : (size_t)(mark - all.at);
}

static void run_writes(struct smtp_session *session, struct outcome *outcome,
                       struct bytes all, uint32_t cuts)
{
    size_t at = 0;
    while (at < all.size) {
        size_t end = write_end(all, at);
        while (at < end) {
            size_t size = end - at;
            if (cuts != 0) { /* 0: whole */
                cuts = (cuts * 1664525U + 1013904223U) | 1;
                size = cuts >> 16 & 7 ? cuts >> 16 & 7 : 1;
                size = size > end - at ? end - at : size;
            }
            feed(session, outcome, bytes_part(all, at, size));
            at += size;
        }
        end_write(session, outcome);
        if (at + 1 < all.size && all.at[at + 1] == 0xff) {
            smtp_session_stalled(session);
            pump(session, outcome);
        }
        at++;
    }
}

static const struct smtp_policy *policy_of(uint8_t shape)
{
    static struct smtp_policy policy;
    policy = (struct smtp_policy){
        .hostname = "mailscope.test",
        .product = "mailscope",
        .help_url = "http://127.0.0.1:8025/",
        .profile = (shape & 1) != 0 ? SMTP_PROFILE_STRICT : SMTP_PROFILE_SINK,
        .is_lmtp = (shape & 2) != 0,
        .is_trusted = (shape & 4) != 0,
        .is_submission = (shape & 8) != 0,
        .auth_required = (shape & 32) != 0,
        .tls_required = (shape & 64) != 0,
        .offered = 0x3fffff,
        .mechanisms = 0x7ff,
        .tls_mechanisms = 0x7ff,
        .max_message_bytes = MESSAGE_MAX,
        .max_recipients = 5,
        .max_commands = 60,
        .max_errors = (shape & 16) != 0 ? 4 : 0,
        .max_domains = 3,
    };
    return &policy;
}

static void run(const uint8_t *input, size_t size, uint32_t cuts,
                struct outcome *outcome)
{
    struct smtp_session *session =
        smtp_session_new(policy_of(input[0]), "<1@mailscope.test>", false);
    *outcome = (struct outcome){
        .chance = input[1],
        .has_faults = (input[0] & 128) != 0,
    };
    pump(session, outcome);
    end_write(session, outcome);
    run_writes(session, outcome, (struct bytes){input + 2, size - 2}, cuts);
    smtp_session_end_input(session);
    pump(session, outcome);
    require(outcome->is_finished, "no end");
    smtp_session_free(session);
}

/* The client's octets without the marks between its writes. */
static void check_cover(const struct outcome *outcome, const uint8_t *input,
                        size_t size)
{
    struct buffer sent = {0};
    for (size_t i = 2; i < size; i++) {
        if (input[i] != 0xfe) {
            buffer_add_byte(&sent, input[i]);
        }
    }
    require(bytes_equal(buffer_bytes(&sent), buffer_bytes(&outcome->covered)),
            "the events cover other octets");
    buffer_free(&sent);
}

static void check_output(struct bytes output)
{
    while (output.size > 0) {
        const unsigned char *end = memchr(output.at, '\n', output.size);
        require(end != NULL, "half a reply line");
        size_t line = (size_t)(end - output.at) + 1;
        require(line >= 6 && end[-1] == '\r' && output.at[0] >= '2' &&
                    output.at[0] <= '5' &&
                    (output.at[3] == ' ' || output.at[3] == '-') &&
                    memchr(output.at, '\r', line - 2) == NULL,
                "no reply line");
        output = bytes_part(output, line, output.size);
    }
}

static void compare(const struct buffer *one, const struct buffer *other,
                    const char *what)
{
    if (!bytes_equal(buffer_bytes(one), buffer_bytes(other))) {
        fprintf(stderr, "--- whole\n%.*s\n--- cut\n%.*s\n", (int)one->size,
                (const char *)one->at, (int)other->size,
                (const char *)other->at);
        require(false, what);
    }
}

static int by_text(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* Sorts the lines: remarks on one run come in the order they are found, and a
 * run may be long or short. */
static void sort_lines(struct buffer *text)
{
    char *lines[400];
    size_t count = 0;
    buffer_add_byte(text, '\0');
    char *rest = (char *)text->at;
    while (count < 400 && (lines[count] = strsep(&rest, "\n")) != NULL) {
        count++;
    }
    qsort(lines, count, sizeof(lines[0]), by_text);
    struct buffer sorted = {0};
    for (size_t i = 0; i < count; i++) {
        buffer_print(&sorted, "%s\n", lines[i]);
    }
    buffer_free(text);
    *text = sorted;
}

static void outcome_free(struct outcome *outcome)
{
    buffer_free(&outcome->events);
    buffer_free(&outcome->output);
    buffer_free(&outcome->covered);
    buffer_free(&outcome->remarks);
    buffer_free(&outcome->bodies);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static struct outcome whole;
    static struct outcome cut;
    if (size < 2) {
        return 0;
    }
    run(input, size, 0, &whole);
    run(input, size, (uint32_t)size * 31 + 1, &cut);
    check_cover(&whole, input, size);
    check_output(buffer_bytes(&whole.output));
    sort_lines(&whole.remarks);
    sort_lines(&cut.remarks);
    compare(&whole.output, &cut.output, "the replies differ");
    compare(&whole.events, &cut.events, "the events differ");
    compare(&whole.remarks, &cut.remarks, "the remarks differ");
    compare(&whole.covered, &cut.covered, "the octets differ");
    compare(&whole.bodies, &cut.bodies, "the messages differ");
    outcome_free(&whole);
    outcome_free(&cut);
    return 0;
}
