/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_FOLLOW_HAPPENING_H
#define WEBUI_FOLLOW_HAPPENING_H

#include <stdbool.h>

#include "inbox/match/match.h"
#include "inbox/query/facts.h"
#include "inbox/query/query.h"
#include "webui/call/call.h"
#include "webui/follow/stream.h"

/* One change of the inbox while it is told to all who wait: what it is about
 * is read once, and only when somebody asks. */

struct happening {
    struct inbox_event event;
    struct webui *webui;
    struct arena arena;
    bool is_read; /* message or session: tried */
    bool is_here; /* and found */
    struct inbox_message message;
    struct inbox_session session;
    bool has_session;
    unsigned wants; /* what `facts` hold */
    bool has_facts;
    struct facts facts;
    struct buffer frame;
};

/* Begins with `event`; ended with happening_end(). */
void happening_begin(struct happening *happening, struct webui *webui,
                     const struct inbox_event *event);

/* Frees what was read for it. */
void happening_end(struct happening *happening);

/* Is it about `inbox` (NULL: any)? */
bool happening_is_in(const struct happening *happening, const char *inbox);

/* Does what it is about meet `query`, to judge which `wants` must be read? */
bool happening_meets(struct happening *happening, const struct query *query,
                     unsigned wants);

/* Does it obey `rule` (NULL: yes), which needs only summaries? */
bool happening_obeys(struct happening *happening,
                     const struct match_rule *rule);

/* Is it for this stream? */
bool happening_is_for(struct happening *happening, const struct stream *stream);

/* The frame that says it. Valid until the end. */
struct bytes happening_frame(struct happening *happening);

#endif
