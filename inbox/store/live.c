/* SPDX-License-Identifier: MIT */
#include "inbox/store/live.h"

#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/diagnosis/catalogue.h"

static struct live **slot(struct live_table *table, uint64_t id)
{
    struct live **at = &table->buckets[id % LIVE_BUCKETS];
    while (*at != NULL && (*at)->id != id) {
        at = &(*at)->next;
    }
    return at;
}

struct live *live_find(struct live_table *table, uint64_t id)
{
    return *slot(table, id);
}

struct live *live_need(struct live_table *table, uint64_t id)
{
    struct live **at = slot(table, id);
    if (*at == NULL) {
        struct live *live = memory_new(sizeof(*live));
        live->id = id;
        (void)pthread_mutex_lock(&table->lock);
        *at = live;
        table->count++;
        (void)pthread_mutex_unlock(&table->lock);
    }
    return *at;
}

int live_tip(struct live_table *table, uint64_t id, struct record_tip *tip_out)
{
    (void)pthread_mutex_lock(&table->lock);
    const struct live *live = *slot(table, id);
    bool is_there = live != NULL && live->place.segment != 0;
    if (is_there) {
        *tip_out = (struct record_tip){live->place, live->cut};
    }
    (void)pthread_mutex_unlock(&table->lock);
    return is_there ? 0 : -1;
}

void live_set_place(struct live_table *table, struct live *live,
                    struct journal_place place)
{
    (void)pthread_mutex_lock(&table->lock);
    live->place = place;
    live->pending = place;
    (void)pthread_mutex_unlock(&table->lock);
}

/* Ids rise. They move up once half of them went: a long list is not moved for
 * each. */
static void forget_messages(struct live *live, uint64_t message)
{
    size_t gone = live->message_count / 2;
    live->has_lost = live->has_lost || message > 0;
    if (live->message_count == 0 || live->messages[gone] > message) {
        return;
    }
    while (gone < live->message_count && live->messages[gone] <= message) {
        gone++;
    }
    live->message_count -= gone;
    memmove(live->messages, live->messages + gone,
            live->message_count * sizeof(*live->messages));
}

void live_cut(struct live_table *table, struct live *live,
              struct journal_place cut, uint64_t message)
{
    (void)pthread_mutex_lock(&table->lock);
    live->cut = cut;
    (void)pthread_mutex_unlock(&table->lock);
    forget_messages(live, message);
}

void live_set_kept(struct live_table *table, struct live *live, uint64_t size)
{
    table->kept += size - live->kept;
    live->kept = size;
}

static void free_one(struct live *live)
{
    free(live->messages);
    free(live->last);
    free(live);
}

void live_drop(struct live_table *table, uint64_t id)
{
    (void)pthread_mutex_lock(&table->lock);
    struct live **at = slot(table, id);
    struct live *gone = *at;
    if (gone != NULL) {
        *at = gone->next;
        table->count--;
        table->kept -= gone->kept;
    }
    (void)pthread_mutex_unlock(&table->lock);
    if (gone != NULL) {
        free_one(gone);
    }
}

void live_table_free(struct live_table *table)
{
    for (size_t i = 0; i < LIVE_BUCKETS; i++) {
        while (table->buckets[i] != NULL) {
            live_drop(table, table->buckets[i]->id);
        }
    }
}

void live_add_message(struct live *live, uint64_t message)
{
    if (live->message_count == live->message_capacity) {
        live->message_capacity =
            live->message_capacity == 0 ? 4 : live->message_capacity * 2;
        live->messages = memory_resize(
            live->messages, live->message_capacity * sizeof(*live->messages));
    }
    live->messages[live->message_count++] = message;
    live->alive++;
}

/* ---- Counting */

static void count_finding(struct live_tally *tally,
                          const struct inbox_finding *finding)
{
    const struct diagnosis_check *check = diagnosis_find(finding->check);
    enum diagnosis_severity severity =
        check == NULL ? DIAGNOSIS_INFO : check->severity;
    tally->findings.error += severity == DIAGNOSIS_ERROR ? 1 : 0;
    tally->findings.warning += severity == DIAGNOSIS_WARNING ? 1 : 0;
    tally->findings.notice += severity == DIAGNOSIS_INFO ? 1 : 0;
}

static void count_recipients(struct live_tally *tally,
                             const struct inbox_transaction *transaction)
{
    for (size_t i = 0; i < transaction->recipient_count; i++) {
        uint16_t code = transaction->recipients[i].code;
        bool is_accepted = code >= 200 && code < 300;
        tally->accepted += is_accepted ? 1 : 0;
        tally->refused += is_accepted ? 0 : 1;
    }
}

void live_count(const struct inbox_session *session, struct buffer *out)
{
    size_t count = session->transaction_count + 1;
    size_t size = count * sizeof(struct live_tally);
    struct live_tally *tallies =
        (struct live_tally *)(void *)buffer_room(out, size);
    uint32_t first =
        session->first_transaction == 0 ? 1 : session->first_transaction;
    memset(tallies, 0, size);
    for (size_t i = 1; i < count; i++) {
        tallies[i].number = first + (uint32_t)i - 1;
        count_recipients(&tallies[i], &session->transactions[i - 1]);
    }
    for (size_t i = 0; i < session->finding_count; i++) {
        const struct inbox_finding *finding = &session->findings[i];
        uint32_t number = finding->transaction;
        size_t at = number >= first && number - first + 1 < count
                        ? number - first + 1
                        : 0;
        count_finding(&tallies[at], finding);
    }
    out->size += size;
}

static void add_tally(struct live_tally *sum, const struct live_tally *one)
{
    sum->accepted += one->accepted;
    sum->refused += one->refused;
    sum->findings.error += one->findings.error;
    sum->findings.warning += one->findings.warning;
    sum->findings.notice += one->findings.notice;
}

void live_add_tallies(struct live *live, uint32_t first,
                      const struct live_tally *tallies, size_t count)
{
    for (size_t i = 0; i < live->last_count; i++) {
        const struct live_tally *one = &live->last[i];
        if (one->number > 0 && one->number < first) {
            add_tally(&live->settled, one);
        }
    }
    live->last = memory_resize(live->last, count * sizeof(*tallies));
    if (count > 0) {
        memcpy(live->last, tallies, count * sizeof(*tallies));
    }
    live->last_count = count;
}

void live_sum(const struct live *live, struct inbox_session *session)
{
    struct live_tally sum = live->settled;
    for (size_t i = 0; i < live->last_count; i++) {
        add_tally(&sum, &live->last[i]);
    }
    session->accepted = sum.accepted;
    session->refused = sum.refused;
    session->finding_counts = sum.findings;
}
