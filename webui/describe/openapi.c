/* SPDX-License-Identifier: MIT */
#include "webui/describe/openapi.h"

#include "webui/call/router.h"
#include "webui/describe/schema.h"

#include <stdlib.h>
#include <string.h>

bool openapi_has(const struct route *route)
{
    return strcmp(route->params, "*") != 0;
}

const char *openapi_word(const char **list, struct arena *arena)
{
    *list += strspn(*list, " ");
    size_t size = strcspn(*list, " ");

    if (size == 0) {
        return NULL;
    }
    struct bytes word = {(const unsigned char *)*list, size};
    *list += size;
    return arena_text(arena, word);
}

static struct json *param_json(const char *name, const char *place,
                               const char *type, const char *sentence)
{
    struct json *value = json_new_object();

    json_put_text(value, "name", name);
    json_put_text(value, "in", place);
    json_put_bool(value, "required", strcmp(place, "path") == 0);
    json_put(value, "schema", schema_of(type));
    if (sentence != NULL) {
        json_put_text(value, "description", sentence);
    }
    return value;
}

static struct json *params_json(const struct route *route, struct arena *arena)
{
    struct json *value = json_new_array();
    const char *list = route->params;
    const char *name;

    for (const char *at = strchr(route->path, '{'); at != NULL;
         at = strchr(at + 1, '{')) {
        struct bytes word = {(const unsigned char *)at + 1,
                             strcspn(at + 1, "}")};
        const char *text = arena_text(arena, word);
        json_push(value,
                  param_json(text, "path",
                             strcmp(text, "id") == 0 ? "integer" : "string",
                             NULL));
    }
    while ((name = openapi_word(&list, arena)) != NULL) {
        const struct schema_param *param = schema_param(name);
        json_push(value, param_json(name, "query",
                                    param == NULL ? "string" : param->type,
                                    param == NULL ? NULL : param->sentence));
    }
    return value;
}

/* Adds TYPE: {"schema": ...} for NAME@TYPE, NAME (a JSON object) or TYPE. */
static void put_content(struct json *content, const char *form,
                        const char *media, struct arena *arena)
{
    size_t size = strcspn(form, "@");
    const char *type = form[size] == '@'           ? form + size + 1
                       : strchr(form, '/') != NULL ? form
                                                   : media;
    struct json *one = json_new_object();
    struct bytes name = {(const unsigned char *)form, size};

    json_put(one, "schema",
             schema_of(form == type ? "string" : arena_text(arena, name)));
    json_put(content, type, one);
}

const char *openapi_meaning(unsigned status)
{
    static const struct {
        unsigned status;
        const char *sentence;
    } rows[] = {
        {206, "The part that Range asks for."},
        {302, "Elsewhere."},
        {400, "A parameter or the body is wrong; detail says how."},
        {401, "A login is needed (--http-auth)."},
        {403, "The Host or the Origin is not one of ours (--http-host)."},
        {404, "There is no such thing, or it did not come in time."},
        {413, "The body is larger than what is taken here."},
        {415, "The body has another Content-Type."},
        {416, "The Range lies outside."},
        {417, "The expectation was not met."},
        {503, "Not now: the index is behind, or a limit is reached."},
        {507, "There is no room for it."},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].status == status) {
            return rows[i].sentence;
        }
    }
    return NULL;
}

static struct json *failure_json(const char *sentence, const char *object,
                                 struct arena *arena)
{
    struct json *value = json_new_object();
    struct json *content = json_new_object();

    json_put_text(value, "description", sentence);
    put_content(content, object, "application/problem+json", arena);
    if (strcmp(object, "Unmet") == 0) {
        put_content(content, "text/plain", NULL, arena);
    }
    json_put(value, "content", content);
    return value;
}

static struct json *success_json(const struct route *route, struct arena *arena)
{
    struct json *value = json_new_object();
    struct json *content = json_new_object();
    const char *list = route->answer;
    const char *form;

    json_put_text(value, "description", route->sentence);
    while ((form = openapi_word(&list, arena)) != NULL) {
        put_content(content, form, "application/json", arena);
    }
    json_put(value, "content", content);
    return value;
}

/* `said` is "404" or "404:NAME". */
static void put_response(struct json *responses, const struct route *route,
                         const char *said, struct arena *arena)
{
    size_t size = strcspn(said, ":");
    const char *status =
        arena_text(arena, (struct bytes){(const unsigned char *)said, size});
    struct json *value;

    if (said[0] == '2') {
        value = success_json(route, arena);
    } else if (said[0] == '3') {
        value = json_new_object();
        json_put_text(value, "description", openapi_meaning(302));
    } else {
        value = failure_json(openapi_meaning((unsigned)strtoul(said, NULL, 10)),
                             said[size] == ':' ? said + size + 1 : "Problem",
                             arena);
    }
    json_put(responses, status, value);
}

const char *openapi_common(const struct route *route)
{
    bool is_query = route->kind == ROUTE_QUERY || route->kind == ROUTE_QUICK;

    return route->guard == GUARD_OPEN         ? "400 413"
           : route->guard == GUARD_CAPABILITY ? "400 403 413"
           : is_query                         ? "400 401 403 413 503"
                                              : "400 401 403 413";
}

static struct json *responses_json(const struct route *route,
                                   struct arena *arena)
{
    struct json *value = json_new_object();
    const char *own = route->statuses;
    const char *common = openapi_common(route);
    const char *said;

    while ((said = openapi_word(&own, arena)) != NULL) {
        put_response(value, route, said, arena);
    }
    while ((said = openapi_word(&common, arena)) != NULL) {
        put_response(value, route, said, arena);
    }
    json_put(value, "default",
             failure_json("Anything else, such as 503 while "
                          "the program stops.",
                          "Problem", arena));
    return value;
}

/* "get_api_messages_id": what generators name a function by. */
static const char *operation_id(const struct route *route, struct arena *arena)
{
    struct buffer name = {0};

    for (const char *at = route->method; *at != '\0'; at++) {
        buffer_add_byte(&name, (unsigned char)(*at | 0x20));
    }
    for (const char *at = route->path; *at != '\0'; at++) {
        bool is_word = (*at >= 'a' && *at <= 'z');
        bool begins = !is_word && name.at[name.size - 1] != '_';
        if (is_word || (begins && at[1] != '\0')) {
            buffer_add_byte(&name, is_word ? (unsigned char)*at : '_');
        }
    }
    const char *text = arena_text(arena, buffer_bytes(&name));
    buffer_free(&name);
    return text;
}

static struct json *operation_json(const struct route *route,
                                   struct arena *arena)
{
    struct json *value = json_new_object();

    json_put_text(value, "summary", route->sentence);
    json_put_text(value, "operationId", operation_id(route, arena));
    json_put(value, "parameters", params_json(route, arena));
    if (route->asks != NULL) {
        struct json *body = json_new_object();
        struct json *content = json_new_object();
        json_put_bool(body, "required", true);
        put_content(content, route->asks, "application/json", arena);
        json_put(body, "content", content);
        json_put(value, "requestBody", body);
    }
    json_put(value, "responses", responses_json(route, arena));
    return value;
}

static const char *lower(const char *method, struct arena *arena)
{
    char *text = arena_text(arena, bytes_of(method));

    for (char *at = text; *at != '\0'; at++) {
        *at = (char)(*at | 0x20);
    }
    return text;
}

static struct json *paths_json(struct arena *arena)
{
    struct json *value = json_new_object();
    size_t count;
    const struct route *rows = routes(&count);

    for (size_t i = 0; i < count; i++) {
        if (!openapi_has(&rows[i])) {
            continue;
        }
        if (json_member(value, rows[i].path) == NULL) {
            json_put(value, rows[i].path, json_new_object());
        }
        json_put(json_member(value, rows[i].path), lower(rows[i].method, arena),
                 operation_json(&rows[i], arena));
    }
    return value;
}

enum call_result openapi_document(struct call *call)
{
    struct json *value = json_new_object();
    struct json *about = json_new_object();
    struct json *components = json_new_object();

    json_put_text(value, "openapi", "3.1.0");
    json_put_text(about, "title", "mailscope");
    json_put_text(about, "version", call->webui->options->version);
    json_put_text(about, "description",
                  "What arrived over SMTP, and how: for the page, the command "
                  "line and tests.");
    json_put(value, "info", about);
    json_put(value, "paths", paths_json(call->arena));
    json_put(components, "schemas", schema_objects());
    json_put(value, "components", components);
    call_json(call, 200, value);
    return CALL_ANSWERED;
}
