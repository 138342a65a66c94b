/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_FOLLOW_WAIT_H
#define WEBUI_FOLLOW_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/match/match.h"
#include "inbox/query/query.h"
#include "webui/call/call.h"

/* A call that waits until something comes, or its time. */

#define WAIT_MAX_MS ((uint64_t)300000)

/* What a call waits for. Lives in the call's arena. */
struct wait {
    struct call *call;
    uint64_t seen;     /* what came up to here has been looked at */
    int64_t until_us;  /* of clock_steady_us(): the end */
    int64_t again_us;  /* look again then anyway; INT64_MAX: no need */
    const char *inbox; /* NULL: any */
    bool for_messages; /* which kinds wake it */
    bool for_sessions;
    const struct query *query; /* judged when it needs only summaries */
    struct match_rule *rule;   /* the same; NULL: none */
    unsigned wants;            /* enum facts_want: if any, all mail wakes it */
    bool is_over;              /* set when `until_us` has come */
    struct wait *next;
};

/* Is there room for one more wait or stream? Else answers 503. */
bool wait_has_room(struct call *call);

/* Gives `wait` to the follower. CALL_WAITS, or CALL_ANSWERED with 503 when
 * the program stops. */
enum call_result wait_park(struct wait *wait);

#endif
