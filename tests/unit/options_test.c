/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/options/options.h"

static char why[OPTIONS_WHY_SIZE];

/* Reads a command line of words separated by blanks. */
static enum options_result read_line(const char *line, struct options *out)
{
    static char copy[1000];
    static char *argv[50];
    char *rest = copy;
    int argc = 0;
    snprintf(copy, sizeof copy, "mailscope %s", line);
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        if (*word != '\0') {
            argv[argc++] = word;
        }
    }
    argv[argc] = NULL;
    return options_read(argc, argv, out, why);
}

static void defaults_are_those_of_the_table(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(read_line("", &options), OPTIONS_OK);
    assert_string_equal(options.hostname, "mailscope.test");
    assert_string_equal(options.http, "127.0.0.1:8025");
    assert_int_equal(options.max_message_bytes, 26214400);
    assert_int_equal(options.idle_timeout_ms, 300000);
    assert_int_equal(options.profile, PROFILE_SINK);
    assert_int_equal(options.tls_min, TLS_1_2);
    assert_int_equal(options.smtp.count, 0);
    assert_false(options.given[OPTION_ID_http]);
    assert_null(options.command);
    options_free(&options);
}

static void every_row_has_a_sentence_and_a_default_in_range(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        assert_true(strlen(row->sentence) > 10);
        assert_true((row->value == NULL) == (row->type == OPTION_SWITCH));
        assert_true(row->sentence[strlen(row->sentence) - 1] != '.');
    }
}

struct good {
    const char *line;
    size_t offset;
    uint64_t want;
};

#define FIELD(name) offsetof(struct options, name)

static void values_are_read_with_their_units(void **state)
{
    (void)state;
    static const struct good rows[] = {
        {"--max-message-size 64K", FIELD(max_message_bytes), 65536},
        {"--max-message-size=1GiB", FIELD(max_message_bytes), 1073741824},
        {"--max-message-size 2000", FIELD(max_message_bytes), 2000},
        {"--idle-timeout 500ms", FIELD(idle_timeout_ms), 500},
        {"--idle-timeout 5", FIELD(idle_timeout_ms), 5000},
        {"--idle-timeout 2m", FIELD(idle_timeout_ms), 120000},
        {"--max-age 7d", FIELD(max_age_ms), 604800000},
        {"--max-recipients 5 --max-recipients 7", FIELD(max_recipients), 7},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct options options;
        assert_int_equal(read_line(rows[i].line, &options), OPTIONS_OK);
        uint64_t got;
        memcpy(&got, (char *)&options + rows[i].offset, sizeof got);
        assert_int_equal(got, rows[i].want);
        options_free(&options);
    }
}

static void what_is_wrong_is_said_with_its_flag(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"--colour red", "--colour"},
        {"--max-recipients", "--max-recipients"},
        {"--max-recipients many", "'many'"},
        {"--max-recipients 0", "from 1 to 999999"},
        {"--max-recipients 99999999999999999999999", "--max-recipients"},
        {"--max-message-size 5X", "25M"},
        {"--idle-timeout 5y", "30s"},
        {"--profile loose", "sink|strict"},
        {"--auth-required=yes", "--auth-required"},
        {"word", "word"},
        {"--config /nonexistent/file", "/nonexistent/file"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct options options;
        assert_int_equal(read_line(rows[i][0], &options), OPTIONS_BAD);
        assert_non_null(strstr(why, rows[i][1]));
        assert_null(strchr(why, '\n'));
        options_free(&options);
    }
}

static void a_list_keeps_its_order(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(read_line("--smtp a:1 --smtp b:2,role=mx", &options),
                     OPTIONS_OK);
    assert_int_equal(options.smtp.count, 2);
    assert_string_equal(options.smtp.items[0], "a:1");
    assert_string_equal(options.smtp.items[1], "b:2,role=mx");
    options_free(&options);
}

static void the_command_behind_two_dashes_is_left_alone(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(read_line("--log warn -- make test --log x", &options),
                     OPTIONS_OK);
    assert_non_null(options.command);
    assert_string_equal(options.command[0], "make");
    assert_string_equal(options.command[2], "--log");
    options_free(&options);
}

static void help_and_version_are_told_apart(void **state)
{
    (void)state;
    struct options options;
    assert_int_equal(read_line("--help", &options), OPTIONS_HELP);
    options_free(&options);
    assert_int_equal(read_line("-V", &options), OPTIONS_VERSION);
    options_free(&options);
}

static void write_file(char *path, const char *text)
{
    snprintf(path, 64, "/tmp/mailscope-options-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
}

static void flags_win_over_environment_and_that_over_the_file(void **state)
{
    (void)state;
    char path[64];
    char line[200];
    struct options options;
    write_file(path, "# what the team uses\n[mailscope]\nhostname = file.test\n"
                     "smtp = 127.0.0.1:1\nsmtp = 127.0.0.1:2\n"
                     "max-recipients = 5\nauth-required = on\n");
    setenv("MAILSCOPE_HOSTNAME", "environment.test", 1);
    setenv("MAILSCOPE_MAX_RECIPIENTS", "6", 1);
    snprintf(line, sizeof line, "--config %s --max-recipients 7", path);
    assert_int_equal(read_line(line, &options), OPTIONS_OK);
    assert_string_equal(options.hostname, "environment.test");
    assert_int_equal(options.max_recipients, 7);
    assert_true(options.auth_required);
    assert_int_equal(options.smtp.count, 2);
    options_free(&options);
    snprintf(line, sizeof line, "--config=%s --smtp 127.0.0.1:3", path);
    assert_int_equal(read_line(line, &options), OPTIONS_OK);
    assert_int_equal(options.smtp.count, 1);
    assert_true(options.given[OPTION_ID_smtp]);
    options_free(&options);
    unsetenv("MAILSCOPE_HOSTNAME");
    unsetenv("MAILSCOPE_MAX_RECIPIENTS");
    unlink(path);
}

static void a_bad_file_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"hostname = a.test\ncolour = red\n", "line 2"},
        {"[other]\nhostname = a.test\n", "[other]"},
        {"auth-required = maybe\n", "on or off"},
        {"max-recipients = x\n", "'x'"},
        {"no equals sign here\n", "line 1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[64];
        char line[200];
        struct options options;
        write_file(path, rows[i][0]);
        snprintf(line, sizeof line, "--config %s", path);
        assert_int_equal(read_line(line, &options), OPTIONS_BAD);
        assert_non_null(strstr(why, rows[i][1]));
        options_free(&options);
        unlink(path);
    }
}

static void a_bad_environment_names_the_variable(void **state)
{
    (void)state;
    struct options options;
    setenv("MAILSCOPE_IDLE_TIMEOUT", "soon", 1);
    assert_int_equal(read_line("", &options), OPTIONS_BAD);
    assert_non_null(strstr(why, "MAILSCOPE_IDLE_TIMEOUT"));
    options_free(&options);
    unsetenv("MAILSCOPE_IDLE_TIMEOUT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_table),
        cmocka_unit_test(every_row_has_a_sentence_and_a_default_in_range),
        cmocka_unit_test(values_are_read_with_their_units),
        cmocka_unit_test(what_is_wrong_is_said_with_its_flag),
        cmocka_unit_test(a_list_keeps_its_order),
        cmocka_unit_test(the_command_behind_two_dashes_is_left_alone),
        cmocka_unit_test(help_and_version_are_told_apart),
        cmocka_unit_test(flags_win_over_environment_and_that_over_the_file),
        cmocka_unit_test(a_bad_file_is_refused_with_its_line),
        cmocka_unit_test(a_bad_environment_names_the_variable),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
