/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/store/commit.h"
#include "inbox/store/head.h"
#include "inbox/upkeep/mark.h"

/* Read and tags of messages. */

enum { SET_READ = 1, READ = 2, SET_TAGS = 4 };

static void pack(struct buffer *out, const struct index_mark *mark,
                 const uint64_t *ids, size_t count)
{
    uint64_t flags = mark->set_read ? SET_READ : 0;
    flags |= mark->read ? READ : 0;
    flags |= mark->set_tags ? SET_TAGS : 0;
    pack_number(out, flags);
    pack_number(out, mark->set_tags ? mark->tag_count : 0);
    for (size_t i = 0; mark->set_tags && i < mark->tag_count; i++) {
        pack_text(out, mark->tags[i]);
    }
    record_pack_ids(out, ids, count);
}

static size_t unpack(struct bytes octets, struct arena *arena,
                     struct index_mark *mark, uint64_t **ids_out)
{
    struct unpack from = {octets, false};
    uint64_t flags = unpack_number(&from);
    mark->set_read = (flags & SET_READ) != 0;
    mark->read = (flags & READ) != 0;
    mark->set_tags = (flags & SET_TAGS) != 0;
    mark->tag_count = unpack_count(&from);
    const char **tags = arena_new(arena, mark->tag_count * sizeof(*tags));
    for (size_t i = 0; i < mark->tag_count; i++) {
        const char *tag = unpack_text(&from, arena);
        tags[i] = tag == NULL ? "" : tag;
    }
    mark->tags = tags;
    return record_read_ids(&from, arena, ids_out);
}

/* Appends the record of marks of `ids`. 0 or an errno. */
static int write_marked(struct inbox *inbox, const struct index_mark *mark,
                        const uint64_t *ids, size_t count)
{
    struct journal_batch batch = {0};
    struct buffer octets = {0};
    pack(&octets, mark, ids, count);
    int result =
        head_make_room(inbox, octets.size + JOURNAL_RECORD_HEAD, false);
    if (result == 0) {
        journal_begin(inbox->journal, &batch);
        (void)journal_entry(&batch, RECORD_MARKED, inbox->next_seq, count);
        journal_part(&batch, buffer_bytes(&octets));
        result = journal_append(inbox->journal, &batch);
    }
    if (result == 0) {
        struct segment *segment =
            journal_segment(inbox->journal, journal_active(inbox->journal));
        segment->marks++;
        segment->is_changed = true;
    }
    journal_batch_free(&batch);
    buffer_free(&octets);
    return result;
}

static void tell_changed(struct inbox *inbox, const struct index_row *row)
{
    const struct box *box = boxes_by_id(&inbox->boxes, row->box);
    struct inbox_event event = {.seq = inbox->next_seq++,
                                .id = row->id,
                                .happening = INBOX_HAPPENED_CHANGED,
                                .kind = INBOX_MESSAGES};
    (void)snprintf(event.inbox, sizeof(event.inbox), "%s",
                   box == NULL ? "default" : box->name);
    ring_add(&inbox->ring, &event);
}

static int64_t fail(struct inbox *inbox, const char *words, char *reason)
{
    (void)snprintf(reason, INBOX_ERROR_SIZE, "%s", words);
    failure_say(&inbox->failure, reason);
    return -1;
}

/* Of `ids` those whose messages exist, with their rows. -1 failed. */
static int64_t find_rows(struct inbox *inbox, const uint64_t *ids, size_t count,
                         struct index_row *rows)
{
    int64_t found = 0;
    for (size_t i = 0; i < count; i++) {
        int one = index_find_message(inbox->index, ids[i], &rows[found]);
        if (one < 0) {
            return -1;
        }
        found += one;
    }
    return found;
}

static int mark_rows(struct inbox *inbox, const struct index_mark *mark,
                     const uint64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (index_mark_message(inbox->index, ids[i], mark) < 0) {
            return -1;
        }
    }
    return index_pause(inbox->index);
}

int64_t mark_messages(struct inbox *inbox, const struct marking *marking,
                      char *reason)
{
    const struct index_mark *mark = marking->mark;
    size_t count = marking->count;
    if (inbox->is_behind || index_begin(inbox->index) != 0) {
        return fail(inbox, "the index is not there", reason);
    }
    struct index_row *rows = memory_new((count + 1) * sizeof(*rows));
    uint64_t *kept = memory_new((count + 1) * sizeof(*kept));
    int64_t found = find_rows(inbox, marking->ids, count, rows);
    for (int64_t i = 0; i < found; i++) {
        kept[i] = rows[i].id;
    }
    int failed = 0;
    if (found > 0) {
        failed = write_marked(inbox, mark, kept, (size_t)found);
    }
    int64_t result = found;
    if (found < 0) {
        commit_failed(inbox);
        result = fail(inbox, index_reason(inbox->index), reason);
    } else if (failed != 0) {
        (void)index_pause(inbox->index);
        result = fail(inbox, strerror(failed), reason);
    } else {
        for (int64_t i = 0; i < found; i++) {
            tell_changed(inbox, &rows[i]);
        }
        atomic_store(&inbox->seq, inbox->next_seq - 1);
        if (mark_rows(inbox, mark, kept, (size_t)found) != 0) {
            commit_failed(inbox);
        }
    }
    free(rows);
    free(kept);
    return result;
}

int mark_again(struct inbox *inbox, const uint64_t *ids, size_t count)
{
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        struct arena arena = {0};
        struct inbox_message message;
        struct index_row row = {0};
        int found = index_find_message(inbox->index, ids[i], &row);
        /* That there are no tags must be said as well: the mail may bring
         * some. */
        if (found == 1 && (row.is_read || row.has_tags)) {
            found = index_own_message(inbox->index, ids[i], &arena, &message);
        } else {
            found = 0;
        }
        if (found == 1) {
            const struct index_mark mark = {true, message.is_read, true,
                                            message.tags, message.tag_count};
            result = write_marked(inbox, &mark, &ids[i], 1);
        }
        arena_free(&arena);
    }
    return result;
}

size_t mark_ids(struct bytes octets, struct arena *arena, uint64_t **ids_out)
{
    struct index_mark mark;
    return unpack(octets, arena, &mark, ids_out);
}

int mark_apply(struct inbox *inbox, struct bytes octets)
{
    struct arena arena = {0};
    struct index_mark mark;
    uint64_t *ids = NULL;
    size_t count = unpack(octets, &arena, &mark, &ids);
    int result = mark_rows(inbox, &mark, ids, count);
    arena_free(&arena);
    return result;
}
