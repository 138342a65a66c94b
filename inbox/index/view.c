/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inbox/base/memory.h"
#include "inbox/index/inside.h"
#include "inbox/index/signature.h"

/* A connection and the statements that it has prepared. */

static int prepare_connection(struct index_view *view, const char *path,
                              bool is_reader)
{
    (void)sqlite3_extended_result_codes(view->db, 1);
    (void)sqlite3_busy_timeout(view->db, 2000);
    if (index_add_functions(view->db) != 0) {
        return -1;
    }
    if (path == NULL) {
        return view_run(view, "PRAGMA journal_mode=OFF;"
                              "PRAGMA secure_delete=OFF;"
                              "PRAGMA temp_store=MEMORY");
    }
    if (is_reader) {
        return view_run(view, "PRAGMA query_only=ON;"
                              "PRAGMA temp_store=MEMORY;"
                              "PRAGMA mmap_size=268435456");
    }
    /* Rows come at the ends of few trees: with large pages fewer are written. */
    return view_run(view, "PRAGMA page_size=16384;"
                          "PRAGMA journal_mode=WAL;"
                          "PRAGMA synchronous=OFF;"
                          "PRAGMA secure_delete=OFF;"
                          "PRAGMA temp_store=MEMORY;"
                          "PRAGMA wal_autocheckpoint=1000;"
                          "PRAGMA journal_size_limit=67108864;"
                          "PRAGMA cache_size=-16000");
}

/* SQLite would let everybody read it; its other files take the mode of this. */
static void make_private(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) {
        (void)close(file);
    } else {
        (void)chmod(path, 0600);
    }
}

int view_open(struct index_view *view, const char *path, bool is_reader)
{
    *view = (struct index_view){0};
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    flags |= is_reader ? 0 : SQLITE_OPEN_CREATE;
    if (path != NULL && !is_reader) {
        make_private(path);
    }
    int result = sqlite3_open_v2(path == NULL ? ":memory:" : path, &view->db,
                                 flags, NULL);
    if (result != SQLITE_OK) {
        return -1;
    }
    return prepare_connection(view, path, is_reader);
}

static void drop_statement(struct index_statement *one)
{
    (void)sqlite3_finalize(one->statement);
    free(one->text);
    *one = (struct index_statement){0};
}

void view_close(struct index_view *view)
{
    for (size_t i = 0; i < INDEX_STATEMENTS; i++) {
        drop_statement(&view->statements[i]);
    }
    (void)sqlite3_close(view->db);
    view->db = NULL;
}

int view_run(struct index_view *view, const char *sql)
{
    return sqlite3_exec(view->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

static struct index_statement *find_statement(struct index_view *view,
                                              const char *sql, bool is_made)
{
    struct index_statement *oldest = &view->statements[0];
    for (size_t i = 0; i < INDEX_STATEMENTS; i++) {
        struct index_statement *one = &view->statements[i];
        bool is_same = is_made
                           ? one->text != NULL && strcmp(one->text, sql) == 0
                           : one->sql == sql;
        if (is_same) {
            return one;
        }
        if (one->used_at < oldest->used_at) {
            oldest = one;
        }
    }
    drop_statement(oldest);
    return oldest;
}

static sqlite3_stmt *statement_for(struct index_view *view, const char *sql,
                                   bool is_made)
{
    struct index_statement *one = find_statement(view, sql, is_made);
    one->used_at = ++view->clock;
    if (one->statement != NULL) {
        (void)sqlite3_reset(one->statement);
        return one->statement;
    }
    if (view->db == NULL ||
        sqlite3_prepare_v3(view->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                           &one->statement, NULL) != SQLITE_OK) {
        (void)view_fail(view);
        one->used_at = 0;
        return NULL;
    }
    one->text = is_made ? memory_text(sql) : NULL;
    one->sql = is_made ? NULL : sql;
    return one->statement;
}

sqlite3_stmt *view_statement(struct index_view *view, const char *sql)
{
    return statement_for(view, sql, false);
}

sqlite3_stmt *view_made_statement(struct index_view *view, const char *sql)
{
    return statement_for(view, sql, true);
}

int view_fail(struct index_view *view)
{
    int code = view->db == NULL ? 0 : sqlite3_errcode(view->db) & 0xff;
    bool is_corrupt = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
    view->is_corrupt = view->is_corrupt || is_corrupt;
    return -1;
}

int index_fail(struct index *index)
{
    (void)view_fail(&index->writer);
    if (index->writer.is_corrupt) {
        atomic_store(&index->is_corrupt, true);
    }
    const char *words = index->writer.db == NULL
                            ? "no memory"
                            : sqlite3_errmsg(index->writer.db);
    (void)snprintf(index->reason, sizeof(index->reason), "%s", words);
    return -1;
}

sqlite3_stmt *index_bound(struct index *index, const char *sql,
                          const uint64_t *numbers, size_t count)
{
    sqlite3_stmt *statement = view_statement(&index->writer, sql);
    for (size_t i = 0; statement != NULL && i < count; i++) {
        (void)sqlite3_bind_int64(statement, (int)i + 1,
                                 (sqlite3_int64)numbers[i]);
    }
    return statement;
}

int index_run(struct index *index, sqlite3_stmt *statement)
{
    if (statement == NULL) {
        return index_fail(index);
    }
    int result = sqlite3_step(statement);
    while (result == SQLITE_ROW) {
        result = sqlite3_step(statement);
    }
    if (result != SQLITE_DONE) {
        (void)index_fail(index);
        (void)sqlite3_reset(statement);
        return -1;
    }
    (void)sqlite3_reset(statement);
    return 0;
}

/* ---- holds(octets, text) */

static unsigned char fold(unsigned char octet)
{
    return octet >= 'A' && octet <= 'Z' ? (unsigned char)(octet | 0x20) : octet;
}

/* Does `run` begin with the folded `text` of `size` octets? */
static bool begins(const unsigned char *run, const unsigned char *text,
                   size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (fold(run[i]) != text[i]) {
            return false;
        }
    }
    return true;
}

static void on_holds(sqlite3_context *context, int count,
                     sqlite3_value **values)
{
    (void)count;
    const unsigned char *run = sqlite3_value_blob(values[0]);
    int run_size = sqlite3_value_bytes(values[0]);
    const unsigned char *text = sqlite3_value_blob(values[1]);
    int size = sqlite3_value_bytes(values[1]);
    int found = size == 0 ? 1 : 0;
    for (int i = 0; found == 0 && i + size <= run_size; i++) {
        found = begins(run + i, text, (size_t)size) ? 1 : 0;
    }
    sqlite3_result_int(context, found);
}

static void on_may_hold(sqlite3_context *context, int count,
                        sqlite3_value **values)
{
    (void)count;
    struct bytes packed = {sqlite3_value_blob(values[0]),
                           (size_t)sqlite3_value_bytes(values[0])};
    struct bytes text = {sqlite3_value_blob(values[1]),
                         (size_t)sqlite3_value_bytes(values[1])};
    sqlite3_result_int(context, signature_may_hold(packed, text) ? 1 : 0);
}

int index_add_functions(sqlite3 *db)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    if (sqlite3_create_function_v2(db, "may_hold", 2, flags, NULL, on_may_hold,
                                   NULL, NULL, NULL) != SQLITE_OK) {
        return -1;
    }
    return sqlite3_create_function_v2(db, "holds", 2, flags, NULL, on_holds,
                                      NULL, NULL, NULL) == SQLITE_OK
               ? 0
               : -1;
}
