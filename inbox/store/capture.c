/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/store/store.h"

/* Deliveries: numbers, one append, answers, then rows. */

uint64_t capture_size(const struct job *job)
{
    uint64_t size = 2 * JOURNAL_RECORD_HEAD + 4 * INBOX_NAME_SIZE;
    size += job->meta.size + job->said.size + job->piece.size;
    return size + (job->draft != NULL ? job->draft->size : 0);
}

/* ---- Before the append */

static void add_place(struct buffer *out, struct journal_place place)
{
    pack_u64(buffer_room(out, 8), record_place(place));
    out->size += 8;
}

static void add_u32(struct buffer *out, uint64_t number)
{
    pack_u32(buffer_room(out, 4), (uint32_t)number);
    out->size += 4;
}

static void add_draft(struct journal_batch *batch,
                      const struct inbox_draft *draft)
{
    const struct draft_chunk *chunk = draft->first;
    while (chunk != NULL) {
        journal_part(batch, (struct bytes){chunk->octets, chunk->size});
        chunk = chunk->next;
    }
}

static void prepare_message(struct inbox *inbox, struct job *job,
                            const char *name)
{
    struct journal_batch *batch = &inbox->batch;
    struct buffer *prefix = &job->body_prefix;
    job->message = inbox->next_message++;
    job->seq = inbox->next_seq++;
    size_t entry = journal_entry(batch, RECORD_MESSAGE, job->message, job->seq);
    (void)buffer_room(prefix, job->meta.size + INBOX_NAME_SIZE + 16);
    add_u32(prefix, 0);
    pack_text(prefix, name);
    buffer_add(prefix, buffer_bytes(&job->meta));
    pack_u32(prefix->at, (uint32_t)prefix->size - RECORD_PREFIX_MESSAGE);
    journal_part(batch, buffer_bytes(prefix));
    add_draft(batch, job->draft);
    job->body_entry = entry + 1;
}

static void prepare_body(struct inbox *inbox, struct job *job,
                         struct live *live)
{
    struct journal_batch *batch = &inbox->batch;
    struct buffer *prefix = &job->body_prefix;
    size_t entry = journal_entry(batch, RECORD_BODY, job->session, job->body);
    add_place(prefix, live->pending);
    add_u32(prefix, job->meta.size);
    buffer_add(prefix, buffer_bytes(&job->meta));
    journal_part(batch, buffer_bytes(prefix));
    add_draft(batch, job->draft);
    live->pending = batch->entries[entry].place;
    job->body_entry = entry + 1;
}

static void prepare_piece(struct inbox *inbox, struct job *job,
                          struct live *live, const char *name)
{
    struct journal_batch *batch = &inbox->batch;
    struct buffer *prefix = &job->piece_prefix;
    job->end_seq = job->is_end ? inbox->next_seq++ : 0;
    size_t entry =
        journal_entry(batch, RECORD_PIECE, job->session, job->end_seq);
    (void)buffer_room(prefix, job->said.size + INBOX_NAME_SIZE + 40);
    add_place(prefix, live->pending);
    pack_u64(buffer_room(prefix, 8), job->message);
    prefix->size += 8;
    add_u32(prefix, 0);
    pack_text(prefix, name);
    buffer_add(prefix, buffer_bytes(&job->said));
    pack_u32(prefix->at + RECORD_PREFIX_PIECE - 4,
             (uint32_t)prefix->size - RECORD_PREFIX_PIECE);
    journal_part(batch, buffer_bytes(prefix));
    journal_part(batch, buffer_bytes(&job->piece));
    live->pending = batch->entries[entry].place;
    job->piece_entry = entry + 1;
}

static void prepare(struct inbox *inbox, struct job *job)
{
    struct live *live =
        job->session != 0 ? live_need(&inbox->live, job->session) : NULL;
    job->box = boxes_route(inbox, job, live);
    struct box *box = boxes_by_id(inbox, job->box);
    job->message = 0;
    job->body_entry = 0;
    job->piece_entry = 0;
    job->body_prefix.size = 0;
    job->piece_prefix.size = 0;
    if (job->draft != NULL && job->is_message) {
        prepare_message(inbox, job, box->name);
    } else if (job->draft != NULL && live != NULL) {
        prepare_body(inbox, job, live);
    }
    if (live != NULL) {
        prepare_piece(inbox, job, live, box->name);
    }
}

static int append(struct inbox *inbox, struct job *jobs)
{
    uint64_t size = 0;
    if (!reserve_stands(inbox)) {
        return ENOSPC;
    }
    for (const struct job *job = jobs; job != NULL; job = job->next) {
        size += capture_size(job);
    }
    int result = keeper_make_room(inbox, size, false);
    if (result != 0) {
        return result;
    }
    journal_begin(inbox->journal, &inbox->batch);
    for (struct job *job = jobs; job != NULL; job = job->next) {
        prepare(inbox, job);
    }
    return journal_append(inbox->journal, &inbox->batch);
}

/* ---- After it */

static void answer(struct inbox *inbox, struct job *job,
                   enum inbox_verdict verdict, const char *reason)
{
    struct inbox_answer one = {
        .ticket = job->ticket, .message = job->message, .verdict = verdict};
    const struct box *box = boxes_by_id(inbox, job->box);
    text_copy(one.reason, sizeof(one.reason), reason);
    text_copy(one.inbox, sizeof(one.inbox),
              box == NULL ? "default" : box->name);
    if (job->answer != NULL) {
        *job->answer = one;
    }
    if (job->ticket != 0) {
        answers_add(inbox, &one);
        job->ticket = 0;
    }
}

static void note_live(struct inbox *inbox, struct job *job)
{
    const struct journal_entry *entries = inbox->batch.entries;
    if (job->body_entry != 0) {
        const struct journal_entry *entry = &entries[job->body_entry - 1];
        journal_live(inbox->journal, entry->place.segment,
                     (int64_t)(entry->size + JOURNAL_RECORD_HEAD));
    }
    if (job->piece_entry == 0) {
        return;
    }
    const struct journal_entry *entry = &entries[job->piece_entry - 1];
    journal_live(inbox->journal, entry->place.segment,
                 (int64_t)(entry->size + JOURNAL_RECORD_HEAD));
    struct live *live = live_find(&inbox->live, job->session);
    live_set_place(&inbox->live, live, entry->place);
    live->box = job->box;
    if (job->message != 0) {
        live_add_message(live, job->message);
    }
    live_add_tallies(live, job->first_transaction,
                     (const struct live_tally *)(void *)job->tallies.at,
                     job->tallies.size / sizeof(struct live_tally));
}

static int index_message_of_job(struct inbox *inbox, struct job *job,
                                struct arena *arena)
{
    const struct journal_entry *entry =
        &inbox->batch.entries[job->body_entry - 1];
    struct record_body body;
    struct index_message row = {
        .id = job->message,
        .seq = job->seq,
        .box = job->box,
        .body = &body,
        .begin = draft_begin(job->draft, &inbox->scratch),
        .size = job->draft->size,
        .place = entry->place,
    };
    row.head = (uint32_t)record_read_body(buffer_bytes(&job->body_prefix), true,
                                          arena, &body);
    return index_add_message(inbox->index, &row);
}

static int index_session_of_job(struct inbox *inbox, struct job *job,
                                struct arena *arena)
{
    const struct live *live = live_find(&inbox->live, job->session);
    struct inbox_session session;
    struct unpack from = {buffer_bytes(&job->said), false};
    session = (struct inbox_session){0};
    record_read_scalars(&from, arena, &session);
    live_sum(live, &session);
    const struct index_session row = {
        .seq = job->end_seq,
        .box = job->box,
        .session = &session,
        .messages = live->messages,
        .message_count = live->message_count,
        .alive = live->alive,
        .place = live->place,
    };
    return index_add_session(inbox->index, &row);
}

static void note_event(struct inbox *inbox, const struct job *job,
                       bool is_message)
{
    const struct box *box = boxes_by_id(inbox, job->box);
    struct inbox_event event = {
        .seq = is_message ? job->seq : job->end_seq,
        .id = is_message ? job->message : job->session,
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
    if (live->message_count > 0 && live->alive == 0) {
        inbox->orphans =
            memory_resize(inbox->orphans,
                          (inbox->orphan_count + 1) * sizeof(*inbox->orphans));
        inbox->orphans[inbox->orphan_count++] = live->id;
    }
}

/* Rows for one delivery. 0; -1 the index failed. */
static int index_job(struct inbox *inbox, struct job *job)
{
    struct arena arena = {0};
    int result = 0;
    if (job->message != 0) {
        result = index_message_of_job(inbox, job, &arena);
    }
    if (result == 0 && job->is_end && job->piece_entry != 0) {
        result = index_session_of_job(inbox, job, &arena);
    }
    arena_free(&arena);
    return result;
}

static void index_jobs(struct inbox *inbox, struct job *jobs)
{
    bool is_good = !inbox->is_behind && index_begin(inbox->index) == 0;
    for (struct job *job = jobs; job != NULL; job = job->next) {
        is_good = is_good && index_job(inbox, job) == 0;
        if (job->message != 0) {
            note_event(inbox, job, true);
        }
        if (job->is_end && job->piece_entry != 0) {
            note_event(inbox, job, false);
            note_orphan(inbox, live_find(&inbox->live, job->session));
            live_drop(&inbox->live, job->session);
        }
    }
    if (!is_good || index_pause(inbox->index) != 0) {
        keeper_index_failed(inbox);
    }
}

static void succeed(struct inbox *inbox, struct job *jobs)
{
    bool is_answer = false;
    for (struct job *job = jobs; job != NULL; job = job->next) {
        note_live(inbox, job);
        is_answer = is_answer || job->ticket != 0;
        /* Who has the answer may ask for the totals at once. */
        atomic_fetch_add(&inbox->message_total, job->message != 0 ? 1 : 0);
        atomic_fetch_add(&inbox->session_total, job->end_seq != 0 ? 1 : 0);
        answer(inbox, job, INBOX_KEPT, "");
    }
    atomic_store(&inbox->seq, inbox->next_seq - 1);
    if (is_answer) {
        answers_wake(inbox);
    }
    keeper_say(inbox, NULL);
    index_jobs(inbox, jobs);
}

/* ---- When it fails */

/* What was said is kept until there is room again, within bounds; the message
 * is refused. */
#define LATE_MOST ((size_t)16 << 20)

static void keep_late(struct inbox *inbox, struct job *job)
{
    size_t size = job->said.size + job->piece.size;
    inbox_draft_drop(job->draft);
    job->draft = NULL;
    job->is_message = false;
    if (job->session == 0 || inbox->late_bytes + size > LATE_MOST) {
        keeper_free_job(job);
        return;
    }
    inbox->late_bytes += size;
    struct job **end = &inbox->late;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    job->next = NULL;
    *end = job;
}

static void fail(struct inbox *inbox, struct job *job, int reason)
{
    bool is_full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    char words[100];
    text_copy(words, sizeof(words), strerror(reason));
    job->message = 0;
    struct live *live =
        job->session != 0 ? live_find(&inbox->live, job->session) : NULL;
    if (live != NULL) {
        live->pending = live->place;
    }
    answer(inbox, job, is_full ? INBOX_FULL : INBOX_FAILED, words);
    answers_wake(inbox);
    keeper_say(inbox, words);
    struct call *call = job->call;
    job->call = NULL;
    job->answer = NULL;
    keep_late(inbox, job);
    if (call != NULL) {
        keeper_done(inbox, call);
    }
}

static void free_jobs(struct inbox *inbox, struct job *jobs)
{
    while (jobs != NULL) {
        struct job *next = jobs->next;
        struct call *call = jobs->call;
        keeper_free_job(jobs);
        if (call != NULL) {
            keeper_done(inbox, call);
        }
        jobs = next;
    }
}

/* One message may be too large where the next one fits. */
static void capture_apart(struct inbox *inbox, struct job *jobs)
{
    while (jobs != NULL) {
        struct job *next = jobs->next;
        jobs->next = NULL;
        capture(inbox, jobs);
        jobs = next;
    }
}

void capture(struct inbox *inbox, struct job *jobs)
{
    uint64_t message = inbox->next_message;
    uint64_t seq = inbox->next_seq;
    int result = append(inbox, jobs);
    if (result == 0) {
        succeed(inbox, jobs);
        free_jobs(inbox, jobs);
        return;
    }
    inbox->next_message = message;
    inbox->next_seq = seq;
    for (const struct job *job = jobs; job != NULL; job = job->next) {
        struct live *live =
            job->session != 0 ? live_find(&inbox->live, job->session) : NULL;
        if (live != NULL) {
            live->pending = live->place;
        }
    }
    if (jobs->next != NULL) {
        capture_apart(inbox, jobs);
        return;
    }
    fail(inbox, jobs, result);
}
