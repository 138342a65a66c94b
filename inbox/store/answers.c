/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/store/store.h"

/* What the keeper answers and the loop takes. */

void answers_add(struct answers *answers, const struct inbox_answer *answer)
{
    (void)pthread_mutex_lock(&answers->lock);
    if (answers->count == answers->capacity) {
        answers->capacity = answers->capacity == 0 ? 64 : answers->capacity * 2;
        answers->items = memory_resize(
            answers->items, answers->capacity * sizeof(*answers->items));
    }
    answers->items[answers->count++] = *answer;
    (void)pthread_mutex_unlock(&answers->lock);
}

void answers_wake(struct answers *answers)
{
    (void)pthread_mutex_lock(&answers->wake_lock);
    if (answers->wake != NULL) {
        answers->wake(answers->context);
    }
    (void)pthread_mutex_unlock(&answers->wake_lock);
}

void inbox_on_answers(struct inbox *inbox, void (*wake)(void *context),
                      void *context)
{
    (void)pthread_mutex_lock(&inbox->answers.wake_lock);
    inbox->answers.context = context;
    inbox->answers.wake = wake;
    (void)pthread_mutex_unlock(&inbox->answers.wake_lock);
}

size_t inbox_answers(struct inbox *inbox, struct inbox_answer *answers_out,
                     size_t size)
{
    (void)pthread_mutex_lock(&inbox->answers.lock);
    size_t count = inbox->answers.count < size ? inbox->answers.count : size;
    if (count > 0) {
        memcpy(answers_out, inbox->answers.items, count * sizeof(*answers_out));
        inbox->answers.count -= count;
        memmove(inbox->answers.items, inbox->answers.items + count,
                inbox->answers.count * sizeof(*answers_out));
    }
    (void)pthread_mutex_unlock(&inbox->answers.lock);
    return count;
}
