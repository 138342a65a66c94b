/* SPDX-License-Identifier: MIT */
#include "server/smtp/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/smtp/state.h"

/* What a dialogue cannot say: sizes, and a host that answers late, writes in
 * parts or hangs up by itself. */

static const struct smtp_policy policy = {
    .hostname = "mailscope.test",
    .product = "mailscope",
    .offered = SMTP_PIPELINING | SMTP_SIZE | SMTP_CHUNKING,
    .max_message_bytes = 1000,
    .max_recipients = 100000,
};

/* Pulls until the session waits; every question gets what it proposes. */
static enum smtp_event_kind pump(struct smtp_session *session)
{
    struct smtp_event event;
    for (;;) {
        enum smtp_event_kind kind = smtp_session_next(session, &event);
        if (kind == SMTP_NEED_INPUT || kind == SMTP_SECURE ||
            kind == SMTP_FINISHED) {
            return kind;
        }
        if (kind == SMTP_COMMAND) {
            smtp_session_answer(session, &event.proposed);
        }
    }
}

static void say(struct smtp_session *session, struct bytes octets)
{
    while (octets.size > 0) {
        size_t taken = smtp_session_feed(session, octets);
        assert_true(taken > 0);
        (void)pump(session);
        octets = bytes_part(octets, taken, octets.size);
    }
}

static void flush(struct smtp_session *session)
{
    smtp_session_sent(session, smtp_session_output(session).size);
}

static bool output_starts(struct smtp_session *session, const char *text)
{
    return bytes_start_nocase(smtp_session_output(session), bytes_of(text));
}

static void an_idle_session_is_small(void **state)
{
    struct smtp_session *session = smtp_session_new(&policy, NULL, false);
    (void)state;
    (void)pump(session);
    flush(session);
    say(session, BYTES("EHLO client.test\r\n"));
    flush(session);
    assert_true(sizeof(*session) + session->output.capacity +
                    session->text.capacity + session->wire.line.capacity <=
                1024);
    smtp_session_free(session);
}

static void nothing_is_taken_while_an_answer_is_due(void **state)
{
    struct smtp_session *session = smtp_session_new(&policy, NULL, false);
    struct smtp_event event;
    (void)state;
    assert_int_equal(smtp_session_next(session, &event), SMTP_COMMAND);
    assert_int_equal(event.verb, SMTP_VERB_GREETING);
    assert_true(smtp_session_answer_due(session));
    assert_int_equal(smtp_session_feed(session, BYTES("NOOP\r\n")), 0);
    smtp_session_answer(session, &event.proposed);
    assert_false(smtp_session_answer_due(session));
    assert_int_equal(smtp_session_next(session, &event), SMTP_NEED_INPUT);
    assert_int_equal(smtp_session_feed(session, BYTES("NOOP\r\n")), 6);
    assert_int_equal(smtp_session_next(session, &event), SMTP_COMMAND);
    smtp_session_answer(session, &event.proposed);
    assert_int_equal(smtp_session_next(session, &event), SMTP_REMARK);
    assert_true(bytes_equal(event.check, BYTES("conn-early-talker")));
    smtp_session_free(session);
}

static void output_may_leave_in_parts(void **state)
{
    struct smtp_session *session = smtp_session_new(&policy, NULL, false);
    (void)state;
    (void)pump(session);
    smtp_session_sent(session, 4);
    assert_true(output_starts(session, "mailscope.test ESMTP"));
    flush(session);
    assert_int_equal(smtp_session_output(session).size, 0);
    smtp_session_free(session);
}

static void the_host_may_hang_up(void **state)
{
    struct smtp_session *session = smtp_session_new(&policy, NULL, false);
    const struct smtp_reply reply = {421, "4.4.2", BYTES("Idle too long")};
    (void)state;
    (void)pump(session);
    flush(session);
    say(session, BYTES("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n"));
    flush(session);
    assert_true(smtp_session_in_transaction(session));
    smtp_session_close(session, &reply);
    assert_true(output_starts(session, "421 4.4.2 Idle too long\r\n"));
    assert_int_equal(pump(session), SMTP_FINISHED);
    smtp_session_close(session, &reply);
    assert_int_equal(smtp_session_output(session).size, 25);
    smtp_session_free(session);
}

static void a_message_cut_off_is_abandoned(void **state)
{
    struct smtp_session *session = smtp_session_new(&policy, NULL, false);
    struct smtp_event event;
    (void)state;
    (void)pump(session);
    flush(session);
    say(session, BYTES("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n"
                       "RCPT TO:<b@s.test>\r\nDATA\r\n"));
    flush(session);
    say(session, BYTES("half a line"));
    assert_true(smtp_session_in_body(session));
    smtp_session_end_input(session);
    assert_int_equal(smtp_session_next(session, &event), SMTP_ABANDONED);
    assert_int_equal(smtp_session_next(session, &event), SMTP_FINISHED);
    smtp_session_free(session);
}

static void a_reset_between_chunks_abandons(void **state)
{
    struct smtp_session *session = smtp_session_new(&policy, NULL, false);
    struct smtp_event event;
    (void)state;
    (void)pump(session);
    flush(session);
    say(session, BYTES("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n"
                       "RCPT TO:<b@s.test>\r\nBDAT 4\r\nhi\r\n"));
    assert_int_equal(smtp_session_feed(session, BYTES("RSET\r\n")), 6);
    assert_int_equal(smtp_session_next(session, &event), SMTP_COMMAND);
    smtp_session_answer(session, &event.proposed);
    assert_int_equal(smtp_session_next(session, &event), SMTP_ABANDONED);
    smtp_session_free(session);
}

static void many_recipients_are_taken_up_to_the_limit(void **state)
{
    struct smtp_session *session = smtp_session_new(&policy, NULL, false);
    (void)state;
    (void)pump(session);
    say(session, BYTES("EHLO c.test\r\nMAIL FROM:<a@c.test>\r\n"));
    flush(session);
    for (unsigned i = 0; i <= policy.max_recipients; i++) {
        struct buffer line = {0};
        buffer_print(&line, "RCPT TO:<b%u@s.test>\r\n", i);
        say(session, buffer_bytes(&line));
        bool is_over = i == policy.max_recipients;
        assert_true(output_starts(session, is_over ? "452 4.5.3" : "250"));
        flush(session);
        buffer_free(&line);
    }
    smtp_session_free(session);
}

static void freeing_nothing_is_allowed(void **state)
{
    (void)state;
    smtp_session_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_session_is_small),
        cmocka_unit_test(nothing_is_taken_while_an_answer_is_due),
        cmocka_unit_test(output_may_leave_in_parts),
        cmocka_unit_test(the_host_may_hang_up),
        cmocka_unit_test(a_message_cut_off_is_abandoned),
        cmocka_unit_test(a_reset_between_chunks_abandons),
        cmocka_unit_test(many_recipients_are_taken_up_to_the_limit),
        cmocka_unit_test(freeing_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
