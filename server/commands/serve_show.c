/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inbox/base/log.h"
#include "inbox/transcript/detail.h"
#include "server/commands/serve.h"
#include "server/conversation/announcer.h"
#include "server/loop/listener.h"
#include "server/options/version.h"

/* Where we are, for people and for programs. */

static void add_addresses(struct buffer *out, const struct listener *at,
                          enum listener_kind kind)
{
    if (at == NULL) {
        return;
    }
    /* The list has the newest first. */
    add_addresses(out, at->next, kind);
    if (at->kind == kind) {
        char quoted[ADDRESS_TEXT_SIZE * 2];
        size_t used = 0;
        for (const char *c = at->text; *c != '\0'; c++) {
            if (*c == '"' || *c == '\\') {
                quoted[used++] = '\\';
            }
            quoted[used++] = *c;
        }
        buffer_print(out, "%s\"%.*s\"",
                     out->size > 0 && out->at[out->size - 1] != '[' ? "," : "",
                     (int)used, quoted);
    }
}

static void add_list(struct buffer *out, const struct serve *serve,
                     enum listener_kind kind, const char *key)
{
    struct buffer list = {0};
    buffer_add_byte(&list, '[');
    add_addresses(&list, serve->loop.listeners, kind);
    buffer_add(&list, BYTES("]"));
    char *json = detail_take(&list);
    detail_json(out, key, json);
    free(json);
}

static int write_ready_file(struct serve *serve)
{
    struct buffer out = {0};
    const char *path = serve->options.ready_file;
    if (path == NULL) {
        return 0;
    }
    detail_open(&out);
    detail_number(&out, "pid", (uint64_t)getpid());
    add_list(&out, serve, LISTENER_SMTP, "smtp");
    add_list(&out, serve, LISTENER_SMTPS, "smtps");
    add_list(&out, serve, LISTENER_LMTP, "lmtp");
    detail_text(&out, "http", webui_url(serve->webui));
    detail_close(&out);
    buffer_add_byte(&out, '\n');
    char *text = detail_take(&out);
    int result = write_whole(path, text);
    if (result != 0) {
        (void)snprintf(serve->why, sizeof(serve->why),
                       "cannot write the ready file %.300s: %s; choose "
                       "another --ready-file",
                       path, strerror(errno));
    }
    free(text);
    return result;
}

static void print_kind(const struct serve *serve, const struct listener *at)
{
    static const char *const words[] = {"SMTP", "SMTP in TLS", "LMTP"};
    if (at == NULL) {
        return;
    }
    print_kind(serve, at->next);
    announcer_add(serve->loop.announcer, "  %-12s %s", words[at->kind],
                  at->text);
}

/* A line that can be copied, for the first SMTP port. */
static void print_try(const struct serve *serve)
{
    const struct listener *first = NULL;
    for (const struct listener *at = serve->loop.listeners; at != NULL;
         at = at->next) {
        if (at->kind == LISTENER_SMTP && !at->address.is_unix) {
            first = at;
        }
    }
    if (first != NULL) {
        announcer_add(serve->loop.announcer,
                      "  try it       mailscope send --server %s "
                      "you@example.test",
                      first->text);
    }
}

int serve_show(struct serve *serve)
{
    if (write_ready_file(serve) != 0) {
        return -1;
    }
    announcer_add(serve->loop.announcer, "mailscope %s", version_text());
    print_kind(serve, serve->loop.listeners);
    announcer_add(serve->loop.announcer, "  %-12s %s", "page",
                  webui_url(serve->webui));
    print_try(serve);
    announcer_flush(serve->loop.announcer);
    notify_manager("READY=1");
    return 0;
}
