/* SPDX-License-Identifier: MIT */
#include "webui/call/body.h"

#include <string.h>

void body_refuse(struct call *call, const char *pointer, const char *detail)
{
    call_problem(call, &(struct call_problem){.status = 400,
                                              .detail = detail,
                                              .pointer = pointer,
                                              .offset = -1});
}

static bool is_known(const char *known, const char *key)
{
    size_t size = strlen(key);

    for (const char *at = known; *at != '\0';) {
        size_t word = strcspn(at, " ");
        if (word == size && memcmp(at, key, size) == 0) {
            return true;
        }
        at += word + (at[word] == ' ');
    }
    return false;
}

static const char *unknown_key(const struct json *object, const char *known)
{
    struct json *value;
    const char *key = NULL;

    while ((key = json_next(object, key, &value)) != NULL) {
        if (!is_known(known, key)) {
            return key;
        }
    }
    return NULL;
}

/* A page of another site can send text/plain without asking first, JSON not:
 * the type is part of the defence. */
static bool is_json(struct call *call)
{
    const char *type = http_header(call->http, "Content-Type");

    return type != NULL &&
           bytes_start_nocase(bytes_of(type), BYTES("application/json"));
}

struct json *body_object(struct call *call, const char *known)
{
    struct json_problem problem;

    if (!is_json(call)) {
        (void)call_refuse(call, 415,
                          "Content-Type: application/json is expected");
        return NULL;
    }
    struct json *object = json_parse(call->http->body, &problem);
    if (object == NULL) {
        call_problem(call, &(struct call_problem){
                               .status = 400,
                               .detail = arena_print(
                                   call->arena, "the body: %s", problem.words),
                               .offset = (int64_t)problem.at});
        return NULL;
    }
    const char *wrong = NULL;
    if (json_kind_of(object) != JSON_IS_OBJECT) {
        body_refuse(call, "", "the body: an object is expected");
    } else if ((wrong = unknown_key(object, known)) != NULL) {
        body_refuse(call, arena_print(call->arena, "/%.100s", wrong),
                    arena_print(call->arena,
                                "%.100s is not a member here; known are: %s",
                                wrong, known));
    } else {
        return object;
    }
    json_free(object);
    return NULL;
}

int body_number(struct call *call, const struct json *value,
                struct body_asked asked, uint64_t *number_out)
{
    const struct call_range range = asked.range;
    int64_t number = json_number_of(value);

    *number_out = range.absent;
    if (json_kind_of(value) == JSON_IS_NULL) {
        return 0;
    }
    if (json_kind_of(value) == JSON_IS_NUMBER && number >= 0 &&
        (uint64_t)number >= range.min && (uint64_t)number <= range.max) {
        *number_out = (uint64_t)number;
        return 0;
    }
    body_refuse(call, asked.pointer,
                arena_print(call->arena,
                            "%s: expected a whole number from %llu to %llu",
                            asked.pointer + 1, (unsigned long long)range.min,
                            (unsigned long long)range.max));
    return -1;
}
