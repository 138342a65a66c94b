/* SPDX-License-Identifier: MIT */
#include "inbox/match/match.h"
#include "webui/call/router.h"
#include "webui/describe/openapi.h"
#include "webui/describe/schema.h"

#include <stdlib.h>
#include <string.h>

/* The reference for people: one page, no script. */

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\">"
    "<title>The API of mailscope</title><style>"
    ":root{color-scheme:light dark}"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em "
    "auto;padding:0 1em}"
    "code,pre{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}"
    "pre{padding:.8em 1em;border:1px solid #8886;border-radius:6px;"
    "overflow-x:auto}"
    "section{border-top:1px solid #8886;padding:.2em 0 1em}"
    "h2{margin-top:2em}h3{margin:.8em 0 .3em}h3 code{font:600 15px "
    "ui-monospace,monospace}"
    "p{margin:.3em 0}table{border-collapse:collapse;width:100%}"
    "td{padding:.15em 1em .15em 0;vertical-align:top}"
    "td:first-child{width:11em}td:nth-child(2){width:14em}"
    "nav a{margin-right:1em;white-space:nowrap}"
    ".common{opacity:.75}"
    "</style></head><body>\n<h1>The API of mailscope</h1>\n"
    "<p>What arrived over SMTP, and how, for the page, the command line and "
    "tests. For machines: <a href=\"openapi.json\">openapi.json</a> (OpenAPI "
    "3.1).</p>\n";

static const char conventions[] =
    "<h2>In short</h2>\n"
    "<p>Wait for a mail, and assert what it is; when it does not come, the "
    "answer says why, with what came nearest:</p>\n"
    "<pre>curl \"$MAILSCOPE_URL/api/messages?q=to:ada@example.test&amp;"
    "wait=5s\"\n"
    "curl -H 'Content-Type: application/json' \"$MAILSCOPE_URL/api/expect\" "
    "-d '\n"
    "  {\"match\": {\"to\": \"ada@example.test\", \"subject\": "
    "{\"contains\": \"Welcome\"}},\n"
    "   \"within_ms\": 5000}'</pre>\n"
    "<p>Lists are printed newest first, <code>limit</code> at a time; "
    "<code>next</code> is the value of the same parameter for the next page. "
    "Every change has a number, <code>seq</code>, that only grows: what came "
    "after it is asked with <code>since</code> everywhere, so nothing is lost "
    "between a list and a wait. Members are always there: what is unknown is "
    "<code>null</code>. Times are in UTC. Reading changes nothing.</p>\n"
    "<p>An error is a <a href=\"#Problem\">Problem</a> (RFC 9457). In types, "
    "<code>[X]</code> is a list, <code>{X}</code> an object with any keys, "
    "<code>X|Y</code> either, <code>=a b</code> one of these words, "
    "<code>X?</code> may be null.</p>\n";

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

static bool is_letter(char octet)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
}

/* A type, or what a route takes or gives, with links to the objects in it. */
static void add_type(struct buffer *out, const char *type)
{
    buffer_print(out, "<code>");
    while (*type != '\0') {
        size_t size = 0;
        while (is_letter(type[size])) {
            size++;
        }
        bool is_object = *type >= 'A' && *type <= 'Z';
        if (is_object && *type != '\0') {
            buffer_print(out, "<a href=\"#%.*s\">%.*s</a>", (int)size, type,
                         (int)size, type);
        } else {
            size = size > 0 ? size : 1;
            buffer_print(out, "%.*s", (int)size, type);
        }
        type += size;
    }
    buffer_print(out, "</code>");
}

static void add_row(struct buffer *out, const char *name, const char *type,
                    const char *sentence)
{
    buffer_print(out, "<tr><td><code>%s</code></td><td>", name);
    add_type(out, type);
    buffer_print(out, "</td><td>");
    add_escaped(out, sentence == NULL ? "" : sentence);
    buffer_print(out, "</td></tr>\n");
}

static void add_params(struct buffer *out, const struct route *route,
                       struct arena *arena)
{
    const char *list = route->params;
    const char *name;

    buffer_print(out, "%s", *list != '\0' ? "<table>\n" : "");
    while ((name = openapi_word(&list, arena)) != NULL) {
        const struct schema_param *param = schema_param(name);
        if (param != NULL) {
            add_row(out, name, param->type, param->sentence);
        }
    }
    buffer_print(out, "%s", route->params[0] != '\0' ? "</table>\n" : "");
}

/* "200 404:Unmet": the first is that of success, with its forms. */
static void add_answers(struct buffer *out, const struct route *route,
                        struct arena *arena)
{
    const char *list = route->statuses;
    const char *forms = route->answer;
    const char *said = openapi_word(&list, arena);
    const char *form;

    buffer_print(out, "<p>Answers <code>%s</code>", said);
    while ((form = openapi_word(&forms, arena)) != NULL) {
        size_t size = strcspn(form, "@");
        const char *name = arena_text(
            arena, (struct bytes){(const unsigned char *)form, size});
        buffer_print(out, " ");
        add_type(out, name);
    }
    while ((said = openapi_word(&list, arena)) != NULL) {
        size_t size = strcspn(said, ":");
        const char *meaning =
            openapi_meaning((unsigned)strtoul(said, NULL, 10));
        buffer_print(out, "<br><code>%.*s</code> ", (int)size, said);
        add_escaped(out, meaning == NULL ? "" : meaning);
        if (said[size] == ':') {
            buffer_print(out, " ");
            add_type(out, said + size + 1);
        }
    }
    buffer_print(out, " <span class=\"common\">(also %s)</span></p>\n",
                 openapi_common(route));
}

static void add_route(struct buffer *out, const struct route *route,
                      struct arena *arena)
{
    buffer_print(out, "<section><h3><code>%s %s</code></h3>\n<p>",
                 route->method, route->path);
    add_escaped(out, route->sentence);
    buffer_print(out, "</p>\n");
    add_params(out, route, arena);
    if (route->asks != NULL) {
        buffer_print(out, "<p>Takes ");
        add_type(out, route->asks);
        buffer_print(out, "</p>\n");
    }
    add_answers(out, route, arena);
    buffer_print(out, "</section>\n");
}

/* What every route may answer, once. */
static void add_common(struct buffer *out)
{
    static const unsigned common[] = {400, 401, 403, 413, 503};

    buffer_print(out, "<p>Any route:");
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        buffer_print(out, "<br><code>%u</code> ", common[i]);
        add_escaped(out, openapi_meaning(common[i]));
    }
    buffer_print(out, "</p>\n");
}

static void add_objects(struct buffer *out)
{
    const char *object = "";

    for (size_t i = 0; schema_field(i) != NULL; i++) {
        const struct schema_field *row = schema_field(i);
        if (strcmp(object, row->object) != 0) {
            const char *base = schema_base(row->object);
            buffer_print(out, "%s<section id=\"%s\"><h3>%s</h3>\n",
                         i > 0 ? "</table></section>\n" : "", row->object,
                         row->object);
            object = row->object;
            if (base != NULL) {
                buffer_print(out, "<p>All of ");
                add_type(out, base);
                buffer_print(out, ", and:</p>\n");
            }
            buffer_print(out, "<table>\n");
        }
        add_row(out, row->field, row->type, row->sentence);
    }
    buffer_print(out, "</table></section>\n");
}

/* What an expectation may name. */
static void add_fields(struct buffer *out)
{
    const struct match_name *row;

    buffer_print(out, "<h2 id=\"fields\">Fields of an expectation</h2>\n"
                      "<table>\n");
    for (size_t i = 0; (row = match_name_row(i)) != NULL; i++) {
        add_row(out, row->name,
                !row->of_sessions   ? "messages"
                : !row->of_messages ? "sessions"
                                    : "messages, sessions",
                row->sentence);
    }
    buffer_print(out, "</table>\n");
}

enum call_result openapi_page(struct call *call)
{
    size_t count;
    const struct route *rows = routes(&count);
    struct buffer out = {0};

    buffer_add(&out, BYTES(head));
    buffer_add(&out, BYTES(conventions));
    buffer_print(&out, "<h2>Routes</h2>\n");
    add_common(&out);
    for (size_t i = 0; i < count; i++) {
        if (openapi_has(&rows[i])) {
            add_route(&out, &rows[i], call->arena);
        }
    }
    add_fields(&out);
    buffer_print(&out, "<h2>Objects</h2>\n");
    add_objects(&out);
    buffer_print(&out, "</body></html>\n");
    call_content(call, "text/html; charset=utf-8", &out);
    http_field(call->http, "Content-Security-Policy",
               "default-src 'none'; style-src 'unsafe-inline'; base-uri "
               "'none'; form-action 'none'; frame-ancestors 'none'");
    return CALL_ANSWERED;
}
