/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_EXPECT_NEAREST_H
#define WEBUI_EXPECT_NEAREST_H

#include "inbox/inbox.h"
#include "inbox/match/match.h"
#include "webui/call/call.h"

/* The nearest misses of a query: which of its terms the newest messages do not
 * meet, and what they have there. */

/* "nearest" for what `request` asked for. */
struct json *nearest_of_query(struct call *call,
                              const struct inbox_list_request *request);

/* What a difference found, as JSON. */
struct json *nearest_actual(const struct match_difference *difference);

#endif
