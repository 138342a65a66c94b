/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_API_MESSAGES_H
#define WEBUI_API_MESSAGES_H

#include "webui/call/call.h"

/* /api/messages: lists, one message, its octets, changes. */

/* GET /api/messages, with wait= a wait. */
call_handler messages_list;

/* GET /api/messages/{id}. */
call_handler messages_one;

/* GET /messages/latest and /messages/latest/{view}: where the page shows it. */
call_handler messages_redirect;

/* GET .../raw, .../wire, .../parts/{section}. */
call_handler messages_raw;
call_handler messages_wire;
call_handler messages_part;

/* PATCH, DELETE of one or of those that match; POST. */
call_handler messages_patch;
call_handler messages_delete;
call_handler messages_post;

/* DELETE /api/sessions, /api/sessions/{id}, /api/activity. */
call_handler sessions_delete;
call_handler activity_delete;

#endif
