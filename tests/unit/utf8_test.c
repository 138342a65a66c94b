/* SPDX-License-Identifier: MIT */
#include "inbox/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct row {
    struct bytes text;
    size_t size;
    size_t broken;
};

static const struct row rows[] = {
    {BYTES("a\xc3"), 1, 0},
    {BYTES("\0"), 1, 0},
    {BYTES(""), 0, 1},
    {BYTES("\xc2\x80"), 2, 0},
    {BYTES("\xdf\xbf"), 2, 0},
    {BYTES("\xe0\xa0\x80"), 3, 0},
    {BYTES("\xed\x9f\xbf"), 3, 0},
    {BYTES("\xef\xbf\xbf"), 3, 0},
    {BYTES("\xf0\x90\x80\x80"), 4, 0},
    {BYTES("\xf4\x8f\xbf\xbf"), 4, 0},
    {BYTES("\x80"), 0, 1},
    {BYTES("\xc1\xbf"), 0, 1},
    {BYTES("\xc3"), 0, 1},
    {BYTES("\xc3("), 0, 1},
    {BYTES("\xe0\x9f\xbf"), 0, 1},
    {BYTES("\xed\xa0\x80"), 0, 1},
    {BYTES("\xe2\x82"), 0, 2},
    {BYTES("\xf0\x8f\xbf\xbf"), 0, 1},
    {BYTES("\xf0\x9f\x98"), 0, 3},
    {BYTES("\xf4\x90\x80\x80"), 0, 1},
    {BYTES("\xf5\x80\x80\x80"), 0, 1},
    {BYTES("\xff"), 0, 1},
};

static void a_character_is_told_from_what_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t broken = 9;
        assert_int_equal(utf8_size(rows[i].text, &broken), rows[i].size);
        assert_int_equal(broken, rows[i].broken);
        assert_int_equal(utf8_size(rows[i].text, NULL), rows[i].size);
    }
}

static void the_good_beginning_is_measured(void **state)
{
    (void)state;
    assert_int_equal(utf8_good_size(BYTES("a\0\xc3\xa9")), 4);
    assert_int_equal(utf8_good_size(BYTES("a\xc3\xa9\xff b")), 3);
    assert_int_equal(utf8_good_size(BYTES("")), 0);
}

static void what_is_shown_drives_no_terminal(void **state)
{
    (void)state;
    struct buffer out = {0};
    utf8_add_shown(&out, BYTES("\x1b[2J\t\xc3\xa9\xc2\x9b\n\x7f\xff\\ \0"),
                   "\n");
    assert_true(bytes_equal(
        buffer_bytes(&out),
        BYTES("\\x1b[2J\\x09\xc3\xa9\\xc2\\x9b\n\\x7f\\xff\\ \\x00")));
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_character_is_told_from_what_is_none),
        cmocka_unit_test(the_good_beginning_is_measured),
        cmocka_unit_test(what_is_shown_drives_no_terminal),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
