/* SPDX-License-Identifier: MIT */
#ifndef INBOX_MATCH_MATCH_H
#define INBOX_MATCH_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/memory.h"
#include "inbox/query/facts.h"
#include "inbox/query/query.h"

/* Does a message or session meet a query, or an expectation, and if not, why?
 * Pure. Lists ask the index the same; a property test holds both equal. */

/* Does what `facts` hold meet `query`? NULL is met by everything. `arena` is
 * for scratch. The facts must hold what query_wants() says. */
bool match_query(const struct query *query, const struct facts *facts,
                 struct arena *arena);

/* Is `part` in `text`, case ignored as queries ignore it? A blank of it is any
 * white space. NULL text: no. */
bool match_contains(const char *text, const char *part);

/* Is `text` the same as `other`, case ignored in the same way? */
bool match_same(const char *text, const char *other);

/* Does the whole of `text` fit `pattern`, where a star stands for any octets?
 * Case is ignored in the same way; NULL text: no. */
bool match_like(const char *text, const char *pattern);

/* ---- Expectations (API notes, "Expecting") */

enum match_kind { MATCH_NULL, MATCH_TEXT, MATCH_NUMBER, MATCH_BOOL };

struct match_value {
    enum match_kind kind;
    const char *text;
    int64_t number; /* MATCH_BOOL: 0 or 1 */
};

enum match_operator {
    MATCH_EQUALS,   /* value */
    MATCH_CONTAINS, /* value: text, case counts */
    MATCH_MATCHES,  /* value: a regular expression (PCRE2, UTF-8) */
    MATCH_ONE_OF,   /* values */
    MATCH_NOT,      /* tests: not all of them hold */
    MATCH_RANGE     /* min, max */
};

struct match_test {
    enum match_operator is;
    struct match_value value;
    const struct match_value *values;
    size_t value_count;
    const struct match_test *tests;
    size_t test_count;
    int64_t min; /* INT64_MIN: none */
    int64_t max; /* INT64_MAX: none */
};

/* One field, all of whose tests must hold; of a list one member must pass. */
struct match_field {
    const char *name; /* "subject", "header.x-id", "tls.version" */
    const struct match_test *tests;
    size_t test_count;
};

struct match_expectation {
    bool of_sessions;
    const struct match_field *fields;
    size_t field_count;
};

/* An expectation whose names are known and whose expressions are compiled. */
struct match_rule;

#define MATCH_ERROR_SIZE 256

/* Makes a rule; `expectation` must outlive it. NULL with one line in
 * `error_out` and the index of the wrong field in `*field_out`. */
struct match_rule *match_rule_new(const struct match_expectation *expectation,
                                  char error_out[MATCH_ERROR_SIZE],
                                  size_t *field_out);

/* Frees it; NULL is allowed. */
void match_rule_free(struct match_rule *rule);

/* What must be read to judge it: enum facts_want bits. */
unsigned match_rule_wants(const struct match_rule *rule);

struct match_difference {
    size_t field;                     /* index in the expectation */
    const struct match_value *actual; /* one or, of a list field, any number */
    size_t actual_count;
    bool is_list;
    int64_t at; /* the first character that differs, from 1; -1: no such
                 * place */
};

struct match_verdict {
    bool is_met;
    double score; /* 0 to 1: how near */
    const struct match_difference *differences;
    size_t difference_count;
};

/* Judges `facts` by `rule`; the verdict lives in `arena`. */
void match_judge(const struct match_rule *rule, const struct facts *facts,
                 struct arena *arena, struct match_verdict *verdict_out);

/* A field an expectation may name, for documents and errors. */
struct match_name {
    const char *name;
    const char *sentence;
    bool of_messages;
    bool of_sessions;
    unsigned wants; /* enum facts_want bits */
};

/* Row `number` of these fields; NULL behind the last. */
const struct match_name *match_name_row(size_t number);

#endif
