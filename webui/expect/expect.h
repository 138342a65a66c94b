/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_EXPECT_EXPECT_H
#define WEBUI_EXPECT_EXPECT_H

#include "webui/call/call.h"
#include "webui/expect/read.h"
#include "webui/follow/follower.h"

/* POST /api/expect: the assertion. 200 when it is met in time, else 417 with
 * the nearest misses. */
call_handler expect_post;

#define EXPECT_NEAREST 3
#define EXPECT_SHOWN 50

struct expect_near {
    uint64_t id;
    double score;
};

/* An expectation under way: each look judges only what is new. */
struct expect {
    struct wait wait;
    struct expect_asked asked;
    uint64_t seen; /* judged up to this change */
    uint64_t matched_count;
    struct json *matched;                       /* summaries of the first 50 */
    struct expect_near nearest[EXPECT_NEAREST]; /* best first; id 0: none */
    int64_t arrived_us; /* when something came last, or the beginning */
};

/* Makes the 417 as JSON (problem and explanation). */
struct json *expect_explain(struct call *call, const struct expect *expect);

#endif
