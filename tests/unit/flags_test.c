/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/commands/commands.h"

static const struct flag rows[] = {{"to", "ADDRESS", "Recipient"},
                                   {"json", NULL, "As JSON"},
                                   {"within", "TIME", "How long"},
                                   {NULL, NULL, NULL}};

static const struct command takes_words = {"demo", "[WORD...]", "Demonstrate",
                                           rows,   NULL,        NULL};
static const struct command takes_none = {"demo", "",   "Demonstrate",
                                          rows,   NULL, NULL};

/* Reads a NULL-ended row of words behind the command's name. */
static enum flags_result read_words(const struct command *command, char **words,
                                    struct flags *out)
{
    int count = 0;
    while (words[count] != NULL) {
        count++;
    }
    return flags_read(command, count, words, out);
}

static void flags_and_arguments_may_be_mixed(void **state)
{
    (void)state;
    struct flags flags;
    char *words[] = {"demo",   "one", "--to", "a@x",    "--json", "two",
                     "--to=b", "--",  "--to", "--json", NULL};
    assert_int_equal(read_words(&takes_words, words, &flags), FLAGS_OK);
    assert_string_equal(flags_text(&flags, "to", NULL), "b");
    assert_true(flags_on(&flags, "json"));
    assert_false(flags_on(&flags, "within"));
    assert_int_equal(flags.given_count, 3);
    assert_int_equal(flags.argument_count, 4);
    assert_string_equal(flags.arguments[3], "--json");
    flags_free(&flags);
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    char *bad[][4] = {{"demo", "--colour", NULL},
                      {"demo", "--to", NULL},
                      {"demo", "--json=yes", NULL},
                      {"demo", "word", NULL}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct flags flags;
        assert_int_equal(read_words(&takes_none, bad[i], &flags), FLAGS_BAD);
    }
}

static void times_and_numbers_are_checked(void **state)
{
    (void)state;
    struct flags flags;
    uint64_t ms;
    char *good[] = {"demo", "--within", "2m", NULL};
    assert_int_equal(read_words(&takes_words, good, &flags), FLAGS_OK);
    assert_int_equal(flags_time(&flags, "within", 5, &ms), 0);
    assert_int_equal(ms, 120000);
    flags_free(&flags);
    char *bad[] = {"demo", "--within", "soon", NULL};
    assert_int_equal(read_words(&takes_words, bad, &flags), FLAGS_OK);
    assert_int_equal(flags_time(&flags, "within", 5, &ms), -1);
    flags_free(&flags);
}

static void every_command_has_a_row_that_explains_it(void **state)
{
    (void)state;
    for (const struct command *row = commands; row->name != NULL; row++) {
        assert_true(strlen(row->sentence) > 10);
        assert_true(row->run != NULL || row->run_raw != NULL);
        assert_ptr_equal(command_of(row->name), row);
        for (const struct flag *flag = row->flags; flag->name; flag++) {
            assert_true(strlen(flag->sentence) > 5);
        }
    }
    assert_null(command_of("nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_and_arguments_may_be_mixed),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(times_and_numbers_are_checked),
        cmocka_unit_test(every_command_has_a_row_that_explains_it),
    };
    return cmocka_run_group_tests_name("flags", tests, NULL, NULL);
}
