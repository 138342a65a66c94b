/* SPDX-License-Identifier: MIT */
#ifndef SERVER_COMMANDS_SERVE_H
#define SERVER_COMMANDS_SERVE_H

#include "server/commands/serve_notify.h"
#include "server/loop/control.h"
#include "server/loop/loop.h"
#include "server/options/options.h"
#include "server/tls/certificates.h"
#include "webui/webui.h"

/* Everything that runs, put together. */

#define SERVE_WHY_SIZE 1024
#define SERVE_LIMITS 10

struct serve {
    struct options options;
    struct inbox *inbox;
    struct certificates certificates;
    struct loop loop;
    struct control *control;
    struct webui_options web;
    struct webui_limit limits[SERVE_LIMITS];
    struct webui *webui;
    struct passed passed;
    struct child *child;
    char http[300]; /* address of the page */
    bool has_loop;
    char why[SERVE_WHY_SIZE]; /* why it cannot start */
};

/* Binds what the options say, or the defaults. 0; -1 with serve->why. */
int serve_listen(struct serve *serve);

/* Warns when the page can be reached from other machines. */
void serve_warn_of_page(const struct serve *serve);

/* Says on stdout and in the ready file where we are. 0; -1 with serve->why. */
int serve_show(struct serve *serve);

/* Starts options.command, if there is one, with MAILSCOPE_URL, SMTP_HOST and
 * SMTP_PORT; its end is ours. 0; -1 with serve->why. */
int serve_start_child(struct serve *serve);

/* Asks it to end. */
void serve_stop_child(struct serve *serve);

/* Its exit status; 0 when there was none. Frees what it took. */
int serve_child_status(struct serve *serve);

#endif
