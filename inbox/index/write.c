/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "inbox/index/inside.h"
#include "inbox/mail/mail.h"

/* Rows come, change and go. */

static void pack_address(struct buffer *out, const struct mail_address *one)
{
    pack_text(out, one->name);
    pack_text(out, one->address);
}

static void pack_addresses(struct buffer *out, const struct mail_address *all,
                           size_t count)
{
    pack_number(out, count);
    for (size_t i = 0; i < count; i++) {
        pack_address(out, &all[i]);
    }
}

static void pack_tags(struct buffer *out, const char *const *tags, size_t count)
{
    pack_number(out, count);
    for (size_t i = 0; i < count; i++) {
        pack_text(out, tags[i]);
    }
}

static void pack_summary(struct buffer *out, const struct record_body *body,
                         const struct mail_summary *mail)
{
    pack_text(out, body->body_type);
    pack_text(out, body->from);
    pack_number(out, body->to_count);
    for (size_t i = 0; i < body->to_count; i++) {
        pack_text(out, body->to[i]);
    }
    pack_address(out, &mail->from);
    pack_addresses(out, mail->to, mail->to_count);
    pack_addresses(out, mail->cc, mail->cc_count);
    pack_text(out, mail->subject);
    pack_text(out, mail->message_id);
    pack_signed(out, mail->date_us);
    pack_number(out, body->findings.error);
    pack_number(out, body->findings.warning);
    pack_number(out, body->findings.notice);
}

static int insert_message(struct index *index,
                          const struct index_message *message,
                          struct bytes summary, struct bytes tags)
{
    const struct record_body *body = message->body;
    uint64_t flags = body->is_bdat ? FLAG_BDAT : 0;
    flags |= body->is_smtputf8 ? FLAG_SMTPUTF8 : 0;
    const uint64_t numbers[] = {message->id,
                                message->seq,
                                message->box,
                                body->session,
                                body->transaction,
                                body->number,
                                (uint64_t)body->received_at_us,
                                message->size,
                                body->wire_size,
                                flags,
                                record_place(message->place),
                                message->head};
    sqlite3_stmt *statement = index_bound(
        index,
        "INSERT OR REPLACE INTO messages VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,"
        "?10,?11,?12,?13,?14)",
        numbers, 12);
    if (statement == NULL) {
        return index_fail(index);
    }
    (void)sqlite3_bind_blob(statement, 13, tags.at, (int)tags.size,
                            SQLITE_STATIC);
    (void)sqlite3_bind_blob(statement, 14, summary.at, (int)summary.size,
                            SQLITE_STATIC);
    return index_run(index, statement);
}

int index_add_message(struct index *index, const struct index_message *message)
{
    struct arena arena = {0};
    struct mail_summary mail = {0};
    struct buffer summary = {0};
    struct buffer tags = {0};
    (void)buffer_room(&summary, 500);
    mail_summarize(message->begin, &arena, &mail);
    pack_summary(&summary, message->body, &mail);
    if (mail.tag_count > 0) {
        pack_tags(&tags, (const char *const *)mail.tags, mail.tag_count);
    }
    int result = insert_message(index, message, buffer_bytes(&summary),
                                buffer_bytes(&tags));
    buffer_free(&summary);
    buffer_free(&tags);
    arena_free(&arena);
    if (result == 0) {
        index->is_dirty = true;
        index_count_add(
            index,
            (struct index_counted){INDEX_MESSAGES, message->box, message->id},
            1);
        index_count_add(
            index,
            (struct index_counted){INDEX_ACTIVITY, message->box, message->seq},
            1);
        index_count_bytes(index, message->box, (int64_t)message->size);
    }
    return result;
}

int index_add_session(struct index *index, const struct index_session *session)
{
    struct buffer summary = {0};
    struct buffer ids = {0};
    (void)buffer_room(&summary, 500);
    record_pack_scalars(&summary, session->session);
    pack_number(&summary, session->session->finding_counts.error);
    pack_number(&summary, session->session->finding_counts.warning);
    pack_number(&summary, session->session->finding_counts.notice);
    record_pack_ids(&ids, session->messages, session->message_count);
    uint64_t id = session->session->id;
    const uint64_t numbers[] = {id,
                                session->seq,
                                session->box,
                                (uint64_t)session->session->closed_at_us,
                                session->alive,
                                record_place(session->tip.place),
                                record_place(session->tip.cut)};
    sqlite3_stmt *statement = index_bound(
        index,
        "INSERT OR REPLACE INTO sessions VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)",
        numbers, 7);
    int result = -1;
    if (statement != NULL) {
        (void)sqlite3_bind_blob(statement, 8, ids.at, (int)ids.size,
                                SQLITE_STATIC);
        (void)sqlite3_bind_blob(statement, 9, summary.at, (int)summary.size,
                                SQLITE_STATIC);
        result = index_run(index, statement);
    } else {
        (void)index_fail(index);
    }
    buffer_free(&summary);
    buffer_free(&ids);
    if (result == 0) {
        index->is_dirty = true;
        index_count_add(
            index, (struct index_counted){INDEX_SESSIONS, session->box, id}, 1);
        if (session->alive == 0) {
            index_count_add(index,
                            (struct index_counted){INDEX_ACTIVITY, session->box,
                                                   session->seq},
                            1);
        }
    }
    return result;
}

/* Runs `statement` for one row: 1 it stands at it, 0 none, -1 failed. */
static int one_row(struct index *index, sqlite3_stmt *statement)
{
    if (statement == NULL) {
        return index_fail(index);
    }
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        return 1;
    }
    (void)sqlite3_reset(statement);
    return result == SQLITE_DONE ? 0 : index_fail(index);
}

/* Both tables' rows in one form. */
static int find_row(struct index *index, const char *sql, uint64_t id,
                    struct index_row *row_out)
{
    sqlite3_stmt *row = index_bound(index, sql, &id, 1);
    int found = one_row(index, row);
    if (found == 1) {
        *row_out = (struct index_row){
            .id = id,
            .seq = (uint64_t)sqlite3_column_int64(row, 0),
            .box = (uint32_t)sqlite3_column_int64(row, 1),
            .place = record_place_of((uint64_t)sqlite3_column_int64(row, 2)),
            .session = (uint64_t)sqlite3_column_int64(row, 3),
            .size = (uint64_t)sqlite3_column_int64(row, 4),
            .head = (uint32_t)sqlite3_column_int64(row, 5),
            .is_read = (sqlite3_column_int(row, 6) & FLAG_READ) != 0,
            .has_tags = sqlite3_column_int(row, 7) != 0,
            .alive = (uint64_t)sqlite3_column_int64(row, 8),
            .has_had = sqlite3_column_int(row, 9) != 0,
            .cut = record_place_of((uint64_t)sqlite3_column_int64(row, 10)),
        };
        (void)sqlite3_reset(row);
    }
    return found;
}

int index_find_message(struct index *index, uint64_t id,
                       struct index_row *row_out)
{
    return find_row(index,
                    "SELECT seq,box,place,session,size,head,flags,"
                    "tags IS NOT NULL,0,0,0 FROM messages WHERE id=?1",
                    id, row_out);
}

int index_find_session(struct index *index, uint64_t id,
                       struct index_row *row_out)
{
    return find_row(index,
                    "SELECT seq,box,place,0,0,0,0,0,alive,length(ids)>1,cut"
                    " FROM sessions WHERE id=?1",
                    id, row_out);
}

static int run_numbers(struct index *index, const char *sql,
                       const uint64_t *numbers, size_t count)
{
    int result = index_run(index, index_bound(index, sql, numbers, count));
    index->is_dirty = index->is_dirty || result == 0;
    return result;
}

int index_drop_message(struct index *index, const struct index_row *row)
{
    index_count_add(
        index, (struct index_counted){INDEX_MESSAGES, row->box, row->id}, -1);
    index_count_add(
        index, (struct index_counted){INDEX_ACTIVITY, row->box, row->seq}, -1);
    index_count_bytes(index, row->box, -(int64_t)row->size);
    int result =
        run_numbers(index, "DELETE FROM texts WHERE id=?1", &row->id, 1);
    return result != 0 ? -1
                       : run_numbers(index, "DELETE FROM messages WHERE id=?1",
                                     &row->id, 1);
}

int index_drop_session(struct index *index, const struct index_row *row)
{
    index_count_add(
        index, (struct index_counted){INDEX_SESSIONS, row->box, row->id}, -1);
    if (row->alive == 0) {
        index_count_add(
            index, (struct index_counted){INDEX_ACTIVITY, row->box, row->seq},
            -1);
    }
    int result =
        run_numbers(index, "DELETE FROM talks WHERE id=?1", &row->id, 1);
    return result != 0 ? -1
                       : run_numbers(index, "DELETE FROM sessions WHERE id=?1",
                                     &row->id, 1);
}

/* The row is not an entry of activity by having none left: it goes at once
 * with its last message. */
int index_session_less(struct index *index, uint64_t id)
{
    return run_numbers(index,
                       "UPDATE sessions SET alive=alive-1"
                       " WHERE id=?1 AND alive>1",
                       &id, 1);
}

int index_session_lost(struct index *index, uint64_t id)
{
    struct index_row row;
    int found = index_find_session(index, id, &row);
    if (found != 1 || row.alive == 0) {
        return found < 0 ? -1 : 0;
    }
    if (row.alive == 1) {
        index_count_add(
            index, (struct index_counted){INDEX_ACTIVITY, row.box, row.seq}, 1);
    }
    return run_numbers(index, "UPDATE sessions SET alive=alive-1 WHERE id=?1",
                       &id, 1);
}

int index_move_message(struct index *index, uint64_t id,
                       struct journal_place place)
{
    const uint64_t numbers[] = {id, record_place(place)};
    return run_numbers(index, "UPDATE messages SET place=?2 WHERE id=?1",
                       numbers, 2);
}

int index_move_session(struct index *index, uint64_t id, struct record_tip tip)
{
    const uint64_t numbers[] = {id, record_place(tip.place),
                                record_place(tip.cut)};
    return run_numbers(index, "UPDATE sessions SET place=?2,cut=?3 WHERE id=?1",
                       numbers, 3);
}

/* Are most of the session's ids those of messages that went? An id that
 * follows closely takes an octet or two. 1 yes, 0 no, -1 failed. */
static int has_old_ids(struct index *index, uint64_t id)
{
    sqlite3_stmt *row = index_bound(index,
                                    "SELECT 1 FROM sessions WHERE id=?1"
                                    " AND length(ids)>4*alive+16",
                                    &id, 1);
    int found = one_row(index, row);
    if (found == 1) {
        (void)sqlite3_reset(row);
    }
    return found;
}

/* Packs those above `message` of the session's ids. 1 found, 0 not, -1
 * failed. */
static int later_ids(struct index *index, uint64_t id, uint64_t message,
                     struct buffer *out)
{
    sqlite3_stmt *row =
        index_bound(index, "SELECT ids FROM sessions WHERE id=?1", &id, 1);
    int found = one_row(index, row);
    if (found != 1) {
        return found;
    }
    struct arena arena = {0};
    const unsigned char *at = sqlite3_column_blob(row, 0);
    struct unpack from = {{at, (size_t)sqlite3_column_bytes(row, 0)}, false};
    uint64_t *ids = NULL;
    size_t count = record_read_ids(&from, &arena, &ids);
    size_t first = 0;
    while (first < count && ids[first] <= message) {
        first++;
    }
    record_pack_ids(out, ids + first, count - first);
    (void)sqlite3_reset(row);
    arena_free(&arena);
    return 1;
}

/* 0; -1 failed. */
static int drop_old_ids(struct index *index, uint64_t id, uint64_t message)
{
    struct buffer ids = {0};
    int result = later_ids(index, id, message, &ids);
    if (result == 1) {
        sqlite3_stmt *statement = index_bound(
            index, "UPDATE sessions SET ids=?2 WHERE id=?1", &id, 1);
        if (statement != NULL) {
            (void)sqlite3_bind_blob(statement, 2, ids.at, (int)ids.size,
                                    SQLITE_STATIC);
        }
        result = index_run(index, statement);
    }
    buffer_free(&ids);
    return result;
}

int index_cut_session(struct index *index, uint64_t id,
                      struct journal_place cut, uint64_t message)
{
    const uint64_t numbers[] = {id, record_place(cut)};
    int result = run_numbers(index, "UPDATE sessions SET cut=?2 WHERE id=?1",
                             numbers, 2);
    /* Now and then: a long list is not written anew for each that goes. */
    int is_due = result == 0 ? has_old_ids(index, id) : 0;
    return is_due == 1 ? drop_old_ids(index, id, message)
                       : (result == 0 ? is_due : result);
}

int index_mark_message(struct index *index, uint64_t id,
                       const struct index_mark *mark)
{
    const uint64_t numbers[] = {
        id, mark->set_read ? ~(uint64_t)FLAG_READ : ~(uint64_t)0,
        mark->set_read && mark->read ? FLAG_READ : 0, mark->set_tags ? 1 : 0};
    sqlite3_stmt *statement =
        index_bound(index,
                    "UPDATE messages SET flags=(flags&?2)|?3,"
                    " tags=CASE WHEN ?4 THEN ?5 ELSE tags END WHERE id=?1",
                    numbers, 4);
    if (statement == NULL) {
        return index_fail(index);
    }
    struct buffer tags = {0};
    pack_tags(&tags, mark->tags, mark->set_tags ? mark->tag_count : 0);
    (void)sqlite3_bind_blob(statement, 5, tags.at, (int)tags.size,
                            SQLITE_STATIC);
    int result = index_run(index, statement);
    buffer_free(&tags);
    index->is_dirty = index->is_dirty || result == 0;
    return result != 0 ? -1 : sqlite3_changes(index->writer.db) > 0;
}

int index_sign_session(struct index *index, uint64_t id, struct bytes bits)
{
    /* Only for what is there: it may have gone while it was read. */
    sqlite3_stmt *statement =
        index_bound(index,
                    "INSERT OR REPLACE INTO talks SELECT id,?2 FROM sessions"
                    " WHERE id=?1",
                    &id, 1);
    if (statement == NULL) {
        return index_fail(index);
    }
    (void)sqlite3_bind_blob(statement, 2, bits.at, (int)bits.size,
                            SQLITE_STATIC);
    index->is_dirty = true;
    return index_run(index, statement);
}

int index_fill_message(struct index *index, const struct index_reading *reading)
{
    const uint64_t numbers[] = {reading->id, (uint64_t)reading->attachments};
    /* Only for one that is there: it may have gone while it was read. */
    sqlite3_stmt *statement =
        index_bound(index,
                    "INSERT OR REPLACE INTO texts SELECT id,?2,?3,?4"
                    " FROM messages WHERE id=?1",
                    numbers, 2);
    if (statement == NULL) {
        return index_fail(index);
    }
    (void)sqlite3_bind_text(statement, 3, reading->snippet, -1, SQLITE_STATIC);
    (void)sqlite3_bind_blob(statement, 4, reading->signature.at,
                            (int)reading->signature.size, SQLITE_STATIC);
    index->is_dirty = true;
    return index_run(index, statement);
}

int index_add_box(struct index *index, uint32_t box, const char *name)
{
    const uint64_t number = box;
    sqlite3_stmt *statement = index_bound(
        index, "INSERT OR REPLACE INTO boxes VALUES(?1,?2)", &number, 1);
    if (statement == NULL) {
        return index_fail(index);
    }
    (void)sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    index->is_dirty = true;
    return index_run(index, statement);
}

int index_drop_box(struct index *index, uint32_t box)
{
    const uint64_t number = box;
    return run_numbers(index, "DELETE FROM boxes WHERE id=?1", &number, 1);
}

int index_save_segment(struct index *index, const struct segment *segment)
{
    const uint64_t numbers[] = {segment->number, segment->live,
                                segment->refers_to, segment->marks};
    return run_numbers(index,
                       "INSERT OR REPLACE INTO segments VALUES(?1,?2,?3,?4)",
                       numbers, 4);
}

int index_drop_segment(struct index *index, uint32_t number)
{
    const uint64_t wide = number;
    return run_numbers(index, "DELETE FROM segments WHERE number=?1", &wide, 1);
}
