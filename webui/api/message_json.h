/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_API_MESSAGE_JSON_H
#define WEBUI_API_MESSAGE_JSON_H

#include "inbox/inbox.h"
#include "webui/call/call.h"
#include "webui/json/json.h"

/* A message whole: its summary and what must be read from its octets. */

/* Reads and makes it (a reader thread). */
struct json *message_json(struct call *call,
                          const struct inbox_message *message);

#endif
