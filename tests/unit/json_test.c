/* SPDX-License-Identifier: MIT */
#include "webui/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Writes and frees `value` and compares. */
static void assert_json(struct json *value, const char *want)
{
    struct buffer out = {0};

    json_write(value, &out);
    buffer_add_byte(&out, '\0');
    json_free(value);
    assert_string_equal((const char *)out.at, want);
    buffer_free(&out);
}

static void octets_that_are_no_text_are_mended(void **state)
{
    static const struct {
        struct bytes octets;
        const char *want;
    } rows[] = {
        {BYTES(""), "\"\""},
        {BYTES("Ada"), "\"Ada\""},
        {BYTES("a\"\\\n\x01"), "\"a\\\"\\\\\\n\\u0001\""},
        {BYTES("\xc3\xa9"), "\"\xc3\xa9\""},
        {BYTES("\xe9t\xe9"), "\"\xef\xbf\xbdt\xef\xbf\xbd\""},
        {BYTES("\xc3"), "\"\xef\xbf\xbd\""},
        {BYTES("a\0b"), "\"a\xef\xbf\xbd"
                        "b\""},
        {BYTES("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {BYTES("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {BYTES("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\""},
        {BYTES("\xf4\x90\x80\x80"),
         "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_json(json_new_octets(rows[i].octets), rows[i].want);
    }
}

static void octets_are_kept_exactly_in_base64(void **state)
{
    (void)state;
    assert_json(json_new_exact(BYTES("plain")), "\"plain\"");
    assert_json(json_new_exact(BYTES("\xff")), "{\"b64\":\"/w==\"}");
    assert_json(json_new_exact(BYTES("a\xff")), "{\"b64\":\"Yf8=\"}");
    assert_json(json_new_exact(BYTES("ab\xff")), "{\"b64\":\"YWL/\"}");
    assert_json(json_new_exact(BYTES("a\0")), "{\"b64\":\"YQA=\"}");
}

static void values_are_written_as_they_were_put(void **state)
{
    struct json *value = json_new_object();

    (void)state;
    json_put_number(value, "big", INT64_MAX);
    json_put_text(value, "none", NULL);
    json_put_bool(value, "yes", true);
    json_put(value, "at", json_new_time(1, 0));
    json_put_embedded(value, "tls", "{\"version\":\"TLSv1.3\"}");
    json_put_embedded(value, "bad", "{");
    assert_json(value, "{\"big\":9223372036854775807,\"none\":null,\"yes\":"
                       "true,\"at\":\"1970-01-01T00:00:00.000001Z\",\"tls\":{"
                       "\"version\":\"TLSv1.3\"},\"bad\":null}");
}

static void what_is_no_json_is_refused_with_its_place(void **state)
{
    static const struct bytes rows[] = {
        BYTES(""),     BYTES("{"),           BYTES("{\"a\":1,\"a\":2}"),
        BYTES("[1,]"), BYTES("\"\xff\""),    BYTES("\"\\u0000\""),
        BYTES("1 2"),  BYTES("{\"a\":NaN}"), BYTES("99999999999999999999"),
    };
    struct json_problem problem;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_null(json_parse(rows[i], &problem));
        assert_true(problem.words[0] != '\0');
        assert_true(problem.at <= rows[i].size);
    }
}

static void deep_nesting_is_refused_before_it_is_followed(void **state)
{
    struct json_problem problem;
    struct buffer text = {0};

    (void)state;
    for (int i = 0; i < 100000; i++) {
        buffer_add_byte(&text, '[');
    }
    assert_null(json_parse(buffer_bytes(&text), &problem));
    assert_int_equal(problem.at, 64);
    buffer_free(&text);
    struct json *fine = json_parse(BYTES("\"[[[\\\"[[[\""), &problem);
    assert_non_null(fine);
    json_free(fine);
}

static void objects_are_walked_in_their_order(void **state)
{
    struct json_problem problem;
    struct json *object = json_parse(BYTES("{\"b\":1,\"a\":2.5}"), &problem);
    struct json *value;

    (void)state;
    const char *key = json_next(object, NULL, &value);
    assert_string_equal(key, "b");
    assert_int_equal(json_number_of(value), 1);
    key = json_next(object, key, &value);
    assert_string_equal(key, "a");
    assert_int_equal(json_kind_of(value), JSON_IS_REAL);
    assert_null(json_next(object, key, &value));
    assert_null(json_member(object, "c"));
    json_free(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(octets_that_are_no_text_are_mended),
        cmocka_unit_test(octets_are_kept_exactly_in_base64),
        cmocka_unit_test(values_are_written_as_they_were_put),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(deep_nesting_is_refused_before_it_is_followed),
        cmocka_unit_test(objects_are_walked_in_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
