/* SPDX-License-Identifier: MIT */
#include "webui/webui.h"

#include "inbox/base/clock.h"
#include "webui/call/call.h"
#include "webui/call/readers.h"
#include "webui/dispatch.h"
#include "webui/follow/follower.h"
#include "webui/http/auth.h"
#include "webui/json/json.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What needs escaping neither in a URL nor in the page. */
#define PREFIX_OCTETS \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-._~"

/* "/mail/" to its segments; a wrong one is -1. */
static int read_prefix(struct webui *webui, const char *path,
                       char error_out[WEBUI_ERROR_SIZE])
{
    const char *rest = path == NULL ? "" : path;

    if (*rest != '\0' &&
        (*rest != '/' || rest[strspn(rest, PREFIX_OCTETS)] != '\0')) {
        snprintf(error_out, WEBUI_ERROR_SIZE,
                 "--http-path %s: expected a path such as /mail, of letters, "
                 "digits and - . _ ~",
                 path);
        return -1;
    }
    while (*rest != '\0') {
        rest += strspn(rest, "/");
        size_t size = strcspn(rest, "/");
        if (size == 0) {
            break;
        }
        webui->prefix = memory_resize(webui->prefix, (webui->prefix_count + 1) *
                                                         sizeof *webui->prefix);
        webui->prefix[webui->prefix_count++] =
            memory_copy(bytes_part(bytes_of(rest), 0, size));
        rest += size;
    }
    return 0;
}

static void set_base(struct webui *webui)
{
    struct buffer base = {0};

    for (size_t i = 0; i < webui->prefix_count; i++) {
        buffer_print(&base, "/%s", webui->prefix[i]);
    }
    buffer_add_byte(&base, '\0');
    webui->base = (char *)base.at;
}

static void set_url(struct webui *webui)
{
    webui->url = memory_print("%s%s", http_url(webui->http), webui->base);
}

static void free_all(struct webui *webui)
{
    http_stop(webui->http);
    follower_free(webui->follower);
    readers_free(webui->readers);
    auth_free(webui->auth);
    for (size_t i = 0; i < webui->prefix_count; i++) {
        free(webui->prefix[i]);
    }
    free(webui->prefix);
    free(webui->url);
    free(webui->base);
    free(webui);
}

static void stop_threads(struct webui *webui)
{
    if (webui->follower != NULL) {
        follower_stop(webui->follower);
    }
    if (webui->readers != NULL) {
        readers_stop(webui->readers);
    }
}

static int start_threads(struct webui *webui, char error_out[WEBUI_ERROR_SIZE])
{
    webui->readers = readers_start(dispatch_on_reader);
    webui->follower = webui->readers == NULL ? NULL : follower_start(webui);
    if (webui->follower == NULL) {
        snprintf(error_out, WEBUI_ERROR_SIZE,
                 "no thread can be made; raise the limit of processes");
        return -1;
    }
    return 0;
}

static int start_http(struct webui *webui, char error_out[WEBUI_ERROR_SIZE])
{
    struct http_options options = {
        .address = webui->options->address,
        .listen_socket = webui->options->listen_socket,
        .tls_cert_pem = webui->options->tls_cert_pem,
        .tls_key_pem = webui->options->tls_key_pem,
        .handler = {.context = webui,
                    .on_head = dispatch_head,
                    .on_request = dispatch_request,
                    .on_too_large = dispatch_too_large,
                    .on_end = dispatch_end}};

    webui->http = http_start(&options, error_out);
    return webui->http == NULL ? -1 : 0;
}

struct webui *webui_start(const struct webui_options *options,
                          char error_out[WEBUI_ERROR_SIZE])
{
    struct webui *webui = memory_new(sizeof *webui);

    webui->options = options;
    webui->inbox = options->inbox;
    webui->host = &options->host;
    webui->secret = hash_key_new();
    webui->started_at_us = clock_now_us();
    json_prepare();
    if (options->auth != NULL) {
        webui->auth = auth_new(options->auth, error_out);
    }
    bool is_wrong = (options->auth != NULL && webui->auth == NULL) ||
                    read_prefix(webui, options->path, error_out) != 0;
    set_base(webui);
    if (is_wrong || start_threads(webui, error_out) != 0 ||
        start_http(webui, error_out) != 0) {
        stop_threads(webui);
        free_all(webui);
        return NULL;
    }
    set_url(webui);
    return webui;
}

int64_t webui_asked_us(const struct webui *webui)
{
    return atomic_load(&webui->asked_us);
}

const char *webui_url(const struct webui *webui)
{
    return webui->url;
}

void webui_stop(struct webui *webui)
{
    if (webui == NULL) {
        return;
    }
    http_quiesce(webui->http);
    stop_threads(webui);
    free_all(webui);
}
