/* SPDX-License-Identifier: MIT */
#include "webui/api/events.h"

#include "inbox/base/clock.h"
#include "webui/api/lists.h"
#include "webui/follow/follower.h"
#include "webui/follow/wait.h"

#include <stdlib.h>
#include <string.h>

/* Where the stream begins: Last-Event-ID wins over since; without both it is
 * now. A number beyond the newest is kept as it is: it becomes a gap. */
static int read_start(struct call *call, uint64_t now, uint64_t *since_out)
{
    const char *last = http_header(call->http, "Last-Event-ID");
    struct call_range any = {0, INT64_MAX, now};

    if (last != NULL && last[0] != '\0' &&
        strspn(last, "0123456789") == strlen(last) && strlen(last) < 19) {
        *since_out = strtoull(last, NULL, 10);
        return 0;
    }
    return call_number(call, "since", any, since_out);
}

static void say_hello(struct call *call, struct stream *stream, uint64_t now)
{
    struct inbox_state state;
    struct buffer frame = {0};
    struct json *value = json_new_object();

    inbox_state(call->webui->inbox, &state);
    json_put_text(value, "version", call->webui->options->version);
    json_put_number(value, "epoch", (int64_t)state.epoch);
    json_put_number(value, "seq", (int64_t)now);
    buffer_add(&frame, BYTES("retry: 1000\nevent: hello\ndata: "));
    json_write(value, &frame);
    buffer_add(&frame, BYTES("\n\n"));
    json_free(value);
    stream_add(stream, buffer_bytes(&frame), 0);
    buffer_free(&frame);
}

/* Query and name live as long as the stream, not only as the request. */
static int read_filter(struct call *call, struct stream *stream)
{
    const char *inbox;

    if (list_read_inbox(call, &inbox) != 0 ||
        list_read_query_into(call, &stream->arena, &stream->query) != 0 ||
        call_switch(call, "live", &stream->wants_live) != 0) {
        return -1;
    }
    if (inbox != NULL) {
        stream->inbox = arena_text(&stream->arena, bytes_of(inbox));
    }
    stream->wants = query_wants(stream->query);
    return 0;
}

static void set_fields(struct call *call)
{
    http_field(call->http, "Content-Type", "text/event-stream");
    /* proxies (nginx) would hold frames back */
    http_field(call->http, "X-Accel-Buffering", "no");
}

enum call_result events_stream(struct call *call)
{
    uint64_t now = inbox_indexed_seq(call->webui->inbox);
    struct stream *stream;
    uint64_t since;

    if (!wait_has_room(call) || read_start(call, now, &since) != 0) {
        return CALL_ANSWERED;
    }
    stream = stream_new();
    if (read_filter(call, stream) != 0) {
        stream_free(stream);
        return CALL_ANSWERED;
    }
    say_hello(call, stream, now);
    stream->since = since;
    if (since > now) {
        stream_gap(stream, 1, now);
        stream->since = now;
    }
    stream_answer(stream, call->http);
    set_fields(call);
    if (!follower_stream(call->webui->follower, stream)) {
        stream_close(stream);
    }
    return CALL_ANSWERED;
}
