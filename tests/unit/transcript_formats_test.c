/* SPDX-License-Identifier: MIT */
#include "webui/transcript/formats.h"

#include "webui/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A session as the host records it: greeting, AUTH with a secret, a pipelined
 * envelope, a message with a stuffed dot, QUIT. */
struct scene {
    struct transcript_log *log;
    struct arena arena;
    struct transcript transcript;
    struct inbox_session session;
    struct inbox_transaction transaction;
    struct inbox_recipient recipient;
    struct inbox_finding finding;
    struct transcript_view view;
    struct buffer out;
    uint64_t time_us;
};

static const char body[] = "Subject: x\r\n\r\n.dot\r\n";

static size_t read_body(void *context, uint64_t number, uint64_t offset,
                        struct room into)
{
    struct bytes part = bytes_part(BYTES(body), (size_t)offset, into.size);

    (void)context;
    if (number != 1) {
        return 0;
    }
    memcpy(into.at, part.at, part.size);
    return part.size;
}

static const struct transcript_bodies bodies = {.read = read_body};

static void crossed(struct scene *scene, enum transcript_dir dir, size_t size)
{
    struct transcript_chunk chunk = {.offset =
                                         transcript_log_offset(scene->log, dir),
                                     .time_us = scene->time_us += 1000,
                                     .size = (uint32_t)size,
                                     .dir = (uint8_t)dir};

    transcript_log_chunk(scene->log, &chunk);
}

static uint32_t line(struct scene *scene, struct transcript_event event,
                     const char *text)
{
    enum transcript_dir dir = (enum transcript_dir)event.dir;

    event.offset = transcript_log_offset(scene->log, dir);
    event.size = strlen(text);
    event.time_us = scene->time_us;
    transcript_log_add(scene->log, dir, bytes_of(text));
    return transcript_log_event(scene->log, &event);
}

static uint32_t asks(struct scene *scene, const char *verb, const char *text)
{
    crossed(scene, TRANSCRIPT_CLIENT, strlen(text));
    return line(
        scene,
        (struct transcript_event){.type = TRANSCRIPT_COMMAND,
                                  .is_secret = strcmp(verb, "AUTH") == 0,
                                  .detail = bytes_of(verb)},
        text);
}

static void answers(struct scene *scene, uint32_t number, const char *text)
{
    struct transcript_event event = {
        .type = number ? TRANSCRIPT_REPLY : TRANSCRIPT_BANNER,
        .dir = TRANSCRIPT_SERVER,
        .answers = number,
        .code = (uint16_t)((text[0] - '0') * 100 + (text[1] - '0') * 10 +
                           text[2] - '0')};

    if (text[5] == '.') {
        memcpy(event.enhanced, text + 4, 5);
    }
    crossed(scene, TRANSCRIPT_SERVER, strlen(text));
    (void)line(scene, event, text);
}

static void say_message(struct scene *scene)
{
    uint64_t start = transcript_log_offset(scene->log, TRANSCRIPT_CLIENT);
    size_t size = sizeof(body) - 1;
    struct transcript_event event = {.type = TRANSCRIPT_BODY,
                                     .offset = start,
                                     .size = size + 1 + 3,
                                     .body = 1};

    crossed(scene, TRANSCRIPT_CLIENT, size + 1 + 3);
    transcript_log_body(scene->log, &(struct transcript_run){
                                        1, size, (const uint32_t[]){14}, 1});
    transcript_log_add(scene->log, TRANSCRIPT_CLIENT, BYTES(".\r\n"));
    event.time_us = scene->time_us;
    answers(scene, transcript_log_event(scene->log, &event),
            "250 2.0.0 kept as 42\r\n");
}

static void note(struct scene *scene, enum transcript_event_type type,
                 const char *detail)
{
    struct transcript_event event = {
        .type = (uint8_t)type,
        .time_us = scene->time_us,
        .offset = transcript_log_offset(scene->log, TRANSCRIPT_CLIENT),
        .detail = bytes_of(detail)};

    (void)transcript_log_event(scene->log, &event);
}

/* MAIL and RCPT arrive in one read. */
static void say_envelope(struct scene *scene)
{
    uint32_t number;

    crossed(scene, TRANSCRIPT_CLIENT, 37);
    number = line(scene,
                  (struct transcript_event){.type = TRANSCRIPT_COMMAND,
                                            .detail = BYTES("MAIL")},
                  "MAIL FROM:<a@x.t>\r\n");
    answers(scene, number, "250 2.1.0 ok\r\n");
    number = line(scene,
                  (struct transcript_event){.type = TRANSCRIPT_COMMAND,
                                            .detail = BYTES("RCPT")},
                  "RCPT TO:<b@x.t> \r\n");
    answers(scene, number, "250 2.1.5 ok\r\n");
}

static void play(struct scene *scene)
{
    struct buffer piece = {0};
    struct bytes pieces[1];

    answers(scene, 0, "220 mailscope.test ESMTP\r\n");
    answers(scene, asks(scene, "EHLO", "EHLO x\r\n"),
            "250-mailscope.test\r\n250 AUTH PLAIN\r\n");
    answers(scene, asks(scene, "AUTH", "AUTH PLAIN c2VjcmV0\r\n"),
            "235 2.7.0 welcome\r\n");
    say_envelope(scene);
    answers(scene, asks(scene, "DATA", "DATA\r\n"), "354 go\r\n");
    say_message(scene);
    note(scene, TRANSCRIPT_FINDING, "{\"check\":\"data-bare-lf\"}");
    answers(scene, asks(scene, "QUIT", "QUIT\r\n"), "221 2.0.0 bye\r\n");
    note(scene, TRANSCRIPT_CLOSE, "quit");
    buffer_add(&piece, transcript_log_take(scene->log));
    pieces[0] = arena_bytes(&scene->arena, buffer_bytes(&piece));
    assert_int_equal(
        transcript_read(pieces, 1, &scene->arena, &scene->transcript), 0);
    buffer_free(&piece);
}

static int set_up(void **state)
{
    struct scene *scene = memory_new(sizeof(*scene));

    scene->log = transcript_log_new(1 << 20);
    play(scene);
    scene->recipient = (struct inbox_recipient){
        .address = "b@x.t", .raw = "<b@x.t>", .code = 250};
    scene->transaction =
        (struct inbox_transaction){.from = "a@x.t",
                                   .from_raw = "<a@x.t>",
                                   .recipients = &scene->recipient,
                                   .recipient_count = 1,
                                   .code = 250,
                                   .body = 1,
                                   .message = 42,
                                   .size = sizeof(body) - 1};
    scene->finding = (struct inbox_finding){.check = "conn-no-quit",
                                            .count = 3,
                                            .text = "it just left",
                                            .event = 14,
                                            .transaction = 1};
    scene->session = (struct inbox_session){.id = 17,
                                            .inbox = "default",
                                            .listener = "127.0.0.1:2525",
                                            .peer = "127.0.0.1:51034",
                                            .local = "127.0.0.1:2525",
                                            .opened_at_us = 1795255200000000,
                                            .closed_at_us = 1795255200412311,
                                            .outcome = "delivered",
                                            .close_reason = "quit",
                                            .is_lossless = true,
                                            .transactions = &scene->transaction,
                                            .transaction_count = 1,
                                            .findings = &scene->finding,
                                            .finding_count = 1,
                                            .first_transaction = 1};
    scene->view = (struct transcript_view){.session = &scene->session,
                                           .transcript = &scene->transcript,
                                           .bodies = &bodies,
                                           .version = "0.1.0"};
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    transcript_log_free(scene->log);
    arena_free(&scene->arena);
    buffer_free(&scene->out);
    free(scene);
    return 0;
}

static const char *text_out(struct scene *scene)
{
    buffer_add_byte(&scene->out, '\0');
    scene->out.size--;
    return (const char *)scene->out.at;
}

static void the_text_form_reads_like_a_swaks_log(void **state)
{
    struct scene *scene = *state;

    transcript_text(&scene->view, &scene->out);
    assert_string_equal(
        text_out(scene),
        "=== 10:00:00.000000 connection from 127.0.0.1:51034 to "
        "127.0.0.1:2525, session 17\n"
        "<-  220 mailscope.test ESMTP\n"
        " -> EHLO x\n"
        "<-  250-mailscope.test\n"
        "<-  250 AUTH PLAIN\n"
        " -> AUTH PLAIN ********\n"
        "<-  235 2.7.0 welcome\n"
        " -> MAIL FROM:<a@x.t>\n"
        "<-  250 2.1.0 ok\n"
        " -> RCPT TO:<b@x.t> \n"
        "<-  250 2.1.5 ok\n"
        " -> DATA\n"
        "<-  354 go\n"
        "=== 24 octets of message data (20 stored, 1 dot unstuffed, the final "
        "dot), message 42\n"
        " -> .\n"
        "<-  250 2.0.0 kept as 42\n"
        "*** conn-no-quit warning: it just left, 3 times (RFC 5321 \xC2\xA7"
        "4.1.1.10, \xC2\xA7"
        "4.1.4), first at octet 96\n"
        " -> QUIT\n"
        "<-  221 2.0.0 bye\n"
        "=== 10:00:00.014000 connection closed: quit\n"
        "=== outcome: delivered\n");
}

static void the_text_form_marks_what_was_refused(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < scene->transcript.event_count; i++) {
        struct transcript_event *event = &scene->transcript.events[i];
        event->code = event->code == 354 ? 400 : event->code;
    }
    transcript_text(&scene->view, &scene->out);
    assert_non_null(strstr(text_out(scene), "\n<** 354 go\n"));
}

static void the_vector_form_is_a_dialogue(void **state)
{
    struct scene *scene = *state;

    transcript_vector(&scene->view, &scene->out);
    assert_string_equal(
        text_out(scene),
        "# Session 17 from 127.0.0.1:51034 at 2026-11-21T10:00:00.000000Z, "
        "outcome: delivered\n"
        "\n"
        "# as sent: 220 mailscope.test ESMTP\n"
        "S* 220*\n"
        "C: EHLO x\n"
        "S: 250-mailscope.test\n"
        "S: 250 AUTH PLAIN\n"
        "C: AUTH PLAIN ********\n"
        "S: 235 2.7.0 welcome\n"
        "C& MAIL FROM:<a@x.t>\n"
        "C= RCPT TO:<b@x.t> \\r\\n\n"
        "S: 250 2.1.0 ok\n"
        "S: 250 2.1.5 ok\n"
        "C: DATA\n"
        "S: 354 go\n"
        "C& Subject: x\n"
        "C=& \\r\\n\n"
        "C& ..dot\n"
        "C: .\n"
        "# as sent: 250 2.0.0 kept as 42\n"
        "S* 250 2.0.0 *\n"
        "C: QUIT\n"
        "S: 221 2.0.0 bye\n"
        "closed\n"
        "M= Subject: x\\r\\n\\r\\n.dot\\r\\n\n"
        "# remark conn-no-quit\n");
}

static void the_raw_form_is_the_stream_with_its_secrets_covered(void **state)
{
    struct scene *scene = *state;

    transcript_raw(&scene->view, TRANSCRIPT_CLIENT, &scene->out);
    assert_string_equal(text_out(scene),
                        "EHLO x\r\nAUTH PLAIN ********\r\n"
                        "MAIL FROM:<a@x.t>\r\nRCPT TO:<b@x.t> \r\nDATA\r\n"
                        "Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n");
    scene->out.size = 0;
    scene->view.reveal = true;
    transcript_raw(&scene->view, TRANSCRIPT_CLIENT, &scene->out);
    assert_non_null(strstr(text_out(scene), "AUTH PLAIN c2VjcmV0\r\n"));
}

static int64_t number_at(const struct json *object, const char *key)
{
    assert_int_equal(json_kind_of(json_member(object, key)), JSON_IS_NUMBER);
    return json_number_of(json_member(object, key));
}

static void the_json_form_names_what_each_event_meant(void **state)
{
    struct scene *scene = *state;
    struct json *value = transcript_json(&scene->view);
    const struct json *events = json_member(value, "events");
    const struct json *auth = json_at(events, 3);
    const struct json *message = json_at(events, 11);
    const struct json *finding = json_at(events, 13);

    assert_int_equal(number_at(value, "v"), 1);
    assert_int_equal(json_kind_of(json_member(value, "next_event")),
                     JSON_IS_NULL);
    assert_int_equal(json_size(events), 17);
    assert_string_equal(json_text_of(json_member(auth, "text")),
                        "AUTH PLAIN ********\r\n");
    assert_int_equal(number_at(json_member(auth, "masked"), "off"), 11);
    assert_int_equal(number_at(json_member(auth, "masked"), "len"), 8);
    assert_string_equal(json_text_of(json_member(message, "type")), "body");
    assert_int_equal(number_at(message, "message"), 42);
    assert_int_equal(number_at(message, "len"), 24);
    assert_int_equal(number_at(message, "body_len"), 20);
    assert_int_equal(json_number_of(json_at(json_member(message, "dots"), 0)),
                     14);
    assert_string_equal(json_text_of(json_member(message, "eod")), "canonical");
    assert_string_equal(json_text_of(json_member(finding, "severity")),
                        "warning");
    assert_int_equal(
        number_at(json_at(json_member(value, "messages"), 0), "event"), 12);
    json_free(value);
}

static void events_can_be_asked_from_a_number_on(void **state)
{
    struct scene *scene = *state;
    struct json *value;

    scene->view.from = 16;
    value = transcript_json(&scene->view);
    assert_int_equal(json_size(json_member(value, "events")), 2);
    assert_int_equal(
        number_at(json_at(json_member(value, "events"), 0), "event"), 16);
    json_free(value);
}

static void a_long_session_is_given_piece_by_piece(void **state)
{
    struct scene *scene = *state;
    struct transcript_event *events =
        arena_new(&scene->arena, 30000 * sizeof(*events));
    struct json *value;

    for (size_t i = 0; i < 30000; i++) {
        events[i].type = TRANSCRIPT_NOTE;
    }
    scene->transcript.events = events;
    scene->transcript.event_count = 30000;
    value = transcript_json(&scene->view);
    assert_int_equal(json_size(json_member(value, "events")), 20000);
    assert_int_equal(number_at(value, "next_event"), 20001);
    json_free(value);
    scene->view.from = 20001;
    value = transcript_json(&scene->view);
    assert_int_equal(json_size(json_member(value, "events")), 10000);
    json_free(value);
}

static uint32_t u32(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

/* Walks the blocks of a capture; returns the TCP payload of one direction. */
static void read_capture(struct bytes file, unsigned port, struct buffer *out)
{
    size_t at = 0;

    while (at < file.size) {
        const unsigned char *block = file.at + at;
        uint32_t size = u32(block + 4);

        assert_true(size >= 12 && size % 4 == 0 && at + size <= file.size);
        assert_int_equal(u32(block + size - 4), size);
        if (u32(block) == 6) {
            const unsigned char *ip = block + 28;
            size_t length = (size_t)ip[2] << 8 | ip[3];

            assert_int_equal(length, u32(block + 20));
            if (((unsigned)ip[22] << 8 | ip[23]) == port) {
                buffer_add(out, (struct bytes){ip + 40, length - 40});
            }
        }
        at += size;
    }
    buffer_add_byte(out, '\0');
}

static void a_capture_holds_the_conversation(void **state)
{
    struct scene *scene = *state;
    struct transcript_pcapng_options options = {0};
    struct buffer said = {0};

    transcript_pcapng(&scene->view, &options, &scene->out);
    read_capture(buffer_bytes(&scene->out), 25, &said);
    assert_string_equal((char *)said.at,
                        "EHLO x\r\nAUTH PLAIN ********\r\n"
                        "MAIL FROM:<a@x.t>\r\nRCPT TO:<b@x.t> \r\nDATA\r\n"
                        "Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n");
    buffer_free(&said);
}

static void keys_leave_only_when_secrets_are_revealed(void **state)
{
    struct scene *scene = *state;
    struct transcript_tls_record record = {.octets = BYTES("\x16\3\1")};
    struct transcript_tls_records tls = {
        .records = &record, .count = 1, .keylog = BYTES("CLIENT_RANDOM x y\n")};
    struct transcript_pcapng_options options = {.tls = TRANSCRIPT_PCAPNG_KEYS};

    scene->transcript.chunks[scene->transcript.chunk_count - 1].layer =
        TRANSCRIPT_TLS;
    scene->view.tls = &tls;
    transcript_pcapng(&scene->view, &options, &scene->out);
    assert_null(memmem(scene->out.at, scene->out.size, "CLIENT_RANDOM", 13));
    scene->out.size = 0;
    scene->view.reveal = true;
    transcript_pcapng(&scene->view, &options, &scene->out);
    assert_non_null(
        memmem(scene->out.at, scene->out.size, "CLIENT_RANDOM", 13));
}

static void a_deleted_body_is_said_not_invented(void **state)
{
    struct scene *scene = *state;
    struct json *value;

    scene->view.bodies = NULL;
    value = transcript_json(&scene->view);
    assert_true(json_bool_of(
        json_member(json_at(json_member(value, "events"), 11), "deleted")));
    json_free(value);
    transcript_text(&scene->view, &scene->out);
    assert_non_null(strstr(text_out(scene), "message 42, deleted\n"));
    scene->out.size = 0;
    transcript_vector(&scene->view, &scene->out);
    assert_non_null(strstr(text_out(scene), "# 21 octets are gone here\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_text_form_reads_like_a_swaks_log),
        TEST(the_text_form_marks_what_was_refused),
        TEST(the_vector_form_is_a_dialogue),
        TEST(the_raw_form_is_the_stream_with_its_secrets_covered),
        TEST(the_json_form_names_what_each_event_meant),
        TEST(events_can_be_asked_from_a_number_on),
        TEST(a_long_session_is_given_piece_by_piece),
        TEST(a_capture_holds_the_conversation),
        TEST(keys_leave_only_when_secrets_are_revealed),
        TEST(a_deleted_body_is_said_not_invented),
    };

    return cmocka_run_group_tests_name("transcript_formats", tests, NULL, NULL);
}
