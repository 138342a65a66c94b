/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "inbox/index/inside.h"

/* Lists by keyset: a stretch of messages, of sessions, or of both together. */

struct stretch {
    const struct index_list *list;
    bool is_messages;
    const char *key; /* column the bounds speak of */
    uint64_t below;
    uint64_t above;
};

static void put(struct buffer *sql, const char *text)
{
    buffer_add(sql, bytes_of(text));
}

static void write_sql(struct buffer *sql, const struct index_list *list,
                      const struct stretch *stretch)
{
    const char *row = stretch->is_messages ? "m" : "s";
    if (list->is_keys) {
        buffer_print(sql, "SELECT %s.id,%s.seq FROM %s %s", row, row,
                     stretch->is_messages ? "messages" : "sessions", row);
    } else {
        put(sql, stretch->is_messages
                     ? "SELECT " INDEX_MESSAGE_COLUMNS INDEX_MESSAGE_FROM
                     : "SELECT " INDEX_SESSION_COLUMNS
                       " FROM sessions s LEFT JOIN boxes b ON b.id=s.box");
    }
    buffer_print(sql, " WHERE %s.%s<?1 AND %s.%s>?2", row, stretch->key, row,
                 stretch->key);
    if (list->box == INDEX_DEFAULT_BOX) {
        buffer_print(sql, " AND +%s.box=1", row);
    } else if (list->box != 0) {
        buffer_print(sql, " AND %s.box=?5 AND %s.box<>1", row, row);
    }
    if (!stretch->is_messages && list->kind == INBOX_ACTIVITY) {
        put(sql, " AND s.alive=0");
    }
    if (!stretch->is_messages && list->since > 0) {
        put(sql, " AND s.seq>?4");
    }
    const char *filter =
        stretch->is_messages ? list->filter : list->session_filter;
    if (filter != NULL) {
        buffer_print(sql, " AND (%s)", filter);
    }
    buffer_print(sql, " ORDER BY %s.%s %s LIMIT ?3", row, stretch->key,
                 list->is_upwards ? "ASC" : "DESC");
    buffer_add_byte(sql, '\0');
}

static sqlite3_int64 bound(uint64_t number)
{
    return number > INT64_MAX ? INT64_MAX : (sqlite3_int64)number;
}

static sqlite3_stmt *bind_list(struct index_view *view,
                               const struct index_list *list,
                               const struct stretch *stretch)
{
    struct buffer sql = {0};
    write_sql(&sql, list, stretch);
    sqlite3_stmt *statement = view_made_statement(view, (const char *)sql.at);
    buffer_free(&sql);
    if (statement == NULL) {
        return NULL;
    }
    (void)sqlite3_bind_int64(statement, 1, bound(stretch->below));
    (void)sqlite3_bind_int64(statement, 2, bound(stretch->above));
    (void)sqlite3_bind_int64(statement, 3, list->limit);
    (void)sqlite3_bind_int64(statement, 4, bound(list->since));
    (void)sqlite3_bind_int64(statement, 5, list->box);
    for (size_t i = 0; i < list->value_count; i++) {
        (void)sqlite3_bind_blob(statement, 10 + (int)i, list->values[i].at,
                                (int)list->values[i].size, SQLITE_TRANSIENT);
    }
    return statement;
}

static struct inbox_entry
key_entry(sqlite3_stmt *row, const struct stretch *stretch, struct arena *arena)
{
    uint64_t id = (uint64_t)sqlite3_column_int64(row, 0);
    uint64_t seq = (uint64_t)sqlite3_column_int64(row, 1);
    if (stretch->is_messages) {
        struct inbox_message *one = arena_new(arena, sizeof(*one));
        one->id = id;
        one->seq = seq;
        return (struct inbox_entry){.message = one};
    }
    struct inbox_session *one = arena_new(arena, sizeof(*one));
    one->id = id;
    one->seq = seq;
    return (struct inbox_entry){.session = one};
}

static struct inbox_entry row_entry(struct index_view *view, sqlite3_stmt *row,
                                    const struct stretch *stretch,
                                    struct arena *arena)
{
    if (stretch->is_messages) {
        struct inbox_message *one = arena_new(arena, sizeof(*one));
        index_message_of(row, arena, one);
        return (struct inbox_entry){.message = one};
    }
    struct inbox_session *one = arena_new(arena, sizeof(*one));
    index_session_of(view, row, arena, one);
    return (struct inbox_entry){.session = one};
}

static int read_stretch(struct index_view *view, const struct stretch *stretch,
                        struct arena *arena, struct inbox_entry *entries)
{
    const struct index_list *list = stretch->list;
    sqlite3_stmt *row = bind_list(view, list, stretch);
    if (row == NULL) {
        return -1;
    }
    int count = 0;
    int result = sqlite3_step(row);
    while (result == SQLITE_ROW) {
        entries[count++] = list->is_keys ? key_entry(row, stretch, arena)
                                         : row_entry(view, row, stretch, arena);
        result = sqlite3_step(row);
    }
    (void)sqlite3_reset(row);
    return result == SQLITE_DONE ? count : view_fail(view);
}

/* Ids and seqs of messages rise together: the smallest id with a seq above
 * `seq`; UINT64_MAX: none, 0: failed. */
static uint64_t id_above_seq(struct index_view *view, uint64_t seq)
{
    sqlite3_stmt *next = view_statement(
        view, "SELECT id,seq FROM messages WHERE id>=?1 ORDER BY id LIMIT 1");
    sqlite3_stmt *newest = view_statement(view, "SELECT max(id) FROM messages");
    if (next == NULL || newest == NULL || sqlite3_step(newest) != SQLITE_ROW) {
        return 0;
    }
    uint64_t low = 1;
    uint64_t high = (uint64_t)sqlite3_column_int64(newest, 0) + 1;
    uint64_t best = UINT64_MAX;
    (void)sqlite3_reset(newest);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        (void)sqlite3_bind_int64(next, 1, bound(middle));
        int result = sqlite3_step(next);
        bool is_above = result == SQLITE_ROW &&
                        (uint64_t)sqlite3_column_int64(next, 1) > seq;
        if (is_above) {
            best = (uint64_t)sqlite3_column_int64(next, 0);
        }
        high = is_above || result == SQLITE_DONE ? middle : high;
        low = is_above || result == SQLITE_DONE
                  ? low
                  : (uint64_t)sqlite3_column_int64(next, 0) + 1;
        (void)sqlite3_reset(next);
        if (result != SQLITE_ROW && result != SQLITE_DONE) {
            (void)view_fail(view);
            return 0;
        }
    }
    return best;
}

/* Turns bounds in seqs into bounds in ids. -1 failed, 1 nothing can be in. */
static int by_id(struct index_view *view, const struct index_list *list,
                 struct stretch *stretch)
{
    bool is_activity = list->kind == INBOX_ACTIVITY;
    uint64_t after = is_activity ? list->above : 0;
    after = list->since > after ? list->since : after;
    if (after > 0) {
        uint64_t id = id_above_seq(view, after);
        if (id == 0) {
            return -1;
        }
        if (id == UINT64_MAX) {
            return 1;
        }
        bool is_tighter = is_activity || id - 1 > stretch->above;
        stretch->above = is_tighter ? id - 1 : stretch->above;
    } else if (is_activity) {
        stretch->above = 0;
    }
    if (is_activity && list->below != UINT64_MAX) {
        stretch->below = id_above_seq(view, list->below - 1);
        return stretch->below == 0 ? -1 : 0;
    }
    return 0;
}

static int read_messages(struct index_view *view, const struct index_list *list,
                         struct arena *arena, struct inbox_entry *entries)
{
    struct stretch stretch = {list, true, "id", list->below, list->above};
    int result = by_id(view, list, &stretch);
    if (result != 0) {
        return result < 0 ? -1 : 0;
    }
    return read_stretch(view, &stretch, arena, entries);
}

static uint64_t seq_of(const struct inbox_entry *entry)
{
    return entry->message != NULL ? entry->message->seq : entry->session->seq;
}

/* Merges two lists in the order of `list`; returns how many. */
static int merge(const struct index_list *list, struct inbox_entry *entries,
                 const struct inbox_entry *const parts[2], const int counts[2])
{
    int at[2] = {0, 0};
    int count = 0;
    while ((unsigned)count < list->limit &&
           (at[0] < counts[0] || at[1] < counts[1])) {
        int from = at[0] < counts[0] ? 0 : 1;
        if (at[0] < counts[0] && at[1] < counts[1]) {
            bool is_greater =
                seq_of(&parts[1][at[1]]) > seq_of(&parts[0][at[0]]);
            from = is_greater != list->is_upwards ? 1 : 0;
        }
        entries[count++] = parts[from][at[from]++];
    }
    return count;
}

static int read_activity(struct index_view *view, const struct index_list *list,
                         struct arena *arena, struct inbox_entry *entries)
{
    struct inbox_entry *messages =
        arena_new(arena, list->limit * sizeof(*messages));
    struct inbox_entry *sessions =
        arena_new(arena, list->limit * sizeof(*sessions));
    uint64_t above = list->since > list->above ? list->since : list->above;
    struct stretch stretch = {list, false, "seq", list->below, above};
    int counts[2];
    counts[0] = read_messages(view, list, arena, messages);
    counts[1] = read_stretch(view, &stretch, arena, sessions);
    if (counts[0] < 0 || counts[1] < 0) {
        return -1;
    }
    const struct inbox_entry *const parts[2] = {messages, sessions};
    return merge(list, entries, parts, counts);
}

int index_read_list(struct index_view *view, const struct index_list *list,
                    struct arena *arena, struct inbox_entry *entries_out)
{
    if (list->kind == INBOX_MESSAGES) {
        return read_messages(view, list, arena, entries_out);
    }
    if (list->kind == INBOX_ACTIVITY) {
        return read_activity(view, list, arena, entries_out);
    }
    struct stretch stretch = {list, false, "id", list->below, list->above};
    return read_stretch(view, &stretch, arena, entries_out);
}

/* ---- For the keeper */

int index_oldest(struct index *index, uint32_t box,
                 struct index_oldest *oldest_out, int size)
{
    struct arena arena = {0};
    struct index_list list = {.kind = INBOX_ACTIVITY,
                              .box = box,
                              .below = UINT64_MAX,
                              .is_upwards = true,
                              .limit = (unsigned)size};
    struct inbox_entry *entries =
        arena_new(&arena, (size_t)size * sizeof(*entries));
    int count = index_read_list(&index->writer, &list, &arena, entries);
    for (int i = 0; i < count; i++) {
        const struct inbox_message *message = entries[i].message;
        const struct inbox_session *session = entries[i].session;
        oldest_out[i] = message != NULL
                            ? (struct index_oldest){INBOX_MESSAGES, message->id,
                                                    message->received_at_us}
                            : (struct index_oldest){INBOX_SESSIONS, session->id,
                                                    session->closed_at_us};
    }
    arena_free(&arena);
    return count < 0 ? index_fail(index) : count;
}

/* The first column of at most `size` rows. How many; -1 failed. */
static int read_ids(struct index_view *view, sqlite3_stmt *row,
                    uint64_t *ids_out, int size)
{
    int count = 0;
    int result = sqlite3_step(row);
    while (count < size && result == SQLITE_ROW) {
        ids_out[count++] = (uint64_t)sqlite3_column_int64(row, 0);
        result = sqlite3_step(row);
    }
    (void)sqlite3_reset(row);
    return result == SQLITE_DONE || count == size ? count : view_fail(view);
}

/* `sql` with the id to begin behind; NULL failed. */
static sqlite3_stmt *above(struct index_view *view, const char *sql,
                           uint64_t after, int size)
{
    sqlite3_stmt *row = view_statement(view, sql);
    if (row != NULL) {
        (void)sqlite3_bind_int64(row, 1, bound(after));
        (void)sqlite3_bind_int(row, 2, size);
    }
    return row;
}

int index_read_unfilled(struct index_view *view, uint64_t after,
                        uint64_t *ids_out, int size)
{
    sqlite3_stmt *row =
        above(view,
              "SELECT id FROM messages m WHERE id>?1 AND NOT EXISTS"
              " (SELECT 1 FROM texts r WHERE r.id=m.id)"
              " ORDER BY id LIMIT ?2",
              after, size);
    return row == NULL ? -1 : read_ids(view, row, ids_out, size);
}

int index_read_sessions(struct index_view *view, uint64_t after,
                        uint64_t *ids_out, int size)
{
    sqlite3_stmt *row =
        above(view, "SELECT id FROM sessions WHERE id>?1 ORDER BY id LIMIT ?2",
              after, size);
    return row == NULL ? -1 : read_ids(view, row, ids_out, size);
}

int index_load_segments(struct index *index,
                        void (*load)(void *context, const struct segment *one),
                        void *context)
{
    sqlite3_stmt *row = view_statement(
        &index->writer, "SELECT number,live,refers,marks FROM segments");
    if (row == NULL) {
        return index_fail(index);
    }
    int result = sqlite3_step(row);
    while (result == SQLITE_ROW) {
        const struct segment one = {
            .number = (uint32_t)sqlite3_column_int64(row, 0),
            .live = (uint64_t)sqlite3_column_int64(row, 1),
            .refers_to = (uint32_t)sqlite3_column_int64(row, 2),
            .marks = (uint64_t)sqlite3_column_int64(row, 3)};
        load(context, &one);
        result = sqlite3_step(row);
    }
    (void)sqlite3_reset(row);
    return result == SQLITE_DONE ? 0 : index_fail(index);
}
