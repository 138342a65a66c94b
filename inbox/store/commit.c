/* SPDX-License-Identifier: MIT */
#include "inbox/store/commit.h"

#include <stdio.h>

#include "inbox/base/clock.h"

/* How long a failed index rests before it is caught up. */
#define RETRY_US 500000

/* What was saved of them went with the transaction. */
static void resave_segments(struct inbox *inbox)
{
    struct segment *segment = journal_segment_at(inbox->journal, 0);
    for (size_t i = 1; segment != NULL; i++) {
        segment->is_changed = true;
        segment = journal_segment_at(inbox->journal, i);
    }
}

void commit_failed(struct inbox *inbox)
{
    char reason[INBOX_ERROR_SIZE];
    (void)snprintf(reason, sizeof(reason), "the index: %.400s",
                   index_is_corrupt(inbox->index) ? "its file is damaged"
                                                  : index_reason(inbox->index));
    index_cancel(inbox->index);
    resave_segments(inbox);
    inbox->is_behind = true;
    inbox->retry_at_us = clock_steady_us();
    if (!reserve_release(&inbox->reserve)) {
        inbox->retry_at_us += RETRY_US;
    }
    failure_say(&inbox->failure, reason);
}

/* ---- The index becomes visible */

static void save_segments(struct inbox *inbox)
{
    struct segment *segment = journal_segment_at(inbox->journal, 0);
    for (size_t i = 1; segment != NULL; i++) {
        if (segment->is_changed &&
            index_save_segment(inbox->index, segment) == 0) {
            segment->is_changed = false;
        }
        segment = journal_segment_at(inbox->journal, i);
    }
}

static void publish(struct inbox *inbox)
{
    atomic_store(&inbox->message_total,
                 index_total(inbox->index, INDEX_MESSAGES, 0));
    atomic_store(&inbox->session_total,
                 index_total(inbox->index, INDEX_SESSIONS, 0));
    atomic_store(&inbox->shown_message, inbox->next_message - 1);
    queue_publish(&inbox->queue, atomic_load(&inbox->seq));
    listeners_tell(&inbox->listeners);
}

static void note_position(struct inbox *inbox)
{
    uint32_t active = journal_active(inbox->journal);
    const struct segment *segment = journal_segment(inbox->journal, active);
    inbox->position = (struct index_position){
        .store = journal_store(inbox->journal),
        .generation = journal_generation(inbox->journal),
        .place = {active, segment == NULL ? 0 : (uint32_t)segment->used},
        .seq = atomic_load(&inbox->seq),
        .filled = atomic_load(&inbox->fill_from),
        .told = atomic_load(&inbox->talk_from),
    };
}

int commit_index(struct inbox *inbox)
{
    if (inbox->is_behind) {
        return -1;
    }
    struct index_position before = inbox->position;
    note_position(inbox);
    int result = 0;
    if (inbox->options.dir != NULL) {
        result = index_begin(inbox->index);
        save_segments(inbox);
        result =
            result == 0 ? index_commit(inbox->index, &inbox->position) : result;
    } else {
        result = index_pause(inbox->index);
    }
    if (result != 0) {
        inbox->position = before;
        commit_failed(inbox);
        return -1;
    }
    publish(inbox);
    return 0;
}

bool commit_has_news(struct inbox *inbox)
{
    return index_is_dirty(inbox->index) ||
           atomic_load(&inbox->seq) > atomic_load(&inbox->queue.indexed);
}
