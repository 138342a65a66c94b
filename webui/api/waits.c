/* SPDX-License-Identifier: MIT */
#include "webui/api/waits.h"

#include "inbox/base/clock.h"
#include "webui/api/lists.h"
#include "webui/api/message_json.h"
#include "webui/expect/explain.h"
#include "webui/follow/wait.h"

#define COUNT_MAX 500

struct list_wait {
    struct wait wait;
    struct inbox_list_request request;
    uint64_t count;
    unsigned limit; /* of what is shown */
};

/* Reads what is waited for; NULL after answering. */
static struct list_wait *begin(struct call *call)
{
    struct list_wait *state = arena_new(call->arena, sizeof *state);
    uint64_t within_ms;

    if (list_read(call, INBOX_MESSAGES, &state->request) != 0 ||
        call_number(call, "count", (struct call_range){1, COUNT_MAX, 1},
                    &state->count) != 0 ||
        call_duration(call, "wait", 0, &within_ms) != 0 ||
        (within_ms > 0 && !wait_has_room(call))) {
        return NULL;
    }
    if (within_ms > WAIT_MAX_MS) {
        (void)call_refuse(call, 400, "wait: at most 300s");
        return NULL;
    }
    state->limit = state->request.limit;
    if (state->request.limit < state->count) {
        state->request.limit = (unsigned)state->count;
    }
    state->wait =
        (struct wait){.call = call,
                      .until_us = clock_steady_us() + (int64_t)within_ms * 1000,
                      .again_us = INT64_MAX,
                      .inbox = state->request.inbox,
                      .for_messages = true,
                      .query = state->request.query,
                      .wants = query_wants(state->request.query) &
                               ~(unsigned)FACTS_TRANSACTIONS};
    call->state = state;
    return state;
}

/* Looks at the list: CALL_WAITS when it is not enough yet (or parked), else
 * `*list_out` is it, or an answer was given. */
static enum call_result look(struct call *call, struct inbox_list *list_out)
{
    struct list_wait *state = call->state;

    *list_out = (struct inbox_list){0};
    if (state == NULL && (state = begin(call)) == NULL) {
        return CALL_ANSWERED;
    }
    if (inbox_list(call->webui->inbox, &state->request, call->arena,
                   list_out) != INBOX_OK) {
        list_out->count = 0;
        return call_broken(call);
    }
    if (list_out->count >= state->count) {
        return CALL_ANSWERED;
    }
    if (state->wait.is_over || clock_steady_us() >= state->wait.until_us) {
        explain_list(call, &state->request, list_out, state->count);
        list_out->count = 0;
        return CALL_ANSWERED;
    }
    state->wait.seen = list_out->seq;
    return wait_park(&state->wait);
}

enum call_result waits_list(struct call *call)
{
    struct inbox_list list;
    enum call_result result = look(call, &list);

    if (result == CALL_ANSWERED && call->http->answer.status == 0) {
        const struct list_wait *state = call->state;
        if (list.count > state->limit) {
            list.count = state->limit;
            list.next = list.entries[list.count - 1].message->id;
        }
        list_answer(call, &list, "messages", false);
    }
    return result;
}

enum call_result waits_latest(struct call *call)
{
    struct inbox_list list;
    enum call_result result = look(call, &list);

    if (result == CALL_ANSWERED && call->http->answer.status == 0) {
        call_json(call, 200, message_json(call, list.entries[0].message));
    }
    return result;
}
