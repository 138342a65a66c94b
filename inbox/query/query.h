/* SPDX-License-Identifier: MIT */
#ifndef INBOX_QUERY_QUERY_H
#define INBOX_QUERY_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/base/memory.h"

/* The one search grammar (API notes, "Searching"), as a value:
 *   query  = or *( SP or )            terms are ANDed
 *   or     = term *( "OR" term )
 *   term   = ["-"] ( field ":" value / word / phrase / "(" query ")" )
 * A filename: or part: with a star must fit as a whole: filename:*.pdf.
 * Pure: text in, tree out. */

enum query_kind { QUERY_AND, QUERY_OR, QUERY_NOT, QUERY_TERM };

enum query_field {
    QUERY_ANY, /* a bare word: headers, envelope and body */
    QUERY_FROM,
    QUERY_TO,
    QUERY_CC,
    QUERY_BCC,
    QUERY_SUBJECT,
    QUERY_BODY,
    QUERY_ID,
    QUERY_TAG,
    QUERY_FILENAME,
    QUERY_PART,
    QUERY_HAS,
    QUERY_SIZE,
    QUERY_IS,
    QUERY_HEADER,
    QUERY_MAILFROM,
    QUERY_RCPT,
    QUERY_SESSION,
    QUERY_CLIENT,
    QUERY_EHLO,
    QUERY_AUTH,
    QUERY_TLS,
    QUERY_DURATION,
    QUERY_SLOW,
    QUERY_CODE,
    QUERY_CMD,
    QUERY_REPLY,
    QUERY_FINDING,
    QUERY_AFTER,
    QUERY_BEFORE,
    QUERY_INBOX
};

enum query_compare {
    QUERY_CONTAINS,
    QUERY_EQUAL,
    QUERY_LIKE, /* the whole text, where a star stands for any octets */
    QUERY_ABOVE,
    QUERY_BELOW,
    QUERY_AT_LEAST,
    QUERY_AT_MOST
};

struct query {
    enum query_kind kind;
    enum query_field field;     /* QUERY_TERM */
    enum query_compare compare; /* QUERY_TERM */
    const char *name;           /* QUERY_HEADER: the field's name */
    const char *text;           /* the value as text, valid UTF-8 */
    const char *piece;          /* what must occur: `text`, or the longest
                                 * run between the stars of QUERY_LIKE */
    int64_t number;             /* size in octets, duration in us, time in us,
                                 * code, id: by field. A code that QUERY_CONTAINS
                                 * is a class: 500 is 5xx. An id that
                                 * QUERY_CONTAINS is text of the Message-ID */
    const struct query *first;  /* AND, OR, NOT */
    const struct query *second; /* AND, OR */
};

struct query_error {
    size_t at;       /* offset in the text */
    char words[200]; /* what was found and what was expected */
};

/* A query as somebody asks it. */
struct query_asked {
    const char *text;
    int64_t
        now_us; /* since 1970: what relative times (after:-15m) count from */
    int64_t zone_us; /* the asker's clock is so far ahead of UTC: dates and
                      * times without an offset are meant in that zone */
};

/* Reads it into a tree in `arena`; `*query_out` is NULL for an empty text
 * (everything). Depth and number of terms are bounded (200). Returns 0, or -1
 * with `error_out`. */
int query_read(struct query_asked asked, struct arena *arena,
               const struct query **query_out, struct query_error *error_out);

/* What `query` asks for, as a sentence to show; "everything" for NULL. Lives
 * in `arena`. */
const char *query_say(const struct query *query, struct arena *arena);

/* Walks the texts that must occur somewhere in what is found, to highlight
 * them: those of terms that are not negated. */
void query_each_text(const struct query *query,
                     void (*visit)(void *context, const char *text),
                     void *context);

/* A row of the grammar, for autocomplete. */
struct query_word {
    const char *field; /* "from" */
    const char *takes; /* "text" "size" "time" "duration" "number"
                               * "word" */
    const char *sentence;
    const char *const *values; /* known ones, NULL-ended; NULL: any */
};

/* Row `number` (from 0) of the table that the parser itself uses; NULL behind
 * the last. */
const struct query_word *query_word(size_t number);

/* The field that row `number` is about. */
enum query_field query_word_field(size_t number);

/* What must be read beyond summaries to judge it: enum facts_want bits
 * (inbox/query/facts.h). */
unsigned query_wants(const struct query *query);

#endif
