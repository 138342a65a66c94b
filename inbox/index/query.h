/* SPDX-License-Identifier: MIT */
#ifndef INBOX_INDEX_QUERY_H
#define INBOX_INDEX_QUERY_H

#include "inbox/index/index.h"
#include "inbox/query/query.h"

/* Sets the filters of `list` to what rows of messages and of sessions must
 * hold for `query` to be met. They may let through what does not meet it, and
 * leave out nothing that does. Texts live in `arena`. */
void index_query(const struct query *query, struct arena *arena,
                 struct index_list *list);

#endif
