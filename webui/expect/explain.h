/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_EXPECT_EXPLAIN_H
#define WEBUI_EXPECT_EXPLAIN_H

#include "inbox/inbox.h"
#include "webui/call/call.h"

/* Why nothing matched, readable in a CI log. */

/* Does whoever asked want text, for people? */
bool explain_wants_text(const struct call *call);

/* Answers `explanation` with `status`, as JSON or as text; frees it. */
void explain_answer(struct call *call, unsigned status,
                    struct json *explanation);

/* Appends an explanation (Unmet in /api/openapi.json) as text to `out`. */
void explain_write(const struct json *explanation, struct buffer *out);

/* "no message", "1 session", "3 messages". */
const char *explain_count(struct arena *arena, uint64_t count,
                          bool of_sessions);

/* Answers the 404 of a wait: `found` is what matched though it was not enough,
 * `count` what was asked for. */
void explain_list(struct call *call, const struct inbox_list_request *request,
                  const struct inbox_list *found, uint64_t count);

/* "saw": what came at all after `since` in `inbox` (NULL: any). */
struct json *explain_saw(struct call *call, const char *inbox, uint64_t since);

#endif
