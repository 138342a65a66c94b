/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_FOLLOW_FOLLOWER_H
#define WEBUI_FOLLOW_FOLLOWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "webui/call/call.h"
#include "webui/follow/stream.h"
#include "webui/follow/wait.h"

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
