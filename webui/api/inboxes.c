/* SPDX-License-Identifier: MIT */
#include "webui/api/inboxes.h"

#include "inbox/base/clock.h"
#include "inbox/inbox.h"
#include "webui/call/body.h"

#include <string.h>

#define TTL_MAX_S ((uint64_t)366 * 86400)
#define MESSAGES_MAX ((uint64_t)1000000000)
#define BYTES_MAX ((uint64_t)1 << 50)
#define AGE_MAX_S ((uint64_t)36500 * 86400)

/* How mail gets there: the login names the inbox behind its last plus. */
static struct json *credentials(struct call *call, const char *name)
{
    struct json *value = json_new_object();

    json_put_text(value, "user", arena_print(call->arena, "inbox+%s", name));
    json_put_text(value, "password", "any");
    return value;
}

static void put_limit(struct json *value, const char *key, uint64_t limit)
{
    json_put(value, key,
             limit == 0 ? json_new_null() : json_new_number((int64_t)limit));
}

static struct json *box_json(struct call *call, const struct inbox_box *box)
{
    struct json *value = json_new_object();

    json_put_text(value, "name", box->name);
    json_put_number(value, "messages", (int64_t)box->messages);
    json_put_number(value, "bytes", (int64_t)box->bytes);
    put_limit(value, "max_messages", box->max_messages);
    put_limit(value, "max_bytes", box->max_bytes);
    put_limit(value, "max_age_s", box->max_age_us / 1000000);
    json_put(value, "expires_at", json_new_time(box->expires_at_us, 0));
    json_put_bool(value, "created", box->is_created);
    json_put(value, "credentials",
             box->is_created ? credentials(call, box->name) : json_new_null());
    return value;
}

enum call_result inboxes_list(struct call *call)
{
    struct inbox_box *boxes;
    size_t count;

    if (inbox_boxes(call->webui->inbox, call->arena, &boxes, &count) !=
        INBOX_OK) {
        return call_broken(call);
    }
    struct json *value = json_new_object();
    struct json *list = json_new_array();
    for (size_t i = 0; i < count; i++) {
        json_push(list, box_json(call, &boxes[i]));
    }
    json_put(value, "inboxes", list);
    json_put_number(value, "seq",
                    (int64_t)inbox_indexed_seq(call->webui->inbox));
    call_json(call, 200, value);
    return CALL_ANSWERED;
}

static enum call_result answer_one(struct call *call, const char *name,
                                   unsigned status)
{
    struct inbox_box *boxes;
    size_t count;

    if (inbox_boxes(call->webui->inbox, call->arena, &boxes, &count) !=
        INBOX_OK) {
        return call_broken(call);
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(boxes[i].name, name) == 0) {
            call_json(call, status, box_json(call, &boxes[i]));
            return CALL_ANSWERED;
        }
    }
    return call_refuse(call, 404, "there is no such inbox");
}

enum call_result inboxes_one(struct call *call)
{
    return answer_one(call, call->words[0], 200);
}

/* Reads the body into `box_out`; -1 after answering. */
static int read_box(struct call *call, struct inbox_box *box_out)
{
    struct json *object =
        body_object(call, "name ttl_s max_messages max_bytes max_age_s");
    uint64_t ttl_s = 0;
    uint64_t max_age_s = 0;
    int failed = -1;

    if (object == NULL) {
        return -1;
    }
    const char *name = json_text_of(json_member(object, "name"));
    if (name == NULL || !inbox_name_is(name)) {
        body_refuse(call, "/name",
                    "name: expected 1 to 64 letters, digits and . _ -");
    } else if (body_number(call, json_member(object, "ttl_s"),
                           (struct body_asked){"/ttl_s", {1, TTL_MAX_S, 0}},
                           &ttl_s) == 0 &&
               body_number(
                   call, json_member(object, "max_messages"),
                   (struct body_asked){"/max_messages", {1, MESSAGES_MAX, 0}},
                   &box_out->max_messages) == 0 &&
               body_number(call, json_member(object, "max_bytes"),
                           (struct body_asked){"/max_bytes", {1, BYTES_MAX, 0}},
                           &box_out->max_bytes) == 0 &&
               body_number(call, json_member(object, "max_age_s"),
                           (struct body_asked){"/max_age_s", {1, AGE_MAX_S, 0}},
                           &max_age_s) == 0) {
        box_out->name = arena_text(call->arena, bytes_of(name));
        failed = 0;
    }
    json_free(object);
    box_out->max_age_us = max_age_s * 1000000;
    if (ttl_s > 0) {
        box_out->expires_at_us = clock_now_us() + (int64_t)ttl_s * 1000000;
    }
    return failed;
}

enum call_result inboxes_create(struct call *call)
{
    struct inbox_box box = {.is_created = true};
    char reason[INBOX_ERROR_SIZE] = "";
    struct inbox *inbox = call->webui->inbox;

    if (read_box(call, &box) != 0) {
        return CALL_ANSWERED;
    }
    if (inbox_box_create(inbox, &box, reason) != 0 ||
        inbox_wait_indexed(inbox, inbox_seq(inbox), 2000, reason) != 0) {
        return call_refuse(call, 503,
                           arena_print(call->arena, "not created: %s", reason));
    }
    return answer_one(call, box.name, 201);
}

enum call_result inboxes_delete(struct call *call)
{
    char reason[INBOX_ERROR_SIZE] = "";

    if (!inbox_name_is(call->words[0])) {
        return call_refuse(call, 400,
                           "the name: expected 1 to 64 letters, digits and . _ "
                           "-");
    }
    int64_t deleted =
        inbox_box_delete(call->webui->inbox, call->words[0], reason);
    if (deleted < 0) {
        return call_refuse(call, 503,
                           arena_print(call->arena, "not deleted: %s", reason));
    }
    struct json *value = json_new_object();
    json_put_number(value, "deleted", deleted);
    call_json(call, 200, value);
    return CALL_ANSWERED;
}
