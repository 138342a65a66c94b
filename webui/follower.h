/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_FOLLOWER_H
#define WEBUI_FOLLOWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/match/match.h"
#include "inbox/query/query.h"
#include "webui/call.h"
#include "webui/stream.h"

/* The thread that follows the changes of the inbox for whoever waits: calls
 * that wait for the index, waits and expectations, event streams. Nobody else
 * has to own a timer. It judges what summaries decide and leaves what needs a
 * message's octets to the readers. */

struct follower;

/* Starts it for `webui`. NULL: no thread could be made. */
struct follower *follower_start(struct webui *webui);

/* Holds `call` until the index has reached call->seq, at most until
 * call->gate_until_us; then a reader has it again (or it is answered 503).
 * false: stopping. */
bool follower_gate(struct follower *follower, struct call *call);

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

/* Takes a wait until something comes that may meet it, or its time; then a
 * reader runs its call again. false: stopping. */
bool follower_wait(struct follower *follower, struct wait *wait);

/* Waits and streams now. */
size_t follower_load(struct follower *follower);

/* Takes a stream until its client goes. false: stopping. */
bool follower_stream(struct follower *follower, struct stream *stream);

/* Ends waits (503), streams and the thread. */
void follower_stop(struct follower *follower);

/* Frees it; nobody may nudge it any more. NULL is allowed. */
void follower_free(struct follower *follower);

#endif
