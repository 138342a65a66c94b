/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <time.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/store/store.h"

/* What waits for the keeper, who waits for its answer, and how it sleeps. */

void keeper_give(struct inbox *inbox, struct job *first, struct job **last)
{
    *last = NULL;
    (void)pthread_mutex_lock(&inbox->lock);
    *inbox->last = first;
    inbox->last = last;
    bool is_waiting = inbox->is_waiting;
    inbox->is_waiting = false;
    (void)pthread_mutex_unlock(&inbox->lock);
    /* Only then: it would wake to find the lock taken. */
    if (is_waiting) {
        (void)pthread_cond_signal(&inbox->wake);
    }
}

void keeper_remind(struct inbox *inbox)
{
    (void)pthread_mutex_lock(&inbox->lock);
    bool is_followed = atomic_load(&inbox->followers) > 0;
    bool is_asleep = inbox->is_waiting && (!inbox->is_napping || is_followed);
    inbox->is_reminded = true;
    inbox->is_waiting = inbox->is_waiting && !is_asleep;
    (void)pthread_mutex_unlock(&inbox->lock);
    if (is_asleep) {
        (void)pthread_cond_signal(&inbox->wake);
    }
}

void keeper_done(struct inbox *inbox, struct call *call)
{
    (void)pthread_mutex_lock(&inbox->lock);
    call->is_done = true;
    (void)pthread_cond_broadcast(&inbox->answered);
    (void)pthread_mutex_unlock(&inbox->lock);
}

int64_t keeper_ask(struct inbox *inbox, struct call *call)
{
    struct job *job = memory_new(sizeof(*job));
    job->kind = JOB_CALL;
    job->call = call;
    keeper_give(inbox, job, &job->next);
    (void)pthread_mutex_lock(&inbox->lock);
    while (!call->is_done) {
        (void)pthread_cond_wait(&inbox->answered, &inbox->lock);
    }
    (void)pthread_mutex_unlock(&inbox->lock);
    return call->result;
}

void keeper_free_job(struct job *job)
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

static void wait_until(struct inbox *inbox, int64_t patience)
{
    int64_t until = clock_steady_us() + patience;
    const struct timespec when = {.tv_sec = until / 1000000,
                                  .tv_nsec = until % 1000000 * 1000};
    int result = 0;
    inbox->is_napping = patience <= KEEPER_NAP_US;
    inbox->is_waiting = true;
    while (inbox->is_waiting && result == 0) {
        result = pthread_cond_timedwait(&inbox->wake, &inbox->lock, &when);
    }
    inbox->is_waiting = false;
}

struct job *keeper_take(struct inbox *inbox, int64_t patience,
                        bool *is_stopping_out)
{
    (void)pthread_mutex_lock(&inbox->lock);
    if (inbox->is_reminded && patience > 0) {
        patience = atomic_load(&inbox->followers) > 0 ? 0 : KEEPER_NAP_US;
    }
    if (inbox->first == NULL && !inbox->is_stopping && !inbox->is_wanted &&
        patience > 0) {
        wait_until(inbox, patience);
    }
    struct job *jobs = inbox->first;
    inbox->first = NULL;
    inbox->last = &inbox->first;
    inbox->is_reminded = false;
    *is_stopping_out = inbox->is_stopping;
    (void)pthread_mutex_unlock(&inbox->lock);
    return jobs;
}
