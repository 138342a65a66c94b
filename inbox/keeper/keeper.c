/* SPDX-License-Identifier: MIT */
#include "inbox/keeper/keeper.h"

#include <stdio.h>

#include "inbox/base/clock.h"
#include "inbox/keeper/replay.h"
#include "inbox/store/capture.h"
#include "inbox/store/commit.h"
#include "inbox/store/kept.h"
#include "inbox/upkeep/compact.h"
#include "inbox/upkeep/damage.h"
#include "inbox/upkeep/retention.h"

/* The thread that writes. Its turn: everything that waits is appended at once
 * and acknowledged, then indexed; then one step of what was asked and one of
 * what is due. No timer delays mail: a batch is what came meanwhile. */

/* In files a commit costs dozens of writes, so while nobody follows the changes
 * it waits until none came for longer than busy clients pause, half a second at
 * most or until it would hold mail up; whoever asks for something newer has it
 * at once. */
#define COMMIT_IDLE_US 200000
#define COMMIT_MOST_US 500000
#define COMMIT_MOST_CHANGES 4000
#define TICK_US 500000
#define RETRY_US 500000
/* After so long a silence memory kept for the next large mail is given back. */
#define RESTING_US 3000000
/* Less than a turn on the index may take. */
#define READ_AT_ONCE 16

/* ---- How long it may sleep */

/* When something changed last that is not committed. */
static int64_t changed_at_us(const struct inbox *inbox)
{
    return inbox->busy_at_us > inbox->dirty_since_us ? inbox->busy_at_us
                                                     : inbox->dirty_since_us;
}

/* When the keeper must go on even if nothing comes. */
static int64_t patience_us(struct inbox *inbox, bool is_more)
{
    int64_t now = clock_steady_us();
    int64_t due = TICK_US;
    if (is_more) {
        return 0;
    }
    if (inbox->is_behind) {
        due = inbox->retry_at_us - now;
        return due < 0 ? 0 : due;
    }
    if (inbox->dir == NULL && now - inbox->busy_at_us < 2 * QUEUE_NAP_US) {
        due = QUEUE_NAP_US;
    } else if (inbox->dir != NULL && index_is_dirty(inbox->index)) {
        due = changed_at_us(inbox) + COMMIT_IDLE_US - now;
    }
    if (inbox->dir != NULL && atomic_load(&inbox->queue.followers) > 0 &&
        due < TICK_US) {
        due = 0;
    }
    return due < 0 ? 0 : due;
}

/* Is it time to commit? In memory there is nothing to wait for. */
static bool is_commit_due(struct inbox *inbox)
{
    uint64_t seq = atomic_load(&inbox->seq);
    bool is_dirty = commit_has_news(inbox);
    if (inbox->options.dir == NULL) {
        return is_dirty;
    }
    int64_t now = clock_steady_us();
    if (is_dirty && inbox->dirty_since_us == 0) {
        inbox->dirty_since_us = now;
    }
    bool is_empty = false;
    bool is_wanted = queue_is_wanted(&inbox->queue, &is_empty);
    if (!is_dirty) {
        return is_wanted;
    }
    int64_t age = now - inbox->dirty_since_us;
    bool is_followed = atomic_load(&inbox->queue.followers) > 0;
    bool is_idle = now - changed_at_us(inbox) >= COMMIT_IDLE_US;
    bool is_long =
        age >= COMMIT_MOST_US ||
        seq - atomic_load(&inbox->queue.indexed) >= COMMIT_MOST_CHANGES;
    return is_wanted || is_long || (is_empty && (is_followed || is_idle));
}

/* What comes now may wait for a disk. */
static void may_wait(struct inbox *inbox)
{
    if (inbox->dir != NULL) {
        queue_writes(&inbox->queue, true);
    }
}

/* The index once more from where it failed. It works when that is committed. */
static void catch_up(struct inbox *inbox)
{
    char reason[INBOX_ERROR_SIZE];
    queue_writes(&inbox->queue, false); /* it reads, and that takes long */
    inbox->retry_at_us = clock_steady_us() + RETRY_US;
    if (replay(inbox, false, reason) != 0) {
        return;
    }
    inbox->is_behind = false;
    may_wait(inbox);
    if (commit_index(inbox) == 0) {
        failure_say(&inbox->failure, NULL);
    }
    inbox->dirty_since_us = 0;
}

static void maybe_commit(struct inbox *inbox)
{
    if (!inbox->is_behind && index_is_corrupt(inbox->index)) {
        commit_failed(inbox);
    }
    if (inbox->is_behind && clock_steady_us() >= inbox->retry_at_us) {
        catch_up(inbox);
    }
    if (inbox->is_behind) {
        queue_unwant(&inbox->queue); /* who waits would only be in the way */
    } else if (is_commit_due(inbox)) {
        may_wait(inbox);
        (void)commit_index(inbox);
        inbox->dirty_since_us = 0;
    }
}

/* ---- A turn */

/* Has the index keep what was read of a message, or said in a session. */
static int keep_read(struct inbox *inbox, struct job *job)
{
    if (job->kind == JOB_TALK) {
        return index_sign_session(inbox->index, job->message,
                                  buffer_bytes(&job->meta));
    }
    buffer_add_byte(&job->piece, '\0');
    const struct index_reading reading = {
        .id = job->message,
        .snippet = (const char *)job->piece.at,
        .attachments = (int)job->body,
        .signature = buffer_bytes(&job->meta),
    };
    return index_fill_message(inbox->index, &reading);
}

/* What the filler read, a few in one turn on the index: one by one, the two
 * threads would do little but wait for each other's turns. */
static void take_read(struct inbox *inbox, struct job *jobs)
{
    while (jobs != NULL) {
        bool is_kept = !inbox->is_behind && index_begin(inbox->index) == 0;
        for (int i = 0; i < READ_AT_ONCE && jobs != NULL; i++) {
            struct job *next = jobs->next;
            is_kept = is_kept && keep_read(inbox, jobs) == 0;
            job_free(jobs);
            jobs = next;
        }
        is_kept = is_kept && index_pause(inbox->index) == 0;
        if (!is_kept && !inbox->is_behind) {
            commit_failed(inbox);
        }
    }
}

/* Sorts what came: deliveries are returned, in order. */
static struct job *sort(struct inbox *inbox, struct job *jobs)
{
    struct job *deliveries = inbox->late;
    struct job **end = &deliveries;
    struct job *read = NULL;
    struct job **read_end = &read;
    inbox->late = NULL;
    inbox->late_bytes = 0;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    while (jobs != NULL) {
        struct job *next = jobs->next;
        jobs->next = NULL;
        if (jobs->kind == JOB_DELIVERY) {
            *end = jobs;
            end = &jobs->next;
        } else if (jobs->kind == JOB_DAMAGED) {
            damage_take(inbox, jobs);
            job_free(jobs);
        } else {
            *read_end = jobs;
            read_end = &jobs->next;
        }
        jobs = next;
    }
    take_read(inbox, read);
    return deliveries;
}

/* One step of the oldest call. Who asked sees what was done. False: there was
 * none. */
static bool step_call(struct inbox *inbox)
{
    struct call *call = queue_enter(&inbox->queue);
    if (call == NULL) {
        return false;
    }
    if (call->step(inbox, call) != 0) {
        queue_leave(&inbox->queue, call, false);
        return true;
    }
    bool is_wanted = !call->is_idle || commit_has_news(inbox);
    if (is_wanted && commit_index(inbox) != 0 && call->result >= 0) {
        (void)snprintf(call->reason, INBOX_ERROR_SIZE, "%s",
                       inbox->failure.reason);
        call->result = -1;
    }
    inbox->dirty_since_us = 0;
    queue_leave(&inbox->queue, call, true);
    return true;
}

/* Writes what came. */
static void take_in(struct inbox *inbox, struct job *jobs)
{
    uint64_t handed = 0;
    for (const struct job *job = jobs; job != NULL; job = job->next) {
        handed += job->kind == JOB_DELIVERY ? 1 : 0;
    }
    struct job *deliveries = sort(inbox, jobs);
    if (deliveries != NULL) {
        inbox->busy_at_us = clock_steady_us();
    }
    while (deliveries != NULL) {
        capture(inbox, capture_cut(inbox, &deliveries));
        if (deliveries != NULL) {
            /* Much came at once: what is too much goes meanwhile. */
            (void)retention_step(inbox);
            (void)compact_step(inbox);
        }
    }
    atomic_fetch_sub(&inbox->queue.handed, handed);
}

/* True: there is more to do at once. */
static bool take_turn(struct inbox *inbox, struct job *jobs)
{
    (void)pthread_mutex_lock(&inbox->writing);
    kept_settle(inbox);
    may_wait(inbox);
    take_in(inbox, jobs);
    may_wait(inbox);
    (void)step_call(inbox);
    may_wait(inbox);
    bool is_more = retention_step(inbox);
    is_more = compact_step(inbox) || is_more;
    maybe_commit(inbox);
    queue_writes(&inbox->queue, false);
    if (clock_steady_us() - inbox->busy_at_us > RESTING_US) {
        draft_room_free(&inbox->drafts);
        jobs_rest(&inbox->jobs);
        (void)journal_bury_all(inbox->journal);
    }
    (void)pthread_mutex_unlock(&inbox->writing);
    return is_more;
}

static void *run(void *context)
{
    struct inbox *inbox = context;
    bool is_stopping = false;
    struct job *jobs = queue_take(&inbox->queue, TICK_US, &is_stopping);
    while (!is_stopping || jobs != NULL) {
        bool is_more = take_turn(inbox, jobs);
        jobs = queue_take(&inbox->queue, patience_us(inbox, is_more),
                          &is_stopping);
    }
    (void)pthread_mutex_lock(&inbox->writing);
    kept_settle(inbox);
    while (step_call(inbox)) {
    }
    (void)commit_index(inbox);
    (void)pthread_mutex_unlock(&inbox->writing);
    return NULL;
}

int keeper_start(struct inbox *inbox)
{
    if (pthread_create(&inbox->thread, NULL, run, inbox) != 0) {
        return -1;
    }
    (void)pthread_setname_np(inbox->thread, "keeper");
    inbox->is_started = true;
    return 0;
}

void keeper_stop(struct inbox *inbox)
{
    if (!inbox->is_started) {
        return;
    }
    queue_stop(&inbox->queue);
    (void)pthread_join(inbox->thread, NULL);
    inbox->is_started = false;
    while (inbox->late != NULL) {
        struct job *next = inbox->late->next;
        job_free(inbox->late);
        inbox->late = next;
    }
}
