/* SPDX-License-Identifier: MIT */
#ifndef SERVER_LOOP_CONTROL_H
#define SERVER_LOOP_CONTROL_H

#include "webui/webui.h"

/* What the web asks of the loop: open sessions, their transcripts so far, and
 * their end. A question waits in a queue until the loop comes by; reader
 * threads wait for the answer. */

struct control;
struct loop;

/* Ready for questions; `ca_pem` (NULL: none) outlives it. */
struct control *control_new(struct loop *loop, const char *ca_pem);

/* The functions that webui calls. */
void control_host(struct control *control, struct webui_host *host_out);

/* The loop: answers what waits. */
void control_serve(struct control *control);

/* The loop: answers what waits, and everything later with "stopping". */
void control_stop(struct control *control);

/* Frees it, after webui_stop(). */
void control_free(struct control *control);

#endif
