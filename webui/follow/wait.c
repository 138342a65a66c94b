/* SPDX-License-Identifier: MIT */
#include "webui/follow/wait.h"

#include "webui/follow/follower.h"

#define ROOM 10000

bool wait_has_room(struct call *call)
{
    unsigned room = call->webui->options->max_waits;

    if (follower_load(call->webui->follower) < (room > 0 ? room : ROOM)) {
        return true;
    }
    (void)call_refuse(call, 503,
                      "too many waits and streams at once (--max-waits)");
    return false;
}

enum call_result wait_park(struct wait *wait)
{
    if (follower_wait(wait->call->webui->follower, wait)) {
        return CALL_WAITS;
    }
    return call_refuse(wait->call, 503, "mailscope is stopping");
}
