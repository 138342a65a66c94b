/* SPDX-License-Identifier: MIT */
#include "inbox/query/parser.h"

#include "inbox/base/calendar.h"
#include "inbox/query/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The comparison a value begins with. */
static enum query_compare take_compare(const char **value)
{
    static const struct {
        const char *sign;
        enum query_compare compare;
    } signs[] = {{">=", QUERY_AT_LEAST},
                 {"<=", QUERY_AT_MOST},
                 {">", QUERY_ABOVE},
                 {"<", QUERY_BELOW},
                 {"=", QUERY_EQUAL}};

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        size_t size = strlen(signs[i].sign);

        if (strncmp(*value, signs[i].sign, size) == 0) {
            *value += size;
            return signs[i].compare;
        }
    }
    return QUERY_CONTAINS;
}

struct unit {
    const char *name;
    int64_t times;
};

static const struct unit size_units[] = {
    {"", 1},        {"b", 1},        {"k", 1024},
    {"kb", 1024},   {"m", 1 << 20},  {"mb", 1 << 20},
    {"g", 1 << 30}, {"gb", 1 << 30}, {NULL, 0}};
static const struct unit duration_units[] = {
    {"us", 1},           {"ms", 1000},  {"s", 1000000}, {"m", 60000000LL},
    {"h", 3600000000LL}, {"", 1000000}, {NULL, 0}};
static const struct unit time_units[] = {{"s", 1000000},
                                         {"m", 60000000LL},
                                         {"h", 3600000000LL},
                                         {"d", 24 * 3600000000LL},
                                         {"w", 7 * 24 * 3600000000LL},
                                         {NULL, 0}};
static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

/* 1.5M, 500ms, 42 */
static int read_amount(const char *text, const struct unit *units,
                       int64_t *number_out)
{
    char *end;
    double amount;

    if (*text < '0' || *text > '9' || text[strspn(text, "0123456789")] == 'x') {
        return -1;
    }
    amount = strtod(text, &end);
    for (; units->name; units++) {
        if (strcasecmp(end, units->name) == 0) {
            amount *= (double)units->times;
            *number_out = amount < 9e18 ? (int64_t)amount : INT64_MAX;
            return 0;
        }
    }
    return -1;
}

static struct query *comparison(struct query_parser *parser,
                                enum query_field field,
                                enum query_compare compare, int64_t number)
{
    struct query *term = query_node(parser, QUERY_TERM, NULL, NULL);

    term->field = field;
    term->compare = compare;
    term->number = number;
    term->text = "";
    term->piece = "";
    return term;
}

/* code = 3DIGIT / DIGIT "xx" */
static struct query *read_code(struct query_parser *parser, const char *value,
                               enum query_compare compare, size_t at)
{
    int64_t number;

    if (strlen(value) == 3 && value[0] >= '2' && value[0] <= '5' &&
        strcasecmp(value + 1, "xx") == 0 && compare <= QUERY_EQUAL) {
        number = (value[0] - '0') * 100;
        /* One reply must lie in it, so it is one term: the class. */
        return comparison(parser, QUERY_CODE, QUERY_CONTAINS, number);
    }
    if (read_amount(value, no_units, &number) != 0 || number > 599 ||
        number < 200) {
        return query_fail(
            parser, at,
            arena_print(
                parser->arena,
                "\"%.40s\" is no reply code: 550, 5xx or >=400 would be",
                value));
    }
    return comparison(parser, QUERY_CODE,
                      compare == QUERY_CONTAINS ? QUERY_EQUAL : compare,
                      number);
}

static struct query *read_number(struct query_parser *parser,
                                 const struct query_rule *rule,
                                 enum query_compare compare,
                                 const struct query_written *written)
{
    static const struct {
        const struct unit *units;
        const char *words;
    } kinds[] = {
        [QUERY_TAKES_NUMBER] = {no_units, "a number: 42, >42"},
        [QUERY_TAKES_SIZE] = {size_units, "a size: 500, 20k, >1M"},
        [QUERY_TAKES_DURATION] = {duration_units, "a duration: 500ms, >2s, 1m"},
    };
    int64_t number;

    if (read_amount(written->value, kinds[rule->takes].units, &number) != 0) {
        return query_fail(parser, written->at,
                          arena_print(parser->arena, "\"%.40s\" is not %s",
                                      written->value,
                                      kinds[rule->takes].words));
    }
    if (compare == QUERY_CONTAINS) {
        /* slow:500ms asks for what is at least that slow. */
        compare =
            rule->takes == QUERY_TAKES_DURATION ? QUERY_AT_LEAST : QUERY_EQUAL;
    }
    return comparison(parser, rule->field, compare, number);
}

/* A time of the asker's clock, or with an offset of any. */
static int read_clock(struct query_parser *parser, const char *value,
                      int64_t *time_us_out)
{
    static const char *const endings[] = {"", "Z", ":00Z"};

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        const char *whole =
            arena_print(parser->arena, "%s%s", value, endings[i]);

        if (calendar_read(whole, time_us_out) == 0) {
            bool is_local = i > 0 || strlen(value) == strlen("2026-11-21");
            *time_us_out -= is_local ? parser->zone_us : 0;
            return 0;
        }
    }
    return -1;
}

static struct query *read_time(struct query_parser *parser,
                               const struct query_rule *rule, const char *value,
                               size_t at)
{
    int64_t time_us;
    int64_t ago_us;

    if (value[0] == '-' && read_amount(value + 1, time_units, &ago_us) == 0 &&
        ago_us <= parser->now_us) {
        time_us = parser->now_us - ago_us;
    } else if (read_clock(parser, value, &time_us) != 0) {
        return query_fail(parser, at,
                          arena_print(parser->arena,
                                      "\"%.40s\" is not a time: 2026-11-21, "
                                      "2026-11-21T10:00, 2026-11-21T10:00:00Z "
                                      "or -15m would be",
                                      value));
    }
    return comparison(parser, rule->field,
                      rule->field == QUERY_AFTER ? QUERY_AT_LEAST : QUERY_BELOW,
                      time_us);
}

static struct query *read_known(struct query_parser *parser, size_t row,
                                const char *value, size_t at)
{
    const struct query_word *word = query_word(row);
    char known[120] = "";

    for (size_t i = 0; word->values[i]; i++) {
        size_t used = strlen(known);

        if (strcasecmp(word->values[i], value) == 0) {
            struct query *term =
                comparison(parser, query_word_rule(row)->field, QUERY_EQUAL, 0);

            term->text = word->values[i];
            term->piece = term->text;
            return term;
        }
        snprintf(known + used, sizeof(known) - used, "%s%s", i ? " " : "",
                 word->values[i]);
    }
    return query_fail(parser, at,
                      arena_print(parser->arena,
                                  "%s:%.20s is unknown; known are: %s",
                                  word->field, value, known));
}

static struct query *read_text(struct query_parser *parser,
                               enum query_field field, const char *value,
                               enum query_compare compare)
{
    struct query *term = comparison(parser, field, compare, 0);

    term->text = value;
    term->piece = value;
    return term;
}

/* m42, s17: the number and the kind. */
static struct query *read_item(struct query_parser *parser, char letter,
                               int64_t number)
{
    struct query *kind = read_text(
        parser, QUERY_IS, letter == 'm' ? "message" : "session", QUERY_EQUAL);

    return query_node(parser, QUERY_AND, kind,
                      comparison(parser, QUERY_ID, QUERY_EQUAL, number));
}

/* The longest run in `pattern` without a star. */
static const char *longest_piece(const char *pattern, struct arena *arena)
{
    struct bytes best = {0};

    while (*pattern != '\0') {
        size_t size = strcspn(pattern, "*");

        if (size > best.size) {
            best = (struct bytes){(const unsigned char *)pattern, size};
        }
        pattern += size + (pattern[size] == '*');
    }
    return arena_text(arena, best);
}

/* A name with stars fits as a whole: *.pdf is no x.pdf.exe. */
static struct query *read_pattern(struct query_parser *parser,
                                  enum query_field field, const char *value)
{
    struct query *term = read_text(parser, field, value, QUERY_LIKE);

    term->piece = longest_piece(value, parser->arena);
    return term;
}

struct query *query_value(struct query_parser *parser, size_t row,
                          const struct query_written *written)
{
    const struct query_rule *rule = query_word_rule(row);
    const char *value = written->value;
    const char *rest = value;
    size_t at = written->at;
    enum query_compare compare = take_compare(&rest);
    int64_t number;

    switch (rule->takes) {
    case QUERY_TAKES_WORD:
        return read_known(parser, row, value, at);
    case QUERY_TAKES_NUMBER:
        rest += *rest == 's'; /* s17, as lists show it */
        return read_number(parser, rule, compare,
                           &(struct query_written){.value = rest, .at = at});
    case QUERY_TAKES_SIZE:
    case QUERY_TAKES_DURATION:
        return read_number(parser, rule, compare,
                           &(struct query_written){.value = rest, .at = at});
    case QUERY_TAKES_CODE:
        return read_code(parser, rest, compare, at);
    case QUERY_TAKES_TIME:
        return read_time(parser, rule, value, at);
    case QUERY_TAKES_ID:
        if ((*rest == 'm' || *rest == 's') && !written->is_phrase &&
            read_amount(rest + 1, no_units, &number) == 0) {
            return read_item(parser, *rest, number);
        }
        if (!written->is_phrase && read_amount(rest, no_units, &number) == 0) {
            return comparison(parser, rule->field,
                              compare == QUERY_CONTAINS ? QUERY_EQUAL : compare,
                              number);
        }
        break;
    case QUERY_TAKES_TEXT:
        break;
    }
    if (strchr(value, '*') && compare != QUERY_EQUAL &&
        (rule->field == QUERY_FILENAME || rule->field == QUERY_PART)) {
        return read_pattern(parser, rule->field, value);
    }
    /* Of text only "=" is a comparison: everything else may be its start. */
    if (compare != QUERY_EQUAL || written->is_phrase) {
        return read_text(parser, rule->field, value, QUERY_CONTAINS);
    }
    return read_text(parser, rule->field, rest, QUERY_EQUAL);
}
