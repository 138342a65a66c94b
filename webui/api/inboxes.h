/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_API_INBOXES_H
#define WEBUI_API_INBOXES_H

#include "webui/call/call.h"

/* /api/inboxes: named sets of messages for parallel tests. */

call_handler inboxes_list;
call_handler inboxes_one;
call_handler inboxes_create;
call_handler inboxes_delete;

#endif
