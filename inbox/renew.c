/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/inside.h"

/* Deleting everything is a new generation of the journal, whatever there was:
 * the numbers go on, open sessions are taken along, all else is left behind. */

/* Below this many entries the ordinary way is as quick, and tells of each. */
#define FEWEST 100

struct renewal {
    enum inbox_list_kind kind;
    uint64_t up_to;
    uint64_t messages;
};

static int take_along(struct inbox *inbox, struct live *live)
{
    struct journal_place place;
    live->alive = 0;
    if (live->place.segment == 0) {
        return 0;
    }
    int result = compact_session(inbox, live->id, live->place, &place);
    if (result == 0) {
        live_set_place(&inbox->live, live, place);
    }
    return result;
}

static int take_open_along(struct inbox *inbox)
{
    int result = 0;
    for (size_t i = 0; i < LIVE_BUCKETS; i++) {
        struct live *live = inbox->live.buckets[i];
        while (live != NULL && result == 0) {
            result = take_along(inbox, live);
            live = live->next;
        }
    }
    return result;
}

/* Begins the index anew with the boxes. */
static int renew_index(struct inbox *inbox)
{
    int result = index_reset(inbox->index);
    return result == 0 ? boxes_index(inbox) : result;
}

/* One event for all: whoever follows sees a gap and reads the lists again. */
static void tell_all_gone(struct inbox *inbox)
{
    struct inbox_event event = {.happening = INBOX_HAPPENED_DELETED,
                                .kind = INBOX_ACTIVITY};
    event.seq = inbox->next_seq++;
    ring_add(&inbox->ring, &event);
    atomic_store(&inbox->seq, inbox->next_seq - 1);
}

static int fail(struct call *call, struct inbox *inbox, int reason)
{
    (void)snprintf(call->reason, INBOX_ERROR_SIZE, "%s",
                   reason > 0 ? strerror(reason) : index_reason(inbox->index));
    call->result = -1;
    return 0;
}

static bool is_everything(struct inbox *inbox, const struct renewal *renewal)
{
    uint64_t messages = index_total(inbox->index, INDEX_MESSAGES, 0);
    uint64_t all = index_total(inbox->index, INDEX_ACTIVITY, 0);
    uint64_t newest = renewal->kind == INBOX_ACTIVITY ? inbox->next_seq - 1
                                                      : inbox->next_message - 1;
    if (inbox->is_behind || all < FEWEST || renewal->up_to < newest) {
        return false;
    }
    return renewal->kind == INBOX_ACTIVITY ||
           (renewal->kind == INBOX_MESSAGES && all == messages);
}

static int step(struct inbox *inbox, struct call *call)
{
    struct renewal *renewal = call->state;
    if (!is_everything(inbox, renewal)) {
        call->result = 0;
        return 0;
    }
    renewal->messages = index_total(inbox->index, INDEX_MESSAGES, 0);
    int result = keeper_make_room(inbox, 0, true);
    if (result == ENOSPC && reserve_release(inbox)) {
        result = keeper_make_room(inbox, 0, true);
    }
    result = result == 0 ? take_open_along(inbox) : result;
    result = result == 0 ? keeper_save_numbers(inbox) : result;
    result = result == 0 ? journal_renew(inbox->journal) : result;
    if (result != 0) {
        return fail(call, inbox, result);
    }
    inbox->compacting = 0;
    call->result = 1;
    if (renew_index(inbox) != 0) {
        keeper_index_failed(inbox);
        return fail(call, inbox, -1);
    }
    tell_all_gone(inbox);
    return 0;
}

int renew_everything(struct inbox *inbox, const struct inbox_change *change,
                     uint64_t *gone_out, char *reason)
{
    if (change->query != NULL || change->inbox != NULL ||
        change->kind == INBOX_SESSIONS) {
        return 0;
    }
    struct renewal renewal = {change->kind, change->up_to, 0};
    struct call call = {.step = step, .state = &renewal, .reason = reason};
    int64_t result = keeper_ask(inbox, &call);
    *gone_out = renewal.messages;
    return (int)result;
}
