/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "inbox/record.h"

/* How what pieces say of their session adds up. */

/* Room for `wanted` elements of `size` octets where `count` are. Grows by
 * doubling: a session kept for thousands of messages has as many pieces, and
 * copying the whole for each would take their square in memory. */
static void *room_for(const void *known, size_t count, size_t wanted,
                      size_t size, struct arena *arena)
{
    size_t room = 4;
    while (room < count) {
        room *= 2;
    }
    if (count > 0 && wanted <= room) {
        return (void *)(uintptr_t)known;
    }
    while (room < wanted) {
        room *= 2;
    }
    void *grown = arena_new(arena, room * size);
    if (count > 0) {
        memcpy(grown, known, count * size);
    }
    return grown;
}

static void merge_transactions(struct inbox_session *whole,
                               const struct inbox_session *later,
                               struct arena *arena)
{
    size_t kept =
        later->first_transaction > 0 ? later->first_transaction - 1 : 0;
    kept = kept > whole->transaction_count ? whole->transaction_count : kept;
    if (later->transaction_count == 0) {
        return;
    }
    size_t count = kept + later->transaction_count;
    struct inbox_transaction *all =
        room_for(whole->transactions, whole->transaction_count, count,
                 sizeof(*all), arena);
    for (size_t i = kept; i < count; i++) {
        uint64_t message = i < whole->transaction_count ? all[i].message : 0;
        all[i] = later->transactions[i - kept];
        all[i].message = all[i].message == 0 ? message : all[i].message;
    }
    whole->transactions = all;
    whole->transaction_count = count;
}

static void merge_findings(struct inbox_session *whole,
                           const struct inbox_session *later,
                           struct arena *arena)
{
    size_t kept = 0;
    struct inbox_finding *all = room_for(
        whole->findings, whole->finding_count,
        whole->finding_count + later->finding_count, sizeof(*all), arena);
    for (size_t i = 0; i < whole->finding_count; i++) {
        uint32_t transaction = all[i].transaction;
        if (transaction != 0 && transaction < later->first_transaction) {
            all[kept++] = all[i];
        }
    }
    if (later->finding_count > 0) {
        memcpy(all + kept, later->findings,
               later->finding_count * sizeof(*all));
    }
    whole->findings = all;
    whole->finding_count = kept + later->finding_count;
}

static void merge_messages(struct inbox_session *whole,
                           const struct inbox_session *later,
                           struct arena *arena)
{
    size_t count = whole->message_count + later->message_count;
    if (later->message_count == 0) {
        return;
    }
    uint64_t *all = room_for(whole->messages, whole->message_count, count,
                             sizeof(*all), arena);
    memcpy(all + whole->message_count, later->messages,
           later->message_count * sizeof(*all));
    whole->messages = all;
    whole->message_count = count;
}

void record_merge_session(struct inbox_session *whole,
                          const struct inbox_session *later,
                          struct arena *arena)
{
    struct inbox_session merged = *later;
    merged.transactions = whole->transactions;
    merged.transaction_count = whole->transaction_count;
    merged.findings = whole->findings;
    merged.finding_count = whole->finding_count;
    merged.messages = whole->messages;
    merged.message_count = whole->message_count;
    merge_transactions(&merged, later, arena);
    merge_findings(&merged, later, arena);
    merge_messages(&merged, later, arena);
    merged.first_transaction = 1;
    *whole = merged;
}
