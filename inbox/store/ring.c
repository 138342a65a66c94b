/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "inbox/base/memory.h"
#include "inbox/store/store.h"

/* The newest changes, for whoever follows them. */

void ring_open(struct ring *ring)
{
    ring->events = memory_resize(NULL, RING_SIZE * sizeof(*ring->events));
    (void)pthread_mutex_init(&ring->lock, NULL);
}

void ring_close(struct ring *ring)
{
    free(ring->events);
    (void)pthread_mutex_destroy(&ring->lock);
}

void ring_add(struct ring *ring, const struct inbox_event *event)
{
    (void)pthread_mutex_lock(&ring->lock);
    ring->events[event->seq % RING_SIZE] = *event;
    ring->last = event->seq;
    if (ring->first == 0) {
        ring->first = event->seq;
    }
    if (ring->last - ring->first >= RING_SIZE) {
        ring->first = ring->last - RING_SIZE + 1;
    }
    (void)pthread_mutex_unlock(&ring->lock);
}

void ring_break(struct ring *ring, uint64_t seq)
{
    (void)pthread_mutex_lock(&ring->lock);
    ring->first = seq + 1;
    ring->last = seq;
    (void)pthread_mutex_unlock(&ring->lock);
}

size_t inbox_events(struct inbox *inbox, uint64_t since,
                    struct inbox_events *events)
{
    struct ring *ring = &inbox->ring;
    uint64_t seen = inbox_indexed_seq(inbox);
    size_t count = 0;
    (void)pthread_mutex_lock(&ring->lock);
    uint64_t first = ring->first == 0 ? seen + 1 : ring->first;
    events->has_gap = since + 1 < first && since < seen;
    uint64_t seq = since + 1 < first ? first : since + 1;
    while (count < events->size && seq <= seen && seq <= ring->last) {
        const struct inbox_event *event = &ring->events[seq % RING_SIZE];
        if (event->seq == seq) {
            events->items[count++] = *event;
        }
        seq++;
    }
    (void)pthread_mutex_unlock(&ring->lock);
    return count;
}
