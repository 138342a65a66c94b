/* SPDX-License-Identifier: MIT */
#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Named inboxes: which there are and what goes where. */

struct box *boxes_find(struct inbox *inbox, const char *name)
{
    for (size_t i = 0; i < inbox->box_count; i++) {
        if (strcmp(inbox->boxes[i].name, name) == 0) {
            return &inbox->boxes[i];
        }
    }
    return NULL;
}

struct box *boxes_by_id(struct inbox *inbox, uint32_t id)
{
    for (size_t i = 0; i < inbox->box_count; i++) {
        if (inbox->boxes[i].id == id) {
            return &inbox->boxes[i];
        }
    }
    return NULL;
}

static struct box *add(struct inbox *inbox, const char *name)
{
    (void)pthread_mutex_lock(&inbox->box_lock);
    inbox->boxes = memory_resize(inbox->boxes, (inbox->box_count + 1) *
                                                   sizeof(*inbox->boxes));
    struct box *box = &inbox->boxes[inbox->box_count++];
    *box = (struct box){.id = inbox->next_box++};
    (void)snprintf(box->name, sizeof(box->name), "%s", name);
    (void)pthread_mutex_unlock(&inbox->box_lock);
    return box;
}

struct box *boxes_need(struct inbox *inbox, const char *name)
{
    struct box *box = boxes_find(inbox, name);
    if (box != NULL) {
        return box;
    }
    box = add(inbox, name);
    if (index_begin(inbox->index) != 0 ||
        index_add_box(inbox->index, box->id, box->name) != 0 ||
        index_pause(inbox->index) != 0) {
        keeper_index_failed(inbox);
    }
    return box;
}

static const struct box *created(struct inbox *inbox, const char *name)
{
    const struct box *box = name[0] == '\0' ? NULL : boxes_find(inbox, name);
    return box != NULL && box->is_created ? box : NULL;
}

/* First rule that applies wins: the listener's; the login's part behind its
 * last plus; the first accepted recipient's; the one without a name. A
 * session's own, once it has one, is that of its first message. */
uint32_t boxes_route(struct inbox *inbox, const struct job *job,
                     const struct live *live)
{
    if (job->bound[0] != '\0') {
        return boxes_need(inbox, job->bound)->id;
    }
    const struct box *box = created(inbox, job->login);
    if (box == NULL && job->is_message) {
        box = created(inbox, job->plus);
    }
    if (box == NULL && !job->is_message && live != NULL && live->box != 0) {
        box = boxes_by_id(inbox, live->box);
    }
    return box == NULL ? INDEX_DEFAULT_BOX : box->id;
}

int boxes_index(struct inbox *inbox)
{
    int result = index_begin(inbox->index);
    for (size_t i = 0; i < inbox->box_count && result == 0; i++) {
        result = index_add_box(inbox->index, inbox->boxes[i].id,
                               inbox->boxes[i].name);
    }
    return result == 0 ? index_pause(inbox->index) : result;
}

/* ---- Their record */

void boxes_pack(struct inbox *inbox, struct buffer *out)
{
    pack_number(out, inbox->next_box);
    pack_number(out, inbox->box_count);
    for (size_t i = 0; i < inbox->box_count; i++) {
        const struct box *box = &inbox->boxes[i];
        pack_number(out, box->id);
        pack_text(out, box->name);
        pack_number(out, box->max_messages);
        pack_signed(out, box->expires_at_us);
        pack_number(out, box->is_created ? 1 : 0);
    }
    /* Behind all of them, where earlier versions read no further. */
    for (size_t i = 0; i < inbox->box_count; i++) {
        pack_number(out, inbox->boxes[i].max_bytes);
        pack_number(out, inbox->boxes[i].max_age_us);
    }
}

void boxes_read(struct inbox *inbox, struct bytes octets)
{
    struct arena arena = {0};
    struct unpack from = {octets, false};
    uint32_t next = (uint32_t)unpack_number(&from);
    size_t count = unpack_count(&from);
    struct box *boxes = memory_new((count + 1) * sizeof(*boxes));
    for (size_t i = 0; i < count; i++) {
        boxes[i].id = (uint32_t)unpack_number(&from);
        const char *name = unpack_text(&from, &arena);
        (void)snprintf(boxes[i].name, sizeof(boxes[i].name), "%s",
                       name == NULL ? "" : name);
        boxes[i].max_messages = unpack_number(&from);
        boxes[i].expires_at_us = unpack_signed(&from);
        boxes[i].is_created = unpack_number(&from) != 0;
    }
    for (size_t i = 0; i < count && from.rest.size > 0; i++) {
        boxes[i].max_bytes = unpack_number(&from);
        boxes[i].max_age_us = unpack_number(&from);
    }
    arena_free(&arena);
    if (from.is_broken || count == 0) {
        free(boxes);
        return;
    }
    free(inbox->boxes);
    inbox->boxes = boxes;
    inbox->box_count = count;
    inbox->next_box = next;
}

void boxes_free(struct inbox *inbox)
{
    free(inbox->boxes);
    inbox->boxes = NULL;
    inbox->box_count = 0;
}
