/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_BOXES_H
#define INBOX_STORE_BOXES_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/inbox.h"

/* The named inboxes that there are. */

struct box {
    uint32_t id;
    char name[INBOX_NAME_SIZE];
    uint64_t max_messages;
    uint64_t max_bytes;
    uint64_t max_age_us;
    int64_t expires_at_us;
    bool is_created;
};

/* The keeper changes them under the lock; it alone reads without. */
struct boxes {
    struct box *items;
    size_t count;
    uint32_t next; /* id of the next one */
    pthread_mutex_t lock;
};

/* The box of that name, or id; NULL: there is none. */
struct box *boxes_find(struct boxes *boxes, const char *name);
struct box *boxes_by_id(struct boxes *boxes, uint32_t id);

/* Adds one. */
struct box *boxes_add(struct boxes *boxes, const char *name);

/* Appends the record of all boxes to `out`, and reads it. */
void boxes_pack(const struct boxes *boxes, struct buffer *out);
void boxes_read(struct boxes *boxes, struct bytes octets);

/* Frees them. */
void boxes_free(struct boxes *boxes);

#endif
