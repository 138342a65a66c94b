/* SPDX-License-Identifier: MIT */
#include "webui/api/messages.h"

#include "inbox/mail/mail.h"
#include "webui/api/lists.h"
#include "webui/api/message_json.h"
#include "webui/api/waits.h"

#include <string.h>

enum call_result messages_list(struct call *call)
{
    struct inbox_list_request request;
    struct inbox_list list;

    if (call_param(call, "wait") != NULL) {
        return waits_list(call);
    }
    if (call_param(call, "count") != NULL) {
        return call_refuse(call, 400, "count: only with wait, such as wait=5s");
    }
    if (list_read(call, INBOX_MESSAGES, &request) != 0) {
        return CALL_ANSWERED;
    }
    if (inbox_list(call->webui->inbox, &request, call->arena, &list) !=
        INBOX_OK) {
        return call_broken(call);
    }
    list_answer(call, &list, "messages", false);
    return CALL_ANSWERED;
}

enum call_result messages_one(struct call *call)
{
    struct inbox_message message;

    switch (
        inbox_message(call->webui->inbox, call->id, call->arena, &message)) {
    case INBOX_OK:
        call_json(call, 200, message_json(call, &message));
        return CALL_ANSWERED;
    case INBOX_NOT_FOUND:
        return list_missing(call, INBOX_MESSAGES);
    case INBOX_BROKEN:
        break;
    }
    return call_broken(call);
}

/* The newest that matches; -1 after answering. */
static int find_latest(struct call *call, const struct inbox_message **out)
{
    struct inbox_list_request request;
    struct inbox_list list;

    *out = NULL;
    if (list_read(call, INBOX_MESSAGES, &request) != 0) {
        return -1;
    }
    request.limit = 1;
    if (inbox_list(call->webui->inbox, &request, call->arena, &list) !=
        INBOX_OK) {
        (void)call_broken(call);
        return -1;
    }
    if (list.count > 0) {
        *out = list.entries[0].message;
    }
    return 0;
}

enum call_result messages_redirect(struct call *call)
{
    const struct inbox_message *message;
    const char *base = call->webui->base;

    if (find_latest(call, &message) != 0) {
        return CALL_ANSWERED;
    }
    if (message == NULL) {
        call_redirect(call, arena_print(call->arena, "%s/messages", base));
        return CALL_ANSWERED;
    }
    const char *view = call->words[0];
    size_t size = view == NULL ? 0 : strspn(view, "abcdefghijklmnopqrstuvwxyz");
    call_redirect(call, arena_print(call->arena, "%s/messages/%llu%s%.*s", base,
                                    (unsigned long long)message->id,
                                    size > 0 ? "/" : "", (int)size,
                                    size > 0 ? view : ""));
    return CALL_ANSWERED;
}
