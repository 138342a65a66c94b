/* SPDX-License-Identifier: MIT */
#include "webui/follow/stream.h"

#include "inbox/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Under the lock: what could be added while a gap stood is in the gap. */
static void write_gap(struct stream *stream)
{
    if (stream->gap_from == 0) {
        return;
    }
    buffer_print(&stream->pending,
                 "id: %llu\nevent: gap\ndata: {\"from\":%llu,\"to\":%llu}\n\n",
                 (unsigned long long)stream->gap_to,
                 (unsigned long long)stream->gap_from,
                 (unsigned long long)stream->gap_to);
    stream->gap_from = 0;
}

static int on_pull(void *context, unsigned char *into, size_t size)
{
    struct stream *stream = context;
    int got = 0;

    pthread_mutex_lock(&stream->lock);
    if (stream->is_due && stream->pending.size == 0) {
        stream->is_due = false;
    }
    if (stream->is_due || (stream->is_closed && stream->pending.size > 0)) {
        size = size < stream->pending.size ? size : stream->pending.size;
        memcpy(into, stream->pending.at, size);
        buffer_drop(&stream->pending, size);
        if (stream->pending.size == 0) {
            buffer_free(&stream->pending);
            stream->waiting = 0;
            stream->is_due = false;
        }
        got = (int)size;
    } else if (stream->is_closed) {
        got = -1;
    } else {
        /* parked under the lock that wakes it: no wake-up is lost */
        stream->is_parked = true;
        http_park(stream->request);
    }
    pthread_mutex_unlock(&stream->lock);
    return got;
}

static void on_release(void *context)
{
    struct stream *stream = context;

    pthread_mutex_lock(&stream->lock);
    stream->is_gone = true;
    stream->request = NULL;
    bool is_taken = stream->is_taken;
    pthread_mutex_unlock(&stream->lock);
    if (!is_taken) {
        stream_free(stream);
    }
}

struct stream *stream_new(void)
{
    struct stream *stream = memory_new(sizeof *stream);

    pthread_mutex_init(&stream->lock, NULL);
    return stream;
}

void stream_answer(struct stream *stream, struct http_request *request)
{
    stream->request = request;
    request->answer.status = 200;
    request->answer.pull = on_pull;
    request->answer.context = stream;
    request->answer.release = on_release;
}

void stream_free(struct stream *stream)
{
    pthread_mutex_destroy(&stream->lock);
    buffer_free(&stream->pending);
    arena_free(&stream->arena);
    free(stream);
}

void stream_take(struct stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    stream->is_taken = true;
    pthread_mutex_unlock(&stream->lock);
}

void stream_gap(struct stream *stream, uint64_t from, uint64_t to)
{
    pthread_mutex_lock(&stream->lock);
    if (stream->gap_from == 0) {
        stream->gap_from = from;
    }
    stream->gap_to = to;
    pthread_mutex_unlock(&stream->lock);
}

void stream_add(struct stream *stream, struct bytes frame, uint64_t seq)
{
    pthread_mutex_lock(&stream->lock);
    if (stream->gap_from != 0) {
        stream->gap_to = seq > 0 ? seq : stream->gap_to;
    } else if (stream->waiting >= STREAM_WAITING) {
        /* what has no number is about open sessions, told again soon */
        stream->gap_from = seq;
        stream->gap_to = seq;
    } else {
        buffer_add(&stream->pending, frame);
        stream->waiting++;
    }
    pthread_mutex_unlock(&stream->lock);
}

/* Under the lock. Is there something, and may it go? */
static bool is_ready(const struct stream *stream, int64_t now_us)
{
    return !stream->is_gone && !stream->is_due &&
           (stream->pending.size > 0 || stream->gap_from != 0) &&
           now_us >= stream->write_at_us;
}

int64_t stream_flush(struct stream *stream, int64_t now_us)
{
    pthread_mutex_lock(&stream->lock);
    if (now_us >= stream->last_write_us + STREAM_SILENCE_US &&
        stream->pending.size == 0) {
        buffer_add(&stream->pending, BYTES(": still here\n\n"));
    }
    if (is_ready(stream, now_us)) {
        write_gap(stream);
        stream->is_due = true;
        stream->write_at_us = now_us + STREAM_BUNCH_US;
        stream->last_write_us = now_us;
        if (stream->is_parked) {
            stream->is_parked = false;
            http_resume(stream->request);
        }
    }
    int64_t again_us = stream->last_write_us + STREAM_SILENCE_US;
    if (!stream->is_due &&
        (stream->pending.size > 0 || stream->gap_from != 0)) {
        again_us = stream->write_at_us;
    } else if (stream->is_due) {
        /* a client that does not read is looked at now and then */
        again_us = now_us + STREAM_BUNCH_US;
    }
    pthread_mutex_unlock(&stream->lock);
    return again_us;
}

void stream_close(struct stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    stream->is_closed = true;
    if (stream->is_parked) {
        stream->is_parked = false;
        http_resume(stream->request);
    }
    pthread_mutex_unlock(&stream->lock);
}

bool stream_is_gone(struct stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    bool is_gone = stream->is_gone;
    pthread_mutex_unlock(&stream->lock);
    return is_gone;
}
