/* SPDX-License-Identifier: MIT */
#include "inbox/upkeep/damage.h"

#include "inbox/base/log.h"
#include "inbox/base/memory.h"
#include "inbox/store/commit.h"
#include "inbox/store/head.h"
#include "inbox/upkeep/change.h"

/* A message whose octets are not those that were written is worse than none:
 * its row goes, and it is said. The record costs itself alone; what its session
 * said stays. Nothing is written down: reading the journal anew finds the
 * same. */

#define AT_ONCE 256

void damage_found(struct inbox *inbox, uint64_t message,
                  struct journal_place place)
{
    struct job *job = memory_new(sizeof(*job));
    job->kind = JOB_DAMAGED;
    job->message = message;
    job->seq = record_place(place);
    queue_give(&inbox->queue, job, &job->next);
}

void damage_hole(struct inbox *inbox, struct journal_place from,
                 struct journal_place until)
{
    struct job *job = memory_new(sizeof(*job));
    job->kind = JOB_DAMAGED;
    job->seq = record_place(from);
    job->body = record_place(until);
    queue_give(&inbox->queue, job, &job->next);
}

static void tell(struct inbox *inbox, const struct index_row *row)
{
    if (inbox->is_replaying) {
        return; /* which says how many, and nobody follows yet */
    }
    log_line(LOG_WARN, "event=message-damaged id=%llu segment=%u offset=%u",
             (unsigned long long)row->id, row->place.segment,
             row->place.offset);
    atomic_fetch_add(&inbox->damaged, 1);
    change_tell_gone(inbox, row, INBOX_MESSAGES);
    atomic_store(&inbox->seq, inbox->next_seq - 1);
}

/* Takes the message out of the index. 0; -1 the index failed. */
static int lose(struct inbox *inbox, uint64_t id)
{
    struct index_row row;
    int found = index_find_message(inbox->index, id, &row);
    if (found != 1) {
        return found;
    }
    if (index_drop_message(inbox->index, &row) != 0 ||
        (row.session != 0 &&
         index_session_lost(inbox->index, row.session) != 0)) {
        return -1;
    }
    uint64_t size = row.size + row.head + JOURNAL_RECORD_HEAD;
    struct live *live =
        row.session == 0 ? NULL : live_find(&inbox->live, row.session);
    journal_live(inbox->journal, row.place.segment, -(int64_t)size);
    if (live != NULL && live->alive > 0) {
        live->alive--;
    }
    tell(inbox, &row);
    return 0;
}

/* A hole in which no message stands was something that a session said, or what
 * nobody needs any more. 0; -1 the index failed. */
static int take_hole(struct inbox *inbox, const struct job *job)
{
    const struct index_span hole = {record_place_of(job->seq),
                                    record_place_of(job->body)};
    int64_t lost = damage_between(inbox, hole);
    if (lost == 0) {
        log_line(LOG_WARN, "event=journal-damaged segment=%u offset=%u",
                 hole.from.segment, hole.from.offset);
        atomic_fetch_add(&inbox->damaged, 1);
    }
    return lost < 0 ? -1 : 0;
}

static bool is_there(struct inbox *inbox, const struct job *job)
{
    struct index_row row;
    return index_find_message(inbox->index, job->message, &row) == 1 &&
           record_place(row.place) == job->seq;
}

void damage_take(struct inbox *inbox, const struct job *job)
{
    if (inbox->is_behind) {
        return;
    }
    int result = index_begin(inbox->index);
    if (result == 0 && job->message == 0) {
        result = take_hole(inbox, job);
    } else if (result == 0 && is_there(inbox, job)) {
        result = lose(inbox, job->message);
    }
    if (result != 0 || index_pause(inbox->index) != 0) {
        commit_failed(inbox);
        return;
    }
    /* Numbers that were told are not used again after a crash. */
    (void)head_save_numbers(inbox);
}

int64_t damage_between(struct inbox *inbox, struct index_span span)
{
    int64_t lost = 0;
    uint64_t ids[AT_ONCE];
    int count = AT_ONCE;
    while (count == AT_ONCE) {
        count = index_between(inbox->index, span, ids, AT_ONCE);
        for (int i = 0; i < count; i++) {
            if (lose(inbox, ids[i]) != 0) {
                return -1;
            }
            lost++;
        }
    }
    return count < 0 ? -1 : lost;
}
