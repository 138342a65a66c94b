/* SPDX-License-Identifier: MIT */
/* threads: yes */
#include "server/conversation/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "server/conversation/announcer.h"
#include "server/conversation/receiving.h"

/* The real engine, recorder, transcript and store, without a socket: what was
 * said is rebuilt from the store and must be what crossed. */

struct world {
    struct inbox *inbox;
    struct counters counters;
    struct service service;
    uint32_t seed;
};

struct talk {
    struct world *world;
    struct conversation conversation;
    struct buffer client;
    struct buffer server;
    bool is_over;
};

static int open_world(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    char error[INBOX_ERROR_SIZE] = "";
    struct inbox_options options = {.max_draft_bytes = 1 << 20};
    world->inbox = inbox_open(&options, error);
    assert_non_null(world->inbox);
    world->seed = 1;
    world->service =
        (struct service){.inbox = world->inbox,
                         .counters = &world->counters,
                         .receiving = receiving_new(),
                         .announcer = announcer_new(-1),
                         .address = "127.0.0.1:2525",
                         .max_session_bytes = 1 << 24,
                         .policy = {.hostname = "mailscope.test",
                                    .product = "mailscope",
                                    .offered = (1U << 22) - 1,
                                    .mechanisms = SMTP_PLAIN | SMTP_LOGIN,
                                    .tls_mechanisms = SMTP_PLAIN | SMTP_LOGIN,
                                    .max_message_bytes = 4000,
                                    .max_recipients = 5}};
    world->service.trusted_policy = world->service.policy;
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    announcer_free(world->service.announcer);
    receiving_free(world->service.receiving);
    inbox_close(world->inbox);
    free(world);
    return 0;
}

static void pause_briefly(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
}

static void begin(struct talk *talk, struct world *world)
{
    *talk = (struct talk){.world = world};
    conversation_open(&talk->conversation,
                      &(struct conversation_start){.service = &world->service,
                                                   .ticket = 7,
                                                   .peer = "127.0.0.1:4711"});
    conversation_begin(&talk->conversation, true, false, NULL);
}

static void flush(struct talk *talk)
{
    struct bytes output = conversation_output(&talk->conversation);
    if (output.size > 0) {
        buffer_add(&talk->server, output);
        conversation_sent(&talk->conversation, output.size);
    }
}

static void say(struct talk *talk, struct bytes octets)
{
    struct conversation *conversation = &talk->conversation;
    buffer_add(&talk->client, octets);
    enum conversation_want want = conversation_turn(conversation, octets);
    flush(talk);
    while (want != CONVERSATION_HEARS && want != CONVERSATION_ENDS) {
        if (want == CONVERSATION_WAITS) {
            struct inbox_answer answer;
            inbox_push(talk->world->inbox);
            while (inbox_answers(talk->world->inbox, &answer, 1) == 0) {
                pause_briefly();
            }
            conversation_kept(conversation, &answer);
        } else if (want == CONVERSATION_SECURE) {
            conversation_secured(conversation, strdup("{}"), "{}", false);
        }
        want = conversation_turn(conversation, (struct bytes){0});
        flush(talk);
    }
    talk->is_over = want == CONVERSATION_ENDS;
}

/* Ends it and waits until the store holds all of it. */
static uint64_t end(struct talk *talk, struct arena *arena,
                    struct inbox_session *session)
{
    uint64_t id = talk->conversation.id;
    conversation_free(&talk->conversation, "client_closed");
    inbox_push(talk->world->inbox);
    while (inbox_session(talk->world->inbox, id, arena, session) != INBOX_OK ||
           session->is_live) {
        pause_briefly();
    }
    return id;
}

struct bodies {
    struct inbox *inbox;
    uint64_t session;
};

static size_t read_body(void *context, uint64_t body, uint64_t offset,
                        struct room into)
{
    const struct bodies *bodies = context;
    struct inbox_body *open =
        inbox_session_body(bodies->inbox, bodies->session, body);
    if (open == NULL) {
        return 0;
    }
    size_t count = inbox_body_read(open, offset, into.at, into.size);
    inbox_body_close(open);
    return count;
}

static void check_rebuilt(struct talk *talk, uint64_t session)
{
    struct arena arena = {0};
    struct inbox_pieces pieces;
    struct transcript transcript;
    struct bodies bodies = {talk->world->inbox, session};
    const struct transcript_bodies reading = {read_body, &bodies};
    const struct buffer *streams[] = {&talk->client, &talk->server};
    assert_int_equal(inbox_pieces(talk->world->inbox, session, &arena, &pieces),
                     INBOX_OK);
    assert_int_equal(
        transcript_read(pieces.items, pieces.count, &arena, &transcript), 0);
    assert_true(transcript.is_lossless);
    for (enum transcript_dir dir = 0; dir < 2; dir++) {
        struct buffer wire = {0};
        assert_int_equal(transcript.size[dir], streams[dir]->size);
        assert_int_equal(
            transcript_wire(&transcript,
                            (struct transcript_range){0, transcript.size[dir],
                                                      (uint8_t)dir},
                            &reading, &wire),
            0);
        assert_true(
            bytes_equal(buffer_bytes(&wire), buffer_bytes(streams[dir])));
        buffer_free(&wire);
    }
    arena_free(&arena);
}

static void finish(struct talk *talk, struct inbox_session *session,
                   struct arena *arena)
{
    uint64_t id = end(talk, arena, session);
    check_rebuilt(talk, id);
    buffer_free(&talk->client);
    buffer_free(&talk->server);
}

static void a_delivered_mail_is_summed_up(void **state)
{
    struct talk talk;
    struct arena arena = {0};
    struct inbox_session session;
    begin(&talk, *state);
    say(&talk, BYTES(""));
    say(&talk, BYTES("EHLO client.test\r\n"));
    say(&talk, BYTES("MAIL FROM:<a@app.test> SIZE=100\r\nRCPT TO:<b@x.test>\r\n"
                     "RCPT TO:<nonsense\r\nDATA\r\n"));
    say(&talk, BYTES("Subject: one\r\n\r\n..dots\r\n.\r\n"));
    say(&talk, BYTES("QUIT\r\n"));
    assert_true(talk.is_over);
    finish(&talk, &session, &arena);
    assert_string_equal(session.outcome, "refused");
    assert_string_equal(session.close_reason, "quit");
    assert_string_equal(session.helo, "client.test");
    assert_string_equal(session.helo_verb, "EHLO");
    assert_int_equal(session.transaction_count, 1);
    const struct inbox_transaction *one = &session.transactions[0];
    assert_string_equal(one->from, "a@app.test");
    assert_string_equal(one->params[0].keyword, "SIZE");
    assert_string_equal(one->params[0].value, "100");
    assert_int_equal(one->recipient_count, 2);
    assert_string_equal(one->recipients[0].address, "b@x.test");
    assert_int_equal(one->recipients[0].code, 250);
    assert_true(one->recipients[1].code >= 500);
    assert_int_equal(one->code, 250);
    assert_int_equal(one->size, 23);
    assert_int_equal(session.message_count, 1);
    arena_free(&arena);
}

static void a_kept_connection_has_all_its_transactions(void **state)
{
    struct talk talk;
    struct arena arena = {0};
    struct inbox_session session;
    begin(&talk, *state);
    say(&talk, BYTES("EHLO client.test\r\n"));
    for (int i = 0; i < 20; i++) {
        char mail[100];
        (void)snprintf(mail, sizeof(mail),
                       "MAIL FROM:<a%d@app.test>\r\nRCPT TO:<b@x.test>\r\n%s",
                       i, i % 3 == 0 ? "RSET\r\n" : "DATA\r\nx\r\n.\r\n");
        say(&talk, bytes_of(mail));
    }
    say(&talk, BYTES("QUIT\r\n"));
    finish(&talk, &session, &arena);
    assert_int_equal(session.transaction_count, 20);
    for (size_t i = 0; i < 20; i++) {
        char from[32];
        (void)snprintf(from, sizeof(from), "a%zu@app.test", i);
        assert_string_equal(session.transactions[i].from, from);
        assert_int_equal(session.transactions[i].code, i % 3 == 0 ? 0 : 250);
    }
    assert_int_equal(session.message_count, 13);
    assert_string_equal(session.outcome, "delivered");
    arena_free(&arena);
}

static void every_end_has_its_outcome(void **state)
{
    static const struct {
        const char *said;
        const char *outcome;
        const char *check;
    } rows[] = {
        {"", "empty", "conn-no-command"},
        {"EHLO x.test\r\n", "empty", "conn-no-quit"},
        {"EHLO x.test\r\nMAIL FROM:<a@x.test>\r\n", "aborted",
         "conn-dropped-mid-transaction"},
        {"EHLO x.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n"
         "half a mail",
         "aborted", "conn-dropped-in-data"},
        {"EHLO x.test\r\nMAIL FROM:<a@x.test> SIZE=99999\r\nQUIT\r\n",
         "refused", NULL},
        {"EHLO x.test\r\nGARBAGE\r\nQUIT\r\n", "empty", "cmd-unknown"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct talk talk;
        struct arena arena = {0};
        struct inbox_session session;
        begin(&talk, *state);
        say(&talk, bytes_of(rows[i].said));
        if (!talk.is_over) {
            conversation_end_input(&talk.conversation);
            say(&talk, BYTES(""));
        }
        finish(&talk, &session, &arena);
        assert_string_equal(session.outcome, rows[i].outcome);
        bool is_found = rows[i].check == NULL;
        for (size_t f = 0; f < session.finding_count; f++) {
            is_found = is_found ||
                       strcmp(session.findings[f].check, rows[i].check) == 0;
        }
        assert_true(is_found);
        arena_free(&arena);
    }
}

static void secrets_can_be_left_out(void **state)
{
    struct world *world = *state;
    struct talk talk;
    struct arena arena = {0};
    struct inbox_session session;
    struct inbox_pieces pieces;
    world->service.drop_secrets = true;
    begin(&talk, world);
    say(&talk, BYTES("EHLO x.test\r\nAUTH PLAIN AHVzZXI"));
    say(&talk, BYTES("Ac2VjcmV0\r\nAUTH LOGIN\r\n"));
    say(&talk, BYTES("QUIT\r\n"));
    uint64_t id = end(&talk, &arena, &session);
    world->service.drop_secrets = false;
    assert_false(session.is_lossless);
    assert_int_equal(inbox_pieces(world->inbox, id, &arena, &pieces), INBOX_OK);
    for (size_t i = 0; i < pieces.count; i++) {
        assert_null(
            memmem(pieces.items[i].at, pieces.items[i].size, "AHVzZXI", 7));
        assert_null(
            memmem(pieces.items[i].at, pieces.items[i].size, "Ac2VjcmV0", 9));
    }
    assert_non_null(strstr(session.auth, "\"user\":\"user\""));
    buffer_free(&talk.client);
    buffer_free(&talk.server);
    arena_free(&arena);
}

static void the_first_refusal_is_told_with_what_it_answers(void **state)
{
    struct talk talk;
    struct arena arena = {0};
    struct inbox_session session;
    begin(&talk, *state);
    say(&talk, BYTES("EHLO x.test\r\nRCPT TO:<b@x.test>\r\nFROB\r\n"));
    say(&talk, BYTES("QUIT\r\n"));
    (void)end(&talk, &arena, &session);
    assert_non_null(session.refusal);
    assert_non_null(strstr(session.refusal, "\"enhanced\":\"5."));
    assert_non_null(strstr(session.refusal, "\"verb\":\"RCPT\""));
    assert_null(strstr(session.refusal, "FROB"));
    assert_null(strstr(session.refusal, "\\r"));
    buffer_free(&talk.client);
    buffer_free(&talk.server);
    arena_free(&arena);
}

static void nothing_is_refused_where_all_went_well(void **state)
{
    struct talk talk;
    struct arena arena = {0};
    struct inbox_session session;
    begin(&talk, *state);
    say(&talk, BYTES("EHLO x.test\r\nNOOP\r\nQUIT\r\n"));
    (void)end(&talk, &arena, &session);
    assert_null(session.refusal);
    buffer_free(&talk.client);
    buffer_free(&talk.server);
    arena_free(&arena);
}

static uint32_t chance(struct world *world, uint32_t below)
{
    world->seed = world->seed * 1664525U + 1013904223U;
    return (world->seed >> 8) % below;
}

/* What clients say, and what breaks servers. */
static const char *const scraps[] = {
    "EHLO client.test\r\n",
    "HELO client.test\r\n",
    "MAIL FROM:<a@app.test>\r\n",
    "MAIL FROM:<> BODY=8BITMIME\r\n",
    "RCPT TO:<b@x.test>\r\n",
    "RCPT TO:<c@x.test>\r\n",
    "DATA\r\n",
    "BDAT 5\r\n12345",
    "BDAT 3 LAST\r\nabc",
    "BDAT 0 LAST\r\n",
    "BDAT 9000\r\n",
    "RSET\r\n",
    "NOOP\r\n",
    "STARTTLS\r\n",
    "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n",
    "AUTH LOGIN\r\n",
    "dXNlcg==\r\n",
    "*\r\n",
    ".\r\n",
    "\r\n.\r\n",
    "\n.\n",
    "\r.\r",
    "..",
    ".",
    "\r",
    "\n",
    "\r\n",
    "Subject: x\r\n\r\n",
    "VRFY x\r\n",
    "QUIT\r\n",
    "\xff\xfe",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};
#define SCRAPS (sizeof(scraps) / sizeof(scraps[0]))

static void add_random(struct world *world, struct buffer *out)
{
    uint32_t parts = 3 + chance(world, 40);
    bool is_polite = chance(world, 2) == 0;
    if (is_polite) {
        buffer_add(out, BYTES("EHLO x.test\r\nMAIL FROM:<a@x.test>\r\n"
                              "RCPT TO:<b@x.test>\r\nDATA\r\n"));
    }
    for (uint32_t i = 0; i < parts; i++) {
        if (chance(world, 30) == 0) {
            unsigned char *at = buffer_room(out, 5000);
            memset(at, 'x', 5000);
            out->size += 5000;
            continue;
        }
        if (chance(world, 12) == 0) {
            buffer_add_byte(out, (unsigned char)chance(world, 256));
        }
        /* QUIT ends the fun: seldom. */
        size_t which = chance(world, SCRAPS);
        if (strcmp(scraps[which], "QUIT\r\n") != 0 || chance(world, 5) == 0) {
            buffer_add(out, bytes_of(scraps[which]));
        }
    }
}

static void random_conversations_are_rebuilt_octet_for_octet(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 10000; i++) {
        struct talk talk;
        struct buffer input = {0};
        struct arena arena = {0};
        struct inbox_session session;
        begin(&talk, world);
        add_random(world, &input);
        size_t at = 0;
        while (at < input.size && !talk.is_over) {
            size_t size = 1 + chance(world, chance(world, 2) == 0 ? 5 : 4000);
            struct bytes cut = bytes_part(buffer_bytes(&input), at, size);
            /* A copy of exactly this size: reading beyond it is seen. */
            unsigned char *copy = malloc(cut.size);
            memcpy(copy, cut.at, cut.size);
            say(&talk, (struct bytes){copy, cut.size});
            free(copy);
            at += cut.size;
            if (chance(world, 20) == 0) {
                conversation_hand_over(&talk.conversation);
            }
        }
        if (!talk.is_over && chance(world, 2) == 0) {
            conversation_end_input(&talk.conversation);
            say(&talk, (struct bytes){0});
        }
        finish(&talk, &session, &arena);
        arena_free(&arena);
        buffer_free(&input);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delivered_mail_is_summed_up),
        cmocka_unit_test(a_kept_connection_has_all_its_transactions),
        cmocka_unit_test(every_end_has_its_outcome),
        cmocka_unit_test(secrets_can_be_left_out),
        cmocka_unit_test(the_first_refusal_is_told_with_what_it_answers),
        cmocka_unit_test(nothing_is_refused_where_all_went_well),
        cmocka_unit_test(random_conversations_are_rebuilt_octet_for_octet),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
