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

/* Entries go and are marked: a record first, then rows, segments' counters and
 * events. */

/* ---- What goes in one step */

struct going {
    struct index_row *messages;
    size_t message_count;
    struct index_row *sessions;
    size_t session_count;
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
    return result == 0 ? add_emptied(inbox, going) : result;
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
    return going->session_count > 0 ? journal_oldest(inbox->journal) : oldest;
}

static int write_deleted(struct inbox *inbox, const struct going *going)
{
    size_t count = going->message_count + going->session_count;
    struct journal_batch batch = {0};
    struct buffer octets = {0};
    pack_rows(&octets, going->messages, going->message_count);
    pack_rows(&octets, going->sessions, going->session_count);
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
    struct chain chain;
    chain_follow(inbox->journal, row->id, row->place, &arena, &chain);
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

int64_t change_remove(struct inbox *inbox, const struct removal *removal,
                      uint64_t *messages_out, char *reason)
{
    struct going going;
    int64_t result = -1;
    if (messages_out != NULL) {
        *messages_out = 0;
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
            if (messages_out != NULL) {
                *messages_out = going.message_count;
            }
        }
    }
    arena_free(&going.arena);
    return result;
}

/* ---- From the journal again */

/* Session rows whose messages went are dropped by the same record, so nothing
 * goes that it does not list. */
int change_apply_deleted(struct inbox *inbox, struct bytes octets)
{
    struct going going = {0};
    struct unpack from = {octets, false};
    uint64_t *messages = NULL;
    uint64_t *sessions = NULL;
    size_t message_count = record_read_ids(&from, &going.arena, &messages);
    size_t session_count = record_read_ids(&from, &going.arena, &sessions);
    const struct removal removal = {messages, message_count, sessions,
                                    session_count};
    struct going found;
    for (size_t i = 0; i < session_count; i++) {
        /* Its end may have gone with its segment. */
        live_drop(&inbox->live, sessions[i]);
    }
    int result = gather(inbox, &removal, &found);
    if (result == 0) {
        result = drop_rows(inbox, &found);
    }
    arena_free(&found.arena);
    arena_free(&going.arena);
    return result;
}
