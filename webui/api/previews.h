/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_API_PREVIEWS_H
#define WEBUI_API_PREVIEWS_H

#include "webui/call/call.h"

/* /preview/{capability}/: a message's HTML for a sandboxed frame, and its
 * inline parts. Such a frame sends no credentials, so the path is the
 * credential: 128 bits that only who may read the message's JSON knows, good
 * until the program ends. */

/* "/preview/CAPABILITY/" of a message, in the call's arena. */
const char *previews_path(struct call *call, uint64_t message);

/* GET /preview/{capability}/ and /preview/{capability}/cid/{n}. */
call_handler previews_html;
call_handler previews_part;

#endif
