/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "inbox/base/memory.h"
#include "server/commands/serve.h"
#include "server/loop/listener.h"

/* `mailscope serve -- COMMAND...`: a test run with a server of its own. */

extern char **environ;

#define OURS 3

struct child {
    uv_process_t handle;
    struct loop *loop;
    int status;
    char ours[OURS][400];
};

static void on_child_exit(uv_process_t *handle, int64_t status, int number)
{
    struct child *child = handle->data;
    /* As shells say it: 128 and the signal. */
    child->status = number != 0 ? 128 + number : (int)status;
    uv_close((uv_handle_t *)handle, NULL);
    loop_stop(child->loop);
}

static bool is_ours(const char *entry)
{
    return strncmp(entry, "MAILSCOPE_URL=", 14) == 0 ||
           strncmp(entry, "SMTP_HOST=", 10) == 0 ||
           strncmp(entry, "SMTP_PORT=", 10) == 0;
}

/* Our environment, with where we listen. Only the list is allocated. */
static char **environment(struct serve *serve, struct child *child)
{
    const struct listener *first = NULL;
    size_t count = 0;
    for (const struct listener *at = serve->loop.listeners; at != NULL;
         at = at->next) {
        if (at->kind == LISTENER_SMTP && !at->address.is_unix) {
            first = at; /* the list has the newest first */
        }
    }
    while (environ[count] != NULL) {
        count++;
    }
    char **list = memory_new((count + OURS + 1) * sizeof(*list));
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_ours(environ[i])) {
            list[used++] = environ[i];
        }
    }
    (void)snprintf(child->ours[0], sizeof(child->ours[0]), "MAILSCOPE_URL=%s",
                   webui_url(serve->webui));
    list[used++] = child->ours[0];
    if (first != NULL) {
        (void)snprintf(child->ours[1], sizeof(child->ours[1]), "SMTP_HOST=%s",
                       first->address.host);
        (void)snprintf(child->ours[2], sizeof(child->ours[2]), "SMTP_PORT=%u",
                       first->address.port);
        list[used++] = child->ours[1];
        list[used++] = child->ours[2];
    }
    return list;
}

int serve_start_child(struct serve *serve)
{
    if (serve->options.command == NULL) {
        return 0;
    }
    struct child *child = memory_new(sizeof(*child));
    uv_stdio_container_t files[3];
    for (int i = 0; i < 3; i++) {
        files[i].flags = UV_INHERIT_FD;
        files[i].data.fd = i;
    }
    char **list = environment(serve, child);
    uv_process_options_t options = {.exit_cb = on_child_exit,
                                    .file = serve->options.command[0],
                                    .args = serve->options.command,
                                    .env = list,
                                    .stdio = files,
                                    .stdio_count = 3};
    child->loop = &serve->loop;
    child->handle.data = child;
    serve->child = child;
    int error = uv_spawn(&serve->loop.uv, &child->handle, &options);
    free(list);
    if (error != 0) {
        (void)snprintf(serve->why, sizeof(serve->why), "cannot run %.200s: %s",
                       serve->options.command[0], uv_strerror(error));
        return -1;
    }
    return 0;
}

void serve_stop_child(struct serve *serve)
{
    struct child *child = serve->child;
    if (child != NULL && uv_is_active((uv_handle_t *)&child->handle)) {
        (void)uv_process_kill(&child->handle, SIGTERM);
    }
}

int serve_child_status(struct serve *serve)
{
    int status = serve->child != NULL ? serve->child->status : 0;
    free(serve->child);
    serve->child = NULL;
    return status;
}
