/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_API_WAITS_H
#define WEBUI_API_WAITS_H

#include "webui/call/call.h"

/* Lists that wait: GET /api/messages?wait=5s answers as soon as enough match.
 * No match in time is a 404 that says why. */

/* GET /api/messages with wait=. Called again each time something came. */
call_handler waits_list;

/* GET /api/messages/latest, with or without wait=. */
call_handler waits_latest;

#endif
