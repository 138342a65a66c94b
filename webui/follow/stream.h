/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_FOLLOW_STREAM_H
#define WEBUI_FOLLOW_STREAM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/query/query.h"
#include "webui/http/http.h"

/* One subscriber's Server-Sent Events: frames are added by the follower and
 * written in bunches, the first at once, at most 20 bunches a second. Frames
 * that wait too long become one `gap`. */

#define STREAM_BUNCH_US ((int64_t)50000)
#define STREAM_SILENCE_US ((int64_t)15000000)
#define STREAM_WAITING 200

struct stream {
    /* set by the maker */
    struct arena arena; /* of query and inbox */
    const struct query *query;
    unsigned wants;    /* enum facts_want: what judging needs */
    const char *inbox; /* NULL: all */
    bool wants_live;
    uint64_t since; /* first what came after it; moves on */

    /* between follower and server, under `lock` */
    pthread_mutex_t lock;
    struct http_request *request;
    struct buffer pending;
    size_t waiting;    /* frames in `pending` */
    uint64_t gap_from; /* 0: none */
    uint64_t gap_to;
    bool is_parked;
    bool is_due;    /* pending may be written */
    bool is_closed; /* by us: ends after what is pending */
    bool is_gone;   /* the client */
    bool is_taken;  /* the follower has it, and frees it once it is gone */

    /* the follower's */
    int64_t write_at_us; /* when the next bunch may be written */
    int64_t last_write_us;
    struct stream *next;
};

/* A new stream. */
struct stream *stream_new(void);

/* Makes it the content of the answer to `request`, which owns it from now on
 * until somebody takes it. */
void stream_answer(struct stream *stream, struct http_request *request);

/* Frees it; only who took it, once its client has gone. */
void stream_free(struct stream *stream);

/* From now on it is the caller's to free; else its end frees it. */
void stream_take(struct stream *stream);

/* Adds a frame of change `seq` (0: none, it is not counted for a gap). */
void stream_add(struct stream *stream, struct bytes frame, uint64_t seq);

/* What lies from `from` to `to` cannot be sent: the client is told to read the
 * list again. */
void stream_gap(struct stream *stream, uint64_t from, uint64_t to);

/* Lets be written what may be at `now_us`. Returns when to come again. */
int64_t stream_flush(struct stream *stream, int64_t now_us);

/* Ends the stream after what is pending. */
void stream_close(struct stream *stream);

/* Has its client gone? */
bool stream_is_gone(struct stream *stream);

#endif
