/* SPDX-License-Identifier: MIT */
#include "webui/call/reading.h"
#include "webui/expect/expect.h"
#include "webui/expect/explain.h"
#include "webui/expect/nearest.h"

#include <math.h>

static struct json *differences_json(const struct expect *expect,
                                     const struct match_verdict *verdict)
{
    struct json *list = json_new_array();

    for (size_t i = 0; i < verdict->difference_count; i++) {
        const struct match_difference *one = &verdict->differences[i];
        struct json *value = json_new_object();
        json_put_text(value, "field",
                      expect->asked.expectation.fields[one->field].name);
        json_put_copy(value, "expected",
                      expect_said(&expect->asked, one->field));
        json_put(value, "actual", nearest_actual(one));
        json_put(value, "at",
                 one->at < 0 ? json_new_null() : json_new_number(one->at));
        json_push(list, value);
    }
    return list;
}

/* Judges message or session `id` again; false: it is gone. */
static bool judge_again(struct call *call, const struct expect *expect,
                        uint64_t id, struct match_verdict *verdict_out)
{
    struct reading reading = {.inbox = call->webui->inbox,
                              .arena = call->arena,
                              .wants = expect->wait.wants};
    struct facts facts;
    struct inbox_message *message = arena_new(call->arena, sizeof *message);
    struct inbox_session *session = arena_new(call->arena, sizeof *session);

    if (expect->asked.expectation.of_sessions) {
        if (inbox_session(reading.inbox, id, call->arena, session) !=
            INBOX_OK) {
            return false;
        }
        reading_session(&reading, session, &facts);
    } else {
        if (inbox_message(reading.inbox, id, call->arena, message) !=
            INBOX_OK) {
            return false;
        }
        reading_message(&reading, message, &facts);
    }
    match_judge(expect->asked.rule, &facts, call->arena, verdict_out);
    return true;
}

static struct json *nearest_json(struct call *call, const struct expect *expect)
{
    struct json *list = json_new_array();
    const char *kind =
        expect->asked.expectation.of_sessions ? "session" : "message";

    for (size_t i = 0; i < EXPECT_NEAREST; i++) {
        const struct expect_near *near = &expect->nearest[i];
        struct match_verdict verdict;
        if (near->id == 0 || !judge_again(call, expect, near->id, &verdict)) {
            continue;
        }
        struct json *value = json_new_object();
        json_put_null(value, "message");
        json_put_null(value, "session");
        json_put_number(value, kind, (int64_t)near->id);
        json_put(value, "score", json_new_real(round(near->score * 100) / 100));
        json_put(value, "differences", differences_json(expect, &verdict));
        json_push(list, value);
    }
    return list;
}

static const char *detail_of(struct call *call, const struct expect *expect)
{
    const struct expect_asked *asked = &expect->asked;
    bool of_sessions = asked->expectation.of_sessions;
    const char *found =
        explain_count(call->arena, expect->matched_count, of_sessions);
    bool is_too_many = expect->matched_count > asked->max;
    uint64_t bound = is_too_many ? asked->max : asked->min;

    if (is_too_many && bound == 0) {
        return arena_print(call->arena, "%s matched, none was expected", found);
    }
    return arena_print(
        call->arena, "%s matched%s, at %s %llu %s expected", found,
        is_too_many ? ""
                    : arena_print(call->arena, " within %llu ms",
                                  (unsigned long long)asked->within_ms),
        is_too_many ? "most" : "least", (unsigned long long)bound,
        bound == 1 ? "was" : "were");
}

struct json *expect_explain(struct call *call, const struct expect *expect)
{
    struct json *value = call_problem_json(&(struct call_problem){
        .status = 417, .detail = detail_of(call, expect), .offset = -1});

    json_put_bool(value, "met", false);
    json_put_copy(value, "expected", expect->asked.body);
    json_put_copy(value, "matched", expect->matched);
    /* of too many none was near */
    json_put(value, "nearest",
             expect->matched_count > expect->asked.max
                 ? json_new_array()
                 : nearest_json(call, expect));
    json_put(value, "saw",
             explain_saw(call, expect->asked.inbox, expect->asked.since));
    return value;
}
