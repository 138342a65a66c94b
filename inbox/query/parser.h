/* SPDX-License-Identifier: MIT */
#ifndef INBOX_QUERY_PARSER_H
#define INBOX_QUERY_PARSER_H

#include "inbox/query/query.h"

/* What query.c (the grammar) and values.c (what stands behind a colon)
 * share. */

struct query_parser {
    const char *text;
    size_t at;
    int64_t now_us;
    int64_t zone_us; /* how far the asker's clock is ahead of UTC */
    struct arena *arena;
    struct query_error *error;
    size_t terms;
    size_t depth;
    bool has_failed;
};

/* Notes the first error, at offset `at`; returns NULL. */
struct query *query_fail(struct query_parser *parser, size_t at,
                         const char *words);

/* A node in the parser's arena. */
struct query *query_node(struct query_parser *parser, enum query_kind kind,
                         const struct query *first, const struct query *second);

/* A value as it stands in the text. */
struct query_written {
    const char *value;
    bool is_phrase;
    size_t at;
};

/* Whether `field` with this value is another name for something; then
 * `*means_out` is that, written in the grammar. */
bool query_is_alias(struct query_parser *parser, struct bytes field,
                    const struct query_written *written,
                    const char **means_out);

/* The term of row `row` of the table with the value `written`; NULL when it is
 * none, with the error noted. */
struct query *query_value(struct query_parser *parser, size_t row,
                          const struct query_written *written);

#endif
