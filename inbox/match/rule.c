/* SPDX-License-Identifier: MIT */
#include "inbox/match/match.h"

#include "inbox/match/fields.h"
#include "inbox/match/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Operators inside `not` inside `not`: nobody writes more. */
#define MOST_DEPTH 8

/* A compiled expression beside the test it belongs to. */
struct compiled {
    const struct match_test *test;
    struct match_regex *regex;
};

struct match_rule {
    const struct match_expectation *expectation;
    const struct match_name **rows; /* of each field */
    struct compiled *compiled;
    size_t compiled_count;
    unsigned wants;
};

/* Making a rule: what is being checked, and where to say what is wrong. */
struct making {
    struct match_rule *rule;
    const char *name;
    char *error;
    int depth;
};

static int wrong(struct making *making, const char *words, const char *detail)
{
    snprintf(making->error, MATCH_ERROR_SIZE, "%.60s: %s%s%.120s", making->name,
             words, *detail ? ": " : "", detail);
    return -1;
}

static int compile(struct making *making, const struct match_test *test)
{
    struct match_rule *rule = making->rule;
    char why[120];
    struct match_regex *regex;

    if (test->value.kind != MATCH_TEXT) {
        return wrong(making, "a regular expression is a text", "");
    }
    regex = match_regex_new(test->value.text, why);
    if (!regex) {
        return wrong(making, "not a regular expression", why);
    }
    rule->compiled = memory_resize(rule->compiled, (rule->compiled_count + 1) *
                                                       sizeof(struct compiled));
    rule->compiled[rule->compiled_count++] =
        (struct compiled){.test = test, .regex = regex};
    return 0;
}

static int check_tests(struct making *making, const struct match_test *tests,
                       size_t count)
{
    int result = 0;

    if (++making->depth > MOST_DEPTH) {
        return wrong(making, "too many operators inside each other", "");
    }
    for (size_t i = 0; i < count && result == 0; i++) {
        const struct match_test *test = &tests[i];

        if (test->is == MATCH_MATCHES) {
            result = compile(making, test);
        } else if (test->is == MATCH_NOT) {
            result = check_tests(making, test->tests, test->test_count);
        } else if (test->is == MATCH_CONTAINS &&
                   test->value.kind != MATCH_TEXT) {
            result = wrong(making, "contains takes a text", "");
        } else if (test->is == MATCH_RANGE && test->min > test->max) {
            result = wrong(making, "min is above max: nothing fits", "");
        }
    }
    making->depth--;
    return result;
}

static int check_field(struct making *making, size_t field)
{
    struct match_rule *rule = making->rule;
    const struct match_field *asked = &rule->expectation->fields[field];
    const struct match_name *row = match_name_find(asked->name);

    if (!row) {
        return wrong(making, "there is no such field", "see /api/");
    }
    if (rule->expectation->of_sessions ? !row->of_sessions
                                       : !row->of_messages) {
        return wrong(making,
                     rule->expectation->of_sessions ? "sessions have no such "
                                                      "field"
                                                    : "messages have no such "
                                                      "field",
                     "");
    }
    rule->rows[field] = row;
    rule->wants |= row->wants;
    return check_tests(making, asked->tests, asked->test_count);
}

struct match_rule *match_rule_new(const struct match_expectation *expectation,
                                  char error_out[MATCH_ERROR_SIZE],
                                  size_t *field_out)
{
    struct match_rule *rule = memory_new(sizeof(*rule));

    rule->expectation = expectation;
    rule->rows = memory_new((expectation->field_count + 1) *
                            sizeof(const struct match_name *));
    for (size_t i = 0; i < expectation->field_count; i++) {
        struct making making = {.rule = rule,
                                .name = expectation->fields[i].name,
                                .error = error_out};

        if (check_field(&making, i) != 0) {
            *field_out = i;
            match_rule_free(rule);
            return NULL;
        }
    }
    return rule;
}

void match_rule_free(struct match_rule *rule)
{
    if (!rule) {
        return;
    }
    for (size_t i = 0; i < rule->compiled_count; i++) {
        match_regex_free(rule->compiled[i].regex);
    }
    free(rule->compiled);
    free(rule->rows);
    free(rule);
}

unsigned match_rule_wants(const struct match_rule *rule)
{
    return rule->wants;
}

static const struct match_regex *regex_of(const struct match_rule *rule,
                                          const struct match_test *test)
{
    for (size_t i = 0; i < rule->compiled_count; i++) {
        if (rule->compiled[i].test == test) {
            return rule->compiled[i].regex;
        }
    }
    return NULL;
}

/* A value as text, for comparing a number with a header field and the like. */
static const char *as_text(const struct match_value *value, char room[24])
{
    switch (value->kind) {
    case MATCH_TEXT:
        return value->text;
    case MATCH_NUMBER:
        snprintf(room, 24, "%lld", (long long)value->number);
        return room;
    case MATCH_BOOL:
        return value->number ? "true" : "false";
    case MATCH_NULL:
        break;
    }
    return "";
}

static bool is_equal(const struct match_values *values,
                     const struct match_value *one,
                     const struct match_value *want)
{
    char room[24];
    char other_room[24];
    const char *text = as_text(one, room);
    const char *other = as_text(want, other_room);

    if (one->kind == MATCH_NULL || want->kind == MATCH_NULL) {
        return one->kind == want->kind;
    }
    return values->is_address ? strcasecmp(text, other) == 0
                              : strcmp(text, other) == 0;
}

static bool is_in_range(const struct match_value *one,
                        const struct match_test *test)
{
    int64_t number = one->number;

    if (one->kind == MATCH_TEXT) {
        char *end;

        number = strtoll(one->text, &end, 10);
        if (*end != '\0' || one->text[0] == '\0') {
            return false;
        }
    } else if (one->kind != MATCH_NUMBER) {
        return false;
    }
    return number >= test->min && number <= test->max;
}

static bool is_one_of(const struct match_values *values,
                      const struct match_value *one,
                      const struct match_test *test)
{
    for (size_t i = 0; i < test->value_count; i++) {
        if (is_equal(values, one, &test->values[i])) {
            return true;
        }
    }
    return false;
}

/* One value against one test that is no `not`. */
static bool passes_one(const struct match_rule *rule,
                       const struct match_values *values,
                       const struct match_value *one,
                       const struct match_test *test)
{
    char room[24];

    switch (test->is) {
    case MATCH_EQUALS:
        return is_equal(values, one, &test->value);
    case MATCH_CONTAINS:
        return one->kind != MATCH_NULL &&
               strstr(as_text(one, room), test->value.text);
    case MATCH_MATCHES:
        return one->kind != MATCH_NULL &&
               match_regex_find(regex_of(rule, test), as_text(one, room));
    case MATCH_ONE_OF:
        return is_one_of(values, one, test);
    case MATCH_RANGE:
        return is_in_range(one, test);
    case MATCH_NOT:
        break;
    }
    return false;
}

struct tests {
    const struct match_test *items;
    size_t count;
};

static bool passes_all(const struct match_rule *rule,
                       const struct match_values *values, struct tests tests);

/* Does `one` pass everything but the nots, which speak of all values? */
static bool passes_each(const struct match_rule *rule,
                        const struct match_values *values,
                        const struct match_value *one, struct tests tests)
{
    for (size_t i = 0; i < tests.count; i++) {
        if (tests.items[i].is != MATCH_NOT &&
            !passes_one(rule, values, one, &tests.items[i])) {
            return false;
        }
    }
    return true;
}

static bool passes_all(const struct match_rule *rule,
                       const struct match_values *values, struct tests tests)
{
    static const struct match_value nothing = {.kind = MATCH_NULL};
    size_t nots = 0;

    for (size_t i = 0; i < tests.count; i++) {
        const struct match_test *test = &tests.items[i];
        if (test->is != MATCH_NOT) {
            continue;
        }
        nots++;
        if (passes_all(rule, values,
                       (struct tests){test->tests, test->test_count})) {
            return false;
        }
    }
    if (nots == tests.count) {
        return true;
    }
    if (values->count == 0) {
        return passes_each(rule, values, &nothing, tests);
    }
    for (size_t i = 0; i < values->count; i++) {
        if (passes_each(rule, values, &values->values[i], tests)) {
            return true;
        }
    }
    return false;
}

/* The longest start of `want` anywhere in `text`: how many octets, and where it
 * begins. */
static size_t longest_start(const char *text, const char *want,
                            size_t *begin_out)
{
    size_t best = 0;

    *begin_out = 0;
    for (size_t at = 0; at < 10000 && text[at] != '\0'; at++) {
        size_t size = 0;

        while (size < 1000 && want[size] != '\0' &&
               text[at + size] == want[size]) {
            size++;
        }
        if (size > best) {
            best = size;
            *begin_out = at;
        }
    }
    return best;
}

static int64_t characters(const char *text, size_t octets)
{
    int64_t count = 0;

    for (size_t i = 0; i < octets; i++) {
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    return count;
}

/* How near `text` comes to what `test` wants, 0 to 0.9, and the first character
 * that differs. */
static double nearness(const struct match_test *test, const char *text,
                       int64_t *at_out)
{
    const char *want = test->value.text;
    size_t longest;
    size_t begin = 0;
    size_t same = 0;

    *at_out = -1;
    if (test->value.kind != MATCH_TEXT ||
        (test->is != MATCH_EQUALS && test->is != MATCH_CONTAINS) ||
        *want == '\0') {
        return 0;
    }
    if (test->is == MATCH_CONTAINS) {
        same = longest_start(text, want, &begin);
        longest = strlen(want);
    } else {
        while (want[same] != '\0' && want[same] == text[same]) {
            same++;
        }
        longest = strlen(want) > strlen(text) ? strlen(want) : strlen(text);
    }
    *at_out = characters(text, begin + same) + 1;
    return 0.9 * (double)same / (double)longest;
}

/* The difference of a field that was not met; returns how near it came. */
static double differ(const struct match_field *asked,
                     const struct match_values *values,
                     struct match_difference *difference)
{
    double best = 0;

    difference->actual = values->values;
    difference->actual_count = values->count;
    difference->is_list = values->is_list;
    difference->at = -1;
    for (size_t i = 0; i < values->count; i++) {
        for (size_t j = 0; j < asked->test_count; j++) {
            char room[24];
            int64_t at;
            double near = nearness(&asked->tests[j],
                                   as_text(&values->values[i], room), &at);

            if (near > best || (values->count == 1 && at > 0)) {
                best = near > best ? near : best;
                difference->at = at;
            }
        }
    }
    return best;
}

void match_judge(const struct match_rule *rule, const struct facts *facts,
                 struct arena *arena, struct match_verdict *verdict_out)
{
    const struct match_expectation *expectation = rule->expectation;
    struct match_difference *differences =
        arena_new(arena, (expectation->field_count + 1) * sizeof(*differences));
    double score = 0;
    size_t count = 0;

    for (size_t i = 0; i < expectation->field_count; i++) {
        const struct match_field *asked = &expectation->fields[i];
        struct match_values values = {.arena = arena};

        match_gather(rule->rows[i], asked->name, facts, &values);
        if (passes_all(rule, &values,
                       (struct tests){asked->tests, asked->test_count})) {
            score += 1;
            continue;
        }
        differences[count].field = i;
        score += differ(asked, &values, &differences[count]);
        count++;
    }
    *verdict_out = (struct match_verdict){
        .is_met = count == 0,
        .score = expectation->field_count > 0
                     ? score / (double)expectation->field_count
                     : 1,
        .differences = differences,
        .difference_count = count};
}
