/* SPDX-License-Identifier: MIT */
#include "inbox/store/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/store/head.h"
#include "inbox/store/kept.h"
#include "inbox/store/route.h"

/* Deliveries: numbers, one append, answers, then rows. */

/* A sync is worth waiting for others. Without one the next large messages are
 * received while these are written. */
#define BATCH_BYTES ((uint64_t)1 << 20)
#define SYNCED_BYTES ((uint64_t)8 << 20)
#define BATCH_JOBS 512
#define AT_ONCE_BYTES ((uint64_t)256 << 10)
/* So many rows take the keeper some 200 us. With few processors, more in one go
 * would stop the loop, or who sends, for longer than the other can go on. */
#define MANY_ROWS 64

/* The octets that `job` will take in the journal, at most. */
static uint64_t job_size(const struct job *job)
{
    uint64_t size = 2 * JOURNAL_RECORD_HEAD + 4 * INBOX_NAME_SIZE;
    size += job->meta.size + job->said.size + job->piece.size;
    return size + (job->draft != NULL ? job->draft->size : 0);
}

struct job *capture_cut(const struct inbox *inbox, struct job **jobs)
{
    bool is_power = inbox->options.durability == INBOX_POWER;
    uint64_t most = is_power ? SYNCED_BYTES : BATCH_BYTES;
    struct job *first = *jobs;
    struct job *last = first;
    uint64_t size = job_size(first);
    size_t count = 1;
    while (last->next != NULL && count < BATCH_JOBS &&
           size + job_size(last->next) <= most) {
        last = last->next;
        size += job_size(last);
        count++;
    }
    *jobs = last->next;
    last->next = NULL;
    return first;
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

/* The session's box: once it has brought a message, that of the first. */
static const struct box *own_box(struct inbox *inbox, const struct job *job,
                                 struct live *live)
{
    const struct box *box = NULL;
    if (live->is_placed && job->is_message) {
        box = boxes_by_id(&inbox->boxes, live->box);
    } else {
        live->pending_box = job->box;
    }
    return box == NULL ? boxes_by_id(&inbox->boxes, job->box) : box;
}

static void prepare(struct inbox *inbox, struct job *job)
{
    struct live *live =
        job->session != 0 ? live_need(&inbox->live, job->session) : NULL;
    job->box = route_delivery(inbox, job, live);
    struct box *box = boxes_by_id(&inbox->boxes, job->box);
    const struct box *own = live == NULL ? NULL : own_box(inbox, job, live);
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
        prepare_piece(inbox, job, live, own->name);
    }
}

static int append(struct inbox *inbox, struct job *jobs)
{
    uint64_t size = 0;
    if (!reserve_stands(&inbox->reserve)) {
        return ENOSPC;
    }
    for (const struct job *job = jobs; job != NULL; job = job->next) {
        size += job_size(job);
    }
    int result = head_make_room(inbox, size, false);
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
    const struct box *box = boxes_by_id(&inbox->boxes, job->box);
    text_copy(one.reason, sizeof(one.reason), reason);
    text_copy(one.inbox, sizeof(one.inbox),
              box == NULL ? "default" : box->name);
    if (job->answer != NULL) {
        *job->answer = one;
    }
    if (job->ticket != 0) {
        answers_add(&inbox->answers, &one);
        job->ticket = 0;
    }
}

/* The octets of its session's records: what is no message. */
static uint64_t session_size(const struct inbox *inbox, const struct job *job)
{
    const struct journal_entry *entries = inbox->batch.entries;
    uint64_t size = entries[job->piece_entry - 1].size;
    bool is_body = job->body_entry != 0 && job->message == 0;
    return size + (is_body ? entries[job->body_entry - 1].size : 0);
}

static void note_live(struct inbox *inbox, struct job *job)
{
    if (job->piece_entry == 0) {
        return;
    }
    struct live *live = live_find(&inbox->live, job->session);
    live_set_place(&inbox->live, live,
                   inbox->batch.entries[job->piece_entry - 1].place);
    if (job->message == 0 || !live->is_placed) {
        live->box = job->box;
    }
    live->pending_box = live->box;
    live->is_placed = live->is_placed || job->message != 0;
    if (job->message != 0) {
        live_add_message(live, job->message);
    }
    live_set_kept(&inbox->live, live, live->kept + session_size(inbox, job));
    live_add_tallies(live, job->first_transaction,
                     (const struct live_tally *)(void *)job->tallies.at,
                     job->tallies.size / sizeof(struct live_tally));
}

/* The journal holds them: their givers may know. True: some wait for that. */
static bool succeed(struct inbox *inbox, struct job *jobs)
{
    bool is_answer = false;
    journal_live(inbox->journal, inbox->batch.next.segment,
                 (int64_t)inbox->batch.size);
    for (struct job *job = jobs; job != NULL; job = job->next) {
        note_live(inbox, job);
        kept_note(inbox, job);
        is_answer = is_answer || job->ticket != 0;
        /* Who has the answer may ask for the totals at once. */
        atomic_fetch_add(&inbox->message_total, job->message != 0 ? 1 : 0);
        atomic_fetch_add(&inbox->session_total, job->end_seq != 0 ? 1 : 0);
        answer(inbox, job, INBOX_KEPT, "");
    }
    atomic_store(&inbox->seq, inbox->next_seq - 1);
    return is_answer;
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
        job_free(job);
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
        live->pending_box = live->box;
    }
    answer(inbox, job, is_full ? INBOX_FULL : INBOX_FAILED, words);
    answers_wake(&inbox->answers);
    failure_say(&inbox->failure, words);
    struct call *call = job->call;
    job->call = NULL;
    job->answer = NULL;
    keep_late(inbox, job);
    if (call != NULL) {
        queue_done(&inbox->queue, call);
    }
}

static void free_jobs(struct inbox *inbox, struct job *jobs)
{
    for (struct job *job = jobs; job != NULL; job = job->next) {
        inbox_draft_drop(job->draft);
        job->draft = NULL;
        if (job->call != NULL) {
            queue_done(&inbox->queue, job->call);
        }
    }
    jobs_done(&inbox->jobs, jobs);
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

/* Appends them, or leaves everything as it was. 0 or an errno. */
static int keep(struct inbox *inbox, struct job *jobs)
{
    uint64_t message = inbox->next_message;
    uint64_t seq = inbox->next_seq;
    if (inbox->dir != NULL) {
        queue_writes(&inbox->queue, true);
    }
    int result = append(inbox, jobs);
    if (result == 0) {
        return 0;
    }
    inbox->next_message = message;
    inbox->next_seq = seq;
    for (const struct job *job = jobs; job != NULL; job = job->next) {
        struct live *live =
            job->session != 0 ? live_find(&inbox->live, job->session) : NULL;
        if (live != NULL) {
            live->pending = live->place;
            live->pending_box = live->box;
        }
    }
    return result;
}

void capture(struct inbox *inbox, struct job *jobs)
{
    int result = keep(inbox, jobs);
    if (result == ENOSPC && journal_bury_all(inbox->journal) > 0) {
        result = keep(inbox, jobs); /* in the room that those took */
    }
    if (result == 0) {
        if (succeed(inbox, jobs)) {
            answers_wake(&inbox->answers);
        }
        failure_say(&inbox->failure, NULL);
        kept_index(inbox, false);
        free_jobs(inbox, jobs);
    } else if (jobs->next != NULL) {
        capture_apart(inbox, jobs);
    } else {
        fail(inbox, jobs, result);
    }
}

/* ---- On the loop's thread */

/* Does it need the keeper: for an inbox that is not there yet, or because it
 * is so large that copying it is better done beside the loop? */
static bool needs_keeper(struct inbox *inbox, const struct job *jobs)
{
    uint64_t size = 0;
    bool is_known = true;
    for (; jobs != NULL && is_known; jobs = jobs->next) {
        size += job_size(jobs);
        is_known = jobs->bound[0] == '\0' ||
                   boxes_find(&inbox->boxes, jobs->bound) != NULL;
    }
    return !is_known || size > AT_ONCE_BYTES;
}

static void join(struct job *jobs, struct job *rest)
{
    while (jobs->next != NULL) {
        jobs = jobs->next;
    }
    jobs->next = rest;
}

struct job *capture_at_once(struct inbox *inbox, struct job *jobs)
{
    /* What was handed over before comes first. */
    if (inbox->dir != NULL || atomic_load(&inbox->queue.handed) > 0 ||
        pthread_mutex_trylock(&inbox->writing) != 0) {
        return jobs;
    }
    bool is_good = !inbox->failure.is_failing && inbox->late == NULL &&
                   !needs_keeper(inbox, jobs);
    while (is_good && jobs != NULL) {
        struct job *rest = jobs;
        struct job *batch = capture_cut(inbox, &rest);
        is_good = keep(inbox, batch) == 0;
        if (is_good) {
            (void)succeed(inbox, batch);
            free_jobs(inbox, batch);
            jobs = rest;
        } else {
            join(batch, rest);
        }
    }
    bool is_much = inbox->kept.count >= MANY_ROWS;
    (void)pthread_mutex_unlock(&inbox->writing);
    queue_remind(&inbox->queue, is_much);
    return jobs;
}
