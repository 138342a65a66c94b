/* SPDX-License-Identifier: MIT */
#include "inbox/reading/reading.h"

#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/reading/fill.h"
#include "inbox/record/chain.h"
#include "inbox/upkeep/damage.h"

/* One message, one session, and octets of both. */

static enum inbox_result result_of(int found)
{
    return found == 1 ? INBOX_OK : found == 0 ? INBOX_NOT_FOUND : INBOX_BROKEN;
}

enum inbox_result inbox_message(struct inbox *inbox, uint64_t id,
                                struct arena *arena,
                                struct inbox_message *message_out)
{
    struct index_view *view = index_view(inbox->index);
    if (view == NULL) {
        return INBOX_BROKEN;
    }
    int found = index_read_message(view, id, arena, message_out);
    index_view_end(inbox->index, view);
    if (found == 1 && message_out->attachments < 0) {
        fill_message(inbox, message_out, arena);
    }
    return result_of(found);
}

/* Where the records of a session are, ended or not. The rest is what the
 * index says of an ended one, its id 0 for a live one. */
static int find_session(struct inbox *inbox, uint64_t id, struct arena *arena,
                        struct index_ended *found_out)
{
    *found_out = (struct index_ended){0};
    if (live_tip(&inbox->live, id, &found_out->tip) == 0) {
        return 1;
    }
    struct index_view *view = index_view(inbox->index);
    if (view == NULL) {
        return -1;
    }
    int found = index_read_session(view, id, arena, found_out);
    index_view_end(inbox->index, view);
    return found;
}

static void sum_up(struct inbox_session *session)
{
    struct live live = {0};
    struct buffer tallies = {0};
    live_count(session, &tallies);
    live_add_tallies(&live, 1, (struct live_tally *)(void *)tallies.at,
                     tallies.size / sizeof(struct live_tally));
    live_sum(&live, session);
    free(live.last);
    buffer_free(&tallies);
}

enum inbox_result reading_whole(struct inbox *inbox, uint64_t id,
                                struct arena *arena,
                                struct reading_session *session_out)
{
    struct inbox_session *session = &session_out->session;
    struct chain chain = {.journal = inbox->journal, .arena = arena};
    struct index_ended row;
    int found = find_session(inbox, id, arena, &row);
    if (found != 1) {
        return result_of(found);
    }
    chain_follow(&chain, id, row.tip);
    if (chain_session(&chain, session,
                      session_out->wants_pieces ? &session_out->pieces
                                                : NULL) != 0) {
        /* It may have gone since; or its records are damaged, and then what
         * the row says is all there is. */
        *session = row.session;
        return session->id == 0 ? INBOX_NOT_FOUND : INBOX_OK;
    }
    if (row.session.id != 0) {
        session->messages = row.session.messages;
        session->message_count = row.session.message_count;
        session->seq = row.session.seq;
        session->outcome = row.session.outcome;
        session->close_reason = row.session.close_reason;
        session->closed_at_us = row.session.closed_at_us;
        session->is_live = false;
    }
    sum_up(session);
    return INBOX_OK;
}

/* What the pieces of an open session name may be deleted since. */
void reading_leave_out_deleted(struct inbox *inbox, struct arena *arena,
                               struct inbox_session *session)
{
    if (session->message_count == 0) {
        return;
    }
    size_t size = session->message_count * sizeof(*session->messages);
    uint64_t newest = atomic_load(&inbox->shown_message);
    struct index_view *view = index_view(inbox->index);
    if (view == NULL) {
        return;
    }
    uint64_t *ids = arena_new(arena, size);
    memcpy(ids, session->messages, size);
    session->message_count =
        index_still_there(view, newest, ids, session->message_count);
    session->messages = ids;
    index_view_end(inbox->index, view);
}

enum inbox_result inbox_session(struct inbox *inbox, uint64_t id,
                                struct arena *arena,
                                struct inbox_session *session_out)
{
    struct reading_session whole = {0};
    enum inbox_result result = reading_whole(inbox, id, arena, &whole);
    *session_out = whole.session;
    if (result == INBOX_OK && session_out->is_live) {
        reading_leave_out_deleted(inbox, arena, session_out);
    }
    return result;
}

enum inbox_result inbox_pieces(struct inbox *inbox, uint64_t session,
                               struct arena *arena,
                               struct inbox_pieces *pieces_out)
{
    struct reading_session whole = {.wants_pieces = true};
    enum inbox_result result = reading_whole(inbox, session, arena, &whole);
    *pieces_out = whole.pieces;
    return result;
}

/* ---- Bodies */

struct inbox_body {
    struct inbox *inbox;
    struct segment *segment; /* held */
    uint64_t begin;          /* of the octets in the segment */
    uint64_t size;
    uint64_t *dots;
    size_t dot_count;
    struct arena arena;
};

static bool read_dots(struct inbox_body *body,
                      const struct journal_found *found, bool is_message,
                      uint32_t head)
{
    struct record_body meta;
    unsigned char *octets = arena_new(&body->arena, head);
    size_t got = journal_peek(body->inbox->journal, found, 0,
                              (struct room){octets, head});
    if (record_read_body((struct bytes){octets, got}, is_message, &body->arena,
                         &meta) != head) {
        return false;
    }
    body->dots = record_dots(&meta, &body->arena);
    body->dot_count = (size_t)meta.dot_count;
    return true;
}

/* Beyond this, checking would be felt. */
#define CHECK_MOST ((uint32_t)32 << 20)

static struct inbox_body *open_body(struct inbox *inbox,
                                    const struct journal_found *found)
{
    struct inbox_body *body = memory_new(sizeof(*body));
    bool is_message = found->type == RECORD_MESSAGE;
    size_t prefix = is_message ? RECORD_PREFIX_MESSAGE : RECORD_PREFIX_BODY;
    unsigned char octets[RECORD_PREFIX_BODY];
    body->inbox = inbox;
    body->segment = journal_hold(inbox->journal, found->place.segment);
    uint32_t head = 0;
    if (body->segment != NULL &&
        journal_peek(inbox->journal, found, 0, (struct room){octets, prefix}) ==
            prefix) {
        head = (uint32_t)prefix + unpack_u32(octets + prefix - 4);
    }
    /* A disk that lies: better no message than a false one. */
    bool is_damaged =
        head == 0 || head > found->size ||
        (found->size <= CHECK_MOST && !journal_is_whole(inbox->journal, found));
    if (is_damaged || !read_dots(body, found, is_message, head)) {
        inbox_body_close(body);
        return NULL;
    }
    body->begin = (uint64_t)found->place.offset + JOURNAL_RECORD_HEAD + head;
    body->size = found->size - head;
    return body;
}

static int find_message(struct inbox *inbox, uint64_t message,
                        struct journal_place *place_out)
{
    struct index_where where = {0};
    struct index_view *view = index_view(inbox->index);
    if (view == NULL) {
        return -1;
    }
    int found = index_read_where(view, message, &where);
    index_view_end(inbox->index, view);
    *place_out = where.place;
    return found;
}

/* A segment that went since its place was read has left the message at
 * another: so often at most it is looked for again. */
#define LOOKS 4

struct inbox_body *inbox_body_open(struct inbox *inbox, uint64_t message)
{
    struct journal_place place;
    struct segment *segment = NULL;
    for (int i = 0; i < LOOKS && segment == NULL; i++) {
        if (find_message(inbox, message, &place) != 1) {
            return NULL;
        }
        segment = journal_hold(inbox->journal, place.segment);
    }
    struct inbox_body *body = NULL;
    struct journal_found record;
    if (segment != NULL && journal_look(inbox->journal, place, &record) == 0 &&
        record.type == RECORD_MESSAGE && record.key[0] == message) {
        body = open_body(inbox, &record);
    }
    if (segment != NULL) {
        journal_release(inbox->journal, segment);
    }
    if (body == NULL) {
        damage_found(inbox, message, place);
    }
    return body;
}

/* The session's message with this body number; 0: none. */
static uint64_t message_with_body(const struct inbox_session *session,
                                  uint64_t body)
{
    for (size_t i = 0; i < session->transaction_count; i++) {
        if (session->transactions[i].body == body) {
            return session->transactions[i].message;
        }
    }
    return 0;
}

/* What a session's newest piece speaks of may wait for its row. */
static struct inbox_body *open_message(struct inbox *inbox, uint64_t message)
{
    char reason[INBOX_ERROR_SIZE];
    struct inbox_body *body = inbox_body_open(inbox, message);
    if (body == NULL &&
        inbox_wait_indexed(inbox, inbox_seq(inbox), 2000, reason) == 0) {
        body = inbox_body_open(inbox, message);
    }
    return body;
}

struct inbox_body *inbox_session_body(struct inbox *inbox, uint64_t session,
                                      uint64_t body)
{
    struct arena arena = {0};
    struct inbox_session whole;
    struct index_ended row;
    struct chain chain = {.journal = inbox->journal, .arena = &arena};
    struct inbox_body *result = NULL;
    if (find_session(inbox, session, &arena, &row) == 1) {
        chain_follow(&chain, session, row.tip);
    }
    for (size_t i = 0; result == NULL && i < chain.count; i++) {
        if (chain.found[i].type == RECORD_BODY &&
            chain.found[i].key[1] == body) {
            result = open_body(inbox, &chain.found[i]);
        }
    }
    if (result == NULL && chain.count > 0 &&
        chain_session(&chain, &whole, NULL) == 0) {
        uint64_t message = message_with_body(&whole, body);
        result = message == 0 ? NULL : open_message(inbox, message);
    }
    arena_free(&arena);
    return result;
}

uint64_t inbox_body_size(const struct inbox_body *body)
{
    return body->size;
}

size_t inbox_body_read(struct inbox_body *body, uint64_t offset,
                       unsigned char *into, size_t size)
{
    if (offset >= body->size) {
        return 0;
    }
    uint64_t left = body->size - offset;
    size_t most = size < left ? size : (size_t)left;
    return segment_read(body->segment, body->begin + offset, into, most);
}

const uint64_t *inbox_body_dots(const struct inbox_body *body,
                                size_t *count_out)
{
    *count_out = body->dot_count;
    return body->dots;
}

void inbox_body_close(struct inbox_body *body)
{
    if (body == NULL) {
        return;
    }
    if (body->segment != NULL) {
        journal_release(body->inbox->journal, body->segment);
    }
    arena_free(&body->arena);
    free(body);
}
