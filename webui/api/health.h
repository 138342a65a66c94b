/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_API_HEALTH_H
#define WEBUI_API_HEALTH_H

#include "webui/call/call.h"

/* For machines that watch: is it alive, is it ready, what does it count. */

call_handler health_alive;
call_handler health_ready;
call_handler health_metrics;

#endif
