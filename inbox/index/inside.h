/* SPDX-License-Identifier: MIT */
#ifndef INBOX_INDEX_INSIDE_H
#define INBOX_INDEX_INSIDE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "inbox/index/index.h"
#include "inbox/index/turn.h"

/* The index as its own files see it. */

/* Block of ids or seqs that one counter stands for. */
#define INDEX_BLOCK 1024

struct index_statement {
    const char *sql; /* a literal, told by where it stands */
    char *text;      /* one that was put together, told by its words */
    sqlite3_stmt *statement;
    uint64_t used_at;
};

#define INDEX_STATEMENTS 48

struct index_view {
    sqlite3 *db;
    struct index_statement statements[INDEX_STATEMENTS];
    uint64_t clock;
    uint64_t reset; /* of the index when it was opened */
    bool is_corrupt;
    struct index_view *next;
};

/* What a message's row says by bits. */
enum { FLAG_BDAT = 1, FLAG_SMTPUTF8 = 2, FLAG_READ = 4 };

/* Exact number of entries per block, before it is written. */
struct index_count {
    uint8_t kind;
    uint32_t box;
    uint64_t block;
    int64_t change;
};

struct index_sum {
    uint32_t box;
    uint64_t totals[INDEX_BYTES + 1];
};

struct index {
    char *path; /* NULL in memory */
    struct index_view writer;
    bool is_open; /* a transaction is */
    bool is_dirty;
    bool has_turn;
    _Atomic uint64_t resets;
    _Atomic bool is_corrupt;
    struct index_count *counts; /* not written yet */
    size_t count_count;
    size_t count_capacity;
    struct index_sum *sums; /* the keeper's totals; [0] is of all */
    size_t sum_count;
    char reason[INBOX_ERROR_SIZE];
    struct turn turn;     /* memory: on the connection */
    pthread_mutex_t lock; /* files: `free` */
    struct index_view *free;
};

/* The prepared statement for the literal `sql`, reset and ready; NULL:
 * failed. */
sqlite3_stmt *view_statement(struct index_view *view, const char *sql);

/* The same for a text that was put together. */
sqlite3_stmt *view_made_statement(struct index_view *view, const char *sql);

/* Opens a connection into `view`. 0; -1 failed. */
int view_open(struct index_view *view, const char *path, bool is_reader);
void view_close(struct index_view *view);

/* The last call failed: notes whether the file is damaged. Returns -1. */
int view_fail(struct index_view *view);

/* Runs `sql` without results. 0; -1 failed. */
int view_run(struct index_view *view, const char *sql);

/* The writer's statement for `sql` with integers bound to ?1 ... */
sqlite3_stmt *index_bound(struct index *index, const char *sql,
                          const uint64_t *numbers, size_t count);

/* Steps it to its end. 0; -1 failed, with the reason kept. */
int index_run(struct index *index, sqlite3_stmt *statement);

/* Keeps the connection's message as the reason; returns -1. */
int index_fail(struct index *index);

/* An entry of a list, by its place in it. */
struct index_counted {
    enum index_total kind;
    uint32_t box;
    uint64_t key;
};

/* It came (+1) or went (-1). */
void index_count_add(struct index *index, struct index_counted entry,
                     int64_t change);

/* Octets of messages came (or went) in the box. */
void index_count_bytes(struct index *index, uint32_t box, int64_t change);

/* Writes the counters that changed. 0; -1 failed. */
int index_count_write(struct index *index);

/* Reads the totals anew from the rows. 0; -1 failed. */
int index_count_load(struct index *index);

/* Registers the functions holds(octets, text), the search that ignores ASCII
 * case, and may_hold(signature, text). */
int index_add_functions(sqlite3 *db);

/* One row of messages or sessions as the list's columns give it. */
#define INDEX_MESSAGE_COLUMNS                                            \
    "m.id,m.seq,b.name,m.session,m.txn,m.body,m.received,m.size,m.wire," \
    "m.flags,coalesce(r.attachments,-1),r.snippet,m.tags,m.summary"
#define INDEX_MESSAGE_FROM                             \
    " FROM messages m LEFT JOIN boxes b ON b.id=m.box" \
    " LEFT JOIN texts r ON r.id=m.id"
#define INDEX_SESSION_COLUMNS \
    "s.id,s.seq,b.name,s.alive,s.ids,s.summary,s.place,s.cut"

/* The row that `statement` stands at, with these columns. */
void index_message_of(sqlite3_stmt *statement, struct arena *arena,
                      struct inbox_message *message_out);
/* The same of a session. */
void index_session_of(struct index_view *view, sqlite3_stmt *statement,
                      struct arena *arena, struct inbox_session *session_out);

#endif
