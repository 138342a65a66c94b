/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_API_EVENTS_H
#define WEBUI_API_EVENTS_H

#include "webui/call/call.h"

/* GET /api/events: Server-Sent Events. */
call_handler events_stream;

#endif
