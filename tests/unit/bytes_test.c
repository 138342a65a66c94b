/* SPDX-License-Identifier: MIT */
#include "inbox/base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_part_never_leaves_the_run(void **state)
{
    (void)state;
    struct bytes run = BYTES("abcdef");
    assert_true(bytes_equal(bytes_part(run, 2, 3), BYTES("cde")));
    assert_true(bytes_equal(bytes_part(run, 4, 100), BYTES("ef")));
    assert_int_equal(bytes_part(run, 6, 1).size, 0);
    assert_int_equal(bytes_part(run, SIZE_MAX, SIZE_MAX).size, 0);
}

static void letters_of_either_case_are_equal_and_nothing_else(void **state)
{
    (void)state;
    assert_true(bytes_equal_nocase(BYTES("Mail"), BYTES("mAIL")));
    assert_false(bytes_equal_nocase(BYTES("Mail"), BYTES("Mai")));
    assert_false(bytes_equal_nocase(BYTES("@"), BYTES("`")));
    assert_false(bytes_equal(BYTES("Mail"), BYTES("mail")));
    assert_true(bytes_start_nocase(BYTES("MAIL FROM:<>"), BYTES("mail ")));
    assert_true(bytes_equal(bytes_of(NULL), bytes_of("")));
}

static void a_buffer_keeps_what_was_added_in_order(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    for (unsigned i = 0; i < 1000; i++) {
        buffer_print(&buffer, "%u,", i % 10);
    }
    buffer_add(&buffer, BYTES("end\0"));
    buffer_add_byte(&buffer, '!');
    assert_int_equal(buffer.size, 2005);
    buffer_drop(&buffer, 2000);
    assert_true(bytes_equal(buffer_bytes(&buffer), BYTES("end\0!")));
    buffer_drop(&buffer, 6);
    assert_int_equal(buffer.size, 0);
    buffer_free(&buffer);
    assert_null(buffer.at);
}

static void numbers_are_written_in_decimal(void **state)
{
    struct buffer out = {0};
    (void)state;
    buffer_add_number(&out, 0);
    buffer_add_byte(&out, ' ');
    buffer_add_number(&out, 1200);
    buffer_add_byte(&out, ' ');
    buffer_add_number(&out, UINT64_MAX);
    assert_true(
        bytes_equal(buffer_bytes(&out), BYTES("0 1200 18446744073709551615")));
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_never_leaves_the_run),
        cmocka_unit_test(letters_of_either_case_are_equal_and_nothing_else),
        cmocka_unit_test(a_buffer_keeps_what_was_added_in_order),
        cmocka_unit_test(numbers_are_written_in_decimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
