/* SPDX-License-Identifier: MIT */
#include "inbox/upkeep/naming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/store/commit.h"
#include "inbox/store/head.h"
#include "inbox/store/route.h"
#include "inbox/upkeep/change.h"

/* Inboxes are made and deleted while the server runs. */

#define STEP 100

static int write_boxes(struct inbox *inbox)
{
    struct journal_batch batch = {0};
    struct buffer octets = {0};
    boxes_pack(&inbox->boxes, &octets);
    int result =
        head_make_room(inbox, octets.size + JOURNAL_RECORD_HEAD, false);
    if (result == 0) {
        journal_begin(inbox->journal, &batch);
        (void)journal_entry(&batch, RECORD_BOXES, 0, 0);
        journal_part(&batch, buffer_bytes(&octets));
        result = journal_append(inbox->journal, &batch);
    }
    journal_batch_free(&batch);
    buffer_free(&octets);
    return result;
}

static void tell(struct inbox *inbox, const char *name, bool is_gone)
{
    struct inbox_event event = {.seq = inbox->next_seq++,
                                .happening = INBOX_HAPPENED_BOX,
                                .is_gone = is_gone};
    (void)snprintf(event.inbox, sizeof(event.inbox), "%s", name);
    ring_add(&inbox->ring, &event);
    atomic_store(&inbox->seq, inbox->next_seq - 1);
}

static int fail(struct call *call, const char *words)
{
    (void)snprintf(call->reason, INBOX_ERROR_SIZE, "%s", words);
    call->result = -1;
    return 0;
}

static int step_create(struct inbox *inbox, struct call *call)
{
    const struct inbox_box *asked = call->asked;
    bool is_new = boxes_find(&inbox->boxes, asked->name) == NULL;
    struct box *box = route_need(inbox, asked->name);
    struct box before = *box;
    (void)pthread_mutex_lock(&inbox->boxes.lock);
    box->max_messages = asked->max_messages;
    box->max_bytes = asked->max_bytes;
    box->max_age_us = asked->max_age_us;
    box->expires_at_us = asked->expires_at_us;
    box->is_created = true;
    (void)pthread_mutex_unlock(&inbox->boxes.lock);
    int result = write_boxes(inbox);
    if (result != 0) {
        (void)pthread_mutex_lock(&inbox->boxes.lock);
        *box = before;
        inbox->boxes.count -= is_new ? 1 : 0;
        (void)pthread_mutex_unlock(&inbox->boxes.lock);
        return fail(call, strerror(result));
    }
    tell(inbox, asked->name, false);
    return 0;
}

int inbox_box_create(struct inbox *inbox, const struct inbox_box *box,
                     char reason[INBOX_ERROR_SIZE])
{
    struct call call = {.step = step_create, .asked = box, .reason = reason};
    if (!inbox_name_is(box->name)) {
        (void)snprintf(reason, INBOX_ERROR_SIZE,
                       "a name is 1 to 64 of A-Z a-z 0-9 . _ -");
        return -1;
    }
    return (int)queue_ask(&inbox->queue, &call);
}

/* Removes some entries of the box. How many; -1 failed. */
static int64_t remove_some(struct inbox *inbox, uint32_t box,
                           struct removed *removed, char *reason)
{
    struct index_oldest oldest[STEP];
    uint64_t message_ids[STEP];
    uint64_t session_ids[STEP];
    struct removal removal = {.messages = message_ids, .sessions = session_ids};
    if (index_begin(inbox->index) != 0) {
        commit_failed(inbox);
        return -1;
    }
    int count = index_oldest(inbox->index, box, oldest, STEP);
    if (count < 0 || index_pause(inbox->index) != 0) {
        commit_failed(inbox);
        return -1;
    }
    for (int i = 0; i < count; i++) {
        if (oldest[i].kind == INBOX_MESSAGES) {
            message_ids[removal.message_count++] = oldest[i].id;
        } else {
            session_ids[removal.session_count++] = oldest[i].id;
        }
    }
    return change_remove(inbox, &removal, removed, reason);
}

static int forget_box(struct inbox *inbox, const char *name)
{
    struct box *box = boxes_find(&inbox->boxes, name);
    struct box last = inbox->boxes.items[inbox->boxes.count - 1];
    struct box gone = *box;
    /* A session that is bound to it or has it as its own stays; what comes for
     * it later goes to the default one. */
    (void)pthread_mutex_lock(&inbox->boxes.lock);
    *box = last;
    inbox->boxes.count--;
    (void)pthread_mutex_unlock(&inbox->boxes.lock);
    int result = write_boxes(inbox);
    if (result != 0) {
        (void)pthread_mutex_lock(&inbox->boxes.lock);
        inbox->boxes.items[inbox->boxes.count++] = last;
        *boxes_by_id(&inbox->boxes, last.id) = gone;
        inbox->boxes.items[inbox->boxes.count - 1] = last;
        (void)pthread_mutex_unlock(&inbox->boxes.lock);
        return result;
    }
    if (index_begin(inbox->index) != 0 ||
        index_drop_box(inbox->index, gone.id) != 0 ||
        index_pause(inbox->index) != 0) {
        commit_failed(inbox);
    }
    tell(inbox, name, true);
    return 0;
}

/* The one without a name cannot go; deleting it empties it. */
static int end_box(struct inbox *inbox, const char *name)
{
    const struct box *box = boxes_find(&inbox->boxes, name);
    if (box == NULL || box->id == INDEX_DEFAULT_BOX) {
        return 0;
    }
    return forget_box(inbox, name);
}

static int step_delete(struct inbox *inbox, struct call *call)
{
    const char *name = call->asked;
    const struct box *box = boxes_find(&inbox->boxes, name);
    struct removed removed;
    if (box == NULL) {
        return 0;
    }
    int64_t gone = remove_some(inbox, box->id, &removed, call->reason);
    if (gone < 0) {
        call->result = -1;
        return 0;
    }
    call->result += (int64_t)removed.messages;
    if (gone > 0) {
        return 1;
    }
    int result = end_box(inbox, name);
    return result == 0 ? 0 : fail(call, strerror(result));
}

int64_t inbox_box_delete(struct inbox *inbox, const char *name,
                         char reason[INBOX_ERROR_SIZE])
{
    struct call call = {.step = step_delete, .asked = name, .reason = reason};
    return queue_ask(&inbox->queue, &call);
}

bool naming_expire(struct inbox *inbox)
{
    int64_t now = clock_now_us();
    char reason[INBOX_ERROR_SIZE];
    for (size_t i = 0; i < inbox->boxes.count; i++) {
        const struct box *box = &inbox->boxes.items[i];
        if (box->expires_at_us == 0 || box->expires_at_us > now) {
            continue;
        }
        int64_t gone = remove_some(inbox, box->id, NULL, reason);
        if (gone > 0) {
            return true;
        }
        if (gone == 0) {
            char name[INBOX_NAME_SIZE];
            memcpy(name, box->name, sizeof(name));
            (void)end_box(inbox, name);
            return true;
        }
    }
    return false;
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const struct inbox_box *)one)->name,
                  ((const struct inbox_box *)other)->name);
}

enum inbox_result inbox_boxes(struct inbox *inbox, struct arena *arena,
                              struct inbox_box **boxes_out, size_t *count_out)
{
    (void)pthread_mutex_lock(&inbox->boxes.lock);
    size_t count = inbox->boxes.count;
    uint32_t *ids = arena_new(arena, (count + 1) * sizeof(*ids));
    struct inbox_box *boxes = arena_new(arena, (count + 1) * sizeof(*boxes));
    for (size_t i = 0; i < count; i++) {
        const struct box *box = &inbox->boxes.items[i];
        ids[i] = box->id;
        boxes[i] = (struct inbox_box){
            .name = arena_text(arena, bytes_of(box->name)),
            .max_messages = box->max_messages,
            .max_bytes = box->max_bytes,
            .max_age_us = box->max_age_us,
            .expires_at_us = box->expires_at_us,
            .is_created = box->is_created,
        };
    }
    (void)pthread_mutex_unlock(&inbox->boxes.lock);
    struct index_view *view = index_view(inbox->index);
    if (view == NULL) {
        return INBOX_BROKEN;
    }
    bool is_good = true;
    for (size_t i = 0; i < count; i++) {
        int64_t total = index_read_total(view, INDEX_MESSAGES, ids[i]);
        int64_t bytes = index_read_total(view, INDEX_BYTES, ids[i]);
        is_good = is_good && total >= 0 && bytes >= 0;
        boxes[i].messages = (uint64_t)total;
        boxes[i].bytes = (uint64_t)bytes;
    }
    index_view_end(inbox->index, view);
    qsort(boxes, count, sizeof(*boxes), by_name);
    *boxes_out = boxes;
    *count_out = count;
    return is_good ? INBOX_OK : INBOX_BROKEN;
}
