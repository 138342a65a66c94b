/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "inbox/index/inside.h"

/* Rows as the inbox shows them. */

static struct bytes column_bytes(sqlite3_stmt *row, int column)
{
    const unsigned char *at = sqlite3_column_blob(row, column);
    int size = sqlite3_column_bytes(row, column);
    return (struct bytes){at, at == NULL ? 0 : (size_t)size};
}

static char *column_text(sqlite3_stmt *row, int column, struct arena *arena)
{
    if (sqlite3_column_type(row, column) == SQLITE_NULL) {
        return NULL;
    }
    return arena_text(arena, column_bytes(row, column));
}

static uint64_t column_number(sqlite3_stmt *row, int column)
{
    return (uint64_t)sqlite3_column_int64(row, column);
}

static void read_mailbox(struct unpack *from, struct arena *arena,
                         struct inbox_mailbox *mailbox)
{
    const char *name = unpack_text(from, arena);
    mailbox->name = name == NULL ? "" : name;
    mailbox->address = unpack_text(from, arena);
}

static size_t read_mailboxes(struct unpack *from, struct arena *arena,
                             const struct inbox_mailbox **mailboxes_out)
{
    size_t count = unpack_count(from);
    struct inbox_mailbox *all = arena_new(arena, count * sizeof(*all));
    for (size_t i = 0; i < count; i++) {
        read_mailbox(from, arena, &all[i]);
        all[i].address = all[i].address == NULL ? "" : all[i].address;
    }
    *mailboxes_out = all;
    return count;
}

static size_t read_texts(struct unpack *from, struct arena *arena,
                         const char *const **texts_out)
{
    size_t count = unpack_count(from);
    const char **all = arena_new(arena, count * sizeof(*all));
    for (size_t i = 0; i < count; i++) {
        const char *text = unpack_text(from, arena);
        all[i] = text == NULL ? "" : text;
    }
    *texts_out = all;
    return count;
}

static void read_counts(struct unpack *from, struct inbox_counts *counts)
{
    counts->error = (uint32_t)unpack_number(from);
    counts->warning = (uint32_t)unpack_number(from);
    counts->notice = (uint32_t)unpack_number(from);
}

static void read_summary(struct bytes summary, struct arena *arena,
                         struct inbox_message *message)
{
    struct unpack from = {summary, false};
    message->body_type = unpack_text(&from, arena);
    message->envelope_from = unpack_text(&from, arena);
    message->envelope_to_count =
        read_texts(&from, arena, &message->envelope_to);
    read_mailbox(&from, arena, &message->from);
    message->to_count = read_mailboxes(&from, arena, &message->to);
    message->cc_count = read_mailboxes(&from, arena, &message->cc);
    message->subject = unpack_text(&from, arena);
    message->message_id = unpack_text(&from, arena);
    message->date_us = unpack_signed(&from);
    read_counts(&from, &message->findings);
}

void index_message_of(sqlite3_stmt *row, struct arena *arena,
                      struct inbox_message *message_out)
{
    struct inbox_message *message = message_out;
    *message = (struct inbox_message){0};
    message->id = column_number(row, 0);
    message->seq = column_number(row, 1);
    message->inbox = column_text(row, 2, arena);
    message->inbox = message->inbox == NULL ? "default" : message->inbox;
    message->session = column_number(row, 3);
    message->transaction = (uint32_t)column_number(row, 4);
    message->body = column_number(row, 5);
    message->received_at_us = sqlite3_column_int64(row, 6);
    message->size = column_number(row, 7);
    message->wire_size = column_number(row, 8);
    uint64_t flags = column_number(row, 9);
    message->is_bdat = (flags & FLAG_BDAT) != 0;
    message->is_smtputf8 = (flags & FLAG_SMTPUTF8) != 0;
    message->is_read = (flags & FLAG_READ) != 0;
    message->attachments = sqlite3_column_int(row, 10);
    message->snippet = column_text(row, 11, arena);
    struct unpack tags = {column_bytes(row, 12), false};
    if (tags.rest.size > 0) {
        message->tag_count = read_texts(&tags, arena, &message->tags);
    }
    read_summary(column_bytes(row, 13), arena, message);
}

size_t index_still_there(struct index_view *view, uint64_t newest,
                         uint64_t *ids, size_t count)
{
    sqlite3_stmt *one =
        view_statement(view, "SELECT 1 FROM messages WHERE id=?1");
    size_t kept = 0;
    if (one == NULL) {
        return count;
    }
    for (size_t i = 0; i < count; i++) {
        (void)sqlite3_bind_int64(one, 1, (sqlite3_int64)ids[i]);
        if (ids[i] > newest || sqlite3_step(one) == SQLITE_ROW) {
            ids[kept++] = ids[i];
        }
        (void)sqlite3_reset(one);
    }
    return kept;
}

void index_session_of(struct index_view *view, sqlite3_stmt *row,
                      struct arena *arena, struct inbox_session *session_out)
{
    struct inbox_session *session = session_out;
    *session = (struct inbox_session){0};
    struct unpack from = {column_bytes(row, 5), false};
    record_read_scalars(&from, arena, session);
    read_counts(&from, &session->finding_counts);
    session->id = column_number(row, 0);
    session->seq = column_number(row, 1);
    session->inbox = column_text(row, 2, arena);
    session->inbox = session->inbox == NULL ? "default" : session->inbox;
    uint64_t alive = column_number(row, 3);
    struct unpack list = {column_bytes(row, 4), false};
    uint64_t *ids = NULL;
    size_t count = record_read_ids(&list, arena, &ids);
    if (alive < count) {
        count = index_still_there(view, UINT64_MAX, ids, count);
    }
    session->messages = ids;
    session->message_count = count;
}

/* 1 the statement stands at a row, 0 none, -1 failed. */
static int find_one(struct index_view *view, sqlite3_stmt *statement,
                    uint64_t id)
{
    if (statement == NULL) {
        return -1;
    }
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)id);
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        return 1;
    }
    (void)sqlite3_reset(statement);
    return result == SQLITE_DONE ? 0 : view_fail(view);
}

int index_read_message(struct index_view *view, uint64_t id,
                       struct arena *arena, struct inbox_message *message_out)
{
    sqlite3_stmt *row =
        view_statement(view, "SELECT " INDEX_MESSAGE_COLUMNS INDEX_MESSAGE_FROM
                             " WHERE m.id=?1");
    int found = find_one(view, row, id);
    if (found == 1) {
        index_message_of(row, arena, message_out);
        (void)sqlite3_reset(row);
    }
    return found;
}

int index_read_where(struct index_view *view, uint64_t id,
                     struct index_where *where_out)
{
    sqlite3_stmt *row = view_statement(
        view, "SELECT place,head,size FROM messages WHERE id=?1");
    int found = find_one(view, row, id);
    if (found == 1) {
        where_out->place = record_place_of(column_number(row, 0));
        where_out->head = (uint32_t)column_number(row, 1);
        where_out->size = column_number(row, 2);
        (void)sqlite3_reset(row);
    }
    return found;
}

int index_read_session(struct index_view *view, uint64_t id,
                       struct arena *arena, struct index_ended *ended_out)
{
    sqlite3_stmt *row = view_statement(
        view, "SELECT " INDEX_SESSION_COLUMNS
              " FROM sessions s LEFT JOIN boxes b ON b.id=s.box WHERE s.id=?1");
    int found = find_one(view, row, id);
    if (found == 1) {
        index_session_of(view, row, arena, &ended_out->session);
        ended_out->tip.place = record_place_of(column_number(row, 6));
        ended_out->tip.cut = record_place_of(column_number(row, 7));
        (void)sqlite3_reset(row);
    }
    return found;
}

int index_read_box(struct index_view *view, const char *name, uint32_t *box_out)
{
    sqlite3_stmt *row =
        view_statement(view, "SELECT id FROM boxes WHERE name=?1");
    if (row == NULL) {
        return -1;
    }
    (void)sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);
    int result = sqlite3_step(row);
    if (result == SQLITE_ROW) {
        *box_out = (uint32_t)column_number(row, 0);
    }
    (void)sqlite3_reset(row);
    if (result == SQLITE_ROW) {
        return 1;
    }
    return result == SQLITE_DONE ? 0 : view_fail(view);
}

int index_own_message(struct index *index, uint64_t id, struct arena *arena,
                      struct inbox_message *message_out)
{
    return index_read_message(&index->writer, id, arena, message_out);
}

int index_own_session(struct index *index, uint64_t id, struct arena *arena,
                      struct index_ended *ended_out)
{
    return index_read_session(&index->writer, id, arena, ended_out);
}

static int read_ids(struct index *index, sqlite3_stmt *row, uint64_t *ids_out,
                    int size)
{
    int count = 0;
    int result = sqlite3_step(row);
    while (result == SQLITE_ROW && count < size) {
        ids_out[count++] = column_number(row, 0);
        result = sqlite3_step(row);
    }
    (void)sqlite3_reset(row);
    return result == SQLITE_DONE ? count : index_fail(index);
}

int index_between(struct index *index, struct index_span span,
                  uint64_t *ids_out, int size)
{
    const uint64_t numbers[] = {record_place(span.from),
                                record_place(span.until), (uint64_t)size};
    sqlite3_stmt *row = index_bound(
        index, "SELECT id FROM messages WHERE place>=?1 AND place<?2 LIMIT ?3",
        numbers, 3);
    return row == NULL ? index_fail(index)
                       : read_ids(index, row, ids_out, size);
}

int index_alone(struct index *index, uint64_t *ids_out, int size)
{
    sqlite3_stmt *row = view_statement(
        &index->writer, "SELECT id FROM sessions WHERE alive=0 LIMIT ?1");
    if (row == NULL) {
        return index_fail(index);
    }
    (void)sqlite3_bind_int(row, 1, size);
    return read_ids(index, row, ids_out, size);
}
