/* SPDX-License-Identifier: MIT */
#include "server/loop/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/inbox.h"
#include "server/conversation/announcer.h"
#include "server/conversation/receiving.h"
#include "server/loop/connection.h"
#include "server/loop/control.h"
#include "server/loop/listener.h"
#include "server/loop/tls_records.h"
#include "server/peer/networks.h"
#include "server/tls/tls.h"

#define SWEEP_MS 250
#define SWEEP_STOPPING_MS 20
#define ANNOUNCE_MS 50

/* What is in flight when the program is to stop may take this long. */
#define STOP_US 5000000

#define GRACE_US 1000000

#define ANSWERS 64

/* True: there were some. */
static bool take_answers(struct loop *loop)
{
    struct inbox_answer answers[ANSWERS];
    size_t count = 0;
    bool is_any = false;
    do {
        count = inbox_answers(loop->inbox, answers, ANSWERS);
        is_any = is_any || count > 0;
        for (size_t i = 0; i < count; i++) {
            struct connection *connection =
                slots_find(&loop->slots, answers[i].ticket);
            if (connection != NULL) {
                connection_kept(connection, &answers[i]);
            }
        }
    } while (count == ANSWERS);
    uint64_t most = loop->options->exit_after;
    if (most > 0 && atomic_load(&loop->counters.messages_kept) >= most) {
        /* The client of the last message is about to say QUIT. */
        loop->grace_us = GRACE_US;
        loop_stop(loop);
    }
    return is_any;
}

static void on_answers(uv_async_t *async)
{
    (void)take_answers(async->data);
}

/* Runs on the keeper's thread. */
static void wake_answers(void *context)
{
    struct loop *loop = context;
    (void)uv_async_send(&loop->answers);
}

/* Before the loop sleeps: what all connections said in this turn is kept at
 * once, or wakes the keeper once, and all replies leave. Who is answered may
 * have said more already, and whose last reply left has a session to be kept.
 */
static void on_push(uv_prepare_t *prepare)
{
    struct loop *loop = prepare->data;
    bool is_more = false;
    do {
        inbox_push(loop->inbox);
        is_more = take_answers(loop);
        is_more = connection_answer_all(loop) || is_more;
    } while (is_more);
    loop->turn_us = 0;
}

static void on_asked(uv_async_t *async)
{
    struct loop *loop = async->data;
    if (loop->control != NULL) {
        control_serve(loop->control);
    }
}

static void on_announce(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    announcer_flush(loop->announcer);
    if (!announcer_waits(loop->announcer)) {
        (void)uv_timer_stop(timer);
    }
}

void loop_announce(struct loop *loop)
{
    if (announcer_waits(loop->announcer) &&
        !uv_is_active((uv_handle_t *)&loop->announce)) {
        (void)uv_timer_start(&loop->announce, on_announce, ANNOUNCE_MS,
                             ANNOUNCE_MS);
    }
}

static void on_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

/* Everybody is gone, or the five seconds are over: the handles close, and
 * uv_run() ends by itself. */
static void finish_stop(struct loop *loop)
{
    while (loop->connections != NULL) {
        struct connection *connection = loop->connections;
        connection->conversation.close_reason = "shutdown";
        connection_drop(connection, "shutdown");
    }
    if (loop->was_stopped) {
        return;
    }
    loop->was_stopped = true;
    if (loop->control != NULL) {
        control_stop(loop->control);
    }
    inbox_on_answers(loop->inbox, NULL, NULL);
    uv_close((uv_handle_t *)&loop->answers, NULL);
    uv_close((uv_handle_t *)&loop->asked, NULL);
    uv_close((uv_handle_t *)&loop->push, NULL);
    uv_close((uv_handle_t *)&loop->sweep, NULL);
    uv_close((uv_handle_t *)&loop->announce, NULL);
    for (size_t i = 0; i < 2; i++) {
        uv_close((uv_handle_t *)&loop->signals[i], NULL);
    }
}

static void stop_connections(struct loop *loop, int64_t now_us)
{
    struct connection *next = NULL;
    for (struct connection *at = loop->connections; at != NULL; at = next) {
        next = at->next;
        bool is_idle =
            at->conversation.receiving == NULL && !at->conversation.is_waiting;
        if (is_idle && now_us - at->heard_us >= loop->grace_us) {
            connection_end(at, "shutdown", "The server is shutting down");
        }
    }
    if (loop->connections == NULL || now_us - loop->stop_us > STOP_US) {
        finish_stop(loop);
    }
}

static bool is_idle_exit(struct loop *loop, int64_t now_us)
{
    int64_t limit_us = (int64_t)loop->options->idle_exit_ms * 1000;
    int64_t active_us = loop->active_us;
    if (limit_us == 0 || loop->connections != NULL) {
        return false;
    }
    int64_t asked_us =
        loop->asked_us != NULL ? loop->asked_us(loop->asked_context) : 0;
    active_us = asked_us > active_us ? asked_us : active_us;
    return now_us - active_us > limit_us;
}

static void on_sweep(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    int64_t now_us = clock_steady_us();
    struct connection *next = NULL;
    for (struct connection *at = loop->connections; at != NULL; at = next) {
        next = at->next;
        connection_tick(at, now_us);
    }
    if (loop->is_stopping) {
        stop_connections(loop, now_us);
    } else if (is_idle_exit(loop, now_us)) {
        loop_stop(loop);
    } else if (loop->connections == NULL && loop->options->idle_exit_ms == 0) {
        (void)uv_timer_stop(timer);
    }
}

int64_t loop_turn_us(struct loop *loop)
{
    if (loop->turn_us == 0) {
        loop->turn_us = clock_steady_us();
    }
    return loop->turn_us;
}

void loop_wake(struct loop *loop)
{
    if (!uv_is_active((uv_handle_t *)&loop->sweep)) {
        (void)uv_timer_start(&loop->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    }
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    loop_stop(handle->data);
}

void loop_stop(struct loop *loop)
{
    if (loop->is_stopping) {
        return;
    }
    loop->is_stopping = true;
    loop->stop_us = clock_steady_us();
    if (loop->on_stop != NULL) {
        loop->on_stop(loop->stop_context);
    }
    for (struct listener *at = loop->listeners; at != NULL; at = at->next) {
        listener_close(at);
    }
    (void)uv_timer_start(&loop->sweep, on_sweep, 0, SWEEP_STOPPING_MS);
}

void loop_open(struct loop *loop, const struct options *options,
               struct inbox *inbox)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    int result = uv_loop_init(&loop->uv);
    assert(result == 0);
    loop->options = options;
    loop->inbox = inbox;
    loop->read_buffer = memory_new(LOOP_READ_SIZE);
    loop->plain_buffer = memory_new(LOOP_PLAIN_SIZE);
    loop->limits.max_connections = options->max_connections;
    loop->limits.max_per_address = options->max_connections_per_address;
    loop->receiving = receiving_new();
    loop->active_us = clock_steady_us();
    (void)uv_async_init(&loop->uv, &loop->answers, on_answers);
    (void)uv_async_init(&loop->uv, &loop->asked, on_asked);
    (void)uv_prepare_init(&loop->uv, &loop->push);
    (void)uv_timer_init(&loop->uv, &loop->sweep);
    (void)uv_timer_init(&loop->uv, &loop->announce);
    loop->answers.data = loop;
    loop->asked.data = loop;
    loop->push.data = loop;
    (void)uv_prepare_start(&loop->push, on_push);
    loop->sweep.data = loop;
    loop->announce.data = loop;
    for (size_t i = 0; i < 2; i++) {
        (void)uv_signal_init(&loop->uv, &loop->signals[i]);
        loop->signals[i].data = loop;
        (void)uv_signal_start(&loop->signals[i], on_signal, numbers[i]);
    }
    inbox_on_answers(inbox, wake_answers, loop);
    if (options->idle_exit_ms > 0) {
        loop_wake(loop);
    }
}

void loop_set_url(struct loop *loop, const char *url)
{
    for (struct listener *at = loop->listeners; at != NULL; at = at->next) {
        at->service.policy.help_url = url;
        at->service.trusted_policy.help_url = url;
    }
}

void loop_run(struct loop *loop)
{
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_close(struct loop *loop)
{
    /* A start that failed half-way left handles open. */
    loop->is_stopping = true;
    inbox_on_answers(loop->inbox, NULL, NULL);
    uv_walk(&loop->uv, on_handle, NULL);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    while (loop->listeners != NULL) {
        struct listener *listener = loop->listeners;
        loop->listeners = listener->next;
        listener_free(listener);
    }
    int result = uv_loop_close(&loop->uv);
    assert(result == 0);
    slots_free(&loop->slots);
    limits_free(&loop->limits);
    receiving_free(loop->receiving);
    free(loop->due);
    free(loop->read_buffer);
    free(loop->plain_buffer);
}
