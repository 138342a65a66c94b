/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_DISPATCH_H
#define WEBUI_DISPATCH_H

#include "webui/call/call.h"

/* From a request to its route's handler: guards, parameters, threads, and what
 * every answer carries. The first four are what http.h calls. */

void dispatch_head(void *webui, struct http_request *request);
void dispatch_request(void *webui, struct http_request *request);
void dispatch_too_large(void *webui, struct http_request *request);
void dispatch_end(void *webui, struct http_request *request);

/* Runs a parked call on a reader thread: login, index, handler. */
void dispatch_on_reader(struct call *call);

#endif
