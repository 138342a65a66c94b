/* SPDX-License-Identifier: MIT */
#include "webui/api/lists.h"

#include "inbox/base/clock.h"
#include "webui/api/inboxes.h"
#include "webui/json/summaries.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT_MAX 500
#define LIMIT_DEFAULT 50
/* ids and numbers of changes stay below it: SQLite's integers are signed */
#define NUMBER_MAX ((uint64_t)INT64_MAX)

/* How far the asker's clock is ahead of UTC: a time in the question that
 * names no zone is meant by it. */
static int read_zone(struct call *call, int64_t *zone_us_out)
{
    const char *text = call_param(call, "zone");
    char *end = NULL;
    long minutes = text == NULL ? 0 : strtol(text, &end, 10);

    *zone_us_out = minutes * 60000000LL;
    if (text == NULL ||
        (end != text && *end == '\0' && minutes >= -1440 && minutes <= 1440)) {
        return 0;
    }
    (void)call_refuse(call, 400, "zone: expected minutes from -1440 to 1440");
    return -1;
}

int list_read_query(struct call *call, const struct query **query_out)
{
    return list_read_query_into(call, call->arena, query_out);
}

int list_read_query_into(struct call *call, struct arena *arena,
                         const struct query **query_out)
{
    const char *text = call_param(call, "q");
    struct query_error error;
    int64_t zone_us;

    *query_out = NULL;
    if (read_zone(call, &zone_us) != 0) {
        return -1;
    }
    if (text == NULL ||
        query_read((struct query_asked){text, clock_now_us(), zone_us}, arena,
                   query_out, &error) == 0) {
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
    if (*inbox_out == NULL || inbox_name_is(*inbox_out)) {
        return 0;
    }
    (void)call_refuse(call, 400,
                      "inbox: expected 1 to 64 letters, digits and . _ -");
    return -1;
}

static int read_since(struct call *call, uint64_t *since_out)
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
    if (read_paging(call, request_out) != 0 ||
        list_read_query(call, &request_out->query) != 0 ||
        list_read_inbox(call, &request_out->inbox) != 0 ||
        read_since(call, &request_out->since) != 0) {
        return -1;
    }
    /* Places are counted for whole lists alone. */
    if (request_out->query != NULL && request_out->at != UINT64_MAX) {
        (void)call_refuse(call, 400,
                          "at: only without q; page a search by before=");
        return -1;
    }
    return 0;
}

static struct json *entry_json(const struct inbox_entry *entry)
{
    return entry->message != NULL ? message_summary(entry->message)
                                  : session_summary(entry->session);
}

static void add_number(struct buffer *out, const char *key, uint64_t number,
                       uint64_t none)
{
    if (number == none) {
        buffer_print(out, ",\"%s\":null", key);
    } else {
        buffer_print(out, ",\"%s\":%llu", key, (unsigned long long)number);
    }
}

/* Written row by row: a tree of 500 of them would only be built to be freed. */
void list_answer(struct call *call, const struct inbox_list *list,
                 const char *key, bool is_activity)
{
    struct buffer out = {0};

    buffer_print(&out, "{\"%s\":[", key);
    for (size_t i = 0; i < list->count; i++) {
        struct json *entry = entry_json(&list->entries[i]);
        if (is_activity) {
            json_put_text(entry, "kind",
                          list->entries[i].message != NULL ? "message"
                                                           : "session");
        }
        if (i > 0) {
            buffer_add_byte(&out, ',');
        }
        json_write(entry, &out);
        json_free(entry);
    }
    buffer_add_byte(&out, ']');
    add_number(&out, "total", list->total, UINT64_MAX);
    add_number(&out, "next", list->next, 0);
    add_number(&out, "seq", list->seq, UINT64_MAX);
    buffer_add(&out, BYTES("}\n"));
    call_content(call, "application/json", &out);
}

enum call_result list_missing(struct call *call, enum inbox_list_kind kind)
{
    const struct inbox_list_request newest = {
        .kind = kind, .limit = 1, .after = UINT64_MAX, .at = UINT64_MAX};
    const char *what = kind == INBOX_SESSIONS ? "session" : "message";
    struct inbox_list list = {0};
    uint64_t last = 0;

    if (inbox_list(call->webui->inbox, &newest, call->arena, &list) ==
            INBOX_OK &&
        list.count > 0) {
        last = kind == INBOX_SESSIONS ? list.entries[0].session->id
                                      : list.entries[0].message->id;
    }
    return call_refuse(
        call, 404,
        arena_print(call->arena,
                    call->id < last
                        ? "%s %llu is gone: it was deleted, or went at a limit "
                          "(--max-messages, --max-bytes, --max-age)"
                        : "no %s has the id %llu",
                    what, (unsigned long long)call->id));
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
        return call_broken(call);
    }
    list_answer(call, &list, "activity", true);
    return CALL_ANSWERED;
}
