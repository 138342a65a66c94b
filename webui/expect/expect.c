/* SPDX-License-Identifier: MIT */
#include "webui/expect/expect.h"

#include "inbox/base/clock.h"
#include "webui/call/reading.h"
#include "webui/expect/explain.h"
#include "webui/follow/wait.h"
#include "webui/json/summaries.h"

#include <string.h>

#define PAGE 500
/* While a transaction is open, silence cannot begin: look again so soon. */
#define RECEIVING_US ((int64_t)20000)

static void keep_near(struct expect *expect, uint64_t id, double score)
{
    struct expect_near one = {id, score};

    for (size_t i = 0; i < EXPECT_NEAREST; i++) {
        struct expect_near *at = &expect->nearest[i];
        if (at->id == 0 || one.score > at->score) {
            struct expect_near next = *at;
            *at = one;
            one = next;
        }
    }
}

static void judge(struct call *call, struct expect *expect,
                  const struct inbox_entry *entry, struct arena *arena)
{
    struct reading reading = {.inbox = call->webui->inbox,
                              .arena = arena,
                              .wants = expect->wait.wants};
    struct facts facts;
    struct match_verdict verdict;

    if (entry->message != NULL) {
        reading_message(&reading, entry->message, &facts);
    } else {
        reading_session(&reading, entry->session, &facts);
    }
    match_judge(expect->asked.rule, &facts, arena, &verdict);
    if (!verdict.is_met) {
        keep_near(expect,
                  entry->message != NULL ? entry->message->id
                                         : entry->session->id,
                  verdict.score);
        return;
    }
    if (expect->matched_count++ < EXPECT_SHOWN) {
        json_push(expect->matched, entry->message != NULL
                                       ? message_summary(entry->message)
                                       : session_summary(entry->session));
    }
}

/* Judges everything that came after expect->seen. -1: the store is broken. */
static int look(struct call *call, struct expect *expect)
{
    struct inbox_list_request request = {
        .kind = expect->asked.expectation.of_sessions ? INBOX_SESSIONS
                                                      : INBOX_MESSAGES,
        .inbox = expect->asked.inbox,
        .limit = PAGE,
        .after = UINT64_MAX,
        .at = UINT64_MAX,
        .since = expect->seen};
    uint64_t seen = 0;

    do {
        struct arena arena = {0};
        struct inbox_list list;
        if (inbox_list(call->webui->inbox, &request, &arena, &list) !=
            INBOX_OK) {
            arena_free(&arena);
            return -1;
        }
        seen = seen == 0 ? list.seq : seen;
        if (list.count > 0) {
            expect->arrived_us = clock_steady_us();
        }
        for (size_t i = 0; i < list.count; i++) {
            judge(call, expect, &list.entries[i], &arena);
        }
        request.before = list.next;
        arena_free(&arena);
    } while (request.before != 0);
    expect->seen = seen;
    return 0;
}

static bool is_receiving(struct call *call, const struct expect *expect)
{
    const struct webui_host *host = call->webui->host;

    return host->is_receiving != NULL &&
           host->is_receiving(host->context, expect->asked.inbox);
}

/* Has it been silent long enough that nothing more will come? If not,
 * wait.again_us says when to ask again. */
static bool is_quiet(struct call *call, struct expect *expect)
{
    int64_t now_us = clock_steady_us();
    int64_t quiet_us =
        expect->arrived_us + (int64_t)expect->asked.quiet_ms * 1000;

    if (now_us < quiet_us) {
        expect->wait.again_us = quiet_us;
        return false;
    }
    if (is_receiving(call, expect)) {
        expect->wait.again_us = now_us + RECEIVING_US;
        return false;
    }
    return true;
}

enum stand { STAND_MET, STAND_MISSED, STAND_OPEN };

static enum stand stand_of(struct call *call, struct expect *expect)
{
    uint64_t count = expect->matched_count;
    bool is_over =
        expect->wait.is_over || clock_steady_us() >= expect->wait.until_us;

    expect->wait.again_us = INT64_MAX;
    if (count > expect->asked.max) {
        return STAND_MISSED;
    }
    if (count < expect->asked.min) {
        return is_over ? STAND_MISSED : STAND_OPEN;
    }
    if (!expect->asked.is_bounded || is_over) {
        return STAND_MET;
    }
    return is_quiet(call, expect) ? STAND_MET : STAND_OPEN;
}

static void on_end(struct call *call)
{
    struct expect *expect = call->state;

    expect_forget(&expect->asked);
    json_free(expect->matched);
    expect->matched = NULL;
}

static struct expect *begin(struct call *call)
{
    struct expect *expect = arena_new(call->arena, sizeof *expect);
    const struct expect_asked *asked = &expect->asked;

    if (!wait_has_room(call) || expect_read(call, &expect->asked) != 0) {
        return NULL;
    }
    expect->matched = json_new_array();
    expect->seen = asked->since;
    expect->arrived_us = clock_steady_us();
    expect->wait = (struct wait){
        .call = call,
        .until_us = expect->arrived_us + (int64_t)asked->within_ms * 1000,
        .again_us = INT64_MAX,
        .inbox = asked->inbox,
        .for_messages = !asked->expectation.of_sessions,
        .for_sessions = asked->expectation.of_sessions,
        /* what does not match ends a silence all the same */
        .rule = asked->is_bounded ? NULL : asked->rule,
        .wants =
            match_rule_wants(asked->rule) &
            ~(unsigned)(asked->expectation.of_sessions ? FACTS_SESSION
                                                       : FACTS_TRANSACTIONS)};
    call->state = expect;
    call->on_end = on_end;
    return expect;
}

static void answer_met(struct call *call, struct expect *expect)
{
    struct buffer text = {0};

    if (explain_wants_text(call)) {
        buffer_print(&text, "met: %s matched\n",
                     explain_count(call->arena, expect->matched_count,
                                   expect->asked.expectation.of_sessions));
        call_content(call, "text/plain; charset=utf-8", &text);
        return;
    }
    struct json *value = json_new_object();
    json_put_bool(value, "met", true);
    json_put(value, "matched", expect->matched);
    expect->matched = NULL;
    json_put_number(value, "seq", (int64_t)expect->seen);
    call_json(call, 200, value);
}

enum call_result expect_post(struct call *call)
{
    struct expect *expect = call->state != NULL ? call->state : begin(call);

    if (expect == NULL) {
        return CALL_ANSWERED;
    }
    if (look(call, expect) != 0) {
        return call_broken(call);
    }
    switch (stand_of(call, expect)) {
    case STAND_MET:
        answer_met(call, expect);
        return CALL_ANSWERED;
    case STAND_MISSED:
        explain_answer(call, 417, expect_explain(call, expect));
        return CALL_ANSWERED;
    case STAND_OPEN:
        break;
    }
    expect->wait.seen = expect->seen;
    return wait_park(&expect->wait);
}
