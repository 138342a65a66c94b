/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_OPENAPI_H
#define WEBUI_OPENAPI_H

#include "webui/call.h"

/* The API described by itself, from the tables that it runs on. */

/* GET /api/openapi.json: OpenAPI 3.1. */
call_handler openapi_document;

/* GET /api/: the same for people. */
call_handler openapi_page;

#endif
