/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_EXPECT_READ_H
#define WEBUI_EXPECT_READ_H

#include "inbox/match/match.h"
#include "webui/call/call.h"
#include "webui/json/json.h"

/* The body of POST /api/expect as values. */

struct expect_asked {
    struct json *body; /* as sent; the caller's */
    const char *inbox; /* NULL: any */
    uint64_t within_ms;
    uint64_t quiet_ms;
    uint64_t since;
    uint64_t min;
    uint64_t max;    /* UINT64_MAX: no bound */
    bool is_bounded; /* none or max: silence decides */
    struct match_expectation expectation;
    struct match_rule *rule; /* the caller's */
};

/* Reads it. 0; -1 after answering 400 with a pointer to what is wrong. */
int expect_read(struct call *call, struct expect_asked *asked_out);

/* Frees body and rule. */
void expect_forget(struct expect_asked *asked);

/* The JSON that `asked` says of field number `index`: its expectation. */
const struct json *expect_said(const struct expect_asked *asked, size_t index);

#endif
