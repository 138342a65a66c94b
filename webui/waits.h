/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_WAITS_H
#define WEBUI_WAITS_H

#include "webui/call.h"
#include "webui/follower.h"

/* Lists that wait: GET /api/messages?wait=5s answers as soon as enough match.
 * No match in time is a 404 that says why. */

#define WAITS_MAX_MS ((uint64_t)300000)

/* GET /api/messages with wait=. Called again each time something came. */
call_handler waits_list;

/* GET /api/messages/latest, with or without wait=. */
call_handler waits_latest;

/* Is there room for one more wait or stream? Else answers 503. */
bool waits_have_room(struct call *call);

/* Gives `wait` to the follower. CALL_WAITS, or CALL_ANSWERED with 503 when
 * the program stops. */
enum call_result waits_park(struct wait *wait);

#endif
