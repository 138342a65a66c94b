/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/keeper/replay.h"
#include "inbox/store/capture.h"
#include "inbox/store/commit.h"
#include "inbox/store/head.h"
#include "inbox/store/route.h"

/* What a start does when the journal was read: sessions that a crash cut off
 * are over, names that nothing has any more are forgotten. */

/* A session that was open when the program ended without a word is over at its
 * last piece. */
static struct job *lost_job(struct inbox *inbox, struct live *live,
                            struct arena *arena)
{
    struct inbox_session session;
    if (replay_past(inbox, live, arena, &session) != 0) {
        return NULL;
    }
    struct job *job = memory_new(sizeof(*job));
    job->kind = JOB_DELIVERY;
    job->session = live->id;
    job->is_end = true;
    session.is_live = false;
    session.outcome = "lost";
    session.close_reason = "crash";
    session.closed_at_us = journal_written_at_us(inbox->journal);
    if (session.closed_at_us < session.opened_at_us) {
        session.closed_at_us = session.opened_at_us;
    }
    session.first_transaction = (uint32_t)session.transaction_count + 1;
    session.transaction_count = 0;
    session.message_count = 0;
    job->first_transaction = session.first_transaction;
    (void)snprintf(job->bound, sizeof(job->bound), "%s", session.inbox);
    session.finding_count = 0;
    record_pack_session(&job->said, &session);
    live_count(&session, &job->tallies);
    return job;
}

static void end_lost(struct inbox *inbox)
{
    struct arena arena = {0};
    struct job *jobs = NULL;
    for (size_t i = 0; i < LIVE_BUCKETS; i++) {
        struct live *live = inbox->live.buckets[i];
        while (live != NULL) {
            uint64_t id = live->id;
            struct job *job = lost_job(inbox, live, &arena);
            live = live->next;
            if (job == NULL) {
                live_drop(&inbox->live, id);
                continue;
            }
            job->next = jobs;
            jobs = job;
        }
    }
    if (jobs != NULL) {
        capture(inbox, jobs);
    }
    arena_free(&arena);
}

/* Names that only deleted mail had stand in the journal still. */
static void prune_boxes(struct inbox *inbox)
{
    size_t kept = 0;
    for (size_t i = 0; i < inbox->boxes.count; i++) {
        const struct box *box = &inbox->boxes.items[i];
        bool is_used = box->is_created || box->id == INDEX_DEFAULT_BOX ||
                       index_total(inbox->index, INDEX_ACTIVITY, box->id) > 0;
        if (is_used) {
            inbox->boxes.items[kept++] = *box;
        } else {
            (void)index_drop_box(inbox->index, box->id);
        }
    }
    inbox->boxes.count = kept;
}

int replay_start(struct inbox *inbox, char *error_out)
{
    inbox->is_space_known = true;
    if (inbox->boxes.count == 0) {
        (void)route_need(inbox, "default");
    }
    prune_boxes(inbox);
    int result =
        journal_is_empty(inbox->journal) ? head_make_room(inbox, 0, true) : 0;
    if (result != 0) {
        (void)snprintf(error_out, INBOX_ERROR_SIZE,
                       "the journal cannot be begun: %s", strerror(result));
        return -1;
    }
    inbox->reserved_sessions = atomic_load(&inbox->next_session);
    atomic_store(&inbox->seq, inbox->next_seq - 1);
    end_lost(inbox);
    return commit_index(inbox);
}
