/* SPDX-License-Identifier: MIT */
#include "inbox/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "inbox/base/clock.h"
#include "inbox/base/log.h"
#include "inbox/base/memory.h"
#include "inbox/directory.h"
#include "inbox/keeper/keeper.h"
#include "inbox/keeper/replay.h"
#include "inbox/reading/fill.h"
#include "inbox/store/store.h"

/* ---- Opening and closing */

static void make_locks(struct inbox *inbox)
{
    pthread_mutex_t *const locks[] = {
        &inbox->answers.lock, &inbox->answers.wake_lock, &inbox->failure.lock,
        &inbox->boxes.lock,   &inbox->listeners.lock,    &inbox->live.lock,
        &inbox->drafts.lock,  &inbox->writing,
    };
    for (size_t i = 0; i < sizeof(locks) / sizeof(locks[0]); i++) {
        (void)pthread_mutex_init(locks[i], NULL);
    }
    queue_open(&inbox->queue);
    jobs_open(&inbox->jobs);
    ring_open(&inbox->ring);
}

static void start_numbers(struct inbox *inbox)
{
    inbox->started_at_us = clock_now_us();
    inbox->epoch = (uint64_t)inbox->started_at_us;
    inbox->next_message = 1;
    inbox->next_seq = 1;
    inbox->gathered_last = &inbox->gathered;
    inbox->boxes.next = INDEX_DEFAULT_BOX;
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
        reserve_find(&inbox->reserve);
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
    inbox->reserve.dir = inbox->dir;
    inbox->failure.where = inbox->dir == NULL ? "memory" : inbox->dir;
    make_locks(inbox);
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
    boxes_free(&inbox->boxes);
    jobs_close(&inbox->jobs);
    draft_room_free(&inbox->drafts);
    ring_close(&inbox->ring);
    buffer_free(&inbox->scratch);
    if (inbox->lock_file >= 0) {
        (void)close(inbox->lock_file);
    }
    free(inbox->kept.items);
    free(inbox->indexing.items);
    free(inbox->orphans);
    free(inbox->answers.items);
    free(inbox->dir);
    free(inbox);
}

/* ---- Numbers */

uint64_t inbox_seq(struct inbox *inbox)
{
    return atomic_load(&inbox->seq);
}

uint64_t inbox_indexed_seq(struct inbox *inbox)
{
    uint64_t seq = atomic_load(&inbox->seq);
    uint64_t indexed = atomic_load(&inbox->queue.indexed);
    if (indexed < seq) {
        queue_want(&inbox->queue);
    }
    return indexed;
}

int inbox_wait_indexed(struct inbox *inbox, uint64_t seq, unsigned limit_ms,
                       char reason_out[INBOX_ERROR_SIZE])
{
    int64_t until = clock_steady_us() + (int64_t)limit_ms * 1000;
    if (queue_wait_indexed(&inbox->queue, seq, until)) {
        return 0;
    }
    struct inbox_state state;
    inbox_state(inbox, &state);
    (void)snprintf(reason_out, INBOX_ERROR_SIZE, "%s",
                   state.is_failing ? state.failure
                                    : "the index is slow: try again");
    return -1;
}

void inbox_follow(struct inbox *inbox, int change)
{
    atomic_fetch_add(&inbox->queue.followers, (unsigned)change);
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
    failure_read(&inbox->failure, state_out);
    if (!state_out->is_failing && queue_is_stuck(&inbox->queue)) {
        state_out->is_failing = true;
        text_copy(state_out->failure, sizeof(state_out->failure),
                  queue_stuck_reason);
    }
}
