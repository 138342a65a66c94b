/* SPDX-License-Identifier: MIT */
#include "inbox/index/index.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inbox/base/log.h"
#include "inbox/base/memory.h"
#include "inbox/index/inside.h"

/* The number goes up whenever a table or what a blob holds changes: an index
 * with another number is made anew from the journal. */
#define INDEX_VERSION "9"

static const char schema[] =
    "CREATE TABLE position(id INTEGER PRIMARY KEY, version INT, boot TEXT,"
    " clean INT, store INT, generation INT, place INT, seq INT, filled INT,"
    " told INT);"
    "INSERT INTO position VALUES(1," INDEX_VERSION ",'',0,0,0,0,0,0,0);"
    "CREATE TABLE boxes(id INTEGER PRIMARY KEY, name TEXT);"
    "INSERT INTO boxes VALUES(1,'default');"
    "CREATE TABLE messages(id INTEGER PRIMARY KEY, seq INT, box INT,"
    " session INT, txn INT, body INT, received INT, size INT, wire INT,"
    " flags INT, place INT, head INT, tags BLOB, summary BLOB);"
    /* Nearly all mail is in the default inbox: it needs no index of its own.
     */
    "CREATE INDEX messages_box ON messages(box,id) WHERE box<>1;"
    "CREATE TABLE sessions(id INTEGER PRIMARY KEY, seq INT, box INT,"
    " closed INT, alive INT, place INT, cut INT, ids BLOB, summary BLOB);"
    "CREATE INDEX sessions_box ON sessions(box,id) WHERE box<>1;"
    "CREATE INDEX sessions_alone ON sessions(seq) WHERE alive=0;"
    /* What is known of a message once it was read whole. Apart, so that rows
     * never grow where they stand: that would split every page. */
    "CREATE TABLE texts(id INTEGER PRIMARY KEY, attachments INT, snippet TEXT,"
    " bits BLOB);"
    "CREATE TABLE talks(id INTEGER PRIMARY KEY, bits BLOB);"
    "CREATE TABLE counts(kind INT, box INT, block INT, n INT,"
    " PRIMARY KEY(kind,box,block)) WITHOUT ROWID;"
    "CREATE TABLE segments(number INTEGER PRIMARY KEY, live INT,"
    " refers INT, marks INT);";

static void boot_id(char out[64])
{
    out[0] = '\0';
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        ssize_t got = read(file, out, 36);
        out[got > 0 ? got : 0] = '\0';
        (void)close(file);
    }
}

static int run_text(struct index *index, const char *sql, const char *text)
{
    sqlite3_stmt *statement = view_statement(&index->writer, sql);
    if (statement == NULL) {
        return index_fail(index);
    }
    (void)sqlite3_bind_text(statement, 1, text, -1, SQLITE_TRANSIENT);
    return index_run(index, statement);
}

/* Is the index that stands there one that can be gone on with? Where no boot
 * has a name, none is the same as another. */
static bool is_usable(struct index *index, struct index_position *position)
{
    char boot[64];
    boot_id(boot);
    sqlite3_stmt *statement = view_statement(
        &index->writer, "SELECT clean=1 OR (boot=?1 AND boot<>''),generation,"
                        "place,seq,filled,store,told FROM position WHERE "
                        "version=" INDEX_VERSION);
    if (statement == NULL) {
        return false;
    }
    (void)sqlite3_bind_text(statement, 1, boot, -1, SQLITE_TRANSIENT);
    bool is_good = sqlite3_step(statement) == SQLITE_ROW &&
                   sqlite3_column_int(statement, 0) != 0;
    if (is_good) {
        position->generation = (uint64_t)sqlite3_column_int64(statement, 1);
        position->place =
            record_place_of((uint64_t)sqlite3_column_int64(statement, 2));
        position->seq = (uint64_t)sqlite3_column_int64(statement, 3);
        position->filled = (uint64_t)sqlite3_column_int64(statement, 4);
        position->store = (uint64_t)sqlite3_column_int64(statement, 5);
        position->told = (uint64_t)sqlite3_column_int64(statement, 6);
    }
    (void)sqlite3_reset(statement);
    return is_good;
}

static void unlink_all(const char *path)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        char *name = memory_print("%s%s", path, tails[i]);
        (void)unlink(name);
        free(name);
    }
}

static char *path_in(const char *dir)
{
    return memory_print("%s/index.db", dir);
}

void index_remove(const char *dir)
{
    char *path = path_in(dir);
    unlink_all(path);
    free(path);
}

/* From here on the index is not whole until it was closed in order: after a
 * power cut in between (another boot) it is made anew, for nothing of it is
 * synced. */
static int claim(struct index *index)
{
    char boot[64];
    boot_id(boot);
    return run_text(index, "UPDATE position SET clean=0, boot=?1", boot);
}

static int make_anew(struct index *index)
{
    view_close(&index->writer);
    if (index->path != NULL) {
        unlink_all(index->path);
    }
    index->is_open = false;
    index->is_dirty = false;
    index->resets++;
    atomic_store(&index->is_corrupt, false);
    if (view_open(&index->writer, index->path, false) != 0 ||
        view_run(&index->writer, schema) != 0) {
        return index_fail(index);
    }
    return claim(index);
}

/* Counting what it holds costs SQLite a lock for each piece of memory, and
 * nobody asks. In vain when somebody else has started it: then it counts. */
static void begin_sqlite(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static void say_why(const struct index *index, char *error_out)
{
    if (index->path == NULL) {
        (void)snprintf(error_out, INBOX_ERROR_SIZE,
                       "the index cannot be opened: %.400s", index->reason);
        return;
    }
    (void)snprintf(error_out, INBOX_ERROR_SIZE,
                   "%.300s cannot be opened: %.100s: move it away, and it is "
                   "made anew",
                   index->path, index->reason);
}

struct index *index_open(const char *dir, struct index_position *position_out,
                         char error_out[INBOX_ERROR_SIZE])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, begin_sqlite);
    struct index *index = memory_new(sizeof(*index));
    turn_open(&index->turn);
    (void)pthread_mutex_init(&index->lock, NULL);
    *position_out = (struct index_position){0};
    index->path = dir == NULL ? NULL : path_in(dir);
    int result = -1;
    bool is_fresh = dir == NULL || access(index->path, F_OK) != 0;
    if (dir != NULL && view_open(&index->writer, index->path, false) == 0 &&
        is_usable(index, position_out) && claim(index) == 0) {
        result = index_count_load(index);
    }
    if (result != 0) {
        if (!is_fresh) {
            log_line(LOG_WARN, "event=index-rebuilt reason=\"it is old or "
                               "damaged\"");
        }
        *position_out = (struct index_position){0};
        result = make_anew(index) == 0 ? index_count_load(index) : -1;
    }
    if (result != 0) {
        say_why(index, error_out);
        index_close(index, false);
        return NULL;
    }
    return index;
}

void index_close(struct index *index, bool is_clean)
{
    if (index == NULL) {
        return;
    }
    if (is_clean && index->path != NULL && !index->is_open) {
        /* The one time it is synced, so that it may be trusted after the
         * machine went down. */
        (void)view_run(&index->writer, "PRAGMA synchronous=FULL");
        (void)view_run(&index->writer, "UPDATE position SET clean=1");
        (void)view_run(&index->writer, "PRAGMA wal_checkpoint(TRUNCATE)");
    }
    while (index->free != NULL) {
        struct index_view *view = index->free;
        index->free = view->next;
        view_close(view);
        free(view);
    }
    view_close(&index->writer);
    turn_close(&index->turn);
    (void)pthread_mutex_destroy(&index->lock);
    free(index->counts);
    free(index->sums);
    free(index->path);
    free(index);
}

int index_reset(struct index *index)
{
    index_cancel(index);
    if (index->path == NULL) {
        turn_take(&index->turn);
    }
    int result = make_anew(index);
    if (index->path == NULL) {
        turn_give(&index->turn);
    }
    if (result == 0) {
        result = index_count_load(index);
    }
    return result;
}

const char *index_reason(const struct index *index)
{
    return index->reason;
}

/* ---- The open transaction */

int index_begin(struct index *index)
{
    if (index->path == NULL && !index->has_turn) {
        turn_take(&index->turn);
        index->has_turn = true;
    }
    if (index->is_open) {
        return 0;
    }
    if (view_run(&index->writer, "BEGIN IMMEDIATE") != 0) {
        return index_fail(index);
    }
    index->is_open = true;
    return 0;
}

static void give_turn(struct index *index)
{
    if (index->has_turn) {
        index->has_turn = false;
        turn_give(&index->turn);
    }
}

int index_pause(struct index *index)
{
    int result = 0;
    if (index->path == NULL) {
        result = index_count_write(index);
        give_turn(index);
    }
    return result;
}

static int save_position(struct index *index,
                         const struct index_position *position)
{
    const uint64_t numbers[] = {
        position->generation, record_place(position->place),
        position->seq,        position->filled,
        position->store,      position->told};
    sqlite3_stmt *statement =
        index_bound(index,
                    "UPDATE position SET generation=?1, place=?2, seq=?3,"
                    " filled=?4, store=?5, told=?6",
                    numbers, 6);
    return index_run(index, statement);
}

int index_commit(struct index *index, const struct index_position *position)
{
    if (index_begin(index) != 0 || index_count_write(index) != 0 ||
        (index->path != NULL && save_position(index, position) != 0)) {
        return -1;
    }
    if (view_run(&index->writer, "COMMIT") != 0) {
        return index_fail(index);
    }
    index->is_open = false;
    index->is_dirty = false;
    give_turn(index);
    return 0;
}

void index_cancel(struct index *index)
{
    if (index->is_open) {
        (void)view_run(&index->writer, "ROLLBACK");
    }
    index->is_open = false;
    index->is_dirty = false;
    index->count_count = 0;
    give_turn(index);
    (void)index_count_load(index);
}

bool index_is_corrupt(const struct index *index)
{
    return atomic_load(&index->is_corrupt);
}

bool index_is_dirty(const struct index *index)
{
    return index->is_dirty;
}

/* ---- Views */

static struct index_view *open_view(struct index *index)
{
    struct index_view *view = memory_new(sizeof(*view));
    if (view_open(view, index->path, true) != 0) {
        view_close(view);
        free(view);
        return NULL;
    }
    return view;
}

struct index_view *index_view(struct index *index)
{
    if (index->path == NULL) {
        turn_take(&index->turn);
        return &index->writer;
    }
    (void)pthread_mutex_lock(&index->lock);
    struct index_view *view = index->free;
    uint64_t resets = index->resets;
    if (view != NULL) {
        index->free = view->next;
    }
    (void)pthread_mutex_unlock(&index->lock);
    if (view != NULL && view->reset != resets) {
        view_close(view);
        free(view);
        view = NULL;
    }
    if (view == NULL) {
        view = open_view(index);
    }
    if (view == NULL) {
        return NULL;
    }
    view->reset = resets;
    if (view_run(view, "BEGIN") != 0) {
        view_close(view);
        free(view);
        return NULL;
    }
    return view;
}

void index_view_end(struct index *index, struct index_view *view)
{
    if (index->path == NULL) {
        turn_give(&index->turn);
        return;
    }
    (void)view_run(view, "COMMIT");
    (void)pthread_mutex_lock(&index->lock);
    if (view->is_corrupt && view->reset == index->resets) {
        atomic_store(&index->is_corrupt, true);
    }
    view->next = index->free;
    index->free = view;
    (void)pthread_mutex_unlock(&index->lock);
}
