/* SPDX-License-Identifier: MIT */
#include "webui/expect/read.h"

#include "webui/call/body.h"
#include "webui/follow/wait.h"

#include <string.h>

#define FIELDS_MAX 50
#define TESTS_MAX 8
#define VALUES_MAX 500
#define COUNT_MAX ((uint64_t)1000000)

/* Where reading stands, for the pointer of an error. */
struct place {
    struct call *call;
    const char *name; /* of the field */
    struct match_field *fields;
    size_t field_count;
};

static int refuse(struct place *place, const char *detail)
{
    const char *name = place->name;
    body_refuse(place->call,
                arena_print(place->call->arena, "/match/%.100s", name),
                arena_print(place->call->arena, "%.100s: %s", name, detail));
    return -1;
}

static int read_value(struct place *place, const struct json *json,
                      struct match_value *value_out)
{
    *value_out = (struct match_value){.kind = MATCH_NUMBER,
                                      .number = json_number_of(json)};
    switch (json_kind_of(json)) {
    case JSON_IS_NULL:
        value_out->kind = MATCH_NULL;
        return 0;
    case JSON_IS_BOOL:
        value_out->kind = MATCH_BOOL;
        value_out->number = json_bool_of(json);
        return 0;
    case JSON_IS_NUMBER:
    case JSON_IS_REAL:
        return 0;
    case JSON_IS_TEXT:
        value_out->kind = MATCH_TEXT;
        value_out->text = json_text_of(json);
        return 0;
    case JSON_IS_ARRAY:
    case JSON_IS_OBJECT:
        break;
    }
    return refuse(place, "a text, a number, a boolean or null is expected");
}

static int read_tests(struct place *place, const struct json *json,
                      struct match_test *tests, size_t *count_out);

static int read_text_test(struct place *place, const struct json *json,
                          struct match_test *test)
{
    if (json_text_of(json) == NULL) {
        return refuse(place, "contains and matches take a text");
    }
    return read_value(place, json, &test->value);
}

static int read_one_of(struct place *place, const struct json *json,
                       struct match_test *test)
{
    size_t count = json_size(json);

    if (json_kind_of(json) != JSON_IS_ARRAY || count == 0 ||
        count > VALUES_MAX) {
        return refuse(place, "one_of takes a list of 1 to 500 values");
    }
    struct match_value *values =
        arena_new(place->call->arena, count * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        if (read_value(place, json_at(json, i), &values[i]) != 0) {
            return -1;
        }
    }
    test->values = values;
    test->value_count = count;
    return 0;
}

static int read_bound(struct place *place, const struct json *json,
                      int64_t *bound_out)
{
    if (json_kind_of(json) != JSON_IS_NUMBER &&
        json_kind_of(json) != JSON_IS_REAL) {
        return refuse(place, "min and max take a number");
    }
    *bound_out = json_number_of(json);
    return 0;
}

enum word {
    WORD_CONTAINS,
    WORD_MATCHES,
    WORD_ONE_OF,
    WORD_NOT,
    WORD_MIN,
    WORD_MAX,
    WORD_COUNT
};

static enum word word_of(const char *key)
{
    static const char *const words[] = {"contains", "matches", "one_of",
                                        "not",      "min",     "max"};
    unsigned i = 0;

    while (i < WORD_COUNT && strcmp(words[i], key) != 0) {
        i++;
    }
    return (enum word)i;
}

static int read_not(struct place *place, const struct json *json,
                    struct match_test *test)
{
    struct match_test *tests =
        arena_new(place->call->arena, TESTS_MAX * sizeof *tests);

    test->tests = tests;
    return read_tests(place, json, tests, &test->test_count);
}

/* The test for one operator; both bounds go to the same range. */
static int read_operator(struct place *place, enum word word,
                         const struct json *json, struct match_test *test)
{
    switch (word) {
    case WORD_CONTAINS:
        test->is = MATCH_CONTAINS;
        return read_text_test(place, json, test);
    case WORD_MATCHES:
        test->is = MATCH_MATCHES;
        return read_text_test(place, json, test);
    case WORD_ONE_OF:
        test->is = MATCH_ONE_OF;
        return read_one_of(place, json, test);
    case WORD_NOT:
        test->is = MATCH_NOT;
        return read_not(place, json, test);
    case WORD_MIN:
    case WORD_MAX:
        test->is = MATCH_RANGE;
        return read_bound(place, json,
                          word == WORD_MIN ? &test->min : &test->max);
    case WORD_COUNT:
        break;
    }
    return refuse(place,
                  "known operators are contains, matches, one_of, not, min "
                  "and max");
}

static int read_tests(struct place *place, const struct json *json,
                      struct match_test *tests, size_t *count_out)
{
    struct match_test *range = NULL;
    struct json *value;
    const char *key = NULL;

    *count_out = 0;
    if (json_kind_of(json) != JSON_IS_OBJECT) {
        *count_out = 1;
        tests[0] = (struct match_test){.is = MATCH_EQUALS};
        return read_value(place, json, &tests[0].value);
    }
    while ((key = json_next(json, key, &value)) != NULL) {
        enum word word = word_of(key);
        bool is_bound = word == WORD_MIN || word == WORD_MAX;
        struct match_test *test = is_bound ? range : NULL;
        if (test == NULL) {
            test = &tests[(*count_out)++];
            *test = (struct match_test){.min = INT64_MIN, .max = INT64_MAX};
            range = is_bound ? test : range;
        }
        if (read_operator(place, word, value, test) != 0) {
            return -1;
        }
    }
    return *count_out == 0
               ? refuse(place, "an operator is expected in the object")
               : 0;
}

static int read_field(struct place *place, const char *name,
                      const struct json *json)
{
    place->name = name;
    if (place->field_count == FIELDS_MAX) {
        return refuse(place, "at most 50 fields");
    }
    struct match_field *field = &place->fields[place->field_count++];
    struct match_test *tests =
        arena_new(place->call->arena, TESTS_MAX * sizeof *tests);
    field->name = name;
    field->tests = tests;
    return read_tests(place, json, tests, &field->test_count);
}

/* {"tls":{"version":...}} is tls.version: an object that begins with no
 * operator has further names in it. */
static bool is_nested(const struct json *json)
{
    struct json *value;
    const char *key = json_kind_of(json) == JSON_IS_OBJECT
                          ? json_next(json, NULL, &value)
                          : NULL;

    return key != NULL && word_of(key) == WORD_COUNT;
}

static int read_match(struct place *place, const struct json *match)
{
    struct json *value;
    struct json *inner;
    const char *key = NULL;

    while ((key = json_next(match, key, &value)) != NULL) {
        if (!is_nested(value)) {
            if (read_field(place, key, value) != 0) {
                return -1;
            }
            continue;
        }
        const char *below = NULL;
        while ((below = json_next(value, below, &inner)) != NULL) {
            const char *name =
                arena_print(place->call->arena, "%s.%s", key, below);
            if (read_field(place, name, inner) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

const struct json *expect_said(const struct expect_asked *asked, size_t index)
{
    const struct json *match = json_member(asked->body, "match");
    const char *name = asked->expectation.fields[index].name;
    const struct json *said = json_member(match, name);
    const char *dot = strchr(name, '.');

    if (said != NULL || dot == NULL) {
        return said;
    }
    struct json *value;
    const char *key = NULL;
    while ((key = json_next(match, key, &value)) != NULL) {
        if (strlen(key) == (size_t)(dot - name) &&
            strncmp(key, name, (size_t)(dot - name)) == 0) {
            return json_member(value, dot + 1);
        }
    }
    return NULL;
}

/* {"min","max"} */
static int read_bounds(struct call *call, const struct json *count,
                       struct expect_asked *asked)
{
    struct call_range range = {0, COUNT_MAX, 0};
    struct json *value;
    const char *key = NULL;

    while ((key = json_next(count, key, &value)) != NULL) {
        if (strcmp(key, "min") != 0 && strcmp(key, "max") != 0) {
            body_refuse(call, arena_print(call->arena, "/count/%.100s", key),
                        "count: a number, or min and max are expected");
            return -1;
        }
    }
    if (body_number(call, json_member(count, "min"),
                    (struct body_asked){"/count/min", range},
                    &asked->min) != 0) {
        return -1;
    }
    range.absent = UINT64_MAX;
    if (body_number(call, json_member(count, "max"),
                    (struct body_asked){"/count/max", range},
                    &asked->max) != 0) {
        return -1;
    }
    if (asked->min > asked->max) {
        body_refuse(call, "/count", "count: min is more than max");
        return -1;
    }
    asked->is_bounded = asked->max != UINT64_MAX;
    return 0;
}

static int read_count(struct call *call, struct expect_asked *asked)
{
    const struct json *count = json_member(asked->body, "count");
    const struct json *none = json_member(asked->body, "none");
    struct call_range range = {0, COUNT_MAX, 1};

    asked->max = UINT64_MAX;
    if (none != NULL && json_kind_of(none) != JSON_IS_BOOL) {
        body_refuse(call, "/none", "none: expected true or false");
        return -1;
    }
    if (json_bool_of(none)) {
        if (json_kind_of(count) != JSON_IS_NULL) {
            body_refuse(call, "/count", "count and none exclude each other");
            return -1;
        }
        asked->max = 0;
        asked->is_bounded = true;
        return 0;
    }
    if (json_kind_of(count) != JSON_IS_OBJECT) {
        return body_number(call, json_member(asked->body, "count"),
                           (struct body_asked){"/count", range}, &asked->min);
    }
    return read_bounds(call, count, asked);
}

static int read_scope(struct call *call, struct expect_asked *asked)
{
    const struct json *inbox = json_member(asked->body, "inbox");
    const struct json *of = json_member(asked->body, "of");
    const char *kind = json_text_of(of);

    if (inbox != NULL && json_kind_of(inbox) != JSON_IS_NULL) {
        asked->inbox = json_text_of(inbox);
        if (asked->inbox == NULL || !inbox_name_is(asked->inbox)) {
            body_refuse(call, "/inbox",
                        "inbox: expected 1 to 64 letters, digits and . _ -");
            return -1;
        }
    }
    asked->expectation.of_sessions =
        kind != NULL && strcmp(kind, "sessions") == 0;
    if (of != NULL && !asked->expectation.of_sessions &&
        (kind == NULL || strcmp(kind, "messages") != 0)) {
        body_refuse(call, "/of", "of: expected messages or sessions");
        return -1;
    }
    if (asked->since > call->seq) {
        body_refuse(call, "/since",
                    "since is beyond the newest change: the store was started "
                    "anew (see epoch in /api/info)");
        return -1;
    }
    return 0;
}

static int read_numbers(struct call *call, struct expect_asked *asked)
{
    struct call_range within = {0, WAIT_MAX_MS, 5000};
    struct call_range quiet = {0, WAIT_MAX_MS, 500};
    struct call_range since = {0, INT64_MAX, 0};

    return body_number(call, json_member(asked->body, "within_ms"),
                       (struct body_asked){"/within_ms", within},
                       &asked->within_ms) != 0 ||
                   body_number(call, json_member(asked->body, "quiet_ms"),
                               (struct body_asked){"/quiet_ms", quiet},
                               &asked->quiet_ms) != 0 ||
                   body_number(call, json_member(asked->body, "since"),
                               (struct body_asked){"/since", since},
                               &asked->since) != 0
               ? -1
               : 0;
}

static int make_rule(struct call *call, struct expect_asked *asked)
{
    const struct json *match = json_member(asked->body, "match");
    struct place place = {.call = call};
    char why[MATCH_ERROR_SIZE] = "";
    size_t wrong = 0;

    if (match != NULL && json_kind_of(match) != JSON_IS_OBJECT) {
        body_refuse(call, "/match", "match: an object is expected");
        return -1;
    }
    place.fields = arena_new(call->arena, FIELDS_MAX * sizeof *place.fields);
    if (read_match(&place, match) != 0) {
        return -1;
    }
    asked->expectation.fields = place.fields;
    asked->expectation.field_count = place.field_count;
    asked->rule = match_rule_new(&asked->expectation, why, &wrong);
    if (asked->rule == NULL) {
        const char *name =
            wrong < place.field_count ? place.fields[wrong].name : "";
        body_refuse(call, arena_print(call->arena, "/match/%.100s", name), why);
        return -1;
    }
    return 0;
}

int expect_read(struct call *call, struct expect_asked *asked_out)
{
    *asked_out = (struct expect_asked){0};
    asked_out->body =
        body_object(call, "inbox within_ms quiet_ms count since none of match");
    if (asked_out->body == NULL) {
        return -1;
    }
    if (read_numbers(call, asked_out) != 0 ||
        read_count(call, asked_out) != 0 || read_scope(call, asked_out) != 0 ||
        make_rule(call, asked_out) != 0) {
        expect_forget(asked_out);
        return -1;
    }
    return 0;
}

void expect_forget(struct expect_asked *asked)
{
    match_rule_free(asked->rule);
    json_free(asked->body);
    *asked = (struct expect_asked){0};
}
