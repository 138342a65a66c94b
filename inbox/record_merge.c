/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "inbox/record.h"

/* How what pieces say of their session adds up. */

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
    struct inbox_transaction *all = arena_new(arena, count * sizeof(*all));
    if (kept > 0) {
        memcpy(all, whole->transactions, kept * sizeof(*all));
    }
    memcpy(all + kept, later->transactions,
           later->transaction_count * sizeof(*all));
    for (size_t i = kept; i < whole->transaction_count && i < count; i++) {
        if (all[i].message == 0) {
            all[i].message = whole->transactions[i].message;
        }
    }
    whole->transactions = all;
    whole->transaction_count = count;
}

static void merge_findings(struct inbox_session *whole,
                           const struct inbox_session *later,
                           struct arena *arena)
{
    size_t count = whole->finding_count + later->finding_count;
    struct inbox_finding *all = arena_new(arena, count * sizeof(*all));
    size_t kept = 0;
    for (size_t i = 0; i < whole->finding_count; i++) {
        uint32_t transaction = whole->findings[i].transaction;
        if (transaction != 0 && transaction < later->first_transaction) {
            all[kept++] = whole->findings[i];
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
    uint64_t *all = arena_new(arena, count * sizeof(*all));
    if (whole->message_count > 0) {
        memcpy(all, whole->messages, whole->message_count * sizeof(*all));
    }
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
