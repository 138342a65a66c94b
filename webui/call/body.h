/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_BODY_JSON_H
#define WEBUI_BODY_JSON_H

#include "webui/call/call.h"

/* Request bodies in JSON. */

/* Reads the body as an object all of whose members are in `known` (names,
 * space-separated). The caller frees it; NULL after answering 400 or 415. */
struct json *body_object(struct call *call, const char *known);

/* Answers 400 for the member that `pointer` names. */
void body_refuse(struct call *call, const char *pointer, const char *detail);

/* The member `key` as a number within `range` (its `absent` when it is not
 * there or null). 0; -1 after answering 400. */
int body_number(struct call *call, const struct json *object, const char *key,
                struct call_range range, uint64_t *number_out);

/* The same for a value that stands at `pointer` ("/count/min"). */
int body_number_at(struct call *call, const char *pointer,
                   const struct json *value, struct call_range range,
                   uint64_t *number_out);

#endif
