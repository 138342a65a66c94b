/* SPDX-License-Identifier: MIT */
#include "webui/call/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *call_param(const struct call *call, const char *name)
{
    return target_param(&call->target, name);
}

static int refuse_param(struct call *call, const char *sentence)
{
    (void)call_refuse(call, 400, sentence);
    return -1;
}

/* Digits only: strtoull() would take signs and spaces. */
static bool read_digits(const char *text, uint64_t *number_out)
{
    size_t digits = strspn(text, "0123456789");

    errno = 0;
    *number_out = strtoull(text, NULL, 10);
    return digits > 0 && text[digits] == '\0' && errno == 0;
}

int call_number(struct call *call, const char *name, struct call_range range,
                uint64_t *number_out)
{
    const char *text = call_param(call, name);

    *number_out = range.absent;
    if (text == NULL) {
        return 0;
    }
    if (read_digits(text, number_out) && *number_out >= range.min &&
        *number_out <= range.max) {
        return 0;
    }
    return refuse_param(
        call, arena_print(call->arena,
                          "%s=%.40s: expected a whole number from %llu to %llu",
                          name, text, (unsigned long long)range.min,
                          (unsigned long long)range.max));
}

int call_duration(struct call *call, const char *name, uint64_t absent_ms,
                  uint64_t *duration_ms_out)
{
    static const struct {
        const char *unit;
        uint64_t factor_ms;
    } units[] = {
        {"ms", 1}, {"s", 1000}, {"", 1000}, {"m", 60000}, {"h", 3600000}};
    const char *text = call_param(call, name);

    *duration_ms_out = absent_ms;
    if (text == NULL) {
        return 0;
    }
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; digits > 0 && digits < 10 && i < 5; i++) {
        if (strcmp(text + digits, units[i].unit) == 0) {
            *duration_ms_out = strtoull(text, NULL, 10) * units[i].factor_ms;
            return 0;
        }
    }
    return refuse_param(
        call, arena_print(call->arena,
                          "%s=%.40s: expected a duration such as 500ms, 5s, 2m",
                          name, text));
}

int call_switch(struct call *call, const char *name, bool *is_on_out)
{
    const char *text = call_param(call, name);

    *is_on_out =
        text != NULL && (strcmp(text, "1") == 0 || strcmp(text, "true") == 0);
    if (text == NULL || *is_on_out || strcmp(text, "0") == 0 ||
        strcmp(text, "false") == 0) {
        return 0;
    }
    return refuse_param(
        call, arena_print(call->arena, "%s=%.40s: expected 1, true, 0 or false",
                          name, text));
}

static struct http_answer *answer_with(struct call *call, unsigned status,
                                       const char *type)
{
    struct http_answer *answer = &call->http->answer;

    answer->status = status;
    if (type != NULL) {
        http_field(call->http, "Content-Type", type);
    }
    return answer;
}

static void answer_json(struct call *call, unsigned status, const char *type,
                        struct json *value)
{
    struct http_answer *answer = answer_with(call, status, type);

    json_write(value, &answer->body);
    buffer_add_byte(&answer->body, '\n');
    json_free(value);
}

void call_json(struct call *call, unsigned status, struct json *value)
{
    answer_json(call, status, "application/json", value);
}

void call_content(struct call *call, const char *type, struct buffer *body)
{
    answer_with(call, 200, type)->body = *body;
    *body = (struct buffer){0};
}

void call_redirect(struct call *call, const char *where)
{
    (void)answer_with(call, 302, NULL);
    http_field(call->http, "Location", where);
}

static const char *title_of(unsigned status)
{
    static const struct {
        unsigned status;
        const char *title;
    } rows[] = {
        {400, "Bad request"},
        {401, "Login needed"},
        {403, "Forbidden"},
        {404, "Not found"},
        {405, "Method not allowed"},
        {409, "Conflict"},
        {413, "Content too large"},
        {415, "Unsupported media type"},
        {416, "Range not satisfiable"},
        {417, "Expectation failed"},
        {500, "Internal error"},
        {502, "Bad gateway"},
        {503, "Service unavailable"},
        {507, "Insufficient storage"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].status == status) {
            return rows[i].title;
        }
    }
    return "Error";
}

struct json *call_problem_json(const struct call_problem *problem)
{
    struct json *value = json_new_object();

    json_put_text(value, "type", "about:blank");
    json_put_text(value, "title", title_of(problem->status));
    json_put_number(value, "status", problem->status);
    json_put_text(value, "detail", problem->detail);
    if (problem->pointer != NULL) {
        json_put_text(value, "at", problem->pointer);
    } else if (problem->offset >= 0) {
        json_put_number(value, "at", problem->offset);
    }
    return value;
}

void call_problem(struct call *call, const struct call_problem *problem)
{
    call_problem_with(call, problem->status, call_problem_json(problem));
}

void call_problem_with(struct call *call, unsigned status, struct json *value)
{
    answer_json(call, status, "application/problem+json", value);
}

enum call_result call_refuse(struct call *call, unsigned status,
                             const char *detail)
{
    call_problem(call, &(struct call_problem){
                           .status = status, .detail = detail, .offset = -1});
    return CALL_ANSWERED;
}

enum call_result call_broken(struct call *call)
{
    struct inbox_state state;

    inbox_state(call->webui->inbox, &state);
    return call_refuse(
        call, 503,
        arena_print(call->arena, "the store cannot answer now%s%s",
                    state.failure[0] == '\0' ? "" : ": ", state.failure));
}
