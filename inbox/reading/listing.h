/* SPDX-License-Identifier: MIT */
#ifndef INBOX_READING_LISTING_H
#define INBOX_READING_LISTING_H

#include "inbox/store/store.h"

/* What lists with and without a query have in common. */

/* The entry's id, in activity its seq. */
uint64_t listing_key(const struct inbox_entry *entry,
                     enum inbox_list_kind kind);

/* The box of that name, 0 for NULL: all. 1 found, 0 not, -1 failed. */
int listing_box(struct index_view *view, const char *name, uint32_t *box_out);

/* The stretch that `request` speaks of, with one entry more than its limit. */
void listing_bounds(const struct inbox_list_request *request,
                    struct index_list *list_out);

/* Takes off the one too many, sets `next` and puts the newest first. */
void listing_finish(const struct inbox_list_request *request,
                    struct inbox_list *list);

/* inbox_list() for who needs ids alone: nothing is read whole. */
enum inbox_result listing_bare(struct inbox *inbox,
                               const struct inbox_list_request *request,
                               struct arena *arena,
                               struct inbox_list *list_out);

/* The same with a query. */
enum inbox_result searching_list(struct inbox *inbox,
                                 const struct inbox_list_request *request,
                                 struct arena *arena,
                                 struct inbox_list *list_out);

#endif
