/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "inbox/base/log.h"
#include "server/commands/serve.h"
#include "server/loop/listener.h"
#include "server/options/address.h"

/* Which sockets: those of the options, or the usual ports. */

static int open_one(struct serve *serve, enum listener_kind kind,
                    const struct address *address)
{
    char why[LISTENER_WHY_SIZE];
    char text[ADDRESS_TEXT_SIZE];
    const struct listener_asked asked = {
        kind, passed_take(&serve->passed, address_text(address, text)),
        address};
    if (listener_open(&serve->loop, &asked, why) != 0) {
        (void)snprintf(serve->why, sizeof(serve->why), "%s", why);
        return -1;
    }
    if (!address->is_unix && !address_is_loopback(address)) {
        log_line(LOG_WARN,
                 "%s can be reached from other machines: everybody there may "
                 "send mail to it (--smtp, --smtps, --lmtp)",
                 text);
    }
    return 0;
}

static int open_list(struct serve *serve, enum listener_kind kind,
                     const struct option_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct address address;
        char why[ADDRESS_WHY_SIZE];
        if (address_read(list->items[i], &address, why) != 0) {
            (void)snprintf(serve->why, sizeof(serve->why), "%s", why);
            return -1;
        }
        if (open_one(serve, kind, &address) != 0) {
            return -1;
        }
    }
    return 0;
}

/* 127.0.0.1 must be there; ::1 where the machine has it. */
static int open_default(struct serve *serve, enum listener_kind kind,
                        uint16_t port)
{
    struct address address = {.host = "127.0.0.1", .port = port};
    if (open_one(serve, kind, &address) != 0) {
        return -1;
    }
    if (port == 0) {
        return 0;
    }
    struct address twin = {.host = "::1", .port = port};
    const struct listener_asked asked = {kind, -1, &twin};
    char why[LISTENER_WHY_SIZE];
    if (listener_open(&serve->loop, &asked, why) != 0) {
        log_line(LOG_DEBUG, "%s", why);
    }
    return 0;
}

int serve_listen(struct serve *serve)
{
    const struct options *options = &serve->options;
    bool is_told =
        options->smtp.count + options->smtps.count + options->lmtp.count > 0;
    bool is_free = options->command != NULL;
    if (!is_told) {
        if (open_default(serve, LISTENER_SMTP, is_free ? 0 : 2525) != 0 ||
            open_default(serve, LISTENER_SMTPS, is_free ? 0 : 2465) != 0) {
            return -1;
        }
        return 0;
    }
    if (open_list(serve, LISTENER_SMTP, &options->smtp) != 0 ||
        open_list(serve, LISTENER_SMTPS, &options->smtps) != 0 ||
        open_list(serve, LISTENER_LMTP, &options->lmtp) != 0) {
        return -1;
    }
    return 0;
}

/* As it was really bound, whoever bound it. */
void serve_warn_of_page(const struct serve *serve)
{
    const char *host = strstr(webui_url(serve->webui), "//");
    char text[ADDRESS_TEXT_SIZE];
    char why[ADDRESS_WHY_SIZE];
    struct address address;
    if (host == NULL) {
        return; /* a unix socket */
    }
    (void)snprintf(text, sizeof(text), "%.*s", (int)strcspn(host + 2, "/"),
                   host + 2);
    if (address_read(text, &address, why) == 0 &&
        !address_is_loopback(&address)) {
        log_line(LOG_WARN,
                 "%s can be reached from other machines: %s may read all mail "
                 "(--http)",
                 text,
                 serve->options.http_auth == NULL
                     ? "everybody there (see --http-auth)"
                     : "whoever knows the login of --http-auth");
    }
}
