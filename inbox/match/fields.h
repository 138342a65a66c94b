/* SPDX-License-Identifier: MIT */
#ifndef INBOX_MATCH_FIELDS_H
#define INBOX_MATCH_FIELDS_H

#include "inbox/match/match.h"

/* What an expectation may name, and what a message or session has for it. */

/* The values that were found for a field. */
struct match_values {
    struct arena *arena;
    struct match_value *values;
    size_t count;
    size_t room;
    bool is_list;
    bool is_address; /* equality ignores case */
};

/* The row of `name` ("subject", "header.x-id"); NULL: there is none. */
const struct match_name *match_name_find(const char *name);

/* Gathers what `facts` have for `row`, named `name`, into `values`, of which the
 * arena is set. */
void match_gather(const struct match_name *row, const char *name,
                  const struct facts *facts, struct match_values *values);

/* The groups of fields: each appends what it has for `what`, the name of the
 * table, `rest` standing behind its dot. False: it is none of its own. */
bool match_gather_message(const char *what, const char *rest,
                          const struct facts *facts,
                          struct match_values *values);
bool match_gather_content(const char *what, const char *rest,
                          const struct facts *facts,
                          struct match_values *values);
bool match_gather_session(const char *what, const char *rest,
                          const struct facts *facts,
                          struct match_values *values);

/* Append one value; NULL is none. */
void match_add_text(struct match_values *values, const char *text);
void match_add_number(struct match_values *values, int64_t number);
void match_add_bool(struct match_values *values, bool is_so);

/* Appends how many findings of `severity` there are. */
void match_add_counts(struct match_values *values, const char *severity,
                      const struct inbox_counts *counts);

#endif
