/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/index/inside.h"

/* Totals and places in lists without counting rows: one exact counter per kind,
 * inbox (0: all) and block of keys. */

static struct index_sum *sum_of(struct index *index, uint32_t box)
{
    for (size_t i = 0; i < index->sum_count; i++) {
        if (index->sums[i].box == box) {
            return &index->sums[i];
        }
    }
    index->sums = memory_resize(index->sums, (index->sum_count + 1) *
                                                 sizeof(index->sums[0]));
    struct index_sum *sum = &index->sums[index->sum_count++];
    *sum = (struct index_sum){.box = box};
    return sum;
}

/* The same few counters change again and again: the newest come first. */
static void add_one(struct index *index, const struct index_count *change)
{
    for (size_t i = index->count_count; i > 0; i--) {
        struct index_count *one = &index->counts[i - 1];
        if (one->block == change->block && one->box == change->box &&
            one->kind == change->kind) {
            one->change += change->change;
            return;
        }
        if (index->count_count - i > 32) {
            break; /* two rows for one counter are written as well */
        }
    }
    if (index->count_count == index->count_capacity) {
        index->count_capacity =
            index->count_capacity == 0 ? 64 : index->count_capacity * 2;
        index->counts = memory_resize(
            index->counts, index->count_capacity * sizeof(index->counts[0]));
    }
    index->counts[index->count_count++] = *change;
}

void index_count_add(struct index *index, struct index_counted entry,
                     int64_t change)
{
    struct index_count one = {(uint8_t)entry.kind, 0, entry.key / INDEX_BLOCK,
                              change};
    sum_of(index, 0)->totals[entry.kind] += (uint64_t)change;
    add_one(index, &one);
    one.box = entry.box;
    sum_of(index, entry.box)->totals[entry.kind] += (uint64_t)change;
    add_one(index, &one);
}

void index_count_bytes(struct index *index, uint32_t box, int64_t change)
{
    const struct index_count one = {INDEX_BYTES, box, 0, change};
    sum_of(index, box)->totals[INDEX_BYTES] += (uint64_t)change;
    add_one(index, &one);
}

int index_count_write(struct index *index)
{
    for (size_t i = 0; i < index->count_count; i++) {
        const struct index_count *one = &index->counts[i];
        const uint64_t numbers[] = {one->kind, one->box, one->block,
                                    (uint64_t)one->change};
        sqlite3_stmt *statement = index_bound(
            index,
            "INSERT INTO counts VALUES(?1,?2,?3,?4)"
            " ON CONFLICT(kind,box,block) DO UPDATE SET n=n+excluded.n",
            numbers, 4);
        if (index_run(index, statement) != 0) {
            return -1;
        }
    }
    index->count_count = 0;
    return 0;
}

int index_count_load(struct index *index)
{
    index->sum_count = 0;
    (void)sum_of(index, 0);
    sqlite3_stmt *statement = view_statement(
        &index->writer, "SELECT box,kind,sum(n) FROM counts GROUP BY box,kind");
    if (statement == NULL) {
        return index_fail(index);
    }
    int result = sqlite3_step(statement);
    while (result == SQLITE_ROW) {
        uint32_t box = (uint32_t)sqlite3_column_int64(statement, 0);
        int kind = sqlite3_column_int(statement, 1);
        if (kind >= 0 && kind <= INDEX_BYTES) {
            sum_of(index, box)->totals[kind] =
                (uint64_t)sqlite3_column_int64(statement, 2);
        }
        result = sqlite3_step(statement);
    }
    (void)sqlite3_reset(statement);
    return result == SQLITE_DONE ? 0 : index_fail(index);
}

uint64_t index_total(struct index *index, enum index_total kind, uint32_t box)
{
    return sum_of(index, box)->totals[kind];
}

int64_t index_read_total(struct index_view *view, enum index_total kind,
                         uint32_t box)
{
    sqlite3_stmt *statement = view_statement(
        view, "SELECT coalesce(sum(n),0) FROM counts WHERE kind=?1 AND box=?2");
    if (statement == NULL) {
        return -1;
    }
    (void)sqlite3_bind_int(statement, 1, (int)kind);
    (void)sqlite3_bind_int64(statement, 2, box);
    int64_t total = 0;
    if (sqlite3_step(statement) == SQLITE_ROW) {
        total = sqlite3_column_int64(statement, 0);
    } else {
        total = view_fail(view);
    }
    (void)sqlite3_reset(statement);
    return total;
}

/* The block that holds ordinal `*at` counted from the newest, `*at` becoming
 * the ordinal within it. 1 found, 0 not, -1 failed. */
static int find_block(struct index_view *view, const struct index_list *list,
                      uint64_t *at, uint64_t *block_out)
{
    sqlite3_stmt *statement = view_statement(
        view, "SELECT block,n FROM counts WHERE kind=?1 AND box=?2"
              " ORDER BY block DESC");
    if (statement == NULL) {
        return -1;
    }
    (void)sqlite3_bind_int(statement, 1, (int)list->kind);
    (void)sqlite3_bind_int64(statement, 2, list->box);
    int found = 0;
    int result = sqlite3_step(statement);
    while (found == 0 && result == SQLITE_ROW) {
        uint64_t n = (uint64_t)sqlite3_column_int64(statement, 1);
        if (*at < n) {
            *block_out = (uint64_t)sqlite3_column_int64(statement, 0);
            found = 1;
        } else {
            *at -= n;
            result = sqlite3_step(statement);
        }
    }
    (void)sqlite3_reset(statement);
    return found == 0 && result != SQLITE_DONE ? view_fail(view) : found;
}

int index_read_at(struct index_view *view, const struct index_list *list,
                  uint64_t at, uint64_t *key_out)
{
    uint64_t block = 0;
    int found = find_block(view, list, &at, &block);
    if (found != 1) {
        return found;
    }
    struct arena arena = {0};
    struct index_list inside = *list;
    inside.below = (block + 1) * INDEX_BLOCK;
    inside.above = block == 0 ? 0 : block * INDEX_BLOCK - 1;
    inside.is_upwards = false;
    inside.is_keys = true;
    inside.limit = (unsigned)at + 1;
    struct inbox_entry *entries =
        arena_new(&arena, inside.limit * sizeof(*entries));
    int count = index_read_list(view, &inside, &arena, entries);
    if (count > 0 && (uint64_t)count == at + 1) {
        const struct inbox_entry *last = &entries[count - 1];
        bool is_by_seq = list->kind == INBOX_ACTIVITY;
        if (last->message != NULL) {
            *key_out = is_by_seq ? last->message->seq : last->message->id;
        } else {
            *key_out = is_by_seq ? last->session->seq : last->session->id;
        }
    }
    arena_free(&arena);
    return count < 0 ? -1 : (uint64_t)count == at + 1;
}
