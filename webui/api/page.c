/* SPDX-License-Identifier: MIT */
#include "webui/api/page.h"

#include "webui/call/router.h"

#include <stdio.h>
#include <string.h>

#define FILE_BYTES ((size_t)16 * 1024 * 1024)

static const char shell_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "base-uri 'self'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

bool page_is_wanted(const struct call *call, size_t skip)
{
    const char *first =
        call->target.segment_count > skip ? call->target.segments[skip] : "";
    const char *accept = http_header(call->http, "Accept");

    return strcmp(call->http->method, "GET") == 0 && accept != NULL &&
           strstr(accept, "text/html") != NULL && strcmp(first, "api") != 0 &&
           strcmp(first, "preview") != 0 && strcmp(first, "assets") != 0;
}

static void set_fields(struct call *call, const char *etag)
{
    http_field(call->http, "Content-Security-Policy", shell_policy);
    http_field(call->http, "Cross-Origin-Opener-Policy", "same-origin");
    http_field(call->http, "Vary", "Accept-Encoding");
    if (etag != NULL) {
        http_field(call->http, "Cache-Control", "no-cache");
        http_field(call->http, "ETag", etag);
    }
}

static bool takes_gzip(const struct call *call)
{
    const char *accept = http_header(call->http, "Accept-Encoding");
    const char *at = accept == NULL ? NULL : strstr(accept, "gzip");

    return at != NULL && strncmp(at, "gzip;q=0", 8) != 0;
}

static void answer_file(struct call *call, const struct page_file *file)
{
    struct http_answer *answer = &call->http->answer;
    const char *known = http_header(call->http, "If-None-Match");
    struct bytes plain = {file->at, (size_t)(file->end - file->at)};

    set_fields(call, file->etag);
    if (known != NULL && strstr(known, file->etag) != NULL) {
        answer->status = 304;
        return;
    }
    answer->status = 200;
    http_field(call->http, "Content-Type", file->type);
    answer->still = plain;
    if (takes_gzip(call)) {
        http_field(call->http, "Content-Encoding", "gzip");
        answer->still = (struct bytes){
            file->gzip_at, (size_t)(file->gzip_end - file->gzip_at)};
    }
}

static const struct page_file *find_file(const char *path)
{
    for (const struct page_file *at = page_files; at->path != NULL; at++) {
        if (strcmp(at->path, path) == 0) {
            return at;
        }
    }
    return NULL;
}

/* ---- --ui-dir: for work on the page itself */

static const char *type_of(const char *path)
{
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"}};
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot != NULL && i < sizeof types / sizeof *types; i++) {
        if (strcmp(dot, types[i][0]) == 0) {
            return types[i][1];
        }
    }
    return "application/octet-stream";
}

static bool read_file(struct call *call, const char *path, struct buffer *out)
{
    FILE *file = fopen(
        arena_print(call->arena, "%s%s", call->webui->options->page_dir, path),
        "rbe");

    if (file == NULL) {
        return false;
    }
    unsigned char *room = buffer_room(out, FILE_BYTES);
    out->size += fread(room, 1, FILE_BYTES, file);
    (void)fclose(file);
    return true;
}

/* ---- routes */

/* The place in the text where <base href="/"> gets its prefix. */
static void add_with_base(const struct call *call, struct bytes text,
                          struct buffer *out)
{
    static const char mark[] = "<base href=\"/";
    const unsigned char *at = memmem(text.at, text.size, mark, sizeof mark - 1);
    size_t head =
        at == NULL ? text.size : (size_t)(at - text.at) + sizeof mark - 2;

    buffer_add(out, bytes_part(text, 0, head));
    if (at != NULL) {
        buffer_print(out, "%s", call->webui->base);
        buffer_add(out, bytes_part(text, head, text.size - head));
    }
}

static void answer_built(struct call *call, struct bytes text)
{
    struct buffer page = {0};

    add_with_base(call, text, &page);
    call_content(call, "text/html; charset=utf-8", &page);
    set_fields(call, NULL);
}

enum call_result page_index(struct call *call)
{
    const struct page_file *file = find_file("/index.html");
    struct buffer text = {0};

    if (call->webui->options->page_dir != NULL &&
        read_file(call, "/index.html", &text)) {
        answer_built(call, buffer_bytes(&text));
        buffer_free(&text);
        return CALL_ANSWERED;
    }
    if (file == NULL) {
        return call_refuse(call, 404,
                           "this mailscope was built without its page; the API "
                           "is described at /api/");
    }
    if (call->webui->base[0] == '\0') {
        answer_file(call, file);
    } else {
        answer_built(call,
                     (struct bytes){file->at, (size_t)(file->end - file->at)});
    }
    return CALL_ANSWERED;
}

/* Decoded segments may hold anything: only plain names are looked up. */
static const char *path_of(struct call *call)
{
    const char *name = call->words[0];
    bool is_asset = strcmp(call->route->path, "/{file}") != 0;

    if (name[0] == '.' || strchr(name, '/') != NULL) {
        return NULL;
    }
    return arena_print(call->arena, "%s/%s", is_asset ? "/assets" : "", name);
}

enum call_result page_asset(struct call *call)
{
    const char *path = path_of(call);
    const struct page_file *file = path == NULL ? NULL : find_file(path);
    struct buffer text = {0};

    if (path != NULL && call->webui->options->page_dir != NULL &&
        read_file(call, path, &text)) {
        call_content(call, type_of(path), &text);
        set_fields(call, NULL);
        return CALL_ANSWERED;
    }
    if (file != NULL) {
        answer_file(call, file);
        return CALL_ANSWERED;
    }
    if (page_is_wanted(call, call->webui->prefix_count) ||
        page_is_wanted(call, 0)) {
        return page_index(call);
    }
    return call_refuse(call, 404, "there is no such file");
}
