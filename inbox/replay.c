/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/clock.h"
#include "inbox/base/log.h"
#include "inbox/base/memory.h"
#include "inbox/inside.h"

/* What the journal says, in order: numbers, inboxes and open sessions from the
 * head of the segment on that the index has reached; rows from where it has
 * reached. The same code catches up, rebuilds and recovers. */

struct replayed {
    bool is_start; /* numbers and open sessions are not known yet */
    bool is_old;   /* the record is in the index already */
    bool has_numbers;
    uint64_t rows; /* since the last commit */
};

static void raise(uint64_t *number, uint64_t seen)
{
    if (*number <= seen) {
        *number = seen + 1;
    }
}

/* Live octets are counted at the start only: later they are known. */
static void count_space(struct inbox *inbox, uint32_t segment,
                        const struct journal_found *found, int sign)
{
    int64_t size = (int64_t)found->size + JOURNAL_RECORD_HEAD;
    if (!inbox->is_space_known) {
        journal_live(inbox->journal, segment, sign * size);
    }
}

/* A session's records up to `place` are replaced by a later one. */
static void forget_chain(struct inbox *inbox, struct journal_place place)
{
    struct arena arena = {0};
    struct chain chain;
    chain_follow(inbox->journal, place, &arena, &chain);
    for (size_t i = 0; i < chain.count; i++) {
        count_space(inbox, chain.found[i].place.segment, &chain.found[i], -1);
    }
    arena_free(&arena);
}

static int replay_message(struct inbox *inbox,
                          const struct journal_found *found,
                          struct bytes octets, struct arena *arena)
{
    struct record_body body;
    size_t head = record_read_body(octets, true, arena, &body);
    if (head == 0) {
        atomic_fetch_add(&inbox->damaged, 1);
        return 0;
    }
    struct index_row row;
    int known = index_find_message(inbox->index, found->key[0], &row);
    if (known < 0) {
        return -1;
    }
    if (known != 0) {
        /* A copy of one that is there already: this place is the later. */
        count_space(inbox, row.place.segment, found, -1);
        return index_move_message(inbox->index, found->key[0], found->place);
    }
    struct bytes mail = bytes_part(octets, head, SIZE_MAX);
    const struct index_message message = {
        .id = found->key[0],
        .seq = found->key[1],
        .box = boxes_need(inbox, body.inbox)->id,
        .body = &body,
        .begin = bytes_part(mail, 0, (size_t)256 << 10),
        .size = mail.size,
        .head = (uint32_t)head,
        .place = found->place,
    };
    return index_add_message(inbox->index, &message);
}

/* Messages of an open session that are still there. */
static void count_alive(struct inbox *inbox, struct live *live)
{
    struct index_row row;
    live->alive = 0;
    for (size_t i = 0; i < live->message_count; i++) {
        live->alive +=
            index_find_message(inbox->index, live->messages[i], &row) == 1 ? 1
                                                                           : 0;
    }
}

static int add_ended(struct inbox *inbox, struct live *live,
                     struct inbox_session *session, uint64_t seq)
{
    count_alive(inbox, live);
    live_sum(live, session);
    const struct index_session row = {
        .seq = seq,
        .box = live->box,
        .session = session,
        .messages = live->messages,
        .message_count = live->message_count,
        .alive = live->alive,
        .place = live->place,
    };
    return index_add_session(inbox->index, &row);
}

static void learn_piece(struct inbox *inbox, struct live *live,
                        const struct record_piece *piece,
                        const struct inbox_session *session)
{
    struct buffer tallies = {0};
    live->box = boxes_need(inbox, piece->inbox)->id;
    if (piece->message != 0) {
        live_add_message(live, piece->message);
    }
    for (size_t i = 0; i < session->message_count; i++) {
        live_add_message(live, session->messages[i]);
    }
    live_count(session, &tallies);
    live_add_tallies(live, session->first_transaction,
                     (struct live_tally *)(void *)tallies.at,
                     tallies.size / sizeof(struct live_tally));
    buffer_free(&tallies);
}

static int replay_piece(struct inbox *inbox, struct replayed *replayed,
                        const struct journal_found *found, struct bytes octets,
                        struct arena *arena)
{
    struct record_piece piece;
    struct inbox_session session;
    struct index_row row;
    uint64_t id = found->key[0];
    if (record_read_piece(octets, arena, &piece) != 0 ||
        record_read_session(piece.session, arena, &session) != 0) {
        atomic_fetch_add(&inbox->damaged, 1);
        return 0;
    }
    if (replayed->is_old && found->key[1] != 0) {
        live_drop(&inbox->live, id);
        return 0;
    }
    int known = index_find_session(inbox->index, id, &row);
    if (known < 0) {
        return -1;
    }
    if (known != 0) {
        if (!replayed->is_old) {
            forget_chain(inbox, row.place);
        }
        return index_move_session(inbox->index, id, found->place);
    }
    struct live *live = live_need(&inbox->live, id);
    if (found->type == RECORD_WHOLE) {
        if (!replayed->is_old) {
            forget_chain(inbox, live->place);
        }
        live_drop(&inbox->live, id);
        live = live_need(&inbox->live, id);
    }
    live_set_place(&inbox->live, live, found->place);
    learn_piece(inbox, live, &piece, &session);
    int result = 0;
    if (found->key[1] != 0) {
        result = add_ended(inbox, live, &session, found->key[1]);
        live_drop(&inbox->live, id);
    }
    return result;
}

/* The open sessions at a segment's head: what their pieces said so far. */
static void replay_open(struct inbox *inbox, struct bytes octets,
                        struct arena *arena)
{
    struct unpack from = {octets, false};
    size_t count = unpack_count(&from);
    for (size_t i = 0; i < count; i++) {
        uint64_t id = unpack_number(&from);
        struct journal_place place = record_place_of(unpack_number(&from));
        struct chain chain;
        struct inbox_session session;
        if (from.is_broken || live_find(&inbox->live, id) != NULL ||
            place.segment == 0) {
            continue;
        }
        chain_follow(inbox->journal, place, arena, &chain);
        if (chain_session(inbox->journal, &chain, arena, &session, NULL,
                          NULL) == 0) {
            struct live *live = live_need(&inbox->live, id);
            const struct record_piece piece = {.inbox = session.inbox};
            live_set_place(&inbox->live, live, place);
            learn_piece(inbox, live, &piece, &session);
        }
    }
}

static void replay_numbers(struct inbox *inbox, struct replayed *replayed,
                           const struct journal_found *found,
                           struct bytes octets)
{
    struct unpack from = {octets, false};
    uint64_t next_seq = unpack_number(&from);
    uint64_t epoch = unpack_number(&from);
    replayed->has_numbers = true;
    inbox->epoch = epoch;
    raise(&inbox->next_seq, next_seq - 1);
    raise(&inbox->next_message, found->key[1] - 1);
    if (atomic_load(&inbox->next_session) < found->key[0]) {
        atomic_store(&inbox->next_session, found->key[0]);
    }
}

static int replay_row(struct inbox *inbox, struct replayed *replayed,
                      const struct journal_found *found, struct bytes octets,
                      struct arena *arena)
{
    replayed->rows++;
    switch (found->type) {
    case RECORD_MESSAGE:
        raise(&inbox->next_message, found->key[0]);
        raise(&inbox->next_seq, found->key[1]);
        return replayed->is_old ? 0
                                : replay_message(inbox, found, octets, arena);
    case RECORD_PIECE:
    case RECORD_WHOLE:
        raise(&inbox->next_seq, found->key[1]);
        return replay_piece(inbox, replayed, found, octets, arena);
    case RECORD_BODY:
        live_set_place(&inbox->live, live_need(&inbox->live, found->key[0]),
                       found->place);
        return 0;
    case RECORD_DELETED:
    case RECORD_MARKED:
        raise(&inbox->next_seq, found->key[0] + found->key[1] - 1);
        if (replayed->is_old) {
            return 0;
        }
        return found->type == RECORD_DELETED
                   ? change_apply_deleted(inbox, octets, found->key[0])
                   : change_apply_marked(inbox, octets);
    default:
        return 0;
    }
}

static int replay_record(struct inbox *inbox, struct replayed *replayed,
                         const struct journal_found *found, struct bytes octets)
{
    struct arena arena = {0};
    int result = 0;
    if (found->type == RECORD_COUNTERS && replayed->is_start) {
        replay_numbers(inbox, replayed, found, octets);
    } else if (found->type == RECORD_BOXES && replayed->is_start) {
        boxes_read(inbox, octets);
    } else if (found->type == RECORD_OPEN) {
        replay_open(inbox, octets, &arena);
    } else {
        if (!replayed->is_old && found->type <= RECORD_WHOLE) {
            count_space(inbox, found->place.segment, found, 1);
        }
        result = replay_row(inbox, replayed, found, octets, &arena);
    }
    arena_free(&arena);
    return result;
}

static bool is_before(struct journal_place one, struct journal_place other)
{
    return record_place(one) < record_place(other);
}

static int commit_some(struct inbox *inbox, struct replayed *replayed)
{
    if (replayed->rows < 10000 || inbox->options.dir == NULL) {
        return 0;
    }
    /* The position stays: what is there twice is known by its number. */
    replayed->rows = 0;
    return index_begin(inbox->index);
}

static int replay_segment(struct inbox *inbox, struct replayed *replayed,
                          uint32_t number)
{
    struct journal_walk walk;
    struct journal_found found;
    int result = 0;
    if (journal_walk(inbox->journal, number, 0, &walk) != 0) {
        return 0;
    }
    while (result == 0 && journal_next(inbox->journal, &walk, &found) == 1) {
        replayed->is_old = is_before(found.place, inbox->position.place);
        result = replay_record(inbox, replayed, &found,
                               journal_octets(&walk, &found));
        result = result == 0 ? commit_some(inbox, replayed) : result;
    }
    if (walk.damaged > 0) {
        log_line(LOG_WARN, "event=journal-damaged segment=%u records=%llu",
                 number, (unsigned long long)walk.damaged);
        atomic_fetch_add(&inbox->damaged, walk.damaged);
    }
    if (walk.cut > 0) {
        log_line(LOG_WARN, "event=journal-cut segment=%u octets=%llu", number,
                 (unsigned long long)walk.cut);
    }
    journal_walk_end(inbox->journal, &walk);
    return result;
}

static void load_segment(void *context, const struct segment *saved)
{
    struct inbox *inbox = context;
    struct segment *segment = journal_segment(inbox->journal, saved->number);
    if (segment != NULL) {
        journal_live(inbox->journal, saved->number, (int64_t)saved->live);
        segment->refers_to = saved->refers_to;
        segment->marks = saved->marks;
    }
}

/* Where to begin: the segment that the index has reached, or all of them when
 * it is not an index of this journal. */
static int find_start(struct inbox *inbox, uint32_t *first_out)
{
    uint32_t reached = inbox->position.place.segment;
    if (journal_segment(inbox->journal, reached) != NULL &&
        inbox->position.generation == journal_generation(inbox->journal)) {
        *first_out = reached;
        atomic_store(&inbox->fill_from, inbox->position.filled);
        return inbox->is_space_known
                   ? 0
                   : index_load_segments(inbox->index, load_segment, inbox);
    }
    *first_out = 0;
    inbox->position = (struct index_position){0};
    return reached == 0 ? 0 : index_reset(inbox->index);
}

static int replay_all(struct inbox *inbox, struct replayed *replayed)
{
    uint32_t first = 0;
    size_t count = journal_segments(inbox->journal, NULL, 0);
    uint32_t *numbers = memory_new((count + 1) * sizeof(*numbers));
    (void)journal_segments(inbox->journal, numbers, count);
    int result = find_start(inbox, &first);
    result = result == 0 ? index_begin(inbox->index) : result;
    for (size_t i = 0; i < count && result == 0; i++) {
        if (numbers[i] >= first) {
            result = replay_segment(inbox, replayed, numbers[i]);
        }
    }
    free(numbers);
    return result == 0 ? boxes_index(inbox) : result;
}

/* ---- At the start */

/* A session that was open when the program ended without a word is over at its
 * last piece. */
static struct job *lost_job(struct inbox *inbox, const struct live *live,
                            struct arena *arena)
{
    struct chain chain;
    struct inbox_session session;
    chain_follow(inbox->journal, live->place, arena, &chain);
    if (chain_session(inbox->journal, &chain, arena, &session, NULL, NULL) !=
        0) {
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
        const struct live *live = inbox->live.buckets[i];
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
    for (size_t i = 0; i < inbox->box_count; i++) {
        const struct box *box = &inbox->boxes[i];
        bool is_used = box->is_created || box->id == INDEX_DEFAULT_BOX ||
                       index_total(inbox->index, INDEX_ACTIVITY, box->id) > 0;
        if (is_used) {
            inbox->boxes[kept++] = *box;
        } else {
            (void)index_drop_box(inbox->index, box->id);
        }
    }
    inbox->box_count = kept;
}

static int start(struct inbox *inbox, char *error_out)
{
    inbox->is_space_known = true;
    if (inbox->box_count == 0) {
        (void)boxes_need(inbox, "default");
    }
    prune_boxes(inbox);
    int result =
        journal_is_empty(inbox->journal) ? keeper_make_room(inbox, 0, true) : 0;
    if (result != 0) {
        (void)snprintf(error_out, INBOX_ERROR_SIZE,
                       "the journal cannot be begun: %s", strerror(result));
        return -1;
    }
    inbox->reserved_sessions = atomic_load(&inbox->next_session);
    atomic_store(&inbox->seq, inbox->next_seq - 1);
    end_lost(inbox);
    return keeper_commit(inbox);
}

int replay(struct inbox *inbox, bool is_start, char error_out[INBOX_ERROR_SIZE])
{
    struct replayed replayed = {.is_start = is_start};
    struct live *known[LIVE_BUCKETS];
    error_out[0] = '\0';
    if (!is_start) {
        /* The open sessions are known; those of the past are followed apart.
         */
        memcpy(known, inbox->live.buckets, sizeof(known));
        memset(inbox->live.buckets, 0, sizeof(known));
    }
    uint64_t count = inbox->live.count;
    inbox->is_replaying = true;
    int result = replay_all(inbox, &replayed);
    inbox->is_replaying = false;
    if (!is_start) {
        live_table_free(&inbox->live);
        memcpy(inbox->live.buckets, known, sizeof(known));
        inbox->live.count = count;
    }
    if (result == 0 && is_start) {
        result = start(inbox, error_out);
    }
    if (result != 0) {
        (void)snprintf(error_out, INBOX_ERROR_SIZE,
                       "the index cannot be built: %.400s",
                       index_reason(inbox->index));
        index_cancel(inbox->index);
    }
    return result;
}
