/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_CALL_BODY_H
#define WEBUI_CALL_BODY_H

#include "webui/call/call.h"

/* Request bodies in JSON. */

/* Reads the body as an object all of whose members are in `known` (names,
 * space-separated). The caller frees it; NULL after answering 400 or 415. */
struct json *body_object(struct call *call, const char *known);

/* Answers 400 for the member that `pointer` names. */
void body_refuse(struct call *call, const char *pointer, const char *detail);

struct body_asked {
    const char *pointer; /* where it stands: "/count/min" */
    struct call_range range;
};

/* `value` as a number within the range (its `absent` when it is not there or
 * null). 0; -1 after answering 400. */
int body_number(struct call *call, const struct json *value,
                struct body_asked asked, uint64_t *number_out);

#endif
