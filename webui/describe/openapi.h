/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_DESCRIBE_OPENAPI_H
#define WEBUI_DESCRIBE_OPENAPI_H

#include "webui/call/call.h"

/* The API described by itself, from the tables that it runs on. */

/* GET /api/openapi.json: OpenAPI 3.1. */
call_handler openapi_document;

/* GET /api/: the same for people. */
call_handler openapi_page;

/* ---- what both say */

struct route;

/* Is the route one of the API? Files of the page are not. */
bool openapi_has(const struct route *route);

/* The next word of a space-separated list, in `arena`; NULL at the end. */
const char *openapi_word(const char **list, struct arena *arena);

/* Statuses beside route->statuses that any route of its guard and kind may
 * answer. A query finds the index behind what was acknowledged. */
const char *openapi_common(const struct route *route);

/* What a status other than that of success means here; NULL: not said. */
const char *openapi_meaning(unsigned status);

#endif
