/* SPDX-License-Identifier: MIT */
#include "server/peer/slots.h"

#include <stdlib.h>

#include "inbox/base/memory.h"

#define GENERATION_MAX 0x7fffffffU

struct slot {
    void *thing;
    uint32_t generation; /* from 1; changes when the place becomes free */
    uint32_t next;       /* while free: the next free one, as place + 1 */
};

static void grow(struct slots *slots)
{
    size_t before = slots->capacity;
    slots->capacity = before == 0 ? 64 : before * 2;
    slots->items =
        memory_resize(slots->items, slots->capacity * sizeof(struct slot));
    for (size_t i = slots->capacity; i > before; i--) {
        slots->items[i - 1] = (struct slot){NULL, 1, slots->unused};
        slots->unused = (uint32_t)i;
    }
}

uint64_t slots_take(struct slots *slots, void *thing)
{
    if (slots->unused == 0) {
        grow(slots);
    }
    uint32_t place = slots->unused - 1;
    struct slot *slot = &slots->items[place];
    slots->unused = slot->next;
    slot->thing = thing;
    slots->count++;
    return (uint64_t)slot->generation << 32 | place;
}

void *slots_find(const struct slots *slots, uint64_t ticket)
{
    size_t place = (uint32_t)ticket;
    if (place >= slots->capacity ||
        slots->items[place].generation != (uint32_t)(ticket >> 32)) {
        return NULL;
    }
    return slots->items[place].thing;
}

void slots_leave(struct slots *slots, uint64_t ticket)
{
    if (slots_find(slots, ticket) == NULL) {
        return;
    }
    uint32_t place = (uint32_t)ticket;
    struct slot *slot = &slots->items[place];
    slot->thing = NULL;
    slot->generation =
        slot->generation == GENERATION_MAX ? 1 : slot->generation + 1;
    slot->next = slots->unused;
    slots->unused = place + 1;
    slots->count--;
}

void slots_free(struct slots *slots)
{
    free(slots->items);
    *slots = (struct slots){0};
}
