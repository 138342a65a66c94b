/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_CALL_READERS_H
#define WEBUI_CALL_READERS_H

#include <stdbool.h>

#include "webui/call/call.h"

/* The threads for what a request may need over a millisecond for: MIME trees,
 * body searches, changes, bcrypt. Calls come in a queue, parked. */

struct readers;

/* Starts the threads; `run` is called with each call, on one of them. */
struct readers *readers_start(void (*run)(struct call *call));

/* Queues `call`. false: stopping, the call is still the caller's. */
bool readers_add(struct readers *readers, struct call *call);

/* Runs what is queued, takes nothing new and ends the threads. */
void readers_stop(struct readers *readers);

/* Frees it; readers_add() must not be called any more. NULL is allowed. */
void readers_free(struct readers *readers);

#endif
