/* SPDX-License-Identifier: MIT */
#include "server/smtp/recipients.h"

#include <stdlib.h>

#include "inbox/base/memory.h"

/* FNV-1a. A peer that makes two addresses collide wins a wrong remark. */
#define FNV_START 0xcbf29ce484222325ULL
#define FNV_PRIME 0x100000001b3ULL

uint64_t recipients_hash(struct bytes address)
{
    size_t at = address.size;
    while (at > 0 && address.at[at - 1] != '@') {
        at--;
    }
    uint64_t hash = FNV_START;
    for (size_t i = 0; i < address.size; i++) {
        unsigned char octet = address.at[i];
        if (i >= at && octet >= 'A' && octet <= 'Z') {
            octet |= 0x20;
        }
        hash = (hash ^ octet) * FNV_PRIME;
    }
    return hash == 0 ? 1 : hash;
}

/* Where `hash` is, or the free place where it belongs. */
static uint64_t *place(const struct recipients *recipients, uint64_t hash)
{
    uint32_t mask = recipients->capacity - 1;
    uint32_t i = (uint32_t)(hash ^ hash >> 32) & mask;
    while (recipients->more[i] != 0 && recipients->more[i] != hash) {
        i = (i + 1) & mask;
    }
    return &recipients->more[i];
}

static void grow(struct recipients *recipients)
{
    struct recipients larger = {
        .capacity = recipients->capacity == 0 ? 16 : recipients->capacity * 2};
    larger.more = memory_new(larger.capacity * sizeof(*larger.more));
    for (uint32_t i = 0; i < recipients->capacity; i++) {
        if (recipients->more[i] != 0) {
            *place(&larger, recipients->more[i]) = recipients->more[i];
        }
    }
    free(recipients->more);
    recipients->more = larger.more;
    recipients->capacity = larger.capacity;
}

bool recipients_has(const struct recipients *recipients, uint64_t hash)
{
    return recipients->count > 0 &&
           (recipients->first == hash ||
            (recipients->more != NULL && *place(recipients, hash) != 0));
}

bool recipients_add(struct recipients *recipients, uint64_t hash)
{
    if (recipients_has(recipients, hash)) {
        return false;
    }
    if (recipients->count == 0) {
        recipients->first = hash;
    } else {
        if (recipients->count * 2 >= recipients->capacity) {
            grow(recipients);
        }
        *place(recipients, hash) = hash;
    }
    recipients->count++;
    return true;
}

void recipients_free(struct recipients *recipients)
{
    free(recipients->more);
    *recipients = (struct recipients){0};
}
