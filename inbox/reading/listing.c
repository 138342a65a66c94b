/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/reading/fill.h"
#include "inbox/reading/listing.h"

/* Lists as the API speaks of them. */

static enum index_total total_of(enum inbox_list_kind kind)
{
    return kind == INBOX_MESSAGES   ? INDEX_MESSAGES
           : kind == INBOX_SESSIONS ? INDEX_SESSIONS
                                    : INDEX_ACTIVITY;
}

uint64_t listing_key(const struct inbox_entry *entry, enum inbox_list_kind kind)
{
    if (entry->message != NULL) {
        return kind == INBOX_ACTIVITY ? entry->message->seq
                                      : entry->message->id;
    }
    return kind == INBOX_ACTIVITY ? entry->session->seq : entry->session->id;
}

int listing_box(struct index_view *view, const char *name, uint32_t *box_out)
{
    *box_out = 0;
    return name == NULL ? 1 : index_read_box(view, name, box_out);
}

void listing_bounds(const struct inbox_list_request *request,
                    struct index_list *list_out)
{
    *list_out = (struct index_list){.kind = request->kind,
                                    .below = UINT64_MAX,
                                    .since = request->since,
                                    .limit = request->limit + 1};
    if (request->before != 0) {
        list_out->below = request->before;
    }
    if (request->up_to != 0 && request->up_to < list_out->below) {
        list_out->below = request->up_to + 1;
    }
    if (request->after != UINT64_MAX) {
        list_out->above = request->after;
        list_out->is_upwards = true;
    }
}

static void reverse(struct inbox_entry *entries, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct inbox_entry one = entries[i];
        entries[i] = entries[count - 1 - i];
        entries[count - 1 - i] = one;
    }
}

void listing_finish(const struct inbox_list_request *request,
                    struct inbox_list *list)
{
    if (list->count > request->limit) {
        list->count = request->limit;
        list->next =
            listing_key(&list->entries[list->count - 1], request->kind);
    }
    if (request->after != UINT64_MAX) {
        reverse(list->entries, list->count);
    }
}

/* Has messages read whole that nobody has read yet. */
static void read_whole(struct inbox *inbox, struct arena *arena,
                       struct inbox_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct inbox_message *message = list->entries[i].message;
        if (message != NULL && message->attachments < 0) {
            struct inbox_message *whole = arena_new(arena, sizeof(*whole));
            *whole = *message;
            fill_message(inbox, whole, arena);
            list->entries[i].message = whole;
        }
    }
}

static int64_t total_in(struct index_view *view,
                        const struct inbox_list_request *request, uint32_t box)
{
    if (request->since != 0 || request->up_to != 0) {
        return -2;
    }
    return index_read_total(view, total_of(request->kind), box);
}

static enum inbox_result read_plain(struct index_view *view,
                                    const struct inbox_list_request *request,
                                    struct arena *arena,
                                    struct inbox_list *list_out)
{
    struct index_list list;
    listing_bounds(request, &list);
    int known = listing_box(view, request->inbox, &list.box);
    if (known != 1) {
        list_out->total = 0;
        return known == 0 ? INBOX_OK : INBOX_BROKEN;
    }
    if (request->at != UINT64_MAX) {
        uint64_t key = 0;
        int found = index_read_at(view, &list, request->at, &key);
        if (found < 0) {
            return INBOX_BROKEN;
        }
        list.below = found == 1 ? key + 1 : 0;
    }
    list_out->entries =
        arena_new(arena, ((size_t)list.limit + 1) * sizeof(*list_out->entries));
    int count = index_read_list(view, &list, arena, list_out->entries);
    int64_t total = total_in(view, request, list.box);
    if (count < 0 || total == -1) {
        return INBOX_BROKEN;
    }
    list_out->count = (size_t)count;
    list_out->total = total < 0 ? UINT64_MAX : (uint64_t)total;
    return INBOX_OK;
}

enum inbox_result listing_bare(struct inbox *inbox,
                               const struct inbox_list_request *request,
                               struct arena *arena, struct inbox_list *list_out)
{
    *list_out = (struct inbox_list){0};
    list_out->seq = atomic_load(&inbox->queue.indexed);
    if (request->query != NULL) {
        return searching_list(inbox, request, arena, list_out);
    }
    struct index_view *view = index_view(inbox->index);
    if (view == NULL) {
        return INBOX_BROKEN;
    }
    enum inbox_result result = read_plain(view, request, arena, list_out);
    index_view_end(inbox->index, view);
    if (result == INBOX_OK) {
        listing_finish(request, list_out);
    }
    return result;
}

enum inbox_result inbox_list(struct inbox *inbox,
                             const struct inbox_list_request *request,
                             struct arena *arena, struct inbox_list *list_out)
{
    enum inbox_result result = listing_bare(inbox, request, arena, list_out);
    if (result == INBOX_OK) {
        read_whole(inbox, arena, list_out);
    }
    return result;
}
