/* SPDX-License-Identifier: MIT */
#include "webui/follow/follower.h"

#include "inbox/base/clock.h"
#include "webui/call/parked.h"
#include "webui/follow/happening.h"
#include "webui/follow/live.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define BATCH 256
/* More than so many changes missed: the wait looks at the lists again. */
#define LATE 32

struct follower {
    struct webui *webui;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows; nothing slow under it */
    pthread_cond_t wake;
    bool is_nudged;
    atomic_bool is_resting; /* nobody follows: changes need not be told */
    bool is_stopping;
    struct call *new_gated;
    struct wait *new_waits;
    struct stream *new_streams;
    size_t wait_count; /* with those below */
    size_t stream_count;
    /* the thread's own */
    uint64_t seq;    /* followed up to here */
    bool has_rested; /* what came meanwhile was for nobody */
    struct call *gated;
    struct wait *waits;
    struct stream *streams;
    struct live live;
    int64_t now_us;
    int64_t again_us; /* when something is due */
};

static void due(struct follower *follower, int64_t at_us)
{
    if (at_us < follower->again_us) {
        follower->again_us = at_us;
    }
}

/* ---- calls that wait for the index */

static void release_gated(struct follower *follower)
{
    uint64_t indexed = inbox_indexed_seq(follower->webui->inbox);
    struct call **at = &follower->gated;

    while (*at != NULL) {
        struct call *call = *at;
        if (indexed < call->seq && follower->now_us < call->gate_until_us) {
            due(follower, call->gate_until_us);
            at = &call->next;
            continue;
        }
        *at = call->next;
        if (indexed >= call->seq) {
            parked_again(call);
        } else {
            struct inbox_state state;
            inbox_state(follower->webui->inbox, &state);
            (void)call_refuse(call, 503,
                              state.is_failing
                                  ? arena_print(call->arena,
                                                "the index cannot be written: "
                                                "%s",
                                                state.failure)
                                  : "the index is more than 2 s behind what "
                                    "was acknowledged; try again");
            parked_done(call);
        }
    }
}

/* ---- waits */

static bool concerns(const struct wait *wait, struct happening *happening)
{
    if (happening->event.seq <= wait->seen ||
        !happening_is_in(happening, wait->inbox)) {
        return false;
    }
    bool is_kind = happening->event.happening == INBOX_HAPPENED_MESSAGE
                       ? wait->for_messages
                       : happening->event.happening == INBOX_HAPPENED_SESSION &&
                             wait->for_sessions;
    return is_kind &&
           (wait->wants != 0 || (happening_meets(happening, wait->query, 0) &&
                                 happening_obeys(happening, wait->rule)));
}

static void wake_wait(struct follower *follower, struct wait **at)
{
    struct wait *wait = *at;

    *at = wait->next;
    pthread_mutex_lock(&follower->lock);
    follower->wait_count--;
    pthread_mutex_unlock(&follower->lock);
    inbox_follow(follower->webui->inbox, -1);
    parked_again(wait->call);
}

static void tell_waits(struct follower *follower, struct happening *happening)
{
    struct wait **at = &follower->waits;

    while (*at != NULL) {
        if (concerns(*at, happening)) {
            wake_wait(follower, at);
        } else {
            at = &(*at)->next;
        }
    }
}

/* All of them look again: there is something that was not told one by one. */
static void wake_all(struct follower *follower)
{
    while (follower->waits != NULL) {
        wake_wait(follower, &follower->waits);
    }
}

/* A wait that came late: did anything that may meet it come between its look
 * at the lists and here? */
static bool has_missed(struct follower *follower, struct wait *wait)
{
    struct inbox_event items[LATE];
    struct inbox_events events = {.items = items, .size = LATE};
    size_t count = inbox_events(follower->webui->inbox, wait->seen, &events);
    bool is_missed = events.has_gap || count == LATE;

    for (size_t i = 0; i < count && !is_missed; i++) {
        struct happening happening;
        happening_begin(&happening, follower->webui, &items[i]);
        is_missed = concerns(wait, &happening);
        happening_end(&happening);
    }
    wait->seen = follower->seq > wait->seen ? follower->seq : wait->seen;
    return is_missed;
}

static void time_waits(struct follower *follower)
{
    struct wait **at = &follower->waits;

    while (*at != NULL) {
        struct wait *wait = *at;
        wait->is_over = follower->now_us >= wait->until_us;
        if (wait->is_over || follower->now_us >= wait->again_us ||
            (wait->seen < follower->seq && has_missed(follower, wait))) {
            wake_wait(follower, at);
            continue;
        }
        due(follower, wait->until_us);
        due(follower, wait->again_us);
        at = &wait->next;
    }
}

/* ---- streams */

static void tell_stream(struct stream *stream, struct happening *happening)
{
    if (happening->event.seq > stream->since) {
        stream->since = happening->event.seq;
        if (happening_is_for(happening, stream)) {
            stream_add(stream, happening_frame(happening),
                       happening->event.seq);
        }
    }
}

/* Copies what came after `since` in the ring, to `seq`; false: a gap. */
static void catch_up(struct follower *follower, struct stream *stream)
{
    struct inbox_event *items = memory_new(BATCH * sizeof *items);
    struct inbox_events events = {.items = items, .size = BATCH};

    while (stream->since < follower->seq) {
        size_t count =
            inbox_events(follower->webui->inbox, stream->since, &events);
        if (events.has_gap || count == 0) {
            break;
        }
        for (size_t i = 0; i < count; i++) {
            struct happening happening;
            happening_begin(&happening, follower->webui, &items[i]);
            tell_stream(stream, &happening);
            happening_end(&happening);
        }
    }
    if (events.has_gap) {
        stream_gap(stream, stream->since + 1, follower->seq);
        stream->since = follower->seq;
    }
    free(items);
}

static void flush_streams(struct follower *follower)
{
    struct stream **at = &follower->streams;

    while (*at != NULL) {
        struct stream *stream = *at;
        if (stream_is_gone(stream)) {
            *at = stream->next;
            stream_free(stream);
            pthread_mutex_lock(&follower->lock);
            follower->stream_count--;
            pthread_mutex_unlock(&follower->lock);
            inbox_follow(follower->webui->inbox, -1);
            continue;
        }
        due(follower, stream_flush(stream, follower->now_us));
        at = &stream->next;
    }
}

/* ---- the thread */

static void tell(struct follower *follower, const struct inbox_event *event)
{
    struct happening happening;

    happening_begin(&happening, follower->webui, event);
    tell_waits(follower, &happening);
    for (struct stream *at = follower->streams; at != NULL; at = at->next) {
        tell_stream(at, &happening);
    }
    happening_end(&happening);
    follower->seq = event->seq;
}

static void follow(struct follower *follower)
{
    struct inbox_event items[BATCH];
    struct inbox_events events = {.items = items, .size = BATCH};
    size_t count;

    if (follower->has_rested ||
        (follower->waits == NULL && follower->streams == NULL)) {
        follower->has_rested = false;
        /* Who comes now looks for himself at what was before. */
        follower->seq = inbox_indexed_seq(follower->webui->inbox);
        return;
    }
    do {
        count = inbox_events(follower->webui->inbox, follower->seq, &events);
        if (events.has_gap) {
            uint64_t to = inbox_indexed_seq(follower->webui->inbox);
            for (struct stream *at = follower->streams; at != NULL;
                 at = at->next) {
                stream_gap(at, follower->seq + 1, to);
                at->since = to;
            }
            follower->seq = to;
            wake_all(follower);
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            tell(follower, &items[i]);
        }
    } while (count == BATCH);
}

/* Under the lock: the newcomers become the thread's own. */
static struct stream *take_new(struct follower *follower)
{
    struct stream *streams = follower->new_streams;

    while (follower->new_gated != NULL) {
        struct call *call = follower->new_gated;
        follower->new_gated = call->next;
        call->next = follower->gated;
        follower->gated = call;
    }
    while (follower->new_waits != NULL) {
        struct wait *wait = follower->new_waits;
        follower->new_waits = wait->next;
        wait->next = follower->waits;
        follower->waits = wait;
    }
    follower->new_streams = NULL;
    follower->is_nudged = false;
    /* Before anything is looked at: a change from here on is told. */
    follower->has_rested = atomic_exchange(&follower->is_resting, false);
    return streams;
}

static void step(struct follower *follower, struct stream *newcomers)
{
    follower->now_us = clock_steady_us();
    follower->again_us = INT64_MAX;
    follow(follower);
    while (newcomers != NULL) {
        struct stream *stream = newcomers;
        newcomers = stream->next;
        stream->next = follower->streams;
        follower->streams = stream;
        stream->last_write_us = follower->now_us;
        catch_up(follower, stream);
    }
    release_gated(follower);
    time_waits(follower);
    due(follower, live_follow(&follower->live, follower->webui,
                              follower->streams, follower->now_us));
    flush_streams(follower);
}

/* Under the lock: sleeps until nudged or `again_us`. */
static void sleep_until_due(struct follower *follower)
{
    struct timespec until = {.tv_sec = follower->again_us / 1000000,
                             .tv_nsec = follower->again_us % 1000000 * 1000};

    atomic_store(&follower->is_resting, follower->gated == NULL &&
                                            follower->waits == NULL &&
                                            follower->streams == NULL);
    while (!follower->is_nudged && !follower->is_stopping) {
        if (follower->again_us == INT64_MAX) {
            pthread_cond_wait(&follower->wake, &follower->lock);
        } else if (pthread_cond_timedwait(&follower->wake, &follower->lock,
                                          &until) != 0) {
            return;
        }
    }
}

static void end_all(struct follower *follower)
{
    for (struct call *call = follower->gated; call != NULL;) {
        struct call *next = call->next;
        parked_again(call);
        call = next;
    }
    for (struct wait *at = follower->waits; at != NULL; at = at->next) {
        at->is_over = true;
    }
    wake_all(follower);
    for (struct stream *at = follower->streams; at != NULL; at = at->next) {
        stream_close(at);
    }
}

static void *on_thread(void *context)
{
    struct follower *follower = context;

    pthread_mutex_lock(&follower->lock);
    while (!follower->is_stopping) {
        struct stream *newcomers = take_new(follower);
        pthread_mutex_unlock(&follower->lock);
        step(follower, newcomers);
        pthread_mutex_lock(&follower->lock);
        sleep_until_due(follower);
    }
    struct stream *newcomers = take_new(follower);
    pthread_mutex_unlock(&follower->lock);
    while (newcomers != NULL) {
        struct stream *stream = newcomers;
        newcomers = stream->next;
        stream->next = follower->streams;
        follower->streams = stream;
    }
    end_all(follower);
    return NULL;
}

static void on_change(void *context)
{
    struct follower *follower = context;

    if (atomic_load(&follower->is_resting)) {
        return;
    }
    pthread_mutex_lock(&follower->lock);
    follower->is_nudged = true;
    pthread_cond_signal(&follower->wake);
    pthread_mutex_unlock(&follower->lock);
}

struct follower *follower_start(struct webui *webui)
{
    struct follower *follower = memory_new(sizeof *follower);
    pthread_condattr_t steady;

    follower->webui = webui;
    follower->seq = inbox_indexed_seq(webui->inbox);
    pthread_mutex_init(&follower->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&follower->wake, &steady);
    pthread_condattr_destroy(&steady);
    if (pthread_create(&follower->thread, NULL, on_thread, follower) != 0) {
        follower_free(follower);
        return NULL;
    }
    inbox_on_change(webui->inbox, on_change, follower);
    return follower;
}

bool follower_gate(struct follower *follower, struct call *call)
{
    pthread_mutex_lock(&follower->lock);
    bool is_taken = !follower->is_stopping;
    if (is_taken) {
        call->next = follower->new_gated;
        follower->new_gated = call;
        follower->is_nudged = true;
        pthread_cond_signal(&follower->wake);
    }
    pthread_mutex_unlock(&follower->lock);
    return is_taken;
}

bool follower_wait(struct follower *follower, struct wait *wait)
{
    pthread_mutex_lock(&follower->lock);
    bool is_taken = !follower->is_stopping;
    if (is_taken) {
        wait->next = follower->new_waits;
        follower->new_waits = wait;
        follower->wait_count++;
        follower->is_nudged = true;
        inbox_follow(follower->webui->inbox, 1);
        pthread_cond_signal(&follower->wake);
    }
    pthread_mutex_unlock(&follower->lock);
    return is_taken;
}

bool follower_stream(struct follower *follower, struct stream *stream)
{
    pthread_mutex_lock(&follower->lock);
    bool is_taken = !follower->is_stopping;
    if (is_taken) {
        stream_take(stream);
        stream->next = follower->new_streams;
        follower->new_streams = stream;
        follower->stream_count++;
        follower->is_nudged = true;
        inbox_follow(follower->webui->inbox, 1);
        pthread_cond_signal(&follower->wake);
    }
    pthread_mutex_unlock(&follower->lock);
    return is_taken;
}

size_t follower_load(struct follower *follower)
{
    pthread_mutex_lock(&follower->lock);
    size_t load = follower->wait_count + follower->stream_count;
    pthread_mutex_unlock(&follower->lock);
    return load;
}

void follower_stop(struct follower *follower)
{
    pthread_mutex_lock(&follower->lock);
    follower->is_stopping = true;
    pthread_cond_signal(&follower->wake);
    pthread_mutex_unlock(&follower->lock);
    pthread_join(follower->thread, NULL);
    inbox_off_change(follower->webui->inbox, follower);
}

void follower_free(struct follower *follower)
{
    if (follower == NULL) {
        return;
    }
    while (follower->streams != NULL) {
        struct stream *stream = follower->streams;
        follower->streams = stream->next;
        stream_free(stream);
        inbox_follow(follower->webui->inbox, -1);
    }
    live_end(&follower->live);
    pthread_cond_destroy(&follower->wake);
    pthread_mutex_destroy(&follower->lock);
    free(follower);
}
