/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inbox/transcript/detail.h"
#include "server/conversation/conversation.h"
#include "server/login/accounts.h"
#include "server/login/scram.h"
#include "server/smtp/params.h"

/* AUTH and XCLIENT: who the client says it is. */

static void set_login(struct conversation *conversation, struct bytes user)
{
    free(conversation->login);
    conversation->login = memory_copy(user);
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

static const struct smtp_reply refusal = {
    .code = 535,
    .enhanced = "5.7.8",
    .text = {(const unsigned char *)"Authentication credentials invalid", 34}};

/* Octets that nobody can guess, as printable text (RFC 5802 5.1: no comma). */
static struct bytes nonce(char into[37])
{
    unsigned char octets[18] = {0};
    if (getentropy(octets, sizeof(octets)) != 0) {
        abort();
    }
    for (size_t i = 0; i < sizeof(octets); i++) {
        (void)snprintf(into + 2 * i, 3, "%02x", octets[i]);
    }
    return (struct bytes){(const unsigned char *)into, 36};
}

static void begin_scram(struct conversation *conversation,
                        const struct smtp_login *login)
{
    const struct service *service = conversation->service;
    char text[37];
    const uint32_t plus = SMTP_SCRAM_SHA_1_PLUS | SMTP_SCRAM_SHA_256_PLUS;
    bool is_secure = conversation->layer == TRANSCRIPT_TLS;
    const struct conversation_channel *channel = &conversation->channel;
    unsigned char binding[64];
    const char *type = NULL;
    size_t size = is_secure && channel->binding != NULL
                      ? channel->binding(channel->tls, binding, &type)
                      : 0;
    struct scram_start start = {
        .accounts = service->accounts,
        .mechanism = login->mechanism,
        .nonce = nonce(text),
        .binding_type = type,
        .binding = {binding, size},
        .offers_plus =
            is_secure && (service->policy.tls_mechanisms & plus) != 0};
    conversation->scram = scram_new(&start);
}

static void end_scram(struct conversation *conversation)
{
    scram_free(conversation->scram);
    conversation->scram = NULL;
}

/* A message of SCRAM: another challenge, or the decision. */
static void step_scram(struct conversation *conversation,
                       const struct smtp_event *event)
{
    struct buffer challenge = {0};
    struct smtp_login login = event->login;
    struct smtp_reply reply = refusal;
    if (conversation->scram == NULL) {
        begin_scram(conversation, &login);
    }
    enum scram_outcome outcome =
        scram_step(conversation->scram, login.response, &challenge);
    login.user = scram_user(conversation->scram);
    if (outcome == SCRAM_CHALLENGE) {
        reply =
            (struct smtp_reply){.code = 334, .text = buffer_bytes(&challenge)};
    } else {
        if (outcome == SCRAM_ACCEPTED) {
            reply = (struct smtp_reply){235, "2.7.0",
                                        BYTES("Authentication successful")};
        }
        note_login(conversation, &login, outcome == SCRAM_ACCEPTED);
        end_scram(conversation);
    }
    conversation_answer(conversation, event, &reply);
    buffer_free(&challenge);
}

void conversation_auth(struct conversation *conversation,
                       const struct smtp_event *event)
{
    const struct accounts *accounts = conversation->service->accounts;
    struct smtp_reply reply = event->proposed;
    if (event->login.is_step && accounts != NULL) {
        step_scram(conversation, event);
        return;
    }
    end_scram(conversation);
    if (event->login.is_complete) {
        if (accounts != NULL && !accounts_allow(accounts, &event->login)) {
            reply = refusal;
        }
        note_login(conversation, &event->login, reply.code < 400);
    }
    conversation_answer(conversation, event, &reply);
}

/* The value of an attribute, in `into`; empty when it is not known. */
static struct bytes attribute(const struct smtp_event *event, const char *name,
                              struct buffer *into)
{
    into->size = 0;
    for (size_t i = 0; i < event->param_count; i++) {
        const struct smtp_param *param = &event->params[i];
        if (bytes_equal_nocase(param->keyword, bytes_of(name)) &&
            param->value.size > 0 && param->value.at[0] != '[') {
            param_decode_xtext(param->value, into);
        }
    }
    return buffer_bytes(into);
}

/* The client behind a proxy takes the proxy's place as peer. */
static void set_peer(struct conversation *conversation, struct bytes address,
                     struct bytes port)
{
    char peer[80];
    if (bytes_start_nocase(address, BYTES("IPV6:"))) {
        address = bytes_part(address, 5, address.size);
    }
    if (address.size == 0 || address.size >= 64 || port.size >= 6) {
        return;
    }
    bool is_v6 = memchr(address.at, ':', address.size) != NULL;
    port = port.size > 0 ? port : BYTES("0");
    (void)snprintf(peer, sizeof(peer), is_v6 ? "[%.*s]:%.*s" : "%.*s:%.*s",
                   (int)address.size, (const char *)address.at, (int)port.size,
                   (const char *)port.at);
    recorder_set_peer(conversation->recorder, peer);
}

void conversation_xclient(struct conversation *conversation,
                          const struct smtp_event *event)
{
    struct buffer one = {0};
    struct buffer other = {0};
    if (event->proposed.code < 400) {
        set_peer(conversation, attribute(event, "ADDR", &one),
                 attribute(event, "PORT", &other));
        struct bytes login = attribute(event, "LOGIN", &one);
        struct bytes helo = attribute(event, "HELO", &other);
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
    buffer_free(&one);
    buffer_free(&other);
    conversation_answer(conversation, event, &event->proposed);
}
