/* SPDX-License-Identifier: MIT */
#include "inbox/store/queue.h"

#include <stdlib.h>
#include <time.h>

#include "inbox/base/clock.h"
#include "inbox/base/log.h"

/* Longer than a disk takes that is only busy. */
#define STUCK_US 5000000

void queue_open(struct queue *queue)
{
    pthread_condattr_t steady;
    (void)pthread_condattr_init(&steady);
    (void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&queue->wake, &steady);
    (void)pthread_cond_init(&queue->answered, &steady);
    (void)pthread_condattr_destroy(&steady);
    (void)pthread_mutex_init(&queue->lock, NULL);
    queue->last = &queue->first;
}

/* ---- Handing over */

void queue_give(struct queue *queue, struct job *first, struct job **last)
{
    *last = NULL;
    (void)pthread_mutex_lock(&queue->lock);
    *queue->last = first;
    queue->last = last;
    bool is_waiting = queue->is_waiting;
    queue->is_waiting = false;
    (void)pthread_mutex_unlock(&queue->lock);
    /* Only then: it would wake to find the lock taken. */
    if (is_waiting) {
        (void)pthread_cond_signal(&queue->wake);
    }
}

void queue_deliver(struct queue *queue, struct job *first, struct job **last)
{
    uint64_t count = 1;
    *last = NULL;
    for (const struct job *job = first->next; job != NULL; job = job->next) {
        count++;
    }
    atomic_fetch_add(&queue->handed, count);
    queue_give(queue, first, last);
}

void queue_remind(struct queue *queue, bool is_much)
{
    (void)pthread_mutex_lock(&queue->lock);
    bool is_followed = atomic_load(&queue->followers) > 0;
    bool is_nap = queue->is_napping && !is_followed && !is_much;
    bool is_asleep = queue->is_waiting && !is_nap;
    queue->is_reminded = true;
    queue->is_waiting = queue->is_waiting && !is_asleep;
    (void)pthread_mutex_unlock(&queue->lock);
    if (is_asleep) {
        (void)pthread_cond_signal(&queue->wake);
    }
}

void job_free(struct job *job)
{
    inbox_draft_drop(job->draft);
    buffer_free(&job->meta);
    buffer_free(&job->said);
    buffer_free(&job->tallies);
    buffer_free(&job->piece);
    buffer_free(&job->body_prefix);
    buffer_free(&job->piece_prefix);
    free(job);
}

/* ---- Whoever waits for the keeper */

const char queue_stuck_reason[] =
    "The disk is slow: a write has taken seconds and is not done";

void queue_writes(struct queue *queue, bool is_writing)
{
    int64_t now = clock_steady_us();
    int64_t since = atomic_exchange(&queue->writing_us, is_writing ? now : 0);
    if (since != 0 && now - since > STUCK_US) {
        log_line(LOG_WARN, "event=store-slow write_ms=%lld",
                 (long long)(now - since) / 1000);
    }
}

bool queue_is_stuck(struct queue *queue)
{
    int64_t since = atomic_load(&queue->writing_us);
    return since != 0 && clock_steady_us() - since >= STUCK_US;
}

/* Under the lock, as the next ones. */
static void rouse(struct queue *queue)
{
    if (queue->is_waiting) {
        queue->is_waiting = false;
        (void)pthread_cond_signal(&queue->wake);
    }
}

static bool take_call(struct queue *queue, const struct call *call)
{
    struct call **at = &queue->calls;
    while (*at != NULL && *at != call) {
        at = &(*at)->next;
    }
    if (*at == NULL || call->is_running) {
        return false;
    }
    *at = call->next;
    return true;
}

static bool take_delivery(struct queue *queue, const struct call *call)
{
    struct job **at = &queue->first;
    while (*at != NULL && (*at)->call != call) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        return false;
    }
    if (queue->last == &(*at)->next) {
        queue->last = at;
    }
    *at = (*at)->next;
    atomic_fetch_sub(&queue->handed, 1);
    return true;
}

/* When to look whether it is stuck. */
static struct timespec stuck_at(struct queue *queue)
{
    int64_t now = clock_steady_us();
    int64_t since = atomic_load(&queue->writing_us);
    int64_t until = since != 0 && since + STUCK_US > now ? since : now;
    until += STUCK_US;
    return (struct timespec){.tv_sec = until / 1000000,
                             .tv_nsec = until % 1000000 * 1000};
}

/* Waits until the call is done. False: it was taken back before the keeper,
 * which is stuck, had begun with it. */
static bool wait_unless_stuck(struct queue *queue, const struct call *call)
{
    bool is_back = false;
    (void)pthread_mutex_lock(&queue->lock);
    while (!call->is_done && !is_back) {
        const struct timespec when = stuck_at(queue);
        (void)pthread_cond_timedwait(&queue->answered, &queue->lock, &when);
        is_back = !call->is_done && queue_is_stuck(queue) &&
                  (take_call(queue, call) || take_delivery(queue, call));
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return !is_back;
}

int64_t queue_ask(struct queue *queue, struct call *call)
{
    bool is_stuck = queue_is_stuck(queue);
    if (!is_stuck) {
        (void)pthread_mutex_lock(&queue->lock);
        struct call **end = &queue->calls;
        while (*end != NULL) {
            end = &(*end)->next;
        }
        *end = call;
        rouse(queue);
        (void)pthread_mutex_unlock(&queue->lock);
        is_stuck = !wait_unless_stuck(queue, call);
    }
    if (is_stuck) {
        text_copy(call->reason, INBOX_ERROR_SIZE, queue_stuck_reason);
        return -1;
    }
    return call->result;
}

bool queue_deliver_one(struct queue *queue, struct job *job)
{
    struct call call = {0};
    if (queue_is_stuck(queue)) {
        return false;
    }
    job->call = &call;
    queue_deliver(queue, job, &job->next);
    return wait_unless_stuck(queue, &call);
}

struct call *queue_enter(struct queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    struct call *call = queue->calls;
    if (call != NULL && call->is_due) {
        call->is_running = true;
    } else {
        call = NULL;
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return call;
}

void queue_leave(struct queue *queue, struct call *call, bool is_done)
{
    (void)pthread_mutex_lock(&queue->lock);
    call->is_running = false;
    if (is_done) {
        queue->calls = call->next;
        call->is_done = true;
        (void)pthread_cond_broadcast(&queue->answered);
    }
    (void)pthread_mutex_unlock(&queue->lock);
}

void queue_done(struct queue *queue, struct call *call)
{
    (void)pthread_mutex_lock(&queue->lock);
    call->is_done = true;
    (void)pthread_cond_broadcast(&queue->answered);
    (void)pthread_mutex_unlock(&queue->lock);
}

/* Under the lock. */
static void want(struct queue *queue)
{
    queue->is_wanted = true;
    rouse(queue);
}

void queue_want(struct queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    want(queue);
    (void)pthread_mutex_unlock(&queue->lock);
}

bool queue_wait_indexed(struct queue *queue, uint64_t seq, int64_t until_us)
{
    const struct timespec when = {.tv_sec = until_us / 1000000,
                                  .tv_nsec = until_us % 1000000 * 1000};
    int result = 0;
    (void)pthread_mutex_lock(&queue->lock);
    while (atomic_load(&queue->indexed) < seq && result == 0) {
        want(queue);
        result = pthread_cond_timedwait(&queue->answered, &queue->lock, &when);
    }
    bool is_seen = atomic_load(&queue->indexed) >= seq;
    (void)pthread_mutex_unlock(&queue->lock);
    return is_seen;
}

/* ---- The keeper's end */

void queue_publish(struct queue *queue, uint64_t seq)
{
    (void)pthread_mutex_lock(&queue->lock);
    atomic_store(&queue->indexed, seq);
    queue->is_wanted = false;
    (void)pthread_cond_broadcast(&queue->answered);
    (void)pthread_mutex_unlock(&queue->lock);
}

static void sleep_for(struct queue *queue, int64_t patience_us)
{
    int64_t until = clock_steady_us() + patience_us;
    const struct timespec when = {.tv_sec = until / 1000000,
                                  .tv_nsec = until % 1000000 * 1000};
    int result = 0;
    queue->is_napping = patience_us <= QUEUE_NAP_US;
    queue->is_waiting = true;
    while (queue->is_waiting && result == 0) {
        result = pthread_cond_timedwait(&queue->wake, &queue->lock, &when);
    }
    queue->is_waiting = false;
}

struct job *queue_take(struct queue *queue, int64_t patience_us,
                       bool *is_stopping_out)
{
    (void)pthread_mutex_lock(&queue->lock);
    if (queue->is_reminded && patience_us > 0) {
        patience_us = atomic_load(&queue->followers) > 0 ? 0 : QUEUE_NAP_US;
    }
    if (queue->first == NULL && queue->calls == NULL && !queue->is_stopping &&
        !queue->is_wanted && patience_us > 0) {
        sleep_for(queue, patience_us);
    }
    for (struct call *call = queue->calls; call != NULL; call = call->next) {
        call->is_due = true;
    }
    struct job *jobs = queue->first;
    queue->first = NULL;
    queue->last = &queue->first;
    queue->is_reminded = false;
    *is_stopping_out = queue->is_stopping;
    (void)pthread_mutex_unlock(&queue->lock);
    return jobs;
}

bool queue_is_wanted(struct queue *queue, bool *is_empty_out)
{
    (void)pthread_mutex_lock(&queue->lock);
    *is_empty_out = queue->first == NULL && queue->calls == NULL;
    bool is_wanted = queue->is_wanted;
    (void)pthread_mutex_unlock(&queue->lock);
    return is_wanted;
}

void queue_unwant(struct queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    queue->is_wanted = false;
    (void)pthread_mutex_unlock(&queue->lock);
}

void queue_stop(struct queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    queue->is_stopping = true;
    queue->is_waiting = false;
    (void)pthread_cond_signal(&queue->wake);
    (void)pthread_mutex_unlock(&queue->lock);
}
