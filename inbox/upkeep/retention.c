/* SPDX-License-Identifier: MIT */
#include "inbox/upkeep/retention.h"

#include "inbox/base/clock.h"
#include "inbox/store/commit.h"
#include "inbox/upkeep/change.h"
#include "inbox/upkeep/naming.h"

/* What is too many, too much or too old goes, oldest first, a hundred at a
 * time, so that mail never waits for it. */

#define STEP 100
#define SWEEP_US 1000000
#define LEAST_TRIM ((uint64_t)64 << 10)

struct overdue {
    uint32_t box;      /* 0: of all */
    uint64_t most;     /* entries beyond the limit, at most STEP */
    int64_t before_us; /* or older than this; INT64_MIN none */
};

/* Removes the oldest entries. How many went. */
static uint64_t retire(struct inbox *inbox, const struct overdue *overdue)
{
    struct index_oldest oldest[STEP];
    uint64_t messages[STEP];
    uint64_t sessions[STEP];
    struct removal removal = {.messages = messages,
                              .sessions = sessions,
                              .is_retiring = true,
                              .box = overdue->box};
    char reason[INBOX_ERROR_SIZE];
    int size = overdue->most < STEP ? (int)overdue->most : STEP;
    if (index_begin(inbox->index) != 0) {
        commit_failed(inbox);
        return 0;
    }
    int count = index_oldest(inbox->index, overdue->box, oldest, size);
    for (int i = 0; i < count; i++) {
        if (oldest[i].time_us >= overdue->before_us) {
            break;
        }
        if (oldest[i].kind == INBOX_MESSAGES) {
            messages[removal.message_count++] = oldest[i].id;
        } else {
            sessions[removal.session_count++] = oldest[i].id;
        }
    }
    if (count < 0 || index_pause(inbox->index) != 0) {
        commit_failed(inbox);
        return 0;
    }
    struct removed gone = {0};
    int64_t all = 0;
    if (removal.message_count + removal.session_count > 0) {
        all = change_remove(inbox, &removal, &gone, reason);
    }
    if (all <= 0) {
        return 0;
    }
    atomic_fetch_add(&inbox->retired_messages, gone.messages);
    atomic_fetch_add(&inbox->retired_sessions, gone.sessions);
    return (uint64_t)all;
}

static uint64_t excess(uint64_t total, uint64_t most)
{
    return most > 0 && total > most ? total - most : 0;
}

static bool retire_many(struct inbox *inbox)
{
    uint64_t total = index_total(inbox->index, INDEX_ACTIVITY, 0);
    const struct overdue overdue = {
        0, excess(total, inbox->options.max_messages), INT64_MAX};
    return overdue.most > 0 && retire(inbox, &overdue) > 0 &&
           overdue.most > STEP;
}

static bool retire_much(struct inbox *inbox)
{
    uint64_t most = inbox->options.max_bytes;
    uint64_t live = journal_live_total(inbox->journal);
    uint64_t total = index_total(inbox->index, INDEX_ACTIVITY, 0);
    if (most == 0 || live <= most) {
        return false;
    }
    /* What open sessions say without a message is no entry yet, and may take
     * a quarter of the room; all of it, when nothing else is there. */
    uint64_t least = total == 0 ? 1 : LEAST_TRIM;
    if (inbox->live.kept > most / 4 && change_trim_open(inbox, least)) {
        return true;
    }
    if (total == 0) {
        return false;
    }
    /* As many as are in proportion too many, for large ones less at once. */
    uint64_t each = live / total + 1;
    const struct overdue overdue = {0, (live - most) / each + 1, INT64_MAX};
    return retire(inbox, &overdue) > 0;
}

/* True: there may be more. */
static bool retire_older(struct inbox *inbox, uint32_t box, uint64_t max_age_us)
{
    if (max_age_us == 0) {
        return false;
    }
    int64_t before = clock_now_us() - (int64_t)max_age_us;
    const struct overdue overdue = {box, STEP, before};
    return retire(inbox, &overdue) >= STEP;
}

static bool retire_old(struct inbox *inbox)
{
    bool is_more = retire_older(inbox, 0, inbox->options.max_age_us);
    for (size_t i = 0; i < inbox->boxes.count; i++) {
        const struct box *box = &inbox->boxes.items[i];
        is_more = retire_older(inbox, box->id, box->max_age_us) || is_more;
    }
    return is_more;
}

/* How many of the box are too many: by number, or by octets in proportion. */
static uint64_t excess_of(struct inbox *inbox, const struct box *box)
{
    uint64_t total = index_total(inbox->index, INDEX_ACTIVITY, box->id);
    uint64_t bytes = index_total(inbox->index, INDEX_BYTES, box->id);
    uint64_t by_number = excess(total, box->max_messages);
    uint64_t by_bytes = excess(bytes, box->max_bytes);
    if (by_bytes > 0) {
        by_bytes = by_bytes / (bytes / total + 1) + 1;
    }
    return by_number > by_bytes ? by_number : by_bytes;
}

static bool retire_boxes(struct inbox *inbox)
{
    bool is_more = false;
    for (size_t i = 0; i < inbox->boxes.count; i++) {
        const struct box *box = &inbox->boxes.items[i];
        const struct overdue overdue = {box->id, excess_of(inbox, box),
                                        INT64_MAX};
        if (overdue.most > 0) {
            is_more = retire(inbox, &overdue) > 0 || is_more;
        }
    }
    return is_more;
}

static void retire_orphans(struct inbox *inbox)
{
    char reason[INBOX_ERROR_SIZE];
    while (inbox->orphan_count > 0) {
        size_t count = inbox->orphan_count < STEP ? inbox->orphan_count : STEP;
        inbox->orphan_count -= count;
        const struct removal removal = {.sessions = inbox->orphans +
                                                    inbox->orphan_count,
                                        .session_count = count};
        (void)change_remove(inbox, &removal, NULL, reason);
    }
}

bool retention_step(struct inbox *inbox)
{
    if (inbox->is_behind) {
        return false;
    }
    retire_orphans(inbox);
    bool is_more = retire_many(inbox);
    is_more = retire_much(inbox) || is_more;
    is_more = retire_boxes(inbox) || is_more;
    int64_t now = clock_steady_us();
    if (now - inbox->swept_at_us >= SWEEP_US) {
        bool is_old_left = retire_old(inbox);
        is_old_left = naming_expire(inbox) || is_old_left;
        is_more = is_more || is_old_left;
        inbox->swept_at_us = is_old_left ? inbox->swept_at_us : now;
        if (!inbox->failure.is_failing) {
            reserve_make(&inbox->reserve);
        }
    }
    return is_more;
}
