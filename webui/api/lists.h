/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_API_LISTS_H
#define WEBUI_API_LISTS_H

#include "inbox/inbox.h"
#include "inbox/query/query.h"
#include "webui/call/call.h"

/* What every list, delete and wait takes: q, inbox and the paging. */

/* Reads q, inbox, limit, before, after, at and since (those the route allows)
 * into `request_out`. 0; -1 after answering 400. */
int list_read(struct call *call, enum inbox_list_kind kind,
              struct inbox_list_request *request_out);

/* Reads q. 0; -1 after answering 400 with the offset. */
int list_read_query(struct call *call, const struct query **query_out);

/* The same, with the query in an arena that outlives the request. */
int list_read_query_into(struct call *call, struct arena *arena,
                         const struct query **query_out);

/* Reads inbox (NULL when not sent). 0; -1 after answering 400. */
int list_read_inbox(struct call *call, const char **inbox_out);

/* Answers a list: entries under `key`, total, next, seq. */
void list_answer(struct call *call, const struct inbox_list *list,
                 const char *key, bool is_activity);

/* Answers 404 for the id of the path, and whether there ever was one: what is
 * older than the newest has been deleted, or went at a limit. */
enum call_result list_missing(struct call *call, enum inbox_list_kind kind);

/* GET /api/sessions without live=1, GET /api/activity. */
call_handler activity_list;

#endif
