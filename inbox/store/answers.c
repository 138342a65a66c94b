/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/store/store.h"

/* What the keeper answers and the loop takes. */

void answers_add(struct inbox *inbox, const struct inbox_answer *answer)
{
    (void)pthread_mutex_lock(&inbox->answer_lock);
    if (inbox->answer_count == inbox->answer_capacity) {
        inbox->answer_capacity =
            inbox->answer_capacity == 0 ? 64 : inbox->answer_capacity * 2;
        inbox->answers = memory_resize(
            inbox->answers, inbox->answer_capacity * sizeof(*inbox->answers));
    }
    inbox->answers[inbox->answer_count++] = *answer;
    (void)pthread_mutex_unlock(&inbox->answer_lock);
}

void answers_wake(struct inbox *inbox)
{
    (void)pthread_mutex_lock(&inbox->wake_lock);
    if (inbox->answer_wake != NULL) {
        inbox->answer_wake(inbox->answer_context);
    }
    (void)pthread_mutex_unlock(&inbox->wake_lock);
}

void inbox_on_answers(struct inbox *inbox, void (*wake)(void *context),
                      void *context)
{
    (void)pthread_mutex_lock(&inbox->wake_lock);
    inbox->answer_context = context;
    inbox->answer_wake = wake;
    (void)pthread_mutex_unlock(&inbox->wake_lock);
}

size_t inbox_answers(struct inbox *inbox, struct inbox_answer *answers_out,
                     size_t size)
{
    (void)pthread_mutex_lock(&inbox->answer_lock);
    size_t count = inbox->answer_count < size ? inbox->answer_count : size;
    if (count > 0) {
        memcpy(answers_out, inbox->answers, count * sizeof(*answers_out));
        inbox->answer_count -= count;
        memmove(inbox->answers, inbox->answers + count,
                inbox->answer_count * sizeof(*answers_out));
    }
    (void)pthread_mutex_unlock(&inbox->answer_lock);
    return count;
}
