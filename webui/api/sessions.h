/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_API_SESSIONS_H
#define WEBUI_API_SESSIONS_H

#include "webui/call/call.h"

/* /api/sessions: what was said on each connection. */

/* GET /api/sessions, with live=1 the open ones. */
call_handler sessions_list;

/* GET /api/sessions/{id}, open or closed. */
call_handler sessions_one;

/* GET /api/sessions/{id}/transcript in all its forms. */
call_handler sessions_transcript;

/* POST /api/sessions/{id}/close. */
call_handler sessions_close;

/* Reads a session whole, an open one as it is now. 0; -1 after answering. */
int sessions_read(struct call *call, struct inbox_session *session_out);

#endif
