/* SPDX-License-Identifier: MIT */
#include "inbox/upkeep/renew.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/store/commit.h"
#include "inbox/store/head.h"
#include "inbox/store/route.h"
#include "inbox/upkeep/compact.h"

/* Deleting everything is a new generation of the journal, whatever there was:
 * the numbers go on, open sessions are taken along, all else is left behind. */

/* Below this many entries the ordinary way is as quick, and tells of each. */
#define FEWEST 100
#define STAY_MOST 2000

struct renewal {
    enum inbox_list_kind kind;
    uint64_t up_to;
    struct removed gone;
};

static int take_along(struct inbox *inbox, struct live *live)
{
    struct record_tip tip = {live->place, live->cut};
    live->alive = 0;
    if (live->place.segment == 0) {
        return 0;
    }
    int result = compact_session(inbox, live->id, &tip);
    if (result == 0) {
        live_set_place(&inbox->live, live, tip.place);
        live_cut(&inbox->live, live, tip.cut, 0);
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
    return result == 0 ? route_index(inbox) : result;
}

/* Sessions without a message that stay when only messages go. */
struct stays {
    struct arena arena;
    struct index_session *rows;
    size_t count;
};

/* Too many of them are not worth copying: then all goes one by one. */
static int find_stays(struct inbox *inbox, struct stays *stays)
{
    uint64_t *ids = arena_new(&stays->arena, STAY_MOST * sizeof(*ids));
    int count = index_alone(inbox->index, ids, STAY_MOST);
    if (count < 0) {
        return -1;
    }
    stays->rows =
        arena_new(&stays->arena, ((size_t)count + 1) * sizeof(*stays->rows));
    for (int i = 0; i < count; i++) {
        struct index_ended *ended = arena_new(&stays->arena, sizeof(*ended));
        if (index_own_session(inbox->index, ids[i], &stays->arena, ended) !=
            1) {
            return -1;
        }
        const struct box *box = boxes_find(&inbox->boxes, ended->session.inbox);
        stays->rows[stays->count++] = (struct index_session){
            .seq = ended->session.seq,
            .box = box == NULL ? INDEX_DEFAULT_BOX : box->id,
            .session = &ended->session,
            .tip = ended->tip,
        };
    }
    return 0;
}

static int take_stays_along(struct inbox *inbox, struct stays *stays)
{
    int result = 0;
    for (size_t i = 0; i < stays->count && result == 0; i++) {
        struct index_session *row = &stays->rows[i];
        result = compact_session(inbox, row->session->id, &row->tip);
    }
    return result;
}

static int index_stays(struct inbox *inbox, const struct stays *stays)
{
    int result = index_begin(inbox->index);
    for (size_t i = 0; i < stays->count && result == 0; i++) {
        result = index_add_session(inbox->index, &stays->rows[i]);
    }
    return result == 0 ? index_pause(inbox->index) : result;
}

/* Nobody is told of each: whoever follows reads the lists again. */
static void tell_all_gone(struct inbox *inbox)
{
    ring_break(&inbox->ring, inbox->next_seq++);
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
    bool is_activity = renewal->kind == INBOX_ACTIVITY;
    uint64_t newest = (is_activity ? inbox->next_seq : inbox->next_message) - 1;
    return !inbox->is_behind && (is_activity ? all : messages) >= FEWEST &&
           renewal->up_to >= newest &&
           (is_activity || all - messages < STAY_MOST);
}

/* The journal's part. 0, or an errno, or -1: the index failed. */
static int renew_journal(struct inbox *inbox, struct stays *stays)
{
    int result = head_make_room(inbox, 0, true);
    if (result == ENOSPC && reserve_release(&inbox->reserve)) {
        result = head_make_room(inbox, 0, true);
    }
    result = result == 0 ? take_open_along(inbox) : result;
    result = result == 0 ? take_stays_along(inbox, stays) : result;
    result = result == 0 ? head_save_numbers(inbox) : result;
    return result == 0 ? journal_renew(inbox->journal) : result;
}

static int renew(struct inbox *inbox, struct call *call, struct stays *stays)
{
    struct renewal *renewal = call->state;
    int result = index_begin(inbox->index);
    if (result == 0 && renewal->kind == INBOX_MESSAGES) {
        result = find_stays(inbox, stays);
    }
    result = result == 0 ? index_pause(inbox->index) : result;
    if (result != 0) {
        commit_failed(inbox);
        return fail(call, inbox, -1);
    }
    uint64_t messages = index_total(inbox->index, INDEX_MESSAGES, 0);
    uint64_t all = index_total(inbox->index, INDEX_ACTIVITY, 0);
    result = renew_journal(inbox, stays);
    if (result != 0) {
        return fail(call, inbox, result);
    }
    inbox->compacting = 0;
    call->result = 1;
    renewal->gone = (struct removed){
        .messages = messages,
        .alone = renewal->kind == INBOX_ACTIVITY ? all - messages : 0};
    tell_all_gone(inbox);
    if (renew_index(inbox) != 0 || index_stays(inbox, stays) != 0) {
        commit_failed(inbox);
    }
    return 0;
}

static int step(struct inbox *inbox, struct call *call)
{
    struct stays stays = {0};
    call->result = 0;
    if (is_everything(inbox, call->state)) {
        (void)renew(inbox, call, &stays);
    }
    arena_free(&stays.arena);
    return 0;
}

int renew_everything(struct inbox *inbox, const struct inbox_change *change,
                     struct removed *gone_out, char *reason)
{
    if (change->query != NULL || change->inbox != NULL ||
        change->kind == INBOX_SESSIONS) {
        return 0;
    }
    struct renewal renewal = {.kind = change->kind, .up_to = change->up_to};
    struct call call = {.step = step, .state = &renewal, .reason = reason};
    int64_t result = queue_ask(&inbox->queue, &call);
    *gone_out = renewal.gone;
    return (int)result;
}
