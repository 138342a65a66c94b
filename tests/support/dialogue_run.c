/* SPDX-License-Identifier: MIT */
#include "tests/support/dialogue.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A run: the session, what came of it, and how far the dialogue is. */
struct run {
    const struct dialogue *dialogue;
    struct smtp_session *session;
    size_t cut;
    size_t fed;                           /* octets of the client so far */
    const struct smtp_reply *answers[16]; /* that wait for a question */
    size_t answer_count;
    enum smtp_event_kind last;
    struct buffer output;  /* all replies */
    size_t read;           /* of them */
    struct buffer sent;    /* all the client sent */
    struct buffer covered; /* what the events made of it */
    struct buffer draft;
    bool is_kept; /* the message under way is in `messages` */
    struct buffer messages[DIALOGUE_MARKS];
    size_t message_count;
    char remarks[DIALOGUE_MARKS][80];
    size_t remark_count;
    char *error;
};

static void fail(struct run *run, unsigned number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fail(struct run *run, unsigned number, const char *format, ...)
{
    char text[600];
    va_list arguments;
    if (run->error != NULL) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    struct buffer whole = {0};
    buffer_print(&whole, "line %u: %s", number, text);
    buffer_add_byte(&whole, '\0');
    run->error = (char *)whole.at;
}

static void note_remark(struct run *run, const struct smtp_event *event)
{
    char text[80];
    (void)snprintf(text, sizeof(text), "%.*s%s%.*s", (int)event->check.size,
                   (const char *)event->check.at,
                   event->detail.size > 0 ? " " : "", (int)event->detail.size,
                   event->detail.size > 0 ? (const char *)event->detail.at
                                          : "");
    for (size_t i = 0; i < run->remark_count; i++) {
        if (strcmp(run->remarks[i], text) == 0) {
            return;
        }
    }
    if (event->text.size == 0) {
        fail(run, 0, "remark %s has no text", text);
    }
    if (run->remark_count < DIALOGUE_MARKS) {
        memcpy(run->remarks[run->remark_count++], text, sizeof(text));
    }
}

/* Keeps the message before its first answer leaves, as the server does. */
static void note_end(struct run *run, const struct smtp_event *event,
                     uint16_t code)
{
    bool is_end = event->verb == SMTP_VERB_DATA_END ||
                  (event->verb == SMTP_VERB_BDAT && event->is_last);
    if (!is_end) {
        return;
    }
    if (event->recipient == 0) {
        run->is_kept = false;
    }
    if (code < 400 && !run->is_kept && run->message_count < DIALOGUE_MARKS) {
        run->is_kept = true;
        buffer_add(&run->messages[run->message_count++],
                   buffer_bytes(&run->draft));
    }
}

static void answer(struct run *run, const struct smtp_event *event)
{
    struct smtp_reply reply = event->proposed;
    if (run->answer_count > 0) {
        reply = *run->answers[0];
        run->answer_count--;
        memmove(&run->answers[0], &run->answers[1],
                run->answer_count * sizeof(run->answers[0]));
    }
    note_end(run, event, reply.code);
    size_t before = smtp_session_output(run->session).size;
    smtp_session_answer(run->session, &reply);
    struct bytes output = smtp_session_output(run->session);
    buffer_add(&run->output, bytes_part(output, before, output.size));
}

static void take(struct run *run, const struct smtp_event *event)
{
    switch (event->kind) {
    case SMTP_COMMAND:
        buffer_add(&run->covered, event->line);
        answer(run, event);
        break;
    case SMTP_CHUNK:
    case SMTP_DISCARDED:
        buffer_add(&run->covered, event->line);
        break;
    case SMTP_BODY:
        if (event->place.offset != run->covered.size) {
            fail(run, 0, "a run says it lies at %llu, but lies at %zu",
                 (unsigned long long)event->place.offset, run->covered.size);
        }
        for (size_t i = 0; i < event->dot_count; i++) {
            buffer_add(&run->covered, BYTES("."));
        }
        buffer_add(&run->covered, event->body);
        buffer_add(&run->draft, event->body);
        break;
    case SMTP_REMARK:
        note_remark(run, event);
        break;
    default:
        break;
    }
    bool is_begun =
        event->kind == SMTP_ABANDONED ||
        (event->kind == SMTP_COMMAND &&
         (event->verb == SMTP_VERB_MAIL || event->verb == SMTP_VERB_DATA));
    if (is_begun) {
        run->draft.size = 0;
    }
}

static void pump(struct run *run)
{
    struct smtp_event event;
    for (;;) {
        run->last = smtp_session_next(run->session, &event);
        if (run->last == SMTP_NEED_INPUT || run->last == SMTP_SECURE ||
            run->last == SMTP_FINISHED) {
            return;
        }
        take(run, &event);
    }
}

/* Feeds one piece from memory that is given back at once, so that nothing the
 * session remembers may lie in it. */
static void feed_piece(struct run *run, struct bytes piece)
{
    while (piece.size > 0) {
        unsigned char *copy = memory_new(piece.size);
        memcpy(copy, piece.at, piece.size);
        size_t taken =
            smtp_session_feed(run->session, (struct bytes){copy, piece.size});
        pump(run);
        free(copy);
        if (taken == 0) {
            fail(run, 0, "the session takes no octets");
            return;
        }
        piece = bytes_part(piece, taken, piece.size);
    }
}

static void feed(struct run *run, struct bytes octets)
{
    buffer_add(&run->sent, octets);
    while (octets.size > 0) {
        size_t size = octets.size;
        if (run->cut == DIALOGUE_EACH) {
            size = 1;
        } else if (run->fed < run->cut && run->cut < run->fed + size) {
            size = run->cut - run->fed;
        }
        feed_piece(run, bytes_part(octets, 0, size));
        run->fed += size;
        octets = bytes_part(octets, size, octets.size);
    }
}

/* The next line of the replies, without its end; nothing when there is none. */
static struct bytes next_line(struct run *run)
{
    struct bytes rest =
        bytes_part(buffer_bytes(&run->output), run->read, run->output.size);
    const unsigned char *end =
        rest.size == 0 ? NULL : memchr(rest.at, '\n', rest.size);
    if (end == NULL) {
        return (struct bytes){0};
    }
    size_t size = (size_t)(end - rest.at);
    run->read += size + 1;
    if (size < 5 || rest.at[size - 1] != '\r' || rest.at[0] < '2' ||
        rest.at[0] > '5' || (rest.at[3] != ' ' && rest.at[3] != '-')) {
        fail(run, 0, "no reply line: %.*s", (int)size, (const char *)rest.at);
    }
    return bytes_part(rest, 0, size - 1);
}

/* `*` at the end of a pattern stands for anything. */
static bool fits(struct bytes line, struct bytes pattern)
{
    if (pattern.size > 0 && pattern.at[pattern.size - 1] == '*') {
        pattern.size--;
        return line.size >= pattern.size &&
               bytes_equal(bytes_part(line, 0, pattern.size), pattern);
    }
    return bytes_equal(line, pattern);
}

static void expect_line(struct run *run, const struct dialogue_step *step)
{
    struct bytes line = next_line(run);
    if (!fits(line, step->octets)) {
        fail(run, step->number, "S: %.*s, got %.*s", (int)step->octets.size,
             (const char *)step->octets.at, (int)line.size,
             line.size > 0 ? (const char *)line.at : "");
    }
    while (step->kind == STEP_REPLY && line.size > 3 && line.at[3] == '-') {
        line = next_line(run);
    }
}

static void expect_silence(struct run *run, unsigned number)
{
    if (run->read != run->output.size) {
        struct bytes line = next_line(run);
        fail(run, number, "a reply too many before this: %.*s", (int)line.size,
             (const char *)line.at);
    }
}

/* A group of writes with the answers that stand under them; returns how many
 * steps that is. */
static size_t send_group(struct run *run, size_t index)
{
    const struct dialogue *dialogue = run->dialogue;
    struct buffer group = {0};
    size_t count = 0;
    bool goes_on = true;
    bool is_early = dialogue->is_early && run->fed == 0;
    if (!is_early) {
        expect_silence(run, dialogue->steps[index].number);
        smtp_session_sent(run->session, smtp_session_output(run->session).size);
    }
    while (index + count < dialogue->step_count) {
        const struct dialogue_step *step = &dialogue->steps[index + count];
        if (step->kind == STEP_ANSWER && run->answer_count < 16) {
            run->answers[run->answer_count++] = &step->answer;
        } else if (step->kind == STEP_SEND && goes_on) {
            buffer_add(&group, step->octets);
            goes_on = step->is_joined;
        } else {
            break;
        }
        count++;
    }
    feed(run, buffer_bytes(&group));
    buffer_free(&group);
    return count;
}

static void secure(struct run *run, const struct dialogue_step *step)
{
    expect_silence(run, step->number);
    if (run->last != SMTP_SECURE) {
        fail(run, step->number, "the session does not want TLS");
        return;
    }
    smtp_session_sent(run->session, smtp_session_output(run->session).size);
    smtp_session_secured(run->session, run->dialogue->has_certificate);
    pump(run);
}

static size_t do_step(struct run *run, size_t index)
{
    const struct dialogue_step *step = &run->dialogue->steps[index];
    switch (step->kind) {
    case STEP_SEND:
        return send_group(run, index);
    case STEP_LINE:
    case STEP_REPLY:
        expect_line(run, step);
        break;
    case STEP_SECURE:
        secure(run, step);
        break;
    case STEP_WAIT:
        smtp_session_stalled(run->session);
        pump(run);
        break;
    case STEP_END:
        smtp_session_end_input(run->session);
        pump(run);
        break;
    case STEP_CLOSED:
        if (run->last != SMTP_FINISHED) {
            fail(run, step->number, "the session goes on");
        }
        break;
    case STEP_ANSWER:
        fail(run, step->number, "an answer that nothing asks for");
        break;
    }
    return 1;
}

static void compare_remarks(struct run *run)
{
    const struct dialogue *dialogue = run->dialogue;
    for (size_t i = 0; i < dialogue->remark_count; i++) {
        bool found = false;
        for (size_t k = 0; k < run->remark_count; k++) {
            found = found || strcmp(run->remarks[k], dialogue->remarks[i]) == 0;
        }
        if (!found) {
            fail(run, 0, "no remark %s", dialogue->remarks[i]);
        }
    }
    for (size_t k = 0; k < run->remark_count; k++) {
        bool found = false;
        for (size_t i = 0; i < dialogue->remark_count; i++) {
            found = found || strcmp(run->remarks[k], dialogue->remarks[i]) == 0;
        }
        if (!found) {
            fail(run, 0, "remark %s too many", run->remarks[k]);
        }
    }
}

static void compare_messages(struct run *run)
{
    const struct dialogue *dialogue = run->dialogue;
    if (run->message_count != dialogue->message_count) {
        fail(run, 0, "%zu messages, not %zu", run->message_count,
             dialogue->message_count);
        return;
    }
    for (size_t i = 0; i < run->message_count; i++) {
        struct bytes got = buffer_bytes(&run->messages[i]);
        if (!bytes_equal(got, dialogue->messages[i])) {
            fail(run, 0, "message %zu differs: %.*s", i + 1, (int)got.size,
                 got.size > 0 ? (const char *)got.at : "");
        }
    }
}

/* All that was said, then silence: the events must have covered every octet
 * of the client once, in order. */
static void finish(struct run *run)
{
    expect_silence(run, 0);
    smtp_session_stalled(run->session);
    pump(run);
    compare_remarks(run);
    compare_messages(run);
    smtp_session_end_input(run->session);
    pump(run);
    if (run->last != SMTP_FINISHED) {
        fail(run, 0, "the session does not end with its input");
    }
    if (!bytes_equal(buffer_bytes(&run->sent), buffer_bytes(&run->covered))) {
        fail(run, 0, "the events cover other octets than were sent");
    }
}

static void run_free(struct run *run)
{
    smtp_session_free(run->session);
    buffer_free(&run->output);
    buffer_free(&run->sent);
    buffer_free(&run->covered);
    buffer_free(&run->draft);
    for (size_t i = 0; i < run->message_count; i++) {
        buffer_free(&run->messages[i]);
    }
}

char *dialogue_run(const struct dialogue *dialogue, size_t cut)
{
    struct run run = {.dialogue = dialogue, .cut = cut};
    run.session =
        smtp_session_new(&dialogue->policy, "<1896.697170952@mailscope.test>",
                         dialogue->is_secure);
    size_t i = 0;
    while (i < dialogue->step_count && dialogue->steps[i].kind == STEP_ANSWER) {
        run.answers[run.answer_count++] = &dialogue->steps[i++].answer;
    }
    pump(&run);
    while (i < dialogue->step_count && run.error == NULL) {
        i += do_step(&run, i);
    }
    if (run.error == NULL) {
        finish(&run);
    }
    run_free(&run);
    return run.error;
}
