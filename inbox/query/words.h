/* SPDX-License-Identifier: MIT */
#ifndef INBOX_QUERY_WORDS_H
#define INBOX_QUERY_WORDS_H

#include "inbox/query/query.h"

/* How the value after a field's colon is read. */
enum query_takes {
    QUERY_TAKES_TEXT,
    QUERY_TAKES_WORD, /* one of the known values */
    QUERY_TAKES_NUMBER,
    QUERY_TAKES_ID,       /* a number, or text */
    QUERY_TAKES_CODE,     /* 550, 5xx */
    QUERY_TAKES_SIZE,     /* 1M */
    QUERY_TAKES_DURATION, /* 500ms */
    QUERY_TAKES_TIME
};

/* The row of a field as the parser needs it, beside query_words(). */
struct query_rule {
    enum query_field field;
    enum query_takes takes;
    unsigned wants; /* enum facts_want bits */
};

/* The row number of the field called `name`; SIZE_MAX: there is none. */
size_t query_word_find(struct bytes name);

/* The rule of row `row`. */
const struct query_rule *query_word_rule(size_t row);

/* What a term on `field` wants to be read. */
unsigned query_field_wants(enum query_field field);

#endif
