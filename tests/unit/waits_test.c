/* SPDX-License-Identifier: MIT */
#include "server/recorder/recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* All the time of a session was a wait for somebody. Pauses are lower bounds:
 * a busy machine only makes them longer. */

#define PAUSE_US 2000

static struct recorder *begin(void)
{
    return recorder_new(&(struct recorder_start){.session = 1,
                                                 .listener = "127.0.0.1:2525",
                                                 .peer = "127.0.0.1:4711",
                                                 .max_bytes = 1 << 16});
}

static void pause_a_while(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_US * 1000L}, NULL);
}

static void hear(struct recorder *recorder)
{
    recorder_arrived(recorder, 6, TRANSCRIPT_PLAIN);
    recorder_fed(recorder, BYTES("NOOP\r\n"));
    recorder_settle(recorder, false);
}

static void answer(struct recorder *recorder)
{
    recorder_tick(recorder);
    recorder_sent(recorder, BYTES("250 OK\r\n"), TRANSCRIPT_PLAIN);
}

static struct inbox_session end(struct recorder *recorder)
{
    struct arena arena = {0};
    struct inbox_session session;
    recorder_close(recorder, "client_closed");
    recorder_summary(recorder, &arena, &session);
    arena_free(&arena);
    recorder_free(recorder);
    assert_int_equal(session.waits.client_us + session.waits.server_us +
                         session.waits.tls_us,
                     session.closed_at_us - session.opened_at_us);
    return session;
}

static void silence_is_a_wait_for_the_client(void **state)
{
    struct recorder *recorder = begin();
    (void)state;
    answer(recorder);
    pause_a_while();
    hear(recorder);
    answer(recorder);
    pause_a_while();
    assert_true(end(recorder).waits.client_us >= 2UL * PAUSE_US);
}

static void a_late_reply_is_a_wait_for_the_server(void **state)
{
    struct recorder *recorder = begin();
    (void)state;
    hear(recorder);
    pause_a_while();
    answer(recorder);
    assert_true(end(recorder).waits.server_us >= PAUSE_US);
}

static void a_handshake_is_no_wait_for_the_client(void **state)
{
    struct recorder *recorder = begin();
    (void)state;
    pause_a_while();
    recorder_tick(recorder);
    recorder_set_tls(recorder, memory_text("{}"));
    answer(recorder);
    hear(recorder);
    struct inbox_session session = end(recorder);
    assert_true(session.waits.tls_us >= PAUSE_US);
    assert_true(session.slowest_gap_us <= session.waits.client_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_a_wait_for_the_client),
        cmocka_unit_test(a_late_reply_is_a_wait_for_the_server),
        cmocka_unit_test(a_handshake_is_no_wait_for_the_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
