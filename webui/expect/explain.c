/* SPDX-License-Identifier: MIT */
#include "webui/expect/explain.h"

#include "webui/expect/nearest.h"
#include "webui/json/summaries.h"

#include <string.h>

#define LOOKED_AT 500

bool explain_wants_text(const struct call *call)
{
    const char *accept = http_header(call->http, "Accept");

    return accept != NULL && strncmp(accept, "text/plain", 10) == 0;
}

void explain_answer(struct call *call, unsigned status,
                    struct json *explanation)
{
    struct buffer text = {0};

    if (!explain_wants_text(call)) {
        call_problem_with(call, status, explanation);
        return;
    }
    explain_write(explanation, &text);
    json_free(explanation);
    call_content(call, "text/plain; charset=utf-8", &text);
    call->http->answer.status = status;
}

const char *explain_count(struct arena *arena, uint64_t count, bool of_sessions)
{
    const char *kind = of_sessions ? "session" : "message";

    return count == 0
               ? arena_print(arena, "no %s", kind)
               : arena_print(arena, "%llu %s%s", (unsigned long long)count,
                             kind, count == 1 ? "" : "s");
}

/* How many of `kind` came after `since`, and how many of the sessions were
 * refused; the newest 500 are looked at. */
static uint64_t count_since(struct call *call,
                            struct inbox_list_request request,
                            uint64_t *refused_out)
{
    struct inbox_list list;

    request.limit = LOOKED_AT;
    request.after = UINT64_MAX;
    request.at = UINT64_MAX;
    *refused_out = 0;
    if (inbox_list(call->webui->inbox, &request, call->arena, &list) !=
        INBOX_OK) {
        return 0;
    }
    for (size_t i = 0; i < list.count; i++) {
        const struct inbox_session *session = list.entries[i].session;
        if (session != NULL && session->outcome != NULL &&
            (strcmp(session->outcome, "refused") == 0 ||
             strcmp(session->outcome, "rejected") == 0)) {
            ++*refused_out;
        }
    }
    return request.since == 0 && list.total != UINT64_MAX ? list.total
                                                          : list.count;
}

struct json *explain_saw(struct call *call, const char *inbox, uint64_t since)
{
    struct inbox_list_request request = {
        .kind = INBOX_MESSAGES, .inbox = inbox, .since = since};
    struct json *value = json_new_object();
    uint64_t refused;

    json_put_number(value, "messages",
                    (int64_t)count_since(call, request, &refused));
    request.kind = INBOX_SESSIONS;
    json_put_number(value, "sessions",
                    (int64_t)count_since(call, request, &refused));
    json_put_number(value, "refused", (int64_t)refused);
    return value;
}

static struct json *expected_json(struct call *call,
                                  const struct inbox_list_request *request,
                                  uint64_t count)
{
    struct json *value = json_new_object();

    json_put_text(value, "q", call_param(call, "q"));
    json_put_text(value, "inbox", request->inbox);
    json_put_number(value, "count", (int64_t)count);
    json_put_number(value, "since", (int64_t)request->since);
    return value;
}

void explain_list(struct call *call, const struct inbox_list_request *request,
                  const struct inbox_list *found, uint64_t count)
{
    struct json *matched = json_new_array();
    struct json *value = call_problem_json(&(struct call_problem){
        .status = 404,
        .detail =
            arena_print(call->arena, "%s matched, %llu %s expected",
                        explain_count(call->arena, found->count, false),
                        (unsigned long long)count, count == 1 ? "was" : "were"),
        .offset = -1});

    for (size_t i = 0; i < found->count; i++) {
        json_push(matched, message_summary(found->entries[i].message));
    }
    json_put_bool(value, "met", false);
    json_put(value, "expected", expected_json(call, request, count));
    json_put(value, "matched", matched);
    json_put(value, "nearest",
             found->count > 0 || request->query == NULL
                 ? json_new_array()
                 : nearest_of_query(call, request));
    json_put(value, "saw", explain_saw(call, request->inbox, request->since));
    explain_answer(call, 404, value);
}
