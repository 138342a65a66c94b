/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_ANSWERS_H
#define INBOX_STORE_ANSWERS_H

#include <pthread.h>
#include <stddef.h>

#include "inbox/inbox.h"

/* What the keeper answers and the loop takes. */
struct answers {
    pthread_mutex_t lock;
    struct inbox_answer *items;
    size_t count;
    size_t capacity;

    /* Who is told of them, under wake_lock: the nudge is a system call, and
     * whom it wakes must not find the lock of the answers taken. */
    pthread_mutex_t wake_lock;
    void (*wake)(void *context);
    void *context;
};

/* Adds one; nobody is told yet. */
void answers_add(struct answers *answers, const struct inbox_answer *answer);

/* Tells the loop that there are some. */
void answers_wake(struct answers *answers);

#endif
