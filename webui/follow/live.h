/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_FOLLOW_LIVE_H
#define WEBUI_FOLLOW_LIVE_H

#include "webui/call/call.h"
#include "webui/follow/stream.h"

/* Open sessions for the streams that want them (live=1): opened and changed,
 * looked at four times a second while anybody wants to know. */

struct live_seen {
    uint64_t id;
    uint64_t octets; /* both ways: it moved when they did */
    uint32_t commands;
};

struct live {
    struct live_seen *seen; /* newest first */
    size_t seen_count;
    uint64_t octets; /* of the whole SMTP side, when last looked */
    uint64_t accepted;
    int64_t look_us; /* not before */
};

/* Looks when it is time and tells `streams`. Returns when to come again,
 * INT64_MAX: nobody wants to know. */
int64_t live_follow(struct live *live, struct webui *webui,
                    struct stream *streams, int64_t now_us);

/* Frees what it holds. */
void live_end(struct live *live);

#endif
