/* SPDX-License-Identifier: MIT */
#include "inbox/store/kept.h"

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/store/commit.h"

/* What the journal holds and the index is to have. In memory the octets are
 * read where the journal keeps them, so a delivery is forgotten as soon as it
 * is kept; in files they are in the delivery, which waits for its row. */

/* A summary needs the header block, which ends before this. */
#define BEGIN_MOST ((size_t)256 << 10)
/* Rows that are added before a reader may have its turn. */
#define ROWS_AT_ONCE 100

/* ---- Noting */

static struct kept *add(struct kept_list *list)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        list->items =
            memory_resize(list->items, list->capacity * sizeof(*list->items));
    }
    return &list->items[list->count++];
}

static void note_message(struct inbox *inbox, const struct job *job)
{
    const struct journal_entry *entry =
        &inbox->batch.entries[job->body_entry - 1];
    struct bytes octets = journal_memory(inbox->journal, entry);
    struct kept *kept = add(&inbox->kept);
    *kept = (struct kept){
        .id = job->message,
        .seq = job->seq,
        .box = job->box,
        .place = entry->place,
        .said = buffer_bytes(&job->body_prefix),
        .draft = job->draft,
        .size = job->draft->size,
    };
    if (octets.at != NULL) {
        kept->draft = NULL;
        kept->mail = bytes_part(octets, kept->said.size, BEGIN_MOST);
        kept->said = bytes_part(octets, 0, kept->said.size);
    }
}

static void note_session(struct inbox *inbox, const struct job *job)
{
    const struct journal_entry *entry =
        &inbox->batch.entries[job->piece_entry - 1];
    struct bytes octets = journal_memory(inbox->journal, entry);
    struct kept *kept = add(&inbox->kept);
    *kept = (struct kept){
        .id = job->session,
        .seq = job->end_seq,
        .box = job->box,
        .ended = live_find(&inbox->live, job->session),
        .said = buffer_bytes(&job->said),
    };
    if (octets.at != NULL) {
        kept->said = bytes_part(octets, job->piece_prefix.size - job->said.size,
                                job->said.size);
    }
}

void kept_note(struct inbox *inbox, const struct job *job)
{
    if (job->message != 0) {
        note_message(inbox, job);
    }
    if (job->is_end && job->piece_entry != 0) {
        note_session(inbox, job);
    }
}

/* ---- Rows */

static int index_message(struct inbox *inbox, const struct kept *kept,
                         struct arena *arena)
{
    struct record_body body;
    struct index_message row = {
        .id = kept->id,
        .seq = kept->seq,
        .box = kept->box,
        .body = &body,
        .begin = kept->mail,
        .size = kept->size,
        .place = kept->place,
    };
    if (kept->draft != NULL) {
        row.begin = draft_begin(kept->draft, &inbox->scratch);
    }
    row.head = (uint32_t)record_read_body(kept->said, true, arena, &body);
    return index_add_message(inbox->index, &row);
}

static int index_session(struct inbox *inbox, const struct kept *kept,
                         struct arena *arena)
{
    const struct live *live = kept->ended;
    struct inbox_session session = {0};
    struct unpack from = {kept->said, false};
    record_read_scalars(&from, arena, &session);
    live_sum(live, &session);
    const struct index_session row = {
        .seq = kept->seq,
        .box = kept->box,
        .session = &session,
        .messages = live->messages,
        .message_count = live->message_count,
        .alive = live->alive,
        .tip = {live->place, live->cut},
    };
    return index_add_session(inbox->index, &row);
}

static int index_one(struct inbox *inbox, const struct kept *kept)
{
    struct arena arena = {0};
    int result = kept->ended == NULL ? index_message(inbox, kept, &arena)
                                     : index_session(inbox, kept, &arena);
    arena_free(&arena);
    return result;
}

/* 0; -1 the index failed. */
static int index_all(struct inbox *inbox, const struct kept_list *list)
{
    int result = 0;
    size_t at = 0;
    while (at < list->count && result == 0) {
        size_t end = at + ROWS_AT_ONCE;
        result = index_begin(inbox->index);
        for (; at < list->count && at < end && result == 0; at++) {
            result = index_one(inbox, &list->items[at]);
        }
        result = result == 0 ? index_pause(inbox->index) : result;
    }
    return result;
}

/* ---- What follows from a row */

static void note_event(struct inbox *inbox, const struct kept *kept)
{
    const struct box *box = boxes_by_id(&inbox->boxes, kept->box);
    bool is_message = kept->ended == NULL;
    struct inbox_event event = {
        .seq = kept->seq,
        .id = kept->id,
        .happening =
            is_message ? INBOX_HAPPENED_MESSAGE : INBOX_HAPPENED_SESSION,
        .kind = is_message ? INBOX_MESSAGES : INBOX_SESSIONS,
    };
    text_copy(event.inbox, sizeof(event.inbox), box->name);
    ring_add(&inbox->ring, &event);
}

/* A session all of whose messages went while it was open goes with its end. */
static void note_orphan(struct inbox *inbox, const struct live *live)
{
    bool has_had = live->message_count > 0 || live->has_lost;
    if (has_had && live->alive == 0) {
        inbox->orphans =
            memory_resize(inbox->orphans,
                          (inbox->orphan_count + 1) * sizeof(*inbox->orphans));
        inbox->orphans[inbox->orphan_count++] = live->id;
    }
}

static void finish(struct inbox *inbox, struct kept_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct kept *kept = &list->items[i];
        note_event(inbox, kept);
        if (kept->ended != NULL) {
            note_orphan(inbox, kept->ended);
            live_drop(&inbox->live, kept->id);
        }
    }
    list->count = 0;
}

void kept_index(struct inbox *inbox, bool is_shared)
{
    struct kept_list list = inbox->kept;
    bool is_good = !inbox->is_behind;
    inbox->kept = inbox->indexing;
    inbox->indexing = list;
    if (is_good && is_shared) {
        (void)pthread_mutex_unlock(&inbox->writing);
        is_good = index_all(inbox, &list) == 0;
        (void)pthread_mutex_lock(&inbox->writing);
    } else if (is_good) {
        is_good = index_all(inbox, &list) == 0;
    }
    finish(inbox, &inbox->indexing);
    if (!is_good) {
        commit_failed(inbox);
    }
}

void kept_settle(struct inbox *inbox)
{
    if (inbox->kept.count == 0) {
        return;
    }
    /* What comes meanwhile takes less time each time. */
    inbox->busy_at_us = clock_steady_us();
    for (int i = 0; i < 2 && inbox->kept.count > 0; i++) {
        kept_index(inbox, true);
    }
    if (inbox->kept.count > 0) {
        kept_index(inbox, false);
    }
}
