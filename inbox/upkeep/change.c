/* SPDX-License-Identifier: MIT */
#include "inbox/upkeep/change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/record/chain.h"
#include "inbox/store/commit.h"
#include "inbox/store/head.h"
#include "inbox/upkeep/trim.h"

/* Entries go and are marked: a record first, then rows, segments' counters and
 * events. */

/* ---- What goes in one step */

struct going {
    struct index_row *messages;
    size_t message_count;
    struct index_row *sessions;
    size_t session_count;
    struct trim *trims; /* sessions that stay, without their oldest pieces */
    size_t trim_count;
    struct arena arena;
};

static bool has_session(const struct going *going, uint64_t id)
{
    for (size_t i = 0; i < going->session_count; i++) {
        if (going->sessions[i].id == id) {
            return true;
        }
    }
    return false;
}

static bool has_message(const struct going *going, uint64_t id)
{
    for (size_t i = 0; i < going->message_count; i++) {
        if (going->messages[i].id == id) {
            return true;
        }
    }
    return false;
}

/* How many of the session's messages are going. */
static uint64_t losses(const struct going *going, uint64_t session)
{
    uint64_t count = 0;
    for (size_t i = 0; i < going->message_count; i++) {
        count += going->messages[i].session == session ? 1 : 0;
    }
    return count;
}

static int add_message(struct inbox *inbox, struct going *going, uint64_t id)
{
    if (has_message(going, id)) {
        return 0;
    }
    struct index_row *row = &going->messages[going->message_count];
    int found = index_find_message(inbox->index, id, row);
    going->message_count += found == 1 ? 1 : 0;
    return found < 0 ? -1 : 0;
}

/* A closed session goes with its last message. */
static int add_emptied(struct inbox *inbox, struct going *going)
{
    size_t count = going->message_count;
    for (size_t i = 0; i < count; i++) {
        uint64_t id = going->messages[i].session;
        struct index_row *row = &going->sessions[going->session_count];
        if (id == 0 || has_session(going, id)) {
            continue;
        }
        int found = index_find_session(inbox->index, id, row);
        if (found < 0) {
            return -1;
        }
        if (found == 1 && losses(going, id) >= row->alive) {
            going->session_count++;
        }
    }
    return 0;
}

/* Has the session of `row` an older message that stays? */
static bool has_older(struct inbox *inbox, const struct going *going,
                      const struct index_row *row)
{
    struct arena arena = {0};
    struct index_ended ended = {0};
    const struct inbox_session *session = &ended.session;
    struct index_row other;
    const struct live *live = live_find(&inbox->live, row->session);
    if (live != NULL) {
        ended.session.messages = live->messages;
        ended.session.message_count = live->message_count;
    } else {
        (void)index_own_session(inbox->index, row->session, &arena, &ended);
    }
    bool is_there = false;
    for (size_t i = 0; i < session->message_count && !is_there; i++) {
        uint64_t id = session->messages[i];
        is_there = id < row->id && !has_message(going, id) &&
                   index_find_message(inbox->index, id, &other) == 1;
    }
    arena_free(&arena);
    return is_there;
}

/* Is it the newest of its session's messages that go? */
static bool is_newest(const struct going *going, const struct index_row *row)
{
    for (size_t i = 0; i < going->message_count; i++) {
        const struct index_row *other = &going->messages[i];
        if (other->session == row->session && other->id > row->id) {
            return false;
        }
    }
    return true;
}

/* Sessions that stay lose the pieces of what is retired. */
static int add_trims(struct inbox *inbox, const struct removal *removal,
                     struct going *going)
{
    going->trims = arena_new(&going->arena, (removal->message_count + 1) *
                                                sizeof(*going->trims));
    for (size_t i = 0; i < going->message_count; i++) {
        const struct index_row *row = &going->messages[i];
        if (row->session == 0 || has_session(going, row->session) ||
            !is_newest(going, row) ||
            (removal->box != 0 && has_older(inbox, going, row))) {
            continue;
        }
        int found = trim_find(inbox, row, &going->trims[going->trim_count]);
        if (found < 0) {
            return -1;
        }
        going->trim_count += (size_t)found;
    }
    return 0;
}

/* Finds the rows of what is asked to go, and of what goes with it. */
static int gather(struct inbox *inbox, const struct removal *removal,
                  struct going *going)
{
    size_t most = removal->message_count + removal->session_count;
    int result = 0;
    *going = (struct going){0};
    going->messages = arena_new(&going->arena, (removal->message_count + 1) *
                                                   sizeof(struct index_row));
    going->sessions =
        arena_new(&going->arena, (most + 1) * sizeof(struct index_row));
    for (size_t i = 0; i < removal->message_count && result == 0; i++) {
        result = add_message(inbox, going, removal->messages[i]);
    }
    for (size_t i = 0; i < removal->session_count && result == 0; i++) {
        uint64_t id = removal->sessions[i];
        int found =
            has_session(going, id)
                ? 0
                : index_find_session(inbox->index, id,
                                     &going->sessions[going->session_count]);
        going->session_count += found == 1 ? 1 : 0;
        result = found < 0 ? -1 : 0;
    }
    result = result == 0 ? add_emptied(inbox, going) : result;
    return result == 0 && removal->is_retiring
               ? add_trims(inbox, removal, going)
               : result;
}

/* ---- The record */

static void pack_rows(struct buffer *out, const struct index_row *rows,
                      size_t count)
{
    uint64_t *ids = memory_new((count + 1) * sizeof(*ids));
    for (size_t i = 0; i < count; i++) {
        ids[i] = rows[i].id;
    }
    record_pack_ids(out, ids, count);
    free(ids);
}

static void pack_trims(struct buffer *out, const struct going *going)
{
    if (going->trim_count == 0) {
        return;
    }
    pack_number(out, going->trim_count);
    for (size_t i = 0; i < going->trim_count; i++) {
        const struct trim *trim = &going->trims[i];
        pack_number(out, trim->session);
        pack_number(out, trim->message);
        pack_number(out, record_place(trim->cut));
    }
}

static void read_trims(struct unpack *from, struct going *going)
{
    going->trim_count = from->rest.size == 0 ? 0 : unpack_count(from);
    going->trims = arena_new(&going->arena,
                             (going->trim_count + 1) * sizeof(*going->trims));
    for (size_t i = 0; i < going->trim_count; i++) {
        struct trim *trim = &going->trims[i];
        trim->session = unpack_number(from);
        trim->message = unpack_number(from);
        trim->cut = record_place_of(unpack_number(from));
    }
}

/* The oldest segment that anything going stands in: while that exists the
 * deletion must be known. */
static uint32_t oldest_place(struct inbox *inbox, const struct going *going)
{
    uint32_t oldest = UINT32_MAX;
    for (size_t i = 0; i < going->message_count; i++) {
        uint32_t segment = going->messages[i].place.segment;
        oldest = segment < oldest ? segment : oldest;
    }
    /* A session's pieces may reach further back than its newest one. */
    return going->session_count + going->trim_count > 0
               ? journal_oldest(inbox->journal)
               : oldest;
}

static int write_deleted(struct inbox *inbox, const struct going *going)
{
    size_t count = going->message_count + going->session_count;
    struct journal_batch batch = {0};
    struct buffer octets = {0};
    pack_rows(&octets, going->messages, going->message_count);
    pack_rows(&octets, going->sessions, going->session_count);
    pack_trims(&octets, going);
    int result =
        head_make_room(inbox, octets.size + JOURNAL_RECORD_HEAD, false);
    if (result == 0) {
        journal_begin(inbox->journal, &batch);
        (void)journal_entry(&batch, RECORD_DELETED, inbox->next_seq, count);
        journal_part(&batch, buffer_bytes(&octets));
        result = journal_append(inbox->journal, &batch);
    }
    if (result == 0) {
        uint32_t oldest = oldest_place(inbox, going);
        struct segment *segment =
            journal_segment(inbox->journal, journal_active(inbox->journal));
        if (oldest < segment->refers_to) {
            segment->refers_to = oldest;
            segment->is_changed = true;
        }
    }
    journal_batch_free(&batch);
    buffer_free(&octets);
    return result;
}

/* ---- Rows and counters */

static void free_message(struct inbox *inbox, const struct index_row *row)
{
    if (inbox->is_replaying && inbox->is_space_known) {
        return;
    }
    uint64_t size = row->size + row->head + JOURNAL_RECORD_HEAD;
    journal_live(inbox->journal, row->place.segment, -(int64_t)size);
    struct live *live =
        row->session == 0 ? NULL : live_find(&inbox->live, row->session);
    if (live != NULL && live->alive > 0) {
        live->alive--;
    }
}

static void free_session(struct inbox *inbox, const struct index_row *row)
{
    if (inbox->is_replaying && inbox->is_space_known) {
        return;
    }
    struct arena arena = {0};
    struct chain chain = {.journal = inbox->journal, .arena = &arena};
    const struct record_tip tip = {row->place, row->cut};
    chain_follow(&chain, row->id, tip);
    for (size_t i = 0; i < chain.count; i++) {
        const struct journal_found *found = &chain.found[i];
        uint64_t size = (uint64_t)found->size + JOURNAL_RECORD_HEAD;
        journal_live(inbox->journal, found->place.segment, -(int64_t)size);
    }
    arena_free(&arena);
}

static int drop_message(struct inbox *inbox, const struct going *going,
                        const struct index_row *row)
{
    if (index_drop_message(inbox->index, row) != 0) {
        return -1;
    }
    if (row->session != 0 && !has_session(going, row->session) &&
        index_session_less(inbox->index, row->session) != 0) {
        return -1;
    }
    free_message(inbox, row);
    return 0;
}

static int drop_rows(struct inbox *inbox, const struct going *going)
{
    if (index_begin(inbox->index) != 0) {
        return -1;
    }
    for (size_t i = 0; i < going->message_count; i++) {
        if (drop_message(inbox, going, &going->messages[i]) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < going->session_count; i++) {
        if (index_drop_session(inbox->index, &going->sessions[i]) != 0) {
            return -1;
        }
        free_session(inbox, &going->sessions[i]);
    }
    for (size_t i = 0; i < going->trim_count; i++) {
        if (trim_apply(inbox, &going->trims[i]) != 0) {
            return -1;
        }
    }
    return index_pause(inbox->index);
}

/* ---- Events */

void change_tell_gone(struct inbox *inbox, const struct index_row *row,
                      enum inbox_list_kind kind)
{
    const struct box *box = boxes_by_id(&inbox->boxes, row->box);
    struct inbox_event event = {.seq = inbox->next_seq++,
                                .id = row->id,
                                .happening = INBOX_HAPPENED_DELETED,
                                .kind = kind};
    (void)snprintf(event.inbox, sizeof(event.inbox), "%s",
                   box == NULL ? "default" : box->name);
    ring_add(&inbox->ring, &event);
}

static void tell(struct inbox *inbox, const struct going *going)
{
    for (size_t i = 0; i < going->message_count; i++) {
        change_tell_gone(inbox, &going->messages[i], INBOX_MESSAGES);
    }
    for (size_t i = 0; i < going->session_count; i++) {
        change_tell_gone(inbox, &going->sessions[i], INBOX_SESSIONS);
    }
    atomic_store(&inbox->seq, inbox->next_seq - 1);
}

static int64_t say_why(struct inbox *inbox, int reason, char *words)
{
    (void)snprintf(words, INBOX_ERROR_SIZE, "%s", strerror(reason));
    failure_say(&inbox->failure, words);
    return -1;
}

static struct removed count_gone(const struct going *going)
{
    struct removed removed = {going->message_count, going->session_count, 0};
    for (size_t i = 0; i < going->session_count; i++) {
        removed.alone += going->sessions[i].alive == 0 ? 1 : 0;
    }
    return removed;
}

int64_t change_remove(struct inbox *inbox, const struct removal *removal,
                      struct removed *removed_out, char *reason)
{
    struct going going;
    int64_t result = -1;
    if (removed_out != NULL) {
        *removed_out = (struct removed){0};
    }
    if (inbox->is_behind || index_begin(inbox->index) != 0) {
        (void)snprintf(reason, INBOX_ERROR_SIZE,
                       "the index is not there: %.400s", inbox->failure.reason);
        return -1;
    }
    if (gather(inbox, removal, &going) != 0) {
        commit_failed(inbox);
        (void)snprintf(reason, INBOX_ERROR_SIZE, "%s", inbox->failure.reason);
    } else if (going.message_count + going.session_count == 0) {
        result = index_pause(inbox->index) == 0 ? 0 : -1;
    } else {
        int failed = write_deleted(inbox, &going);
        if (failed == ENOSPC && reserve_release(&inbox->reserve)) {
            failed = write_deleted(inbox, &going);
        }
        if (failed != 0) {
            (void)index_pause(inbox->index);
            result = say_why(inbox, failed, reason);
        } else {
            tell(inbox, &going);
            result = (int64_t)(going.message_count + going.session_count);
            if (drop_rows(inbox, &going) != 0) {
                commit_failed(inbox);
            }
            if (removed_out != NULL) {
                *removed_out = count_gone(&going);
            }
        }
    }
    arena_free(&going.arena);
    return result;
}

bool change_trim_open(struct inbox *inbox, uint64_t least)
{
    struct trim trim;
    struct going going = {.trims = &trim};
    if (inbox->is_behind || !trim_find_open(inbox, least, &trim)) {
        return false;
    }
    going.trim_count = 1;
    return write_deleted(inbox, &going) == 0 && drop_rows(inbox, &going) == 0;
}

/* ---- From the journal again */

/* Session rows whose messages went are dropped by the same record, so nothing
 * goes that it does not list. */
int change_apply_deleted(struct inbox *inbox, struct bytes octets, bool is_old)
{
    struct going going = {0};
    struct unpack from = {octets, false};
    uint64_t *messages = NULL;
    uint64_t *sessions = NULL;
    size_t message_count = record_read_ids(&from, &going.arena, &messages);
    size_t session_count = record_read_ids(&from, &going.arena, &sessions);
    read_trims(&from, &going);
    const struct removal removal = {.messages = messages,
                                    .message_count = message_count,
                                    .sessions = sessions,
                                    .session_count = session_count};
    struct going found = {0};
    int result = 0;
    for (size_t i = 0; i < session_count && !is_old; i++) {
        /* Its end may have gone with its segment. */
        live_drop(&inbox->live, sessions[i]);
    }
    for (size_t i = 0; i < going.trim_count && is_old; i++) {
        trim_apply_live(inbox, &going.trims[i]);
    }
    if (!is_old) {
        result = gather(inbox, &removal, &found);
        found.trims = going.trims;
        found.trim_count = going.trim_count;
        result = result == 0 ? drop_rows(inbox, &found) : result;
    }
    arena_free(&found.arena);
    arena_free(&going.arena);
    return result;
}
