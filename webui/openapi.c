/* SPDX-License-Identifier: MIT */
#include "webui/openapi.h"

#include "webui/router.h"
#include "webui/schema.h"

#include <stdlib.h>
#include <string.h>

/* Files of the page are no part of the API. */
static bool is_described(const struct route *route)
{
    return strcmp(route->params, "*") != 0;
}

/* The next word of a space-separated list; NULL at the end. */
static const char *next_word(const char **list, struct arena *arena)
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
    while ((name = next_word(&list, arena)) != NULL) {
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

static struct json *failure_json(const char *object, struct arena *arena)
{
    struct json *value = json_new_object();
    struct json *content = json_new_object();

    json_put_text(value, "description", "A problem, with its reason.");
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
    while ((form = next_word(&list, arena)) != NULL) {
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
        json_put_text(value, "description", "Elsewhere.");
    } else {
        value = failure_json(said[size] == ':' ? said + size + 1 : "Problem",
                             arena);
    }
    json_put(responses, status, value);
}

/* What any route of that guard and kind may answer. A query finds the index
 * behind what was acknowledged, and then that does not change in time. */
static const char *common_statuses(const struct route *route)
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
    const char *common = common_statuses(route);
    const char *said;

    while ((said = next_word(&own, arena)) != NULL) {
        put_response(value, route, said, arena);
    }
    while ((said = next_word(&common, arena)) != NULL) {
        put_response(value, route, said, arena);
    }
    json_put(value, "default", failure_json("Problem", arena));
    return value;
}

static struct json *operation_json(const struct route *route,
                                   struct arena *arena)
{
    struct json *value = json_new_object();

    json_put_text(value, "summary", route->sentence);
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
        if (!is_described(&rows[i])) {
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

/* ---- for people: one page, no script, its style named by its hash-free CSP */

static void add_escaped(struct buffer *out, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        switch (*at) {
        case '&':
            buffer_add(out, BYTES("&amp;"));
            break;
        case '<':
            buffer_add(out, BYTES("&lt;"));
            break;
        case '>':
            buffer_add(out, BYTES("&gt;"));
            break;
        default:
            buffer_add_byte(out, (unsigned char)*at);
            break;
        }
    }
}

static void add_route(struct buffer *out, const struct route *route)
{
    buffer_print(out, "<tr><td><code>%s ", route->method);
    add_escaped(out, route->path);
    buffer_add(out, BYTES("</code></td><td>"));
    add_escaped(out, route->sentence);
    if (route->params[0] != '\0') {
        buffer_add(out, BYTES("<br>Parameters: <code>"));
        add_escaped(out, route->params);
        buffer_add(out, BYTES("</code>"));
    }
    if (route->asks != NULL) {
        buffer_print(out, "<br>Body: <code>%s</code>", route->asks);
    }
    buffer_print(out,
                 "</td><td><code>%s</code></td><td><code>%s</code></td></tr>\n",
                 route->answer, route->statuses);
}

static void add_objects(struct buffer *out)
{
    const char *object = "";

    for (size_t i = 0; schema_field(i) != NULL; i++) {
        const struct schema_field *row = schema_field(i);
        if (strcmp(object, row->object) != 0) {
            object = row->object;
            buffer_print(out, "</table>\n<h3 id=\"%s\">%s</h3>\n<table>\n",
                         object, object);
        }
        buffer_print(out, "<tr><td><code>%s</code></td><td><code>", row->field);
        add_escaped(out, row->type);
        buffer_add(out, BYTES("</code></td><td>"));
        add_escaped(out, row->sentence == NULL ? "" : row->sentence);
        buffer_add(out, BYTES("</td></tr>\n"));
    }
}

static void add_params(struct buffer *out, struct arena *arena)
{
    size_t count;
    const struct route *rows = routes(&count);
    struct buffer seen = {0};
    const char *name;

    for (size_t i = 0; i < count; i++) {
        const char *list = is_described(&rows[i]) ? rows[i].params : "";
        while ((name = next_word(&list, arena)) != NULL) {
            const struct schema_param *param = schema_param(name);
            const char *key = arena_print(arena, " %s ", name);
            if (param == NULL ||
                (seen.size > 0 &&
                 memmem(seen.at, seen.size, key, strlen(key)) != NULL)) {
                continue;
            }
            buffer_add(&seen, bytes_of(key));
            buffer_print(out, "<tr><td><code>%s</code></td><td>", name);
            add_escaped(out, param->sentence);
            buffer_add(out, BYTES("</td></tr>\n"));
        }
    }
    buffer_free(&seen);
}

enum call_result openapi_page(struct call *call)
{
    size_t count;
    const struct route *rows = routes(&count);
    struct buffer out = {0};

    buffer_add(&out, BYTES("<!doctype html>\n<html lang=\"en\"><head>"
                           "<meta charset=\"utf-8\"><meta name=\"viewport\" "
                           "content=\"width=device-width\">"
                           "<title>The API of mailscope</title><style>"
                           "body{font:15px/1.5 system-ui,sans-serif;max-width:"
                           "75em;margin:2em auto;padding:0 1em}"
                           "table{border-collapse:collapse;width:100%}"
                           "td,th{border-top:1px solid #8886;padding:.4em "
                           ".6em;text-align:left;vertical-align:top}"
                           ":root{color-scheme:light dark}</style></head>"
                           "<body><h1>The API of mailscope</h1><p>The same "
                           "for machines: <a href=\"openapi.json\">"
                           "openapi.json</a> (OpenAPI 3.1).</p>\n"
                           "<h2>Routes</h2><table><tr><th>Route</th><th>What"
                           "</th><th>Answer</th><th>Status</th></tr>\n"));
    for (size_t i = 0; i < count; i++) {
        if (is_described(&rows[i])) {
            add_route(&out, &rows[i]);
        }
    }
    buffer_add(&out, BYTES("</table>\n<h2>Parameters</h2><table>\n"));
    add_params(&out, call->arena);
    buffer_add(&out, BYTES("</table>\n<h2>Objects</h2><table>\n"));
    add_objects(&out);
    buffer_add(&out, BYTES("</table></body></html>\n"));
    call_content(call, "text/html; charset=utf-8", &out);
    http_field(call->http, "Content-Security-Policy",
               "default-src 'none'; style-src 'unsafe-inline'; base-uri "
               "'none'; form-action 'none'; frame-ancestors 'none'");
    return CALL_ANSWERED;
}
