/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_LISTENERS_H
#define INBOX_STORE_LISTENERS_H

#include <pthread.h>
#include <stddef.h>

/* Who is told when something new is visible (inbox_on_change()). */

struct listener {
    void (*changed)(void *context);
    void *context;
};

struct listeners {
    pthread_mutex_t lock;
    struct listener items[4];
    size_t count;
};

/* Tells them all. */
void listeners_tell(struct listeners *listeners);

#endif
