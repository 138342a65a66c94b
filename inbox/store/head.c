/* SPDX-License-Identifier: MIT */
#include "inbox/store/head.h"

#include "inbox/base/memory.h"

/* What stands at the head of every segment: the numbers to go on with, the
 * inboxes, the open sessions. So no older segment is needed for them. */

/* Session numbers are given out before anything is written, so a stretch of
 * them is reserved ahead and never used twice. */
#define RESERVED 2000

static void pack_counters(struct inbox *inbox, struct buffer *out)
{
    pack_number(out, inbox->next_seq);
    pack_number(out, inbox->epoch);
    pack_signed(out, (int64_t)inbox->started_at_us);
}

static void pack_open(struct inbox *inbox, struct buffer *out)
{
    struct buffer cuts = {0};
    pack_number(out, inbox->live.count);
    for (size_t i = 0; i < LIVE_BUCKETS; i++) {
        const struct live *live = inbox->live.buckets[i];
        while (live != NULL) {
            pack_number(out, live->id);
            pack_number(out, record_place(live->place));
            pack_number(&cuts, record_place(live->cut));
            live = live->next;
        }
    }
    buffer_add(out, buffer_bytes(&cuts));
    buffer_free(&cuts);
}

static void reserve(struct inbox *inbox)
{
    inbox->reserved_sessions = atomic_load(&inbox->next_session) + RESERVED;
}

static int write_head(struct inbox *inbox)
{
    struct journal_batch batch = {0};
    struct buffer counters = {0};
    struct buffer boxes = {0};
    struct buffer open = {0};
    reserve(inbox);
    pack_counters(inbox, &counters);
    boxes_pack(&inbox->boxes, &boxes);
    pack_open(inbox, &open);
    journal_begin(inbox->journal, &batch);
    (void)journal_entry(&batch, RECORD_COUNTERS, inbox->reserved_sessions,
                        inbox->next_message);
    journal_part(&batch, buffer_bytes(&counters));
    (void)journal_entry(&batch, RECORD_BOXES, 0, 0);
    journal_part(&batch, buffer_bytes(&boxes));
    (void)journal_entry(&batch, RECORD_OPEN, inbox->live.count, 0);
    journal_part(&batch, buffer_bytes(&open));
    int result = journal_append(inbox->journal, &batch);
    journal_batch_free(&batch);
    buffer_free(&counters);
    buffer_free(&boxes);
    buffer_free(&open);
    return result;
}

uint64_t head_size(const struct inbox *inbox)
{
    return 4096 + inbox->live.count * 30 + inbox->boxes.count * 100;
}

int head_make_room(struct inbox *inbox, uint64_t size, bool is_forced)
{
    bool is_short = atomic_load(&inbox->next_session) + RESERVED / 2 >
                    inbox->reserved_sessions;
    if (!is_forced && !journal_is_full(inbox->journal, size)) {
        return is_short ? head_save_numbers(inbox) : 0;
    }
    int result = journal_turn(inbox->journal, size + head_size(inbox));
    if (result != 0) {
        return result;
    }
    result = write_head(inbox);
    if (result != 0) {
        journal_drop(inbox->journal, journal_active(inbox->journal));
    }
    return result;
}

int head_save_numbers(struct inbox *inbox)
{
    struct journal_batch batch = {0};
    struct buffer counters = {0};
    reserve(inbox);
    pack_counters(inbox, &counters);
    journal_begin(inbox->journal, &batch);
    (void)journal_entry(&batch, RECORD_COUNTERS, inbox->reserved_sessions,
                        inbox->next_message);
    journal_part(&batch, buffer_bytes(&counters));
    int result = journal_append(inbox->journal, &batch);
    journal_batch_free(&batch);
    buffer_free(&counters);
    return result;
}
