/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_EXPLAIN_H
#define WEBUI_EXPLAIN_H

#include "inbox/inbox.h"
#include "webui/call.h"

/* Why nothing matched, readable in a CI log. */

/* Answers the 404 of a wait: `found` is what matched though it was not enough,
 * `count` what was asked for. */
void explain_list(struct call *call, const struct inbox_list_request *request,
                  const struct inbox_list *found, uint64_t count);

/* "saw": what came at all after `since` in `inbox` (NULL: any). */
struct json *explain_saw(struct call *call, const char *inbox, uint64_t since);

#endif
