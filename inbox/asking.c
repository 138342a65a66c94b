/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/reading/listing.h"
#include "inbox/reading/reading.h"
#include "inbox/upkeep/change.h"
#include "inbox/upkeep/mark.h"
#include "inbox/upkeep/renew.h"

/* Changes that a reader thread asks for. What matches is found by the asker,
 * as a list; the keeper changes it in small steps. */

#define STEP 100
#define CHUNK 500

struct ids {
    uint64_t *all;
    size_t count;
};

/* What one call to the keeper changes. */
struct asked {
    struct ids messages;
    struct ids sessions;
    const struct index_mark *mark;
    struct removed gone;
};

static void add_id(struct ids *ids, uint64_t id)
{
    if (ids->count % 64 == 0) {
        ids->all = memory_resize(ids->all, (ids->count + 64) * sizeof(id));
    }
    ids->all[ids->count++] = id;
}

static void forget_ids(struct asked *asked)
{
    free(asked->messages.all);
    free(asked->sessions.all);
    asked->messages = (struct ids){0};
    asked->sessions = (struct ids){0};
}

static size_t part_of(const struct ids *ids, size_t at)
{
    size_t left = at < ids->count ? ids->count - at : 0;
    return left < STEP ? left : STEP;
}

static int step_delete(struct inbox *inbox, struct call *call)
{
    struct asked *asked = call->state;
    size_t at = call->at;
    struct removed removed;
    const struct removal removal = {
        .messages =
            asked->messages.all == NULL ? NULL : asked->messages.all + at,
        .message_count = part_of(&asked->messages, at),
        .sessions =
            asked->sessions.all == NULL ? NULL : asked->sessions.all + at,
        .session_count = part_of(&asked->sessions, at)};
    int64_t gone = change_remove(inbox, &removal, &removed, call->reason);
    if (gone < 0) {
        call->result = -1;
        return 0;
    }
    asked->gone.messages += removed.messages;
    asked->gone.sessions += removed.sessions;
    asked->gone.alone += removed.alone;
    call->at += STEP;
    return call->at < asked->messages.count || call->at < asked->sessions.count;
}

static int step_mark(struct inbox *inbox, struct call *call)
{
    struct asked *asked = call->state;
    const struct marking marking = {
        asked->mark,
        asked->messages.all == NULL ? NULL : asked->messages.all + call->at,
        part_of(&asked->messages, call->at)};
    int64_t count = mark_messages(inbox, &marking, call->reason);
    if (count < 0) {
        call->result = -1;
        return 0;
    }
    call->result += count;
    call->at += STEP;
    return call->at < asked->messages.count;
}

static int64_t ask(struct inbox *inbox, struct asked *asked, char *reason)
{
    struct call call = {.state = asked, .reason = reason};
    call.step = asked->mark != NULL ? step_mark : step_delete;
    return queue_ask(&inbox->queue, &call);
}

/* The keeper takes deliveries before calls: it has come this far, that is all.
 */
static int step_nothing(struct inbox *inbox, struct call *call)
{
    (void)inbox;
    (void)call;
    return 0;
}

void inbox_settle(struct inbox *inbox)
{
    char reason[INBOX_ERROR_SIZE];
    struct call call = {
        .step = step_nothing, .reason = reason, .is_idle = true};
    (void)queue_ask(&inbox->queue, &call);
}

struct opened {
    const struct inbox_open *open;
    struct arena *arena;
};

static int step_opened(struct inbox *inbox, struct call *call)
{
    const struct opened *opened = call->state;
    for (size_t i = 0; i < opened->open->count; i++) {
        struct inbox_session *session = opened->open->items[i];
        const struct live *live = live_find(&inbox->live, session->id);
        if (live != NULL && live->message_count > 0) {
            size_t size = live->message_count * sizeof(*live->messages);
            uint64_t *ids = arena_new(opened->arena, size);
            memcpy(ids, live->messages, size);
            session->messages = ids;
            session->message_count = live->message_count;
        }
    }
    return 0;
}

void inbox_open_messages(struct inbox *inbox, const struct inbox_open *open,
                         struct arena *arena)
{
    char reason[INBOX_ERROR_SIZE];
    struct opened opened = {open, arena};
    struct call call = {.step = step_opened,
                        .state = &opened,
                        .reason = reason,
                        .is_idle = true};
    (void)queue_ask(&inbox->queue, &call);
    for (size_t i = 0; i < open->count; i++) {
        reading_leave_out_deleted(inbox, arena, open->items[i]);
    }
}

/* The request that finds what `change` speaks of, a chunk at a time. */
static struct inbox_list_request request_of(const struct inbox_change *change)
{
    return (struct inbox_list_request){
        .kind = change->kind,
        .query = change->query,
        .inbox = change->inbox,
        .limit = CHUNK,
        .after = UINT64_MAX,
        .at = UINT64_MAX,
        .up_to = change->up_to == UINT64_MAX ? 0 : change->up_to,
    };
}

static void take_entries(const struct inbox_list *list, struct asked *asked)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->entries[i].message != NULL) {
            add_id(&asked->messages, list->entries[i].message->id);
        } else {
            add_id(&asked->sessions, list->entries[i].session->id);
        }
    }
    /* A session goes with its messages, whatever list it stood in. */
    for (size_t i = 0; i < list->count; i++) {
        const struct inbox_session *session = list->entries[i].session;
        for (size_t m = 0; session != NULL && m < session->message_count; m++) {
            add_id(&asked->messages, session->messages[m]);
        }
    }
}

static int64_t give_up(char *reason, const char *words)
{
    (void)snprintf(reason, INBOX_ERROR_SIZE, "%s", words);
    return -1;
}

/* Changes everything that matches now, chunk by chunk. `asked` says how, and
 * then what went. */
static int64_t change_matching(struct inbox *inbox,
                               const struct inbox_change *change,
                               struct asked *asked, char *reason)
{
    struct inbox_list_request request = request_of(change);
    int64_t total = 0;
    bool is_more = true;
    if (change->up_to == 0) {
        return 0; /* numbers begin with 1; a list would take it for no bound */
    }
    if (inbox_wait_indexed(inbox, inbox_seq(inbox), 10000, reason) != 0) {
        return -1;
    }
    while (is_more) {
        struct arena arena = {0};
        struct inbox_list list;
        if (listing_bare(inbox, &request, &arena, &list) != INBOX_OK) {
            arena_free(&arena);
            return give_up(reason, "the index cannot answer");
        }
        take_entries(&list, asked);
        is_more = list.next != 0;
        request.before = list.next;
        arena_free(&arena);
        int64_t changed = ask(inbox, asked, reason);
        forget_ids(asked);
        if (changed < 0) {
            return -1;
        }
        total += changed;
    }
    return total;
}

/* A session asked for by its id takes its messages along. */
static int64_t delete_one(struct inbox *inbox,
                          const struct inbox_change *change,
                          struct asked *asked, char *reason)
{
    struct arena arena = {0};
    struct inbox_session session;
    if (change->kind == INBOX_MESSAGES) {
        add_id(&asked->messages, change->id);
    } else if (inbox_session(inbox, change->id, &arena, &session) == INBOX_OK &&
               !session.is_live) {
        add_id(&asked->sessions, change->id);
        for (size_t i = 0; i < session.message_count; i++) {
            add_id(&asked->messages, session.messages[i]);
        }
    }
    arena_free(&arena);
    int64_t result = ask(inbox, asked, reason);
    forget_ids(asked);
    return result;
}

/* What went of the list that was asked about. */
static int64_t gone_of(const struct removed *gone, enum inbox_list_kind kind)
{
    uint64_t of_activity = gone->messages + gone->alone;
    return (int64_t)(kind == INBOX_MESSAGES   ? gone->messages
                     : kind == INBOX_SESSIONS ? gone->sessions
                                              : of_activity);
}

int64_t inbox_delete(struct inbox *inbox, const struct inbox_change *change,
                     char reason[INBOX_ERROR_SIZE])
{
    struct asked asked = {0};
    int64_t result = 0;
    if (change->id != 0) {
        if (inbox_wait_indexed(inbox, inbox_seq(inbox), 10000, reason) != 0) {
            return -1;
        }
        result = delete_one(inbox, change, &asked, reason);
    } else {
        int everything = renew_everything(inbox, change, &asked.gone, reason);
        result = everything == 0
                     ? change_matching(inbox, change, &asked, reason)
                     : everything;
    }
    return result < 0 ? -1 : gone_of(&asked.gone, change->kind);
}

int64_t inbox_mark(struct inbox *inbox, const struct inbox_change *change,
                   char reason[INBOX_ERROR_SIZE])
{
    const struct index_mark mark = {change->set_read, change->read,
                                    change->set_tags, change->tags,
                                    change->tag_count};
    struct asked asked = {.mark = &mark};
    if (change->id == 0) {
        return change_matching(inbox, change, &asked, reason);
    }
    if (inbox_wait_indexed(inbox, inbox_seq(inbox), 10000, reason) != 0) {
        return -1;
    }
    add_id(&asked.messages, change->id);
    int64_t result = ask(inbox, &asked, reason);
    forget_ids(&asked);
    return result;
}
