/* SPDX-License-Identifier: MIT */
#include "inbox/store/listeners.h"

#include "inbox/store/store.h"

void listeners_tell(struct listeners *listeners)
{
    (void)pthread_mutex_lock(&listeners->lock);
    for (size_t i = 0; i < listeners->count; i++) {
        listeners->items[i].changed(listeners->items[i].context);
    }
    (void)pthread_mutex_unlock(&listeners->lock);
}

void inbox_on_change(struct inbox *inbox, void (*changed)(void *context),
                     void *context)
{
    size_t most =
        sizeof(inbox->listeners.items) / sizeof(inbox->listeners.items[0]);
    (void)pthread_mutex_lock(&inbox->listeners.lock);
    if (inbox->listeners.count < most) {
        inbox->listeners.items[inbox->listeners.count++] =
            (struct listener){changed, context};
    }
    (void)pthread_mutex_unlock(&inbox->listeners.lock);
}

void inbox_off_change(struct inbox *inbox, const void *context)
{
    size_t kept = 0;
    (void)pthread_mutex_lock(&inbox->listeners.lock);
    for (size_t i = 0; i < inbox->listeners.count; i++) {
        if (inbox->listeners.items[i].context != context) {
            inbox->listeners.items[kept++] = inbox->listeners.items[i];
        }
    }
    inbox->listeners.count = kept;
    (void)pthread_mutex_unlock(&inbox->listeners.lock);
}
