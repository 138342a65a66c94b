/* SPDX-License-Identifier: MIT */
#include "inbox/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "inbox/base/clock.h"
#include "inbox/base/log.h"
#include "inbox/base/memory.h"
#include "inbox/directory.h"
#include "inbox/store/store.h"

/* ---- Opening and closing */

static void make_locks(struct inbox *inbox)
{
    pthread_condattr_t steady;
    (void)pthread_condattr_init(&steady);
    (void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&inbox->wake, &steady);
    (void)pthread_cond_init(&inbox->fill_wake, &steady);
    (void)pthread_cond_init(&inbox->fill_more, &steady);
    (void)pthread_cond_init(&inbox->answered, &steady);
    (void)pthread_condattr_destroy(&steady);
    pthread_mutex_t *const locks[] = {
        &inbox->lock,          &inbox->answer_lock, &inbox->state_lock,
        &inbox->box_lock,      &inbox->live.lock,   &inbox->drafts.lock,
        &inbox->listener_lock, &inbox->wake_lock,   &inbox->writing,
    };
    for (size_t i = 0; i < sizeof(locks) / sizeof(locks[0]); i++) {
        (void)pthread_mutex_init(locks[i], NULL);
    }
}

static void start_numbers(struct inbox *inbox)
{
    inbox->started_at_us = clock_now_us();
    inbox->epoch = (uint64_t)inbox->started_at_us;
    inbox->last = &inbox->first;
    inbox->gathered_last = &inbox->gathered;
    inbox->next_message = 1;
    inbox->next_seq = 1;
    inbox->next_box = INDEX_DEFAULT_BOX;
    atomic_store(&inbox->next_session, 1);
}

static int open_parts(struct inbox *inbox, char *error_out)
{
    const struct inbox_options *options = &inbox->options;
    if (inbox->dir != NULL) {
        inbox->lock_file = directory_open(inbox->dir, error_out);
        if (inbox->lock_file < 0) {
            return -1;
        }
    }
    inbox->journal =
        journal_open(inbox->dir, options->durability == INBOX_POWER, error_out);
    if (inbox->journal == NULL) {
        return -1;
    }
    journal_bound(inbox->journal, options->max_bytes);
    atomic_store(&inbox->damaged, journal_damaged_heads(inbox->journal));
    inbox->index = index_open(inbox->dir, &inbox->position, error_out);
    if (inbox->index == NULL || replay(inbox, true, error_out) != 0) {
        return -1;
    }
    if (keeper_start(inbox) != 0 || fill_start(inbox) != 0) {
        (void)snprintf(error_out, INBOX_ERROR_SIZE, "no thread can be started");
        return -1;
    }
    return 0;
}

static struct inbox *make(const struct inbox_options *options)
{
    struct inbox *inbox = memory_new(sizeof(*inbox));
    inbox->options = *options;
    inbox->lock_file = -1;
    inbox->dir = memory_text(options->dir);
    inbox->options.dir = inbox->dir;
    inbox->drafts.max = options->max_draft_bytes;
    make_locks(inbox);
    ring_open(&inbox->ring);
    start_numbers(inbox);
    return inbox;
}

struct inbox *inbox_open(const struct inbox_options *options,
                         char error_out[INBOX_ERROR_SIZE])
{
    struct inbox *inbox = make(options);
    int result = open_parts(inbox, error_out);
    if (result != 0 && inbox->index != NULL && index_is_corrupt(inbox->index)) {
        /* Found only while it was gone on with: once more, without it. */
        log_line(LOG_WARN, "event=index-rebuilt reason=\"%s\"", error_out);
        inbox_close(inbox);
        index_remove(options->dir);
        inbox = make(options);
        result = open_parts(inbox, error_out);
    }
    if (result != 0) {
        inbox_close(inbox);
        return NULL;
    }
    return inbox;
}

void inbox_close(struct inbox *inbox)
{
    if (inbox == NULL) {
        return;
    }
    inbox_push(inbox);
    fill_stop(inbox);
    keeper_stop(inbox);
    index_close(inbox->index, !inbox->is_behind);
    journal_close(inbox->journal);
    journal_batch_free(&inbox->batch);
    live_table_free(&inbox->live);
    boxes_free(inbox);
    draft_room_free(&inbox->drafts);
    ring_close(&inbox->ring);
    buffer_free(&inbox->scratch);
    if (inbox->lock_file >= 0) {
        (void)close(inbox->lock_file);
    }
    free(inbox->kept.items);
    free(inbox->indexing.items);
    free(inbox->orphans);
    free(inbox->answers);
    free(inbox->dir);
    free(inbox);
}

/* ---- Handing over */

uint64_t inbox_session_id(struct inbox *inbox)
{
    return atomic_fetch_add(&inbox->next_session, 1);
}

struct inbox_draft *inbox_draft_new(struct inbox *inbox,
                                    uint64_t expected_bytes)
{
    return draft_new(&inbox->drafts, expected_bytes);
}

/* The name behind the last plus of `text` up to an at sign, if it is one that
 * an inbox may have. */
static void plus_name(const char *text, char name_out[INBOX_NAME_SIZE])
{
    name_out[0] = '\0';
    if (text == NULL) {
        return;
    }
    size_t end = strcspn(text, "@");
    size_t begin = end;
    while (begin > 0 && text[begin - 1] != '+') {
        begin--;
    }
    if (begin > 0 && end - begin < INBOX_NAME_SIZE) {
        memcpy(name_out, text + begin, end - begin);
        name_out[end - begin] = '\0';
    }
}

static const char *first_recipient(const struct inbox_transaction *envelope)
{
    for (size_t i = 0; envelope != NULL && i < envelope->recipient_count; i++) {
        uint16_t code = envelope->recipients[i].code;
        if (code >= 200 && code < 300) {
            return envelope->recipients[i].address;
        }
    }
    return NULL;
}

static struct job *job_of(struct inbox_delivery *delivery)
{
    struct job *job = memory_new(sizeof(*job));
    const struct inbox_session *session = delivery->session;
    job->kind = JOB_DELIVERY;
    job->draft = delivery->draft;
    job->is_message = delivery->is_message && delivery->draft != NULL;
    job->ticket = delivery->ticket;
    job->body = delivery->body;
    text_copy(job->bound, sizeof(job->bound), delivery->inbox);
    plus_name(delivery->login, job->login);
    if (job->is_message) {
        plus_name(first_recipient(delivery->envelope), job->plus);
    }
    if (delivery->draft != NULL) {
        (void)buffer_room(&job->meta, 200);
        record_pack_body(&job->meta, delivery, clock_now_us());
    }
    if (session != NULL) {
        job->session = session->id;
        job->is_end = !session->is_live;
        job->first_transaction = session->first_transaction;
        (void)buffer_room(&job->said, 500);
        record_pack_session(&job->said, session);
        live_count(session, &job->tallies);
    }
    if (delivery->piece != NULL) {
        job->piece = *delivery->piece;
        *delivery->piece = (struct buffer){0};
    }
    delivery->draft = NULL;
    return job;
}

void inbox_keep(struct inbox *inbox, struct inbox_delivery *delivery)
{
    struct job *job = job_of(delivery);
    atomic_fetch_add(&inbox->handed, 1);
    keeper_give(inbox, job, &job->next);
}

void inbox_keep_soon(struct inbox *inbox, struct inbox_delivery *delivery)
{
    *inbox->gathered_last = job_of(delivery);
    inbox->gathered_last = &(*inbox->gathered_last)->next;
}

void inbox_push(struct inbox *inbox)
{
    struct job *jobs = inbox->gathered;
    struct job **last = inbox->gathered_last;
    inbox->gathered = NULL;
    inbox->gathered_last = &inbox->gathered;
    jobs = jobs != NULL ? capture_at_once(inbox, jobs) : NULL;
    if (jobs == NULL) {
        return;
    }
    uint64_t count = 0;
    for (const struct job *job = jobs; job != NULL; job = job->next) {
        count++;
    }
    atomic_fetch_add(&inbox->handed, count);
    keeper_give(inbox, jobs, last);
}

void inbox_keep_now(struct inbox *inbox, struct inbox_delivery *delivery,
                    struct inbox_answer *answer_out)
{
    struct call call = {0};
    struct job *job = job_of(delivery);
    job->ticket = 0;
    job->call = &call;
    job->answer = answer_out;
    atomic_fetch_add(&inbox->handed, 1);
    keeper_give(inbox, job, &job->next);
    (void)pthread_mutex_lock(&inbox->lock);
    while (!call.is_done) {
        (void)pthread_cond_wait(&inbox->answered, &inbox->lock);
    }
    (void)pthread_mutex_unlock(&inbox->lock);
}

/* ---- Numbers */

uint64_t inbox_seq(struct inbox *inbox)
{
    return atomic_load(&inbox->seq);
}

/* Under the lock: has the keeper commit what is not visible yet. */
static void want(struct inbox *inbox)
{
    inbox->is_wanted = true;
    if (inbox->is_waiting) {
        inbox->is_waiting = false;
        (void)pthread_cond_signal(&inbox->wake);
    }
}

uint64_t inbox_indexed_seq(struct inbox *inbox)
{
    uint64_t seq = atomic_load(&inbox->seq);
    uint64_t indexed = atomic_load(&inbox->indexed_seq);
    if (indexed < seq) {
        (void)pthread_mutex_lock(&inbox->lock);
        want(inbox);
        (void)pthread_mutex_unlock(&inbox->lock);
    }
    return indexed;
}

int inbox_wait_indexed(struct inbox *inbox, uint64_t seq, unsigned limit_ms,
                       char reason_out[INBOX_ERROR_SIZE])
{
    int64_t until = clock_steady_us() + (int64_t)limit_ms * 1000;
    const struct timespec when = {.tv_sec = until / 1000000,
                                  .tv_nsec = until % 1000000 * 1000};
    int result = 0;
    (void)pthread_mutex_lock(&inbox->lock);
    while (atomic_load(&inbox->indexed_seq) < seq && result == 0) {
        want(inbox);
        result = pthread_cond_timedwait(&inbox->answered, &inbox->lock, &when);
    }
    bool is_seen = atomic_load(&inbox->indexed_seq) >= seq;
    (void)pthread_mutex_unlock(&inbox->lock);
    if (is_seen) {
        return 0;
    }
    struct inbox_state state;
    inbox_state(inbox, &state);
    (void)snprintf(reason_out, INBOX_ERROR_SIZE, "%s",
                   state.is_failing ? state.failure
                                    : "the index is slow: try again");
    return -1;
}

void inbox_on_change(struct inbox *inbox, void (*changed)(void *context),
                     void *context)
{
    size_t most = sizeof(inbox->listeners) / sizeof(inbox->listeners[0]);
    (void)pthread_mutex_lock(&inbox->listener_lock);
    if (inbox->listener_count < most) {
        inbox->listeners[inbox->listener_count++] =
            (struct listener){changed, context};
    }
    (void)pthread_mutex_unlock(&inbox->listener_lock);
}

void inbox_off_change(struct inbox *inbox, const void *context)
{
    size_t kept = 0;
    (void)pthread_mutex_lock(&inbox->listener_lock);
    for (size_t i = 0; i < inbox->listener_count; i++) {
        if (inbox->listeners[i].context != context) {
            inbox->listeners[kept++] = inbox->listeners[i];
        }
    }
    inbox->listener_count = kept;
    (void)pthread_mutex_unlock(&inbox->listener_lock);
}

void inbox_follow(struct inbox *inbox, int change)
{
    atomic_fetch_add(&inbox->followers, (unsigned)change);
}

void inbox_state(struct inbox *inbox, struct inbox_state *state_out)
{
    *state_out = (struct inbox_state){
        .seq = atomic_load(&inbox->seq),
        .epoch = inbox->epoch,
        .started_at_us = inbox->started_at_us,
        .kind = inbox->dir == NULL ? "memory" : "disk",
        .path = inbox->dir,
        .messages = atomic_load(&inbox->message_total),
        .sessions = atomic_load(&inbox->session_total),
        .bytes = journal_live_total(inbox->journal),
        .space = atomic_load(&inbox->space),
        .retired_messages = atomic_load(&inbox->retired_messages),
        .retired_sessions = atomic_load(&inbox->retired_sessions),
        .damaged_records = atomic_load(&inbox->damaged),
        .draft_bytes = atomic_load(&inbox->drafts.held),
    };
    (void)pthread_mutex_lock(&inbox->state_lock);
    state_out->is_failing = inbox->is_failing;
    (void)snprintf(state_out->failure, sizeof(state_out->failure), "%s",
                   inbox->failure);
    (void)pthread_mutex_unlock(&inbox->state_lock);
}
