/* SPDX-License-Identifier: MIT */
#ifndef INBOX_INDEX_QUERY_H
#define INBOX_INDEX_QUERY_H

#include "inbox/index.h"
#include "inbox/query.h"

/* Sets a filter in `list` that every entry passes which meets `query`, and as
 * few others as the rows can tell. Everything is in `arena`. */
void index_query(const struct query *query, enum inbox_list_kind kind,
                 struct arena *arena, struct index_list *list);

#endif
