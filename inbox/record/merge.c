/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "inbox/record/record.h"

/* How what pieces say of their session adds up. A piece says what is new, so
 * adding one costs what is in it, however long the session is. */

#define COUNT(buffer, type) ((buffer).size / sizeof(type))
#define ROWS(buffer, type) ((type *)(void *)(buffer).at)

static void add_row(struct buffer *rows, const void *row, size_t size)
{
    buffer_add(rows, (struct bytes){row, size});
}

/* Ids of messages stay when a later piece says the transaction again. */
static void keep_messages(struct record_merge *merge, size_t kept,
                          struct inbox_transaction *later, size_t count)
{
    const struct inbox_transaction *known =
        ROWS(merge->transactions, struct inbox_transaction);
    size_t before = COUNT(merge->transactions, struct inbox_transaction);
    for (size_t i = 0; i < count && kept + i < before; i++) {
        if (later[i].message == 0) {
            later[i].message = known[kept + i].message;
        }
    }
}

static void add_transactions(struct record_merge *merge,
                             const struct inbox_session *later)
{
    size_t size = sizeof(struct inbox_transaction);
    size_t before = merge->transactions.size / size;
    size_t first = later->first_transaction > 0 ? later->first_transaction : 1;
    if (merge->first_transaction == 0) {
        merge->first_transaction = (uint32_t)first;
    }
    size_t kept =
        first > merge->first_transaction ? first - merge->first_transaction : 0;
    kept = kept > before ? before : kept;
    if (later->transaction_count == 0) {
        return;
    }
    struct buffer rows = {0};
    add_row(&rows, later->transactions, later->transaction_count * size);
    keep_messages(merge, kept, ROWS(rows, struct inbox_transaction),
                  later->transaction_count);
    merge->transactions.size = kept * size;
    buffer_add(&merge->transactions, buffer_bytes(&rows));
    buffer_free(&rows);
}

/* Findings of transactions that no later piece will say again are settled. */
static void add_findings(struct record_merge *merge,
                         const struct inbox_session *later)
{
    size_t size = sizeof(struct inbox_finding);
    const struct inbox_finding *latest =
        ROWS(merge->latest, struct inbox_finding);
    size_t count = COUNT(merge->latest, struct inbox_finding);
    for (size_t i = 0; i < count; i++) {
        if (latest[i].transaction != 0 &&
            latest[i].transaction < later->first_transaction) {
            add_row(&merge->settled, &latest[i], size);
        }
    }
    merge->latest.size = 0;
    add_row(&merge->latest, later->findings, later->finding_count * size);
}

/* Names the message that came with the piece in its transaction: the newest
 * that had a body. */
static void name_message(struct record_merge *merge, uint64_t message)
{
    struct inbox_transaction *all =
        ROWS(merge->transactions, struct inbox_transaction);
    size_t count = COUNT(merge->transactions, struct inbox_transaction);
    add_row(&merge->messages, &message, sizeof(message));
    while (count > 0 &&
           (all[count - 1].body == 0 || all[count - 1].message != 0)) {
        count--;
    }
    if (count > 0) {
        all[count - 1].message = message;
    }
}

void record_merge_add(struct record_merge *merge,
                      const struct inbox_session *later, uint64_t message)
{
    merge->session = *later;
    add_transactions(merge, later);
    add_findings(merge, later);
    add_row(&merge->messages, later->messages,
            later->message_count * sizeof(*later->messages));
    if (message != 0) {
        name_message(merge, message);
    }
}

void record_merge_end(struct record_merge *merge, struct arena *arena,
                      struct inbox_session *session_out)
{
    struct inbox_session *session = session_out;
    *session = merge->session;
    buffer_add(&merge->settled, buffer_bytes(&merge->latest));
    struct bytes rows = arena_bytes(arena, buffer_bytes(&merge->transactions));
    session->transactions = (const void *)rows.at;
    session->transaction_count = rows.size / sizeof(*session->transactions);
    rows = arena_bytes(arena, buffer_bytes(&merge->settled));
    session->findings = (const void *)rows.at;
    session->finding_count = rows.size / sizeof(*session->findings);
    rows = arena_bytes(arena, buffer_bytes(&merge->messages));
    session->messages = (const void *)rows.at;
    session->message_count = rows.size / sizeof(*session->messages);
    session->first_transaction =
        merge->first_transaction == 0 ? 1 : merge->first_transaction;
    buffer_free(&merge->transactions);
    buffer_free(&merge->settled);
    buffer_free(&merge->latest);
    buffer_free(&merge->messages);
}
