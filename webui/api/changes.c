/* SPDX-License-Identifier: MIT */
#include "webui/api/lists.h"
#include "webui/api/messages.h"
#include "webui/call/body.h"
#include "webui/json/summaries.h"

#include <string.h>

/* What changes kept things: marks, deletions and messages that come by POST. */

#define TAGS_MAX 50
#define TAG_OCTETS 100
#define RECIPIENTS_MAX 100

static int read_selection(struct call *call, enum inbox_list_kind kind,
                          struct inbox_change *change_out)
{
    *change_out = (struct inbox_change){
        .kind = kind, .id = call->id, .up_to = UINT64_MAX};
    return list_read_query(call, &change_out->query) != 0 ||
                   list_read_inbox(call, &change_out->inbox) != 0 ||
                   call_number(call, "up_to",
                               (struct call_range){0, INT64_MAX, UINT64_MAX},
                               &change_out->up_to) != 0
               ? -1
               : 0;
}

static enum call_result answer_count(struct call *call, const char *key,
                                     int64_t count)
{
    struct json *value = json_new_object();

    json_put_number(value, key, count);
    call_json(call, 200, value);
    return CALL_ANSWERED;
}

/* A change that was answered is seen by whoever asks next. */
static int64_t settle(struct call *call, int64_t count,
                      char reason[INBOX_ERROR_SIZE])
{
    struct inbox *inbox = call->webui->inbox;

    if (count > 0 &&
        inbox_wait_indexed(inbox, inbox_seq(inbox), 2000, reason) != 0) {
        return -1;
    }
    return count;
}

static enum call_result remove_those(struct call *call,
                                     enum inbox_list_kind kind)
{
    struct inbox_change change;
    char reason[INBOX_ERROR_SIZE] = "";

    if (read_selection(call, kind, &change) != 0) {
        return CALL_ANSWERED;
    }
    int64_t count =
        settle(call, inbox_delete(call->webui->inbox, &change, reason), reason);
    if (count < 0) {
        return call_refuse(call, 503,
                           arena_print(call->arena, "not deleted: %s", reason));
    }
    return answer_count(call, "deleted", count);
}

enum call_result messages_delete(struct call *call)
{
    return remove_those(call, INBOX_MESSAGES);
}

enum call_result sessions_delete(struct call *call)
{
    return remove_those(call, INBOX_SESSIONS);
}

enum call_result activity_delete(struct call *call)
{
    return remove_those(call, INBOX_ACTIVITY);
}

static bool is_tag(const char *text)
{
    size_t size = text == NULL ? 0 : strlen(text);

    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 127) {
            return false;
        }
    }
    return size > 0 && size <= TAG_OCTETS;
}

static bool is_among(const char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static int read_tags(struct call *call, const struct json *tags,
                     struct inbox_change *change)
{
    size_t count = json_size(tags);
    const char **texts = arena_new(call->arena, (count + 1) * sizeof *texts);
    size_t used = 0;

    if (json_kind_of(tags) != JSON_IS_ARRAY || count > TAGS_MAX) {
        body_refuse(call, "/tags", "tags: a list of at most 50 is expected");
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const char *text = json_text_of(json_at(tags, i));
        if (!is_tag(text)) {
            body_refuse(call, arena_print(call->arena, "/tags/%zu", i),
                        "a tag: 1 to 100 octets of text are expected");
            return -1;
        }
        if (!is_among(texts, used, text)) {
            texts[used++] = arena_text(call->arena, bytes_of(text));
        }
    }
    change->set_tags = true;
    change->tags = texts;
    change->tag_count = used;
    return 0;
}

static int read_marks(struct call *call, struct inbox_change *change)
{
    struct json *object = body_object(call, "read tags");
    int failed = 0;

    if (object == NULL) {
        return -1;
    }
    const struct json *read = json_member(object, "read");
    const struct json *tags = json_member(object, "tags");
    if (read != NULL && json_kind_of(read) != JSON_IS_BOOL) {
        body_refuse(call, "/read", "read: expected true or false");
        failed = -1;
    } else if (read == NULL && tags == NULL) {
        body_refuse(call, "", "one of read and tags is expected");
        failed = -1;
    } else if (tags != NULL) {
        failed = read_tags(call, tags, change);
    }
    change->set_read = read != NULL;
    change->read = json_bool_of(read);
    json_free(object);
    return failed;
}

enum call_result messages_patch(struct call *call)
{
    struct inbox_change change;
    char reason[INBOX_ERROR_SIZE] = "";

    if (read_selection(call, INBOX_MESSAGES, &change) != 0 ||
        read_marks(call, &change) != 0) {
        return CALL_ANSWERED;
    }
    int64_t count =
        settle(call, inbox_mark(call->webui->inbox, &change, reason), reason);
    if (count < 0) {
        return call_refuse(call, 503,
                           arena_print(call->arena, "not changed: %s", reason));
    }
    if (count == 0 && call->id != 0) {
        return call_refuse(call, 404, "no message has this id");
    }
    return answer_count(call, "changed", count);
}

/* ---- POST */

/* "a@x.test,b@x.test" to recipients; -1: too many. */
static int read_recipients(struct call *call, const char *text,
                           struct inbox_transaction *envelope)
{
    struct inbox_recipient *list =
        arena_new(call->arena, RECIPIENTS_MAX * sizeof *list);

    envelope->recipients = list;
    while (text != NULL && *text != '\0') {
        size_t size = strcspn(text, ",");
        struct bytes one = {(const unsigned char *)text, size};
        if (envelope->recipient_count == RECIPIENTS_MAX) {
            return -1;
        }
        if (size > 0) {
            const char *address = arena_text(call->arena, one);
            list[envelope->recipient_count++] = (struct inbox_recipient){
                .address = address, .raw = address, .code = 250};
        }
        text += size + (text[size] == ',');
    }
    return 0;
}

static bool is_message_type(struct call *call)
{
    const char *type = http_header(call->http, "Content-Type");

    return type != NULL &&
           bytes_start_nocase(bytes_of(type), BYTES("message/rfc822"));
}

static struct inbox_draft *make_draft(struct call *call)
{
    struct bytes body = call->http->body;
    struct inbox_draft *draft = inbox_draft_new(call->webui->inbox, body.size);

    if (draft != NULL && inbox_draft_add(draft, body, NULL, 0) != 0) {
        inbox_draft_drop(draft);
        draft = NULL;
    }
    return draft;
}

static enum call_result keep(struct call *call, struct inbox_draft *draft,
                             const struct inbox_transaction *envelope)
{
    struct inbox_answer answer = {0};
    struct inbox_message message;
    char reason[INBOX_ERROR_SIZE] = "";
    struct inbox *inbox = call->webui->inbox;
    struct inbox_delivery delivery = {.draft = draft,
                                      .is_message = true,
                                      .envelope = envelope,
                                      .inbox = call_param(call, "inbox")};

    inbox_keep_now(inbox, &delivery, &answer);
    if (answer.verdict != INBOX_KEPT) {
        return call_refuse(
            call, answer.verdict == INBOX_FULL ? 507 : 503,
            arena_print(call->arena, "not kept: %s", answer.reason));
    }
    if (inbox_wait_indexed(inbox, inbox_seq(inbox), 2000, reason) != 0 ||
        inbox_message(inbox, answer.message, call->arena, &message) !=
            INBOX_OK) {
        return call_refuse(call, 503, "kept, but the index is behind");
    }
    call_json(call, 201, message_summary(&message));
    http_field(call->http, "Location",
               arena_print(call->arena, "%s/api/messages/%llu",
                           call->webui->base,
                           (unsigned long long)answer.message));
    return CALL_ANSWERED;
}

enum call_result messages_post(struct call *call)
{
    struct inbox_transaction envelope = {.code = 250, .mail_code = 250};
    const char *inbox;

    if (!is_message_type(call)) {
        return call_refuse(call, 415,
                           "Content-Type: message/rfc822 is expected");
    }
    if (list_read_inbox(call, &inbox) != 0) {
        return CALL_ANSWERED;
    }
    envelope.from = call_param(call, "from");
    envelope.from_raw = envelope.from;
    if (read_recipients(call, call_param(call, "to"), &envelope) != 0) {
        return call_refuse(call, 400, "to: at most 100 addresses");
    }
    envelope.size = call->http->body.size;
    struct inbox_draft *draft = make_draft(call);
    if (draft == NULL) {
        return call_refuse(call, 507,
                           "no room: all messages that are arriving "
                           "exceed --max-draft-bytes");
    }
    return keep(call, draft, &envelope);
}
