/* SPDX-License-Identifier: MIT */
#ifndef SERVER_PEER_SLOTS_H
#define SERVER_PEER_SLOTS_H

#include <stddef.h>
#include <stdint.h>

struct slot;

/* A table of things with tickets: the ticket of a thing that went finds
 * nobody, even when its place was given to another. So an answer that comes
 * back from another thread can name a connection without keeping it alive. */
struct slots {
    struct slot *items;
    size_t capacity;
    size_t count;    /* taken now */
    uint32_t unused; /* first of the free ones, as place + 1; 0 none */
};

/* Gives `thing` a place. Returns its ticket, never 0. */
uint64_t slots_take(struct slots *slots, void *thing);

/* The thing with this ticket; NULL: it went. */
void *slots_find(const struct slots *slots, uint64_t ticket);

/* The place becomes free; its ticket finds nobody any more. */
void slots_leave(struct slots *slots, uint64_t ticket);

/* Frees the table. */
void slots_free(struct slots *slots);

#endif
