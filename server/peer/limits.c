/* SPDX-License-Identifier: MIT */
#include "server/peer/limits.h"

#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"

struct limits_entry {
    uint32_t key; /* 0: free */
    uint32_t count;
};

static const struct smtp_reply too_many = {
    .code = 421,
    .enhanced = "4.3.2",
    .text = {(const unsigned char *)"Too many connections "
                                    "(--max-connections); try again later",
             57}};

static const struct smtp_reply too_many_here = {
    .code = 421,
    .enhanced = "4.7.0",
    .text = {(const unsigned char *)"Too many connections from your address "
                                    "(--max-connections-per-address)",
             70}};

uint32_t limits_key(const char *peer)
{
    const char *colon = strrchr(peer, ':');
    size_t size = colon != NULL ? (size_t)(colon - peer) : strlen(peer);
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)peer[i]) * 16777619U;
    }
    return hash == 0 ? 1 : hash;
}

static struct limits_entry *entry_of(const struct limits *limits, uint32_t key)
{
    size_t place = key & (limits->capacity - 1);
    while (limits->entries[place].key != 0 &&
           limits->entries[place].key != key) {
        place = (place + 1) & (limits->capacity - 1);
    }
    return &limits->entries[place];
}

/* Addresses without a connection are left out when the table grows. */
static void grow(struct limits *limits)
{
    struct limits old = *limits;
    size_t live = 0;
    for (size_t i = 0; i < old.capacity; i++) {
        live += old.entries[i].count > 0;
    }
    limits->capacity = 64;
    while (limits->capacity < live * 4) {
        limits->capacity *= 2;
    }
    limits->entries = memory_new(limits->capacity * sizeof(*limits->entries));
    limits->used = live;
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.entries[i].count > 0) {
            *entry_of(limits, old.entries[i].key) = old.entries[i];
        }
    }
    free(old.entries);
}

const struct smtp_reply *limits_enter(struct limits *limits, uint32_t key)
{
    limits->count++;
    uint32_t from_here = 0;
    if (limits->max_per_address > 0) {
        if (limits->used * 2 >= limits->capacity) {
            grow(limits);
        }
        struct limits_entry *entry = entry_of(limits, key);
        limits->used += entry->key == 0;
        entry->key = key;
        from_here = ++entry->count;
    }
    if (limits->max_connections > 0 &&
        limits->count > limits->max_connections) {
        return &too_many;
    }
    if (from_here > limits->max_per_address) {
        return &too_many_here;
    }
    return NULL;
}

void limits_leave(struct limits *limits, uint32_t key)
{
    limits->count--;
    if (limits->max_per_address > 0) {
        entry_of(limits, key)->count--;
    }
}

void limits_free(struct limits *limits)
{
    free(limits->entries);
    limits->entries = NULL;
}
