/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_CALL_PARKED_H
#define WEBUI_CALL_PARKED_H

#include "webui/call/call.h"

/* The end of a call, and calls that wait somewhere in between: nobody but their
 * holder knows them. */

/* Adds what every routed answer carries and the handler has not said. */
void call_finish(struct call *call);

/* Sends the answer of a parked call. */
void parked_done(struct call *call);

/* Gives a parked call that waited for the index (or for mail) to a reader. */
void parked_again(struct call *call);

#endif
