/* SPDX-License-Identifier: MIT */
#include "webui/expect.h"
#include "webui/explain.h"
#include "webui/nearest.h"
#include "webui/reading.h"

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
    const char *kind = asked->expectation.of_sessions ? "sessions" : "messages";
    unsigned long long count = expect->matched_count;

    if (count > asked->max) {
        return arena_print(call->arena,
                           "%llu %s matched, at most %llu were expected", count,
                           kind, (unsigned long long)asked->max);
    }
    return arena_print(call->arena,
                       "%llu %s matched within %llu ms, at least %llu were "
                       "expected",
                       count, kind, (unsigned long long)asked->within_ms,
                       (unsigned long long)asked->min);
}

struct json *expect_explain(struct call *call, const struct expect *expect)
{
    struct json *value = call_problem_json(&(struct call_problem){
        .status = 417, .detail = detail_of(call, expect), .offset = -1});

    json_put_bool(value, "met", false);
    json_put_copy(value, "expected", expect->asked.body);
    json_put_copy(value, "matched", expect->matched);
    json_put(value, "nearest", nearest_json(call, expect));
    json_put(value, "saw",
             explain_saw(call, expect->asked.inbox, expect->asked.since));
    return value;
}

/* ---- for people */

static void write_value(const struct json *value, struct buffer *out)
{
    if (value == NULL) {
        buffer_add(out, BYTES("null"));
    } else {
        json_write(value, out);
    }
}

static void write_difference(const struct json *difference, struct buffer *out)
{
    const struct json *at = json_member(difference, "at");

    buffer_print(out, "  %s\n      expected  ",
                 json_text_of(json_member(difference, "field")));
    write_value(json_member(difference, "expected"), out);
    buffer_add(out, BYTES("\n      actual    "));
    write_value(json_member(difference, "actual"), out);
    if (json_kind_of(at) == JSON_IS_NUMBER) {
        buffer_print(out, "\n                differs at character %lld",
                     (long long)json_number_of(at));
    }
    buffer_add(out, BYTES("\n"));
}

static void write_near(const struct json *near, struct buffer *out)
{
    const struct json *message = json_member(near, "message");
    const struct json *session = json_member(near, "session");
    const struct json *differences = json_member(near, "differences");

    buffer_print(out, "\nnearest: %s %lld (%d %% met)\n",
                 message != NULL ? "message" : "session",
                 (long long)json_number_of(message != NULL ? message : session),
                 (int)(json_real_of(json_member(near, "score")) * 100));
    for (size_t i = 0; i < json_size(differences); i++) {
        write_difference(json_at(differences, i), out);
    }
}

void expect_write(const struct json *explanation, struct buffer *out)
{
    const struct json *expected = json_member(explanation, "expected");
    const struct json *nearest = json_member(explanation, "nearest");
    const struct json *saw = json_member(explanation, "saw");

    buffer_print(out, "not met: %s\n",
                 json_text_of(json_member(explanation, "detail")));
    buffer_add(out, BYTES("\nexpected: "));
    write_value(json_member(expected, "match"), out);
    buffer_add(out, BYTES("\n"));
    for (size_t i = 0; i < json_size(nearest); i++) {
        write_near(json_at(nearest, i), out);
    }
    buffer_print(out,
                 "\nsaw: %lld messages, %lld sessions, %lld of them refused\n",
                 (long long)json_number_of(json_member(saw, "messages")),
                 (long long)json_number_of(json_member(saw, "sessions")),
                 (long long)json_number_of(json_member(saw, "refused")));
}
