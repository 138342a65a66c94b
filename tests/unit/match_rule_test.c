/* SPDX-License-Identifier: MIT */
#include "inbox/match/match.h"

#include "tests/support/match_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(word)                         \
    {                                      \
        .kind = MATCH_TEXT, .text = (word) \
    }
#define NUMBER(value)                           \
    {                                           \
        .kind = MATCH_NUMBER, .number = (value) \
    }

static bool judge(const struct facts *facts, const char *name,
                  struct match_test test, struct arena *arena,
                  struct match_verdict *verdict_out)
{
    struct match_field field = {.name = name, .tests = &test, .test_count = 1};
    struct match_expectation expectation = {
        .of_sessions = !facts->message, .fields = &field, .field_count = 1};
    char error[MATCH_ERROR_SIZE] = "";
    size_t at;
    struct match_rule *rule = match_rule_new(&expectation, error, &at);

    if (!rule) {
        fail_msg("%s", error);
    }
    match_judge(rule, facts, arena, verdict_out);
    match_rule_free(rule);
    return verdict_out->is_met;
}

static void fields_equal_what_the_api_shows(void **state)
{
    static const struct {
        const char *name;
        struct match_value value;
    } rows[] = {
        {"id", NUMBER(42)},
        {"inbox", TEXT("ci")},
        {"subject", TEXT("Wellcome Ada")},
        {"from", TEXT("ADA@example.test")},
        {"from", TEXT("Ada L\xC3\xB6velace <ada@example.test>")},
        {"from.name", TEXT("Ada L\xC3\xB6velace")},
        {"to", TEXT("eve@example.test")},
        {"to.address", TEXT("bob@example.test")},
        {"cc", {.kind = MATCH_NULL}},
        {"bcc", TEXT("hidden@example.test")},
        {"mailfrom", TEXT("bounce@app.test")},
        {"envelope.to", TEXT("bob@example.test")},
        {"header.x-id", TEXT("77")},
        {"header.X-Id", NUMBER(78)},
        {"header.none", {.kind = MATCH_NULL}},
        {"text", TEXT("Gr\xC3\xBC\xC3\x9F"
                      "e aus K\xC3\xB6ln")},
        {"attachments", NUMBER(1)},
        {"filename", TEXT("Bill.pdf")},
        {"read", {.kind = MATCH_BOOL, .number = 0}},
        {"tags", TEXT("ci")},
        {"tls", TEXT("TLSv1.3")},
        {"tls.version", TEXT("TLSv1.3")},
        {"tls.resumed", {.kind = MATCH_BOOL, .number = 0}},
        {"tls.sni", {.kind = MATCH_NULL}},
        {"auth", TEXT("alice")},
        {"auth.mechanism", TEXT("PLAIN")},
        {"findings.error", NUMBER(1)},
        {"findings.info", NUMBER(0)},
        {"finding", TEXT("data-bare-lf")},
        {"outcome", TEXT("delivered")},
        {"close_reason", TEXT("client_closed")},
        {"duration_ms", NUMBER(2500)},
        {"code", NUMBER(550)},
        {"cmd", TEXT("RCPT")},
        {"date", TEXT("2026-11-21T10:00:00.000000Z")},
    };
    struct match_scene *scene = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct match_test test = {.is = MATCH_EQUALS, .value = rows[i].value};
        struct match_verdict verdict;

        if (!judge(&scene->of_message, rows[i].name, test, &scene->arena,
                   &verdict)) {
            fail_msg("%s", rows[i].name);
        }
    }
}

static void operators_do_what_their_names_say(void **state)
{
    static const struct match_value some[] = {TEXT("x"), TEXT("Wellcome Ada")};
    static const struct match_test contains[] = {
        {.is = MATCH_CONTAINS, .value = TEXT("come")}};
    static const struct match_test bob[] = {
        {.is = MATCH_EQUALS, .value = TEXT("bob@example.test")}};
    static const struct {
        const char *name;
        struct match_test test;
        bool want;
    } rows[] = {
        {"subject", {.is = MATCH_CONTAINS, .value = TEXT("come A")}, true},
        {"subject", {.is = MATCH_CONTAINS, .value = TEXT("COME")}, false},
        {"subject", {.is = MATCH_MATCHES, .value = TEXT("^W.*a$")}, true},
        {"header.x-id", {.is = MATCH_MATCHES, .value = TEXT("^[0-9]+$")}, true},
        {"subject", {.is = MATCH_MATCHES, .value = TEXT("^x")}, false},
        {"subject",
         {.is = MATCH_ONE_OF, .values = some, .value_count = 2},
         true},
        {"subject",
         {.is = MATCH_ONE_OF, .values = some, .value_count = 1},
         false},
        {"subject",
         {.is = MATCH_NOT, .tests = contains, .test_count = 1},
         false},
        {"from", {.is = MATCH_NOT, .tests = contains, .test_count = 1}, true},
        {"to", {.is = MATCH_NOT, .tests = bob, .test_count = 1}, false},
        {"cc", {.is = MATCH_NOT, .tests = bob, .test_count = 1}, true},
        {"size", {.is = MATCH_RANGE, .min = 1000, .max = INT64_MAX}, true},
        {"size", {.is = MATCH_RANGE, .min = INT64_MIN, .max = 1867}, false},
        {"header.x-id", {.is = MATCH_RANGE, .min = 78, .max = 78}, true},
        {"subject", {.is = MATCH_RANGE, .min = 0, .max = 9}, false},
    };
    struct match_scene *scene = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct match_verdict verdict;

        if (judge(&scene->of_message, rows[i].name, rows[i].test, &scene->arena,
                  &verdict) != rows[i].want) {
            fail_msg("row %zu: %s", i, rows[i].name);
        }
    }
}

static void a_near_miss_says_where_it_differs(void **state)
{
    struct match_scene *scene = *state;
    struct match_verdict verdict;

    assert_false(judge(
        &scene->of_message, "subject",
        (struct match_test){.is = MATCH_CONTAINS, .value = TEXT("Welcome")},
        &scene->arena, &verdict));
    assert_int_equal(verdict.difference_count, 1);
    assert_string_equal(verdict.differences[0].actual[0].text, "Wellcome Ada");
    assert_int_equal(verdict.differences[0].at, 4);
    assert_true(verdict.score > 0.3 && verdict.score < 1);
    assert_false(
        judge(&scene->of_message, "cc",
              (struct match_test){.is = MATCH_EQUALS, .value = TEXT("x@y")},
              &scene->arena, &verdict));
    assert_int_equal(verdict.differences[0].actual_count, 0);
    assert_true(verdict.differences[0].is_list);
    assert_int_equal(verdict.differences[0].at, -1);
}

static void sessions_are_judged_by_their_own_fields(void **state)
{
    struct match_scene *scene = *state;
    struct match_verdict verdict;

    assert_true(judge(&scene->of_session, "rcpt",
                      (struct match_test){.is = MATCH_EQUALS,
                                          .value = TEXT("nobody@example.test")},
                      &scene->arena, &verdict));
    assert_true(
        judge(&scene->of_session, "reply",
              (struct match_test){.is = MATCH_CONTAINS, .value = TEXT("5.1.1")},
              &scene->arena, &verdict));
    assert_true(
        judge(&scene->of_session, "messages",
              (struct match_test){.is = MATCH_EQUALS, .value = NUMBER(1)},
              &scene->arena, &verdict));
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const struct {
        const char *name;
        struct match_test test;
        bool of_sessions;
        const char *words;
    } rows[] = {
        {"subjekt", {.value = TEXT("x")}, false, "no such field"},
        {"header", {.value = TEXT("x")}, false, "no such field"},
        {"subject.x", {.value = TEXT("x")}, false, "no such field"},
        {"subject", {.value = TEXT("x")}, true, "sessions have no such field"},
        {"messages", {.value = NUMBER(1)}, false, "messages have no"},
        {"subject",
         {.is = MATCH_MATCHES, .value = TEXT("(")},
         false,
         "not a regular expression"},
        {"subject", {.is = MATCH_RANGE, .min = 2, .max = 1}, false, "nothing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct match_field field = {
            .name = rows[i].name, .tests = &rows[i].test, .test_count = 1};
        struct match_expectation expectation = {.of_sessions =
                                                    rows[i].of_sessions,
                                                .fields = &field,
                                                .field_count = 1};
        char error[MATCH_ERROR_SIZE] = "";
        size_t at = 7;

        assert_null(match_rule_new(&expectation, error, &at));
        assert_int_equal(at, 0);
        if (!strstr(error, rows[i].words)) {
            fail_msg("%s", error);
        }
    }
}

static void a_hostile_expression_gives_up(void **state)
{
    struct inbox_message hostile = match_scene_message;
    struct facts facts = {.message = &hostile};
    struct match_scene *scene = *state;
    struct match_verdict verdict;
    char subject[200];

    memset(subject, 'a', sizeof(subject));
    subject[sizeof(subject) - 1] = '\0';
    hostile.subject = subject;
    assert_false(judge(&facts, "subject",
                       (struct match_test){.is = MATCH_MATCHES,
                                           .value = TEXT("^(a+)+(a+)+$b")},
                       &scene->arena, &verdict));
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, match_scene_open, match_scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fields_equal_what_the_api_shows),
        TEST(operators_do_what_their_names_say),
        TEST(a_near_miss_says_where_it_differs),
        TEST(sessions_are_judged_by_their_own_fields),
        TEST(what_makes_no_sense_is_refused),
        TEST(a_hostile_expression_gives_up),
    };

    return cmocka_run_group_tests_name("match_rule", tests, NULL, NULL);
}
