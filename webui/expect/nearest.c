/* SPDX-License-Identifier: MIT */
#include "webui/expect/nearest.h"

#include "inbox/query/query.h"
#include "inbox/query/words.h"
#include "webui/call/reading.h"

#include <math.h>

#define TERMS 20
#define MESSAGES 20
#define SHOWN 3

/* A term that must be met, and the rule that finds what is there instead. */
struct term {
    const struct query *query;
    const char *name; /* "subject" */
    struct match_test test;
    struct match_field field;
    struct match_expectation expectation;
    struct match_rule *rule; /* NULL: nothing comparable */
};

struct terms {
    struct term rows[TERMS];
    size_t count;
    unsigned wants;
};

static const char *name_of(const struct query *query, struct arena *arena)
{
    const struct query_word *word;

    if (query->kind != QUERY_TERM || query->field == QUERY_ANY) {
        return "q";
    }
    if (query->field == QUERY_HEADER) {
        return arena_print(arena, "header.%s", query->name);
    }
    for (size_t i = 0; (word = query_word(i)) != NULL; i++) {
        if (query_word_rule(i)->field == query->field) {
            return query->field == QUERY_ID ? "message_id" : word->field;
        }
    }
    return "q";
}

static void add_term(struct terms *terms, const struct query *query,
                     struct arena *arena)
{
    char why[MATCH_ERROR_SIZE];
    size_t wrong;

    if (terms->count == TERMS) {
        return;
    }
    struct term *term = &terms->rows[terms->count++];
    term->query = query;
    term->name = name_of(query, arena);
    term->test = (struct match_test){
        .is = MATCH_CONTAINS,
        .value = {.kind = MATCH_TEXT,
                  .text = query->kind == QUERY_TERM ? query->text : ""}};
    term->field = (struct match_field){term->name, &term->test, 1};
    term->expectation =
        (struct match_expectation){.fields = &term->field, .field_count = 1};
    term->rule = match_rule_new(&term->expectation, why, &wrong);
    if (term->rule != NULL) {
        terms->wants |= match_rule_wants(term->rule);
    }
}

static void add_terms(struct terms *terms, const struct query *query,
                      struct arena *arena)
{
    while (query != NULL && query->kind == QUERY_AND) {
        add_terms(terms, query->first, arena);
        query = query->second;
    }
    if (query != NULL) {
        add_term(terms, query, arena);
    }
}

struct json *nearest_actual(const struct match_difference *difference)
{
    struct json *list = json_new_array();

    for (size_t i = 0; i < difference->actual_count; i++) {
        const struct match_value *value = &difference->actual[i];
        struct json *one =
            value->kind == MATCH_TEXT     ? json_new_text(value->text)
            : value->kind == MATCH_NUMBER ? json_new_number(value->number)
            : value->kind == MATCH_BOOL   ? json_new_bool(value->number != 0)
                                          : json_new_null();
        if (!difference->is_list) {
            json_free(list);
            return one;
        }
        json_push(list, one);
    }
    if (!difference->is_list) {
        json_free(list);
        return json_new_null();
    }
    return list;
}

/* {"contains": "welcome"}, or for other terms what they say. */
static struct json *expected_json(const struct query *query)
{
    struct json *value = json_new_object();
    bool is_text = query->kind == QUERY_TERM;
    enum query_compare compare = is_text ? query->compare : QUERY_EQUAL;

    json_put_text(value,
                  query->kind == QUERY_NOT    ? "not"
                  : compare == QUERY_CONTAINS ? "contains"
                  : compare == QUERY_LIKE     ? "like"
                                              : "is",
                  is_text ? query->text : "of the query");
    return value;
}

static struct json *difference_json(const struct term *term,
                                    const struct facts *facts,
                                    struct arena *arena)
{
    struct json *value = json_new_object();
    struct match_verdict verdict = {0};

    if (term->rule != NULL) {
        match_judge(term->rule, facts, arena, &verdict);
    }
    json_put_text(value, "field", term->name);
    json_put(value, "expected", expected_json(term->query));
    json_put(value, "actual",
             verdict.difference_count > 0
                 ? nearest_actual(&verdict.differences[0])
                 : json_new_null());
    json_put(value, "at",
             verdict.difference_count > 0 && verdict.differences[0].at >= 0
                 ? json_new_number(verdict.differences[0].at)
                 : json_new_null());
    return value;
}

static struct json *near_json(const struct terms *terms,
                              const struct inbox_message *message,
                              const struct facts *facts, struct arena *arena)
{
    struct json *value = json_new_object();
    struct json *differences = json_new_array();
    size_t met = 0;

    for (size_t i = 0; i < terms->count; i++) {
        if (match_query(terms->rows[i].query, facts, arena)) {
            met++;
        } else {
            json_push(differences,
                      difference_json(&terms->rows[i], facts, arena));
        }
    }
    double score = terms->count == 0 ? 1 : (double)met / (double)terms->count;
    json_put_number(value, "message", (int64_t)message->id);
    json_put_null(value, "session");
    json_put(value, "score", json_new_real(round(score * 100) / 100));
    json_put(value, "differences", differences);
    return value;
}

/* Puts `value` among the best, dropping the worst. */
static void keep_best(struct json *best[SHOWN], struct json *value)
{
    for (size_t i = 0; i < SHOWN && value != NULL; i++) {
        if (best[i] == NULL ||
            json_real_of(json_member(value, "score")) >
                json_real_of(json_member(best[i], "score"))) {
            struct json *next = best[i];
            best[i] = value;
            value = next;
        }
    }
    json_free(value);
}

struct json *nearest_of_query(struct call *call,
                              const struct inbox_list_request *request)
{
    struct inbox_list_request wide = {.kind = INBOX_MESSAGES,
                                      .inbox = request->inbox,
                                      .limit = MESSAGES,
                                      .after = UINT64_MAX,
                                      .at = UINT64_MAX,
                                      .since = request->since};
    struct terms *terms = arena_new(call->arena, sizeof *terms);
    struct json *best[SHOWN] = {NULL};
    struct json *list = json_new_array();
    struct inbox_list found = {0};

    add_terms(terms, request->query, call->arena);
    if (inbox_list(call->webui->inbox, &wide, call->arena, &found) !=
        INBOX_OK) {
        found.count = 0;
    }
    for (size_t i = 0; i < found.count; i++) {
        struct facts facts;
        struct reading reading = {.inbox = call->webui->inbox,
                                  .arena = call->arena,
                                  .wants = query_wants(request->query) |
                                           terms->wants};
        const struct inbox_message *message = found.entries[i].message;
        reading_message(&reading, message, &facts);
        keep_best(best, near_json(terms, message, &facts, call->arena));
    }
    for (size_t i = 0; i < SHOWN && best[i] != NULL; i++) {
        json_push(list, best[i]);
    }
    for (size_t i = 0; i < terms->count; i++) {
        match_rule_free(terms->rows[i].rule);
    }
    return list;
}
