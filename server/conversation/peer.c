/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "inbox/transcript/detail.h"
#include "server/conversation/conversation.h"
#include "server/peer/proxy.h"

/* What is said before SMTP, and instead of it: PROXY headers, TLS, silence. */

static void remark(struct conversation *conversation, struct bytes check,
                   struct bytes text)
{
    uint64_t heard = recorder_heard(conversation->recorder);
    recorder_remark(conversation->recorder,
                    &(struct recorder_remark){.check = check,
                                              .text = text,
                                              .dir = TRANSCRIPT_CLIENT,
                                              .place = {.offset = heard}});
}

void conversation_proxy(struct conversation *conversation,
                        const struct proxy_header *header)
{
    struct buffer json = {0};
    bool is_local = header->is_local;
    detail_open(&json);
    detail_number(&json, "version", header->version);
    detail_text(&json, "source", is_local ? NULL : header->source);
    detail_text(&json, "target", is_local ? NULL : header->target);
    detail_text(&json, "authority",
                header->authority[0] != '\0' ? header->authority : NULL);
    detail_bool(&json, "tls", header->has_tls);
    detail_text(&json, "through", recorder_peer(conversation->recorder));
    detail_close(&json);
    recorder_note(conversation->recorder, TRANSCRIPT_PROXY,
                  buffer_bytes(&json));
    if (!is_local) {
        recorder_set_peer(conversation->recorder, header->source);
    }
    recorder_set_proxy(conversation->recorder, detail_take(&json),
                       is_local ? NULL : header->target);
}

void conversation_no_proxy(struct conversation *conversation,
                           struct bytes input)
{
    recorder_arrived(conversation->recorder, input.size, TRANSCRIPT_PLAIN);
    recorder_unread(conversation->recorder, input);
    remark(conversation, BYTES("conn-proxy-header-missing"),
           BYTES("this listener expects a PROXY header first"));
    recorder_refused(conversation->recorder);
}

void conversation_plain_on_tls(struct conversation *conversation,
                               struct bytes input)
{
    struct buffer json = {0};
    recorder_arrived(conversation->recorder, input.size, TRANSCRIPT_PLAIN);
    recorder_unread(conversation->recorder, input);
    remark(conversation, BYTES("conn-plaintext-on-tls-port"),
           BYTES("a command came in the clear where TLS comes first"));
    detail_open(&json);
    detail_text(&json, "mode", "implicit");
    detail_text(&json, "version", NULL);
    detail_text(&json, "cipher", NULL);
    detail_text(&json, "group", NULL);
    detail_text(&json, "sni", NULL);
    detail_text(&json, "alpn", NULL);
    detail_bool(&json, "resumed", false);
    detail_json(&json, "client_cert", NULL);
    detail_text(&json, "client_version", NULL);
    detail_text(&json, "alert", NULL);
    detail_text(&json, "error",
                "what came is no TLS: the client speaks plain SMTP on this "
                "port");
    detail_close(&json);
    recorder_note(conversation->recorder, TRANSCRIPT_TLS_EVENT,
                  buffer_bytes(&json));
    recorder_set_tls(conversation->recorder, detail_take(&json));
    recorder_tls_failed(conversation->recorder);
}

void conversation_not_secured(struct conversation *conversation,
                              const struct conversation_failure *failure)
{
    struct recorder *recorder = conversation->recorder;
    conversation->has_failed_tls = true;
    recorder_tick(recorder);
    recorder_note(recorder, TRANSCRIPT_TLS_EVENT, bytes_of(failure->event));
    recorder_set_tls(recorder, failure->tls);
    recorder_tls_failed(recorder);
    remark(conversation,
           failure->is_cert_rejected ? BYTES("tls-cert-rejected")
                                     : BYTES("tls-handshake-failed"),
           bytes_of(failure->why));
}

void conversation_secured(struct conversation *conversation, char *tls,
                          const char *event, bool has_client_certificate)
{
    recorder_tick(conversation->recorder);
    recorder_note(conversation->recorder, TRANSCRIPT_TLS_EVENT,
                  bytes_of(event));
    recorder_set_tls(conversation->recorder, tls);
    conversation->layer = TRANSCRIPT_TLS;
    conversation->is_securing = false;
    conversation->has_certificate = has_client_certificate;
    if (conversation->session != NULL) {
        smtp_session_secured(conversation->session, has_client_certificate);
    }
}

void conversation_bind(struct conversation *conversation,
                       const struct conversation_channel *channel)
{
    conversation->channel = *channel;
}

void conversation_idle(struct conversation *conversation)
{
    recorder_tick(conversation->recorder);
    recorder_note(conversation->recorder, TRANSCRIPT_IDLE,
                  BYTES("the client was silent for too long"));
    remark(conversation, BYTES("conn-idle-timeout"),
           BYTES("no command came within the idle timeout"));
}
