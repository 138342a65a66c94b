/* SPDX-License-Identifier: MIT */
#include "inbox/upkeep/compact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/record/chain.h"
#include "inbox/store/commit.h"
#include "inbox/store/head.h"
#include "inbox/upkeep/damage.h"
#include "inbox/upkeep/mark.h"
#include "inbox/upkeep/trim.h"

/* Space is given back by whole segments: one in which nothing is live goes, and
 * the rest of one under a quarter alive is copied to the journal's end. */

#define STEP_BYTES ((uint64_t)1 << 20)
#define TURN_BYTES ((uint64_t)4 << 20)
#define COPIED_SHARE 25 /* of a segment, in hundredths */
#define DROPPED_MOST 16 /* segments in one step */

/* ---- Sessions */

/* Writes one body of the chain again. */
static int copy_body(struct inbox *inbox, const struct journal_found *found,
                     struct journal_place *last)
{
    struct buffer octets = {0};
    struct journal_batch batch = {0};
    if (journal_load(inbox->journal, found, &octets) != 0) {
        return 0; /* damaged: there is nothing to keep */
    }
    int result =
        head_make_room(inbox, octets.size + JOURNAL_RECORD_HEAD, false);
    if (result == 0) {
        pack_u64(octets.at, record_place(*last));
        journal_begin(inbox->journal, &batch);
        (void)journal_entry(&batch, RECORD_BODY, found->key[0], found->key[1]);
        journal_part(&batch, buffer_bytes(&octets));
        result = journal_append(inbox->journal, &batch);
    }
    if (result == 0) {
        *last = batch.entries[0].place;
        journal_live(inbox->journal, last->segment,
                     (int64_t)(octets.size + JOURNAL_RECORD_HEAD));
    }
    journal_batch_free(&batch);
    buffer_free(&octets);
    return result;
}

static void put_prefix(struct buffer *out, const struct inbox_session *session,
                       struct journal_place last)
{
    unsigned char *at = buffer_room(out, RECORD_PREFIX_PIECE);
    memset(at, 0, RECORD_PREFIX_PIECE);
    pack_u64(at, record_place(last));
    out->size += RECORD_PREFIX_PIECE;
    pack_text(out, session->inbox);
    record_pack_session(out, session);
    pack_u32(out->at + RECORD_PREFIX_PIECE - 4,
             (uint32_t)out->size - RECORD_PREFIX_PIECE);
}

/* Writes all pieces of the chain as one. */
static int copy_pieces(struct inbox *inbox, const struct chain *chain,
                       struct journal_place *last)
{
    struct inbox_session session;
    struct inbox_pieces pieces;
    if (chain_session(chain, &session, &pieces) != 0) {
        return 0;
    }
    struct journal_batch batch = {0};
    struct buffer head = {0};
    put_prefix(&head, &session, *last);
    uint64_t size = JOURNAL_RECORD_HEAD + head.size;
    for (size_t i = 0; i < pieces.count; i++) {
        size += pieces.items[i].size;
    }
    int result = head_make_room(inbox, size, false);
    if (result == 0) {
        journal_begin(inbox->journal, &batch);
        (void)journal_entry(&batch, RECORD_WHOLE, session.id, session.seq);
        journal_part(&batch, buffer_bytes(&head));
        for (size_t i = 0; i < pieces.count; i++) {
            journal_part(&batch, pieces.items[i]);
        }
        result = journal_append(inbox->journal, &batch);
    }
    if (result == 0) {
        *last = batch.entries[0].place;
        journal_live(inbox->journal, last->segment,
                     (int64_t)(batch.entries[0].size + JOURNAL_RECORD_HEAD));
    }
    journal_batch_free(&batch);
    buffer_free(&head);
    return result;
}

int compact_session(struct inbox *inbox, uint64_t id, struct record_tip *tip)
{
    struct arena arena = {0};
    struct chain chain = {.journal = inbox->journal, .arena = &arena};
    struct journal_place last = {0};
    int result = 0;
    chain_follow(&chain, id, *tip);
    for (size_t i = chain.count; i > 0 && result == 0; i--) {
        if (chain.found[i - 1].type == RECORD_BODY) {
            result = copy_body(inbox, &chain.found[i - 1], &last);
        }
    }
    if (result == 0) {
        result = copy_pieces(inbox, &chain, &last);
    }
    if (result == 0) {
        for (size_t i = 0; i < chain.count; i++) {
            const struct journal_found *found = &chain.found[i];
            journal_live(inbox->journal, found->place.segment,
                         -((int64_t)found->size + JOURNAL_RECORD_HEAD));
        }
        /* What was written anew begins behind all that was there. */
        *tip = (struct record_tip){last, tip->place};
    }
    arena_free(&arena);
    return result;
}

/* ---- Messages and marks */

static int move_message(struct inbox *inbox, const struct journal_found *found,
                        struct bytes octets)
{
    struct journal_batch batch = {0};
    int64_t size = (int64_t)octets.size + JOURNAL_RECORD_HEAD;
    int result = head_make_room(inbox, (uint64_t)size, false);
    if (result == 0) {
        journal_begin(inbox->journal, &batch);
        (void)journal_entry(&batch, RECORD_MESSAGE, found->key[0],
                            found->key[1]);
        journal_part(&batch, octets);
        result = journal_append(inbox->journal, &batch);
    }
    if (result == 0) {
        struct journal_place place = batch.entries[0].place;
        journal_live(inbox->journal, place.segment, size);
        journal_live(inbox->journal, found->place.segment, -size);
        if (index_move_message(inbox->index, found->key[0], place) != 0) {
            commit_failed(inbox);
            result = -1;
        }
    }
    journal_batch_free(&batch);
    /* A mark counts only behind the message it speaks of. */
    return result == 0 ? mark_again(inbox, &found->key[0], 1) : result;
}

static bool is_same(struct journal_place one, struct journal_place other)
{
    return record_place(one) == record_place(other);
}

static int move_session(struct inbox *inbox, uint64_t id)
{
    struct record_tip tip;
    struct live *live = live_find(&inbox->live, id);
    int found = trim_tip(inbox, id, &tip);
    if (found != 1) {
        return found;
    }
    int result = compact_session(inbox, id, &tip);
    if (result != 0) {
        return result;
    }
    if (live != NULL) {
        live_set_place(&inbox->live, live, tip.place);
        live_cut(&inbox->live, live, tip.cut, 0);
        return 0;
    }
    if (index_move_session(inbox->index, id, tip) != 0) {
        commit_failed(inbox);
        return -1;
    }
    return 0;
}

/* Does the session still use this record? */
static bool is_in_chain(struct inbox *inbox, const struct journal_found *found)
{
    struct arena arena = {0};
    struct chain chain = {.journal = inbox->journal, .arena = &arena};
    struct record_tip tip;
    bool is_there = false;
    if (trim_tip(inbox, found->key[0], &tip) == 1) {
        chain_follow(&chain, found->key[0], tip);
    }
    for (size_t i = 0; i < chain.count; i++) {
        is_there = is_there || is_same(chain.found[i].place, found->place);
    }
    arena_free(&arena);
    return is_there;
}

static int mark_elsewhere(struct inbox *inbox, struct bytes octets)
{
    struct arena arena = {0};
    uint64_t *ids = NULL;
    size_t count = mark_ids(octets, &arena, &ids);
    int result = mark_again(inbox, ids, count);
    arena_free(&arena);
    return result;
}

static int copy_deleted(struct inbox *inbox, const struct journal_found *found,
                        struct bytes octets, uint32_t refers_to)
{
    struct journal_batch batch = {0};
    int result =
        head_make_room(inbox, octets.size + JOURNAL_RECORD_HEAD, false);
    if (result == 0) {
        journal_begin(inbox->journal, &batch);
        (void)journal_entry(&batch, RECORD_DELETED, found->key[0],
                            found->key[1]);
        journal_part(&batch, octets);
        result = journal_append(inbox->journal, &batch);
    }
    if (result == 0) {
        struct segment *segment =
            journal_segment(inbox->journal, journal_active(inbox->journal));
        segment->refers_to =
            refers_to < segment->refers_to ? refers_to : segment->refers_to;
        segment->is_changed = true;
    }
    journal_batch_free(&batch);
    return result;
}

/* ---- A segment */

/* Is there an older segment that deletions in this one speak of? */
static bool is_referring(struct inbox *inbox, const struct segment *segment)
{
    return segment->refers_to != UINT32_MAX &&
           journal_oldest(inbox->journal) < segment->number;
}

static int copy_record(struct inbox *inbox, const struct segment *segment,
                       const struct journal_found *found, struct bytes octets)
{
    struct index_row row;
    switch (found->type) {
    case RECORD_MESSAGE:
        if (index_find_message(inbox->index, found->key[0], &row) == 1 &&
            is_same(row.place, found->place)) {
            return move_message(inbox, found, octets);
        }
        return 0;
    case RECORD_BODY:
    case RECORD_PIECE:
    case RECORD_WHOLE:
        return is_in_chain(inbox, found) ? move_session(inbox, found->key[0])
                                         : 0;
    case RECORD_MARKED:
        return mark_elsewhere(inbox, octets);
    case RECORD_DELETED:
        return is_referring(inbox, segment)
                   ? copy_deleted(inbox, found, octets, segment->refers_to)
                   : 0;
    default:
        return 0;
    }
}

/* The next whole record behind damage. False: there is none. */
static bool skip_damage(struct inbox *inbox, struct journal_place *place,
                        struct journal_found *found)
{
    struct journal_walk walk;
    struct journal_place from = *place;
    if (journal_walk(inbox->journal, place->segment, place->offset, &walk) !=
        0) {
        return false;
    }
    bool is_there = journal_next(inbox->journal, &walk, found) == 1;
    journal_walk_end(inbox->journal, &walk);
    *place = is_there ? found->place
                      : (struct journal_place){place->segment, UINT32_MAX};
    if (damage_between(inbox, (struct index_span){from, *place}) < 0) {
        commit_failed(inbox);
        is_there = false;
    }
    return is_there;
}

/* Copies some megabyte of what is needed; true when the end was reached. */
static bool copy_some(struct inbox *inbox, struct segment *segment)
{
    struct journal_place place = {segment->number,
                                  (uint32_t)inbox->compact_offset};
    struct journal_found found;
    uint64_t copied = 0;
    int result = 0;
    while (result == 0 && copied < STEP_BYTES &&
           place.offset + JOURNAL_RECORD_HEAD <= segment->used) {
        struct buffer octets = {0};
        if (journal_look(inbox->journal, place, &found) != 0 &&
            !skip_damage(inbox, &place, &found)) {
            break;
        }
        bool is_small = found.type != RECORD_MESSAGE;
        struct index_row row;
        bool is_needed =
            is_small ||
            (index_find_message(inbox->index, found.key[0], &row) == 1 &&
             is_same(row.place, found.place));
        if (is_needed && journal_load(inbox->journal, &found, &octets) == 0) {
            result = copy_record(inbox, segment, &found, buffer_bytes(&octets));
            copied += octets.size;
        } else if (is_needed && !is_small) {
            damage_found(inbox, found.key[0], place);
        }
        copied += 256;
        buffer_free(&octets);
        place.offset += JOURNAL_RECORD_HEAD + found.size;
    }
    inbox->compact_offset = place.offset;
    return result == 0 && copied < STEP_BYTES;
}

static void forget_segment(struct inbox *inbox, struct segment *segment)
{
    uint32_t number = segment->number;
    if (inbox->options.dir != NULL) {
        /* Else the commit would write down what was just dropped. */
        segment->is_changed = false;
        /* Rows that point elsewhere now must be there before it goes. */
        if (index_drop_segment(inbox->index, number) != 0 ||
            commit_index(inbox) != 0) {
            return;
        }
        inbox->dirty_since_us = 0;
    }
    journal_drop(inbox->journal, number);
}

/* In memory what is dead takes as much room as what is alive. It is copied out
 * when it is a quarter of that: a session is copied whole with any piece of it,
 * and for less that would be done again and again. */
static bool is_tight(struct inbox *inbox)
{
    uint64_t most = inbox->options.max_bytes;
    uint64_t used = atomic_load(&inbox->space);
    uint64_t live = journal_live_total(inbox->journal);
    return inbox->dir == NULL && most > 0 && used > most + most / 16 &&
           used > live + live / 4;
}

/* Is retention at work? Then the oldest segment empties by itself, and what is
 * copied out of it would go at once. */
static bool is_retiring(struct inbox *inbox)
{
    uint64_t octets = inbox->options.max_bytes;
    uint64_t entries = inbox->options.max_messages;
    uint64_t live = journal_live_total(inbox->journal);
    return (octets > 0 && live > octets - octets / 8) ||
           (entries > 0 &&
            index_total(inbox->index, INDEX_ACTIVITY, 0) >= entries);
}

/* On a small disk the segment that is appended to may be all there is: where
 * little in it is alive, a new one is begun, so that its room is given back. */
static void turn_active(struct inbox *inbox)
{
    const struct segment *segment =
        journal_segment(inbox->journal, journal_active(inbox->journal));
    if (inbox->dir == NULL || segment == NULL ||
        segment->used < TURN_BYTES + 2 * head_size(inbox) ||
        segment->live * 100 / segment->used >= COPIED_SHARE) {
        return;
    }
    if (head_make_room(inbox, 0, true) == ENOSPC &&
        reserve_release(&inbox->reserve)) {
        (void)head_make_room(inbox, 0, true);
    }
}

/* A segment that may go, or whose rest should be copied: the one that costs
 * least. 0: none. */
static uint32_t choose(struct inbox *inbox)
{
    atomic_store(&inbox->space, journal_space(inbox->journal));
    /* Copied is what lives: a quarter of what is given back, or, where room is
     * short, up to three times that. */
    bool is_short = is_tight(inbox);
    uint64_t share = is_short ? 75 : COPIED_SHARE;
    uint32_t best = 0;
    uint32_t active = journal_active(inbox->journal);
    uint32_t emptied =
        !is_short && is_retiring(inbox) ? journal_oldest(inbox->journal) : 0;
    const struct segment *segment = journal_segment_at(inbox->journal, 0);
    for (size_t i = 1; segment != NULL; i++) {
        uint64_t alive = segment->live * 100 / segment->used;
        bool is_free = segment->number != active &&
                       (segment->number != emptied || segment->live == 0);
        if (is_free && alive < share) {
            best = segment->number;
            share = alive;
        }
        segment = journal_segment_at(inbox->journal, i);
    }
    return best;
}

/* One bounded step. True: a segment went. */
static bool compact(struct inbox *inbox)
{
    if (inbox->is_behind) {
        return false;
    }
    if (inbox->compacting == 0) {
        turn_active(inbox);
        inbox->compacting = choose(inbox);
        inbox->compact_offset = JOURNAL_SEGMENT_HEAD;
    }
    struct segment *segment =
        inbox->compacting == 0
            ? NULL
            : journal_segment(inbox->journal, inbox->compacting);
    if (segment == NULL) {
        inbox->compacting = 0;
        return false;
    }
    bool is_plain = segment->live == 0 && segment->marks == 0 &&
                    !is_referring(inbox, segment);
    bool is_done = is_plain;
    if (!is_plain && index_begin(inbox->index) == 0) {
        is_done = copy_some(inbox, segment);
        if (!inbox->is_behind && index_pause(inbox->index) != 0) {
            commit_failed(inbox);
        }
    }
    if (is_done && !inbox->is_behind) {
        inbox->compacting = 0;
        forget_segment(inbox, segment);
    }
    return is_done && is_plain;
}

bool compact_step(struct inbox *inbox)
{
    uint32_t number = inbox->compacting;
    uint64_t offset = inbox->compact_offset;
    if (journal_sweep(inbox->journal)) {
        return true;
    }
    /* Large mail has a segment of its own each: memory is given back as fast
     * as it is taken. Files wait for the index to be committed. */
    uint32_t count = inbox->dir == NULL ? DROPPED_MOST : 1;
    for (uint32_t i = 0; i < count && compact(inbox); i++) {
    }
    /* On while it gets on: a disk that is full must not keep it busy. */
    return number != inbox->compacting || offset != inbox->compact_offset;
}
