/* SPDX-License-Identifier: MIT */
#include "webui/lists.h"

#include "webui/inboxes.h"
#include "webui/summaries.h"

#include <string.h>

#define LIMIT_MAX 500
#define LIMIT_DEFAULT 50
/* ids and numbers of changes stay below it: SQLite's integers are signed */
#define NUMBER_MAX ((uint64_t)INT64_MAX)

int list_read_query(struct call *call, const struct query **query_out)
{
    const char *text = call_param(call, "q");
    struct query_error error;

    *query_out = NULL;
    if (text == NULL || query_read(text, call->arena, query_out, &error) == 0) {
        return 0;
    }
    call_problem(call,
                 &(struct call_problem){
                     .status = 400,
                     .detail = arena_print(call->arena, "q: %s", error.words),
                     .offset = (int64_t)error.at});
    return -1;
}

int list_read_inbox(struct call *call, const char **inbox_out)
{
    *inbox_out = call_param(call, "inbox");
    if (*inbox_out == NULL || inboxes_is_name(*inbox_out)) {
        return 0;
    }
    (void)call_refuse(call, 400,
                      "inbox: expected 1 to 64 letters, digits and . _ -");
    return -1;
}

int list_read_since(struct call *call, uint64_t *since_out)
{
    struct call_range any = {0, NUMBER_MAX, 0};

    if (call_number(call, "since", any, since_out) != 0) {
        return -1;
    }
    if (*since_out <= call->seq) {
        return 0;
    }
    (void)call_refuse(
        call, 400,
        arena_print(call->arena,
                    "since=%llu is beyond the newest change, %llu: the store "
                    "was started anew (see epoch in /api/info)",
                    (unsigned long long)*since_out,
                    (unsigned long long)call->seq));
    return -1;
}

static int read_paging(struct call *call, struct inbox_list_request *request)
{
    uint64_t limit = 0;
    int places = (call_param(call, "before") != NULL) +
                 (call_param(call, "after") != NULL) +
                 (call_param(call, "at") != NULL);

    if (call_number(call, "limit",
                    (struct call_range){1, LIMIT_MAX, LIMIT_DEFAULT},
                    &limit) != 0 ||
        call_number(call, "before", (struct call_range){1, NUMBER_MAX, 0},
                    &request->before) != 0 ||
        call_number(call, "after",
                    (struct call_range){0, NUMBER_MAX, UINT64_MAX},
                    &request->after) != 0 ||
        call_number(call, "at", (struct call_range){0, NUMBER_MAX, UINT64_MAX},
                    &request->at) != 0) {
        return -1;
    }
    request->limit = (unsigned)limit;
    if (places > 1) {
        (void)call_refuse(call, 400, "only one of before, after and at");
        return -1;
    }
    return 0;
}

int list_read(struct call *call, enum inbox_list_kind kind,
              struct inbox_list_request *request_out)
{
    *request_out = (struct inbox_list_request){.kind = kind};
    return read_paging(call, request_out) != 0 ||
                   list_read_query(call, &request_out->query) != 0 ||
                   list_read_inbox(call, &request_out->inbox) != 0 ||
                   list_read_since(call, &request_out->since) != 0
               ? -1
               : 0;
}

static struct json *entry_json(const struct inbox_entry *entry)
{
    return entry->message != NULL ? message_summary(entry->message)
                                  : session_summary(entry->session);
}

/* An unsigned number, or null when it is `none`. */
static struct json *number_or_null(uint64_t number, uint64_t none)
{
    return number == none ? json_new_null() : json_new_number((int64_t)number);
}

struct json *list_json(const struct inbox_list *list, const char *key,
                       bool is_activity)
{
    struct json *value = json_new_object();
    struct json *entries = json_new_array();

    for (size_t i = 0; i < list->count; i++) {
        struct json *entry = entry_json(&list->entries[i]);
        if (is_activity) {
            json_put_text(entry, "kind",
                          list->entries[i].message != NULL ? "message"
                                                           : "session");
        }
        json_push(entries, entry);
    }
    json_put(value, key, entries);
    json_put(value, "total", number_or_null(list->total, UINT64_MAX));
    json_put(value, "next", number_or_null(list->next, 0));
    json_put_number(value, "seq", (int64_t)list->seq);
    return value;
}

enum call_result list_broken(struct call *call)
{
    struct inbox_state state;

    inbox_state(call->webui->inbox, &state);
    return call_refuse(
        call, 503,
        arena_print(call->arena, "the store cannot answer now%s%s",
                    state.failure[0] == '\0' ? "" : ": ", state.failure));
}

enum call_result activity_list(struct call *call)
{
    struct inbox_list_request request;
    struct inbox_list list;

    if (list_read(call, INBOX_ACTIVITY, &request) != 0) {
        return CALL_ANSWERED;
    }
    if (inbox_list(call->webui->inbox, &request, call->arena, &list) !=
        INBOX_OK) {
        return list_broken(call);
    }
    call_json(call, 200, list_json(&list, "activity", true));
    return CALL_ANSWERED;
}
