/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/log.h"
#include "inbox/base/memory.h"
#include "inbox/keeper/replay.h"
#include "inbox/record/chain.h"
#include "inbox/store/route.h"
#include "inbox/upkeep/change.h"
#include "inbox/upkeep/damage.h"
#include "inbox/upkeep/mark.h"

/* What the journal says, in order: numbers, inboxes and open sessions from the
 * head of the segment on that the index has reached; rows from where it has
 * reached. The same code catches up, rebuilds and recovers. */

struct replayed {
    struct journal_found found; /* the record that is told again */
    bool is_start; /* numbers and open sessions are not known yet */
    bool is_old;   /* the record is in the index already */
    bool has_numbers;
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

/* A session's records up to `tip` are replaced by a later one. */
static void forget_chain(struct inbox *inbox, uint64_t session,
                         struct record_tip tip)
{
    struct arena arena = {0};
    struct chain chain = {.journal = inbox->journal, .arena = &arena};
    chain_follow(&chain, session, tip);
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
        .box = route_need(inbox, body.inbox)->id,
        .body = &body,
        .begin = bytes_part(mail, 0, (size_t)256 << 10),
        .size = mail.size,
        .head = (uint32_t)head,
        .place = found->place,
    };
    return index_add_message(inbox->index, &message);
}

/* Leaves those messages of an open session that are still there. */
static void count_alive(struct inbox *inbox, struct live *live)
{
    struct index_row row;
    size_t kept = 0;
    for (size_t i = 0; i < live->message_count; i++) {
        if (index_find_message(inbox->index, live->messages[i], &row) == 1) {
            live->messages[kept++] = live->messages[i];
        }
    }
    live->has_lost = live->has_lost || kept < live->message_count;
    live->message_count = kept;
    live->alive = kept;
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
        .tip = {live->place, live->cut},
    };
    return index_add_session(inbox->index, &row);
}

static void learn_piece(struct inbox *inbox, struct live *live,
                        const struct record_piece *piece,
                        const struct inbox_session *session)
{
    struct buffer tallies = {0};
    live->box = route_need(inbox, piece->inbox)->id;
    live->pending_box = live->box;
    live->is_placed =
        live->is_placed || piece->message != 0 || session->message_count > 0;
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

int replay_past(struct inbox *inbox, struct live *live, struct arena *arena,
                struct inbox_session *session_out)
{
    struct chain chain = {.journal = inbox->journal, .arena = arena};
    const struct record_tip tip = {live->place, live->cut};
    chain_follow(&chain, live->id, tip);
    if (chain_session(&chain, session_out, NULL) != 0) {
        return -1;
    }
    if (live->is_unread) {
        const struct record_piece piece = {.inbox = session_out->inbox};
        learn_piece(inbox, live, &piece, session_out);
        live->is_unread = false;
    }
    /* What was deleted while it was open is known of no open session. */
    count_alive(inbox, live);
    return 0;
}

static int replay_piece(struct inbox *inbox, const struct replayed *replayed,
                        struct bytes octets, struct arena *arena)
{
    const struct journal_found *found = &replayed->found;
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
    if (known != 0 && replayed->is_old) {
        return 0; /* the index knows where its newest record is */
    }
    if (known != 0) {
        forget_chain(inbox, id, (struct record_tip){row.place, row.cut});
        const struct record_tip tip = {found->place, row.place};
        return index_move_session(inbox->index, id, tip);
    }
    struct live *live = live_need(&inbox->live, id);
    bool is_end = found->key[1] != 0;
    if (found->type == RECORD_WHOLE) {
        struct record_tip tip = {live->place, live->cut};
        if (!replayed->is_old) {
            forget_chain(inbox, id, tip);
        }
        live_drop(&inbox->live, id);
        live = live_need(&inbox->live, id);
        live_cut(&inbox->live, live, tip.place, 0);
    }
    live_set_place(&inbox->live, live, found->place);
    if (!live->is_unread) {
        learn_piece(inbox, live, &piece, &session);
    } else if (is_end) {
        struct inbox_session whole;
        (void)replay_past(inbox, live, arena, &whole);
    }
    int result = 0;
    if (is_end) {
        result = add_ended(inbox, live, &session, found->key[1]);
        live_drop(&inbox->live, id);
    }
    return result;
}

/* The open sessions at a segment's head. Most end further on, and of those
 * that the index has nothing is wanted: what the pieces of one said is read
 * only when it must be, for a kept connection may have thousands. */
static void replay_open(struct inbox *inbox, struct bytes octets)
{
    struct unpack from = {octets, false};
    size_t count = unpack_count(&from);
    struct live **known = memory_new((count + 1) * sizeof(*known));
    for (size_t i = 0; i < count; i++) {
        uint64_t id = unpack_number(&from);
        struct journal_place place = record_place_of(unpack_number(&from));
        if (from.is_broken || live_find(&inbox->live, id) != NULL ||
            place.segment == 0) {
            continue;
        }
        known[i] = live_need(&inbox->live, id);
        live_set_place(&inbox->live, known[i], place);
        known[i]->is_unread = true;
    }
    for (size_t i = 0; i < count && from.rest.size > 0; i++) {
        struct journal_place cut = record_place_of(unpack_number(&from));
        if (known[i] != NULL) {
            live_cut(&inbox->live, known[i], cut, 0);
        }
    }
    free(known);
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

static int replay_row(struct inbox *inbox, const struct replayed *replayed,
                      struct bytes octets, struct arena *arena)
{
    const struct journal_found *found = &replayed->found;
    switch (found->type) {
    case RECORD_MESSAGE:
        raise(&inbox->next_message, found->key[0]);
        raise(&inbox->next_seq, found->key[1]);
        return replayed->is_old ? 0
                                : replay_message(inbox, found, octets, arena);
    case RECORD_PIECE:
    case RECORD_WHOLE:
        raise(&inbox->next_seq, found->key[1]);
        return replay_piece(inbox, replayed, octets, arena);
    case RECORD_BODY:
        live_set_place(&inbox->live, live_need(&inbox->live, found->key[0]),
                       found->place);
        return 0;
    case RECORD_DELETED:
    case RECORD_MARKED:
        raise(&inbox->next_seq, found->key[0] + found->key[1] - 1);
        if (found->type == RECORD_DELETED) {
            return change_apply_deleted(inbox, octets, replayed->is_old);
        }
        return replayed->is_old ? 0 : mark_apply(inbox, octets);
    default:
        return 0;
    }
}

static int replay_record(struct inbox *inbox, struct replayed *replayed,
                         struct bytes octets)
{
    const struct journal_found *found = &replayed->found;
    struct arena arena = {0};
    int result = 0;
    if (found->type == RECORD_COUNTERS && replayed->is_start) {
        replay_numbers(inbox, replayed, found, octets);
    } else if (found->type == RECORD_BOXES && replayed->is_start) {
        boxes_read(&inbox->boxes, octets);
    } else if (found->type == RECORD_OPEN) {
        replay_open(inbox, octets);
    } else {
        if (!replayed->is_old && found->type <= RECORD_WHOLE) {
            count_space(inbox, found->place.segment, found, 1);
        }
        result = replay_row(inbox, replayed, octets, &arena);
    }
    arena_free(&arena);
    return result;
}

static bool is_before(struct journal_place one, struct journal_place other)
{
    return record_place(one) < record_place(other);
}

/* Where the index has rows and the segment nothing whole, they go. */
static int drop_hole(struct inbox *inbox, struct journal_place from,
                     struct journal_place until)
{
    struct journal_place reached = inbox->position.place;
    int64_t lost = 0;
    if (from.segment == reached.segment && is_before(from, reached)) {
        lost = damage_between(inbox, (struct index_span){from, until});
    }
    if (lost > 0) {
        log_line(LOG_WARN, "event=messages-damaged segment=%u messages=%lld",
                 from.segment, (long long)lost);
    }
    return lost < 0 ? -1 : 0;
}

static int replay_segment(struct inbox *inbox, struct replayed *replayed,
                          uint32_t number)
{
    struct journal_walk walk;
    struct journal_found *found = &replayed->found;
    int result = 0;
    if (journal_walk(inbox->journal, number, 0, &walk) != 0) {
        return 0;
    }
    struct journal_place at = {number, (uint32_t)walk.offset};
    while (result == 0 && journal_next(inbox->journal, &walk, found) == 1) {
        if (found->place.offset != at.offset) {
            result = drop_hole(inbox, at, found->place);
        }
        at.offset = (uint32_t)walk.offset;
        replayed->is_old = is_before(found->place, inbox->position.place);
        result = result == 0 ? replay_record(inbox, replayed,
                                             journal_octets(&walk, found))
                             : result;
    }
    if (result == 0) {
        result =
            drop_hole(inbox, at, (struct journal_place){number, UINT32_MAX});
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

static int replay_all(struct inbox *inbox, struct replayed *replayed)
{
    uint32_t first = 0;
    size_t count = journal_segments(inbox->journal, NULL, 0);
    uint32_t *numbers = memory_new((count + 1) * sizeof(*numbers));
    (void)journal_segments(inbox->journal, numbers, count);
    int result = replay_from(inbox, &first);
    result = result == 0 ? index_begin(inbox->index) : result;
    for (size_t i = 0; i < count && result == 0; i++) {
        if (numbers[i] >= first) {
            result = replay_segment(inbox, replayed, numbers[i]);
        }
    }
    free(numbers);
    return result == 0 ? route_index(inbox) : result;
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
        result = replay_start(inbox, error_out);
    }
    if (result != 0) {
        (void)snprintf(error_out, INBOX_ERROR_SIZE,
                       "the index cannot be built: %.400s",
                       index_reason(inbox->index));
        index_cancel(inbox->index);
    }
    return result;
}
