/* SPDX-License-Identifier: MIT */
#include "webui/follow/live.h"

#include "inbox/match/match.h"
#include "webui/json/summaries.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_US ((int64_t)250000)

static bool is_wanted(const struct stream *streams)
{
    for (; streams != NULL; streams = streams->next) {
        if (streams->wants_live) {
            return true;
        }
    }
    return false;
}

/* Has anything been said at all? Asking is cheap, a snapshot is not. */
static bool has_moved(struct live *live, const struct webui_host *host)
{
    struct webui_counters counters;

    if (host->counters == NULL) {
        return true;
    }
    host->counters(host->context, &counters);
    uint64_t octets = counters.bytes_in + counters.bytes_out;
    bool is_same = octets == live->octets &&
                   counters.connections_accepted == live->accepted;
    live->octets = octets;
    live->accepted = counters.connections_accepted;
    return !is_same;
}

static struct live_seen seen_of(const struct inbox_session *session)
{
    return (struct live_seen){
        session->id, session->bytes_in + session->bytes_out, session->commands};
}

/* Both lists are newest first, so ids fall. */
static int by_falling_id(const void *one, const void *other)
{
    uint64_t first = ((const struct live_seen *)one)->id;
    uint64_t second = ((const struct live_seen *)other)->id;

    return (first < second) - (first > second);
}

static bool has_changed(const struct live *live,
                        const struct inbox_session *session)
{
    struct live_seen now = seen_of(session);
    const struct live_seen *then =
        live->seen_count == 0 ? NULL
                              : bsearch(&now, live->seen, live->seen_count,
                                        sizeof now, by_falling_id);

    return then == NULL || then->octets != now.octets ||
           then->commands != now.commands;
}

static void tell(struct stream *streams, const struct inbox_session *session,
                 struct arena *arena)
{
    struct buffer frame = {0};
    struct json *value = session_summary(session);
    struct facts facts;

    facts_make(&(struct facts_source){.session = session}, arena, &facts);
    buffer_add(&frame, BYTES("event: session\ndata: "));
    json_write(value, &frame);
    json_free(value);
    buffer_add(&frame, BYTES("\n\n"));
    for (; streams != NULL; streams = streams->next) {
        bool is_in = streams->inbox == NULL ||
                     strcmp(streams->inbox, session->inbox) == 0;
        if (streams->wants_live && is_in &&
            match_query(streams->query, &facts, arena)) {
            stream_add(streams, buffer_bytes(&frame), 0);
        }
    }
    buffer_free(&frame);
}

static void look(struct live *live, struct webui *webui, struct stream *streams)
{
    struct arena arena = {0};
    struct inbox_session *sessions = NULL;
    size_t count = 0;

    if (webui->host->live_sessions(webui->host->context, &arena, &sessions,
                                   &count) != 0) {
        arena_free(&arena);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (has_changed(live, &sessions[i])) {
            tell(streams, &sessions[i], &arena);
        }
    }
    live->seen = memory_resize(live->seen, count * sizeof *live->seen);
    live->seen_count = count;
    for (size_t i = 0; i < count; i++) {
        live->seen[i] = seen_of(&sessions[i]);
    }
    arena_free(&arena);
}

int64_t live_follow(struct live *live, struct webui *webui,
                    struct stream *streams, int64_t now_us)
{
    if (webui->host->live_sessions == NULL || !is_wanted(streams)) {
        return INT64_MAX;
    }
    if (now_us >= live->look_us) {
        live->look_us = now_us + LOOK_US;
        if (has_moved(live, webui->host)) {
            look(live, webui, streams);
        }
    }
    return live->look_us;
}

void live_end(struct live *live)
{
    free(live->seen);
    live->seen = NULL;
    live->seen_count = 0;
}
