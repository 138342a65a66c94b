/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/conversation.h"
#include "server/detail.h"

/* AUTH and XCLIENT: who the client says it is. */

static void set_login(struct conversation *conversation, struct bytes user)
{
    free(conversation->login);
    conversation->login = memory_new(user.size + 1);
    if (user.size > 0) {
        memcpy(conversation->login, user.at, user.size);
    }
}

static void note_login(struct conversation *conversation,
                       const struct smtp_login *login, bool is_accepted)
{
    struct buffer json = {0};
    detail_open(&json);
    detail_bytes(&json, "mechanism", login->mechanism);
    detail_bytes(&json, "user", login->user);
    detail_bytes(&json, "authzid", login->authzid);
    detail_bool(&json, "success", is_accepted);
    detail_close(&json);
    recorder_set_auth(conversation->recorder, detail_take(&json));
    recorder_auth_failed(conversation->recorder, !is_accepted);
    if (is_accepted) {
        set_login(conversation, login->user);
    } else {
        COUNT(conversation->service->counters->auth_failures);
    }
}

void conversation_auth(struct conversation *conversation,
                       const struct smtp_event *event)
{
    struct smtp_reply reply = event->proposed;
    bool is_decided = reply.code == 235 || reply.code == 535;
    if (is_decided) {
        note_login(conversation, &event->login, reply.code == 235);
    }
    conversation_answer(conversation, event, &reply);
}

/* The value of an attribute; xtext is the engine's affair. */
static struct bytes attribute(const struct smtp_event *event, const char *name)
{
    for (size_t i = 0; i < event->param_count; i++) {
        const struct smtp_param *param = &event->params[i];
        if (bytes_equal_nocase(param->keyword, bytes_of(name)) &&
            param->has_value && param->value.size > 0 &&
            param->value.at[0] != '[') {
            return param->value;
        }
    }
    return (struct bytes){0};
}

void conversation_xclient(struct conversation *conversation,
                          const struct smtp_event *event)
{
    if (event->proposed.code < 400) {
        struct bytes address = attribute(event, "ADDR");
        struct bytes port = attribute(event, "PORT");
        struct bytes login = attribute(event, "LOGIN");
        struct bytes helo = attribute(event, "HELO");
        if (bytes_start_nocase(address, BYTES("IPV6:"))) {
            address = bytes_part(address, 5, address.size);
        }
        if (address.size > 0 && address.size < 64 && port.size < 6) {
            char peer[80];
            bool is_v6 = memchr(address.at, ':', address.size) != NULL;
            (void)snprintf(peer, sizeof(peer),
                           is_v6 ? "[%.*s]:%.*s" : "%.*s:%.*s",
                           (int)address.size, (const char *)address.at,
                           port.size > 0 ? (int)port.size : 1,
                           port.size > 0 ? (const char *)port.at : "0");
            recorder_set_peer(conversation->recorder, peer);
        }
        if (login.size > 0) {
            note_login(conversation,
                       &(struct smtp_login){.mechanism = BYTES("XCLIENT"),
                                            .user = login},
                       true);
        }
        if (helo.size > 0) {
            recorder_set_helo(conversation->recorder, "EHLO", helo);
        }
    }
    conversation_answer(conversation, event, &event->proposed);
}
