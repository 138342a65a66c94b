/* SPDX-License-Identifier: MIT */
#include "inbox/record/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A session's record says what was known when it was written: what later
 * versions add is not missed in older ones, nor read where it is not. */

static const struct inbox_session plain = {.id = 7,
                                           .listener = "127.0.0.1:2525",
                                           .peer = "127.0.0.1:40000",
                                           .local = "127.0.0.1:2525",
                                           .opened_at_us = 1795255200000000,
                                           .closed_at_us = 1795255202500000,
                                           .outcome = "refused",
                                           .close_reason = "quit",
                                           .helo = "app.test",
                                           .slowest_gap_us = 700000,
                                           .is_lossless = true,
                                           .first_transaction = 3};

/* What the version before the waits wrote of `plain`. */
static const char old_form[] =
    "\x07\x04\x0f"
    "127.0.0.1:2525\x10"
    "127.0.0.1:40000\x02=\x80\xa0\xd1\xc7\xcd\xb1\xb0\x06"
    "\xc0\xb6\x82\xca\xcd\xb1\xb0\x06\x08"
    "refused\x05"
    "quit\x09"
    "app.test\0\0\0\0\0\0\0\0\xe0\xdc\x2a\0\0\x03\0\0";

static struct inbox_session with_all(void)
{
    struct inbox_session session = plain;
    session.refusal = "{\"code\":550}";
    session.waits = (struct inbox_waits){2000000, 300, 40000};
    return session;
}

static struct inbox_session back(const struct inbox_session *session,
                                 struct arena *arena)
{
    struct buffer octets = {0};
    struct inbox_session read;
    record_pack_session(&octets, session);
    assert_int_equal(record_read_session(buffer_bytes(&octets), arena, &read),
                     0);
    buffer_free(&octets);
    assert_int_equal(read.first_transaction, 3);
    assert_int_equal(read.slowest_gap_us, 700000);
    return read;
}

static void waits_come_back_with_and_without_a_refusal(void **state)
{
    struct arena arena = {0};
    struct inbox_session session = with_all();
    struct inbox_session read = back(&session, &arena);
    (void)state;
    assert_string_equal(read.refusal, "{\"code\":550}");
    assert_int_equal(read.waits.client_us, 2000000);
    assert_int_equal(read.waits.server_us, 300);
    assert_int_equal(read.waits.tls_us, 40000);
    session.refusal = NULL;
    session.waits = (struct inbox_waits){.tls_us = 1};
    read = back(&session, &arena);
    assert_null(read.refusal);
    assert_int_equal(read.waits.client_us, 0);
    assert_int_equal(read.waits.tls_us, 1);
    arena_free(&arena);
}

static void a_record_without_waits_is_what_it_was(void **state)
{
    struct arena arena = {0};
    struct buffer octets = {0};
    struct inbox_session read;
    (void)state;
    record_pack_session(&octets, &plain);
    assert_int_equal(octets.size, sizeof(old_form));
    assert_memory_equal(octets.at, old_form, sizeof(old_form));
    buffer_free(&octets);
    buffer_add(&octets, (struct bytes){(const unsigned char *)old_form,
                                       sizeof(old_form)});
    assert_int_equal(record_read_session(buffer_bytes(&octets), &arena, &read),
                     0);
    assert_null(read.refusal);
    assert_int_equal(read.first_transaction, 3);
    assert_int_equal(read.waits.client_us, 0);
    assert_int_equal(read.waits.server_us, 0);
    assert_int_equal(read.waits.tls_us, 0);
    buffer_free(&octets);
    arena_free(&arena);
}

static void a_record_cut_at_any_octet_is_refused(void **state)
{
    struct buffer octets = {0};
    struct inbox_session session = with_all();
    (void)state;
    record_pack_session(&octets, &session);
    for (size_t size = 0; size < octets.size; size++) {
        struct arena arena = {0};
        struct inbox_session read;
        struct buffer part = {0};
        buffer_add(&part, bytes_part(buffer_bytes(&octets), 0, size));
        assert_int_equal(
            record_read_session(buffer_bytes(&part), &arena, &read), -1);
        buffer_free(&part);
        arena_free(&arena);
    }
    buffer_free(&octets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_come_back_with_and_without_a_refusal),
        cmocka_unit_test(a_record_without_waits_is_what_it_was),
        cmocka_unit_test(a_record_cut_at_any_octet_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
