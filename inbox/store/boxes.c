/* SPDX-License-Identifier: MIT */
#include "inbox/store/boxes.h"

#include "inbox/base/memory.h"
#include "inbox/base/pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct box *boxes_find(struct boxes *boxes, const char *name)
{
    for (size_t i = 0; i < boxes->count; i++) {
        if (strcmp(boxes->items[i].name, name) == 0) {
            return &boxes->items[i];
        }
    }
    return NULL;
}

struct box *boxes_by_id(struct boxes *boxes, uint32_t id)
{
    for (size_t i = 0; i < boxes->count; i++) {
        if (boxes->items[i].id == id) {
            return &boxes->items[i];
        }
    }
    return NULL;
}

struct box *boxes_add(struct boxes *boxes, const char *name)
{
    (void)pthread_mutex_lock(&boxes->lock);
    boxes->items =
        memory_resize(boxes->items, (boxes->count + 1) * sizeof(*boxes->items));
    struct box *box = &boxes->items[boxes->count++];
    *box = (struct box){.id = boxes->next++};
    (void)snprintf(box->name, sizeof(box->name), "%s", name);
    (void)pthread_mutex_unlock(&boxes->lock);
    return box;
}

void boxes_pack(const struct boxes *boxes, struct buffer *out)
{
    pack_number(out, boxes->next);
    pack_number(out, boxes->count);
    for (size_t i = 0; i < boxes->count; i++) {
        const struct box *box = &boxes->items[i];
        pack_number(out, box->id);
        pack_text(out, box->name);
        pack_number(out, box->max_messages);
        pack_signed(out, box->expires_at_us);
        pack_number(out, box->is_created ? 1 : 0);
    }
    /* Behind all of them, where earlier versions read no further. */
    for (size_t i = 0; i < boxes->count; i++) {
        pack_number(out, boxes->items[i].max_bytes);
        pack_number(out, boxes->items[i].max_age_us);
    }
}

void boxes_read(struct boxes *boxes, struct bytes octets)
{
    struct arena arena = {0};
    struct unpack from = {octets, false};
    uint32_t next = (uint32_t)unpack_number(&from);
    size_t count = unpack_count(&from);
    struct box *items = memory_new((count + 1) * sizeof(*items));
    for (size_t i = 0; i < count; i++) {
        items[i].id = (uint32_t)unpack_number(&from);
        const char *name = unpack_text(&from, &arena);
        (void)snprintf(items[i].name, sizeof(items[i].name), "%s",
                       name == NULL ? "" : name);
        items[i].max_messages = unpack_number(&from);
        items[i].expires_at_us = unpack_signed(&from);
        items[i].is_created = unpack_number(&from) != 0;
    }
    for (size_t i = 0; i < count && from.rest.size > 0; i++) {
        items[i].max_bytes = unpack_number(&from);
        items[i].max_age_us = unpack_number(&from);
    }
    arena_free(&arena);
    if (from.is_broken || count == 0) {
        free(items);
        return;
    }
    free(boxes->items);
    boxes->items = items;
    boxes->count = count;
    boxes->next = next;
}

void boxes_free(struct boxes *boxes)
{
    free(boxes->items);
    boxes->items = NULL;
    boxes->count = 0;
}
