/* SPDX-License-Identifier: MIT */
#include "server/smtp/state.h"

#include <stdlib.h>
#include <string.h>

#include "inbox/base/base64.h"
#include "inbox/base/memory.h"
#include "server/smtp/reply.h"
#include "server/smtp/sasl.h"

/* Without an initial response this is as long as AUTH may be (RFC 4954 4). */
#define COMMAND_LINE 512

/* What base64 clients wrap at, as if it were mail. */
#define WRAPPED_LINE 76

/* An AUTH exchange under way. */
struct smtp_auth {
    struct sasl_exchange exchange;
    struct buffer encoded;     /* the challenge that goes out */
    struct smtp_reply refusal; /* OAuth: what follows the error's 334 */
    char *refusal_text;
    bool is_refused;
    bool is_complete; /* the question is whether this login may */
};

static const char *const oauth_errors[] = {
    "{\"status\":\"401\",\"schemes\":\"bearer\",\"scope\":\"mail\"}",
    "{\"status\":\"invalid_token\",\"scope\":\"mail\"}"};

uint32_t smtp_auth_offered(const struct smtp_session *session)
{
    const struct smtp_policy *policy = session->policy;
    uint32_t offered =
        session->is_secure ? policy->tls_mechanisms : policy->mechanisms;
    if (!session->has_certificate) {
        offered &= ~(uint32_t)SMTP_EXTERNAL;
    }
    return smtp_has(session, SMTP_AUTH) ? offered : 0;
}

void smtp_auth_end(struct smtp_session *session)
{
    if (session->auth == NULL) {
        return;
    }
    sasl_free(&session->auth->exchange);
    buffer_free(&session->auth->encoded);
    free(session->auth->refusal_text);
    free(session->auth);
    session->auth = NULL;
}

static void remark_mechanism(struct smtp_session *session,
                             const struct smtp_event *event,
                             const struct sasl_mechanism *mechanism)
{
    uint32_t offered = smtp_auth_offered(session);
    bool has_better =
        (offered & (SMTP_SCRAM_SHA_1 | SMTP_SCRAM_SHA_256)) != 0 ||
        (session->is_secure && (offered & SMTP_PLAIN) != 0);
    if (mechanism->is_clear && !session->is_secure) {
        smtp_remark(session, event, CHECK_AUTH_CLEAR);
    }
    if (mechanism->bit == SMTP_CRAM_MD5 && has_better) {
        smtp_remark(session, event, CHECK_WEAK_MECHANISM);
    }
    if (event->line.size > COMMAND_LINE) {
        smtp_remark(session, event, CHECK_INITIAL_LONG);
    }
}

static void remark_login(struct smtp_session *session,
                         const struct smtp_event *event)
{
    const struct smtp_login *login = &event->login;
    if (sasl_has_space(login->user) || sasl_has_space(login->secret)) {
        smtp_remark(session, event, CHECK_CREDENTIAL_SPACE);
    }
    if (sasl_is_placeholder(login->user) ||
        sasl_is_placeholder(login->secret)) {
        smtp_remark(session, event, CHECK_PLACEHOLDER);
    }
}

static void propose_challenge(struct smtp_event *event, struct bytes challenge)
{
    smtp_propose(event, 334, "", "");
    event->proposed.text = challenge;
}

static void complete(struct smtp_session *session, struct smtp_event *event)
{
    event->login.is_complete = true;
    session->auth->is_complete = true;
    remark_login(session, event);
    smtp_propose(event, 235, "2.7.0", "Authentication succeeded");
}

/* A whole message of the mechanism is there. */
static void take_message(struct smtp_session *session, struct smtp_event *event)
{
    struct sasl_exchange *exchange = &session->auth->exchange;
    const struct sasl_mechanism *mechanism = exchange->mechanism;
    bool is_plain = mechanism->bit == SMTP_PLAIN;
    event->login.mechanism = bytes_of(mechanism->name);
    event->login.response = buffer_bytes(&exchange->message);
    exchange->is_sloppy = false;
    switch (mechanism->read(exchange, &event->login)) {
    case SASL_ASK:
        propose_challenge(event, exchange->challenge);
        return;
    case SASL_STEP:
        event->login.is_step = true;
        smtp_propose(event, 535, "5.7.8", "Authentication failed");
        return;
    case SASL_NO_USER:
        smtp_remark(session, event, CHECK_EMPTY_USER);
        smtp_propose(event, 535, "5.7.8", "The user name is empty");
        return;
    case SASL_MALFORMED:
        if (is_plain || mechanism->is_oauth) {
            smtp_remark(session, event,
                        is_plain ? CHECK_PLAIN_MALFORMED
                                 : CHECK_OAUTH_MALFORMED);
        }
        smtp_propose(event, 535, "5.7.8",
                     "The response does not fit the mechanism");
        return;
    case SASL_COMPLETE:
        break;
    }
    if (exchange->is_sloppy) {
        smtp_remark(session, event, CHECK_OAUTH_MALFORMED);
    }
    if (exchange->is_sloppy && smtp_is_strict(session)) {
        smtp_propose(event, 535, "5.7.8", "The response lacks its separators");
        return;
    }
    complete(session, event);
}

/* Decodes `text` as the message under way; -1 after a refusal. */
static int decode(struct smtp_session *session, struct smtp_event *event,
                  struct bytes text)
{
    struct buffer *message = &session->auth->exchange.message;
    message->size = 0;
    if (base64_decode(text, message) == 0) {
        return 0;
    }
    smtp_remark(session, event, CHECK_AUTH_BASE64);
    smtp_propose(event, 501, "5.5.2", "That is no base64");
    return -1;
}

static void begin(struct smtp_session *session, struct smtp_event *event,
                  const struct sasl_mechanism *mechanism, struct bytes initial)
{
    struct smtp_auth *auth = memory_new(sizeof(*auth));
    smtp_auth_end(session);
    session->auth = auth;
    auth->exchange.mechanism = mechanism;
    auth->exchange.challenge = bytes_of(
        mechanism->first == NULL ? session->challenge : mechanism->first);
    if (initial.size == 0) {
        event->login.mechanism = bytes_of(mechanism->name);
        propose_challenge(event, auth->exchange.challenge);
        return;
    }
    session->asked_sync =
        mechanism->is_one_round ? SYNC_GROUP : session->asked_sync;
    if (bytes_equal(initial, BYTES("="))) {
        initial.size = 0; /* RFC 4954 4: an empty one is written so */
    }
    if (decode(session, event, initial) == 0) {
        take_message(session, event);
    }
}

/* Whether AUTH may come at all. True when a refusal is proposed. */
static bool is_untimely(struct smtp_session *session, struct smtp_event *event)
{
    if (session->hello != HELLO_EHLO) {
        smtp_remark(session, event, CHECK_AUTH_BEFORE_EHLO);
        smtp_propose(event, 503, "5.5.1",
                     session->policy->is_lmtp ? "Send LHLO first"
                                              : "Send EHLO first");
        return true;
    }
    if (session->is_authenticated) {
        smtp_remark(session, event, CHECK_AUTH_TWICE);
        smtp_propose(event, 503, "5.5.1", "Authenticated already");
        return true;
    }
    return false;
}

/* EXTERNAL inside TLS, where only the certificate is missing. */
static bool lacks_certificate(const struct smtp_session *session,
                              const struct sasl_mechanism *mechanism)
{
    return mechanism != NULL && mechanism->bit == SMTP_EXTERNAL &&
           session->is_secure && !session->has_certificate &&
           (session->policy->tls_mechanisms & SMTP_EXTERNAL) != 0;
}

/* "AUTH" SP mechanism [SP initial-response] (RFC 4954 4) */
void smtp_auth_ask(struct smtp_session *session, struct smtp_event *event)
{
    struct bytes text = event->argument;
    if (is_untimely(session, event)) {
        return;
    }
    const unsigned char *space = memchr(text.at, ' ', text.size);
    size_t size = space == NULL ? text.size : (size_t)(space - text.at);
    struct bytes initial = bytes_part(text, size + 1, text.size);
    const struct sasl_mechanism *mechanism =
        sasl_find(bytes_part(text, 0, size));
    if (mechanism == NULL ||
        (smtp_auth_offered(session) & mechanism->bit) == 0) {
        smtp_remark(session, event, CHECK_AUTH_NOT_OFFERED);
        if (lacks_certificate(session, mechanism)) {
            smtp_propose(event, 535, "5.7.8",
                         "No client certificate was shown");
        } else {
            smtp_propose(event, 504, "5.5.4", "This mechanism is not offered");
        }
        return;
    }
    remark_mechanism(session, event, mechanism);
    if (mechanism->is_server_first && initial.size > 0) {
        smtp_remark(session, event, CHECK_INITIAL_RESPONSE);
        smtp_propose(event, 501, "5.7.0", "The server begins this mechanism");
        return;
    }
    begin(session, event, mechanism, initial);
}

/* The line behind OAuth's error: nothing, ^A, or a cancellation. */
static void take_dummy(struct smtp_session *session, struct smtp_event *event,
                       struct bytes text)
{
    bool is_dummy = text.size == 0 || bytes_equal(text, BYTES("AQ==")) ||
                    bytes_equal(text, BYTES("*"));
    if (!is_dummy) {
        smtp_remark(session, event, CHECK_OAUTH_DUMMY);
    }
    event->proposed = session->auth->refusal;
}

void smtp_auth_line(struct smtp_session *session, struct smtp_event *event)
{
    struct bytes text = event->line;
    event->verb = SMTP_VERB_AUTH;
    event->login.mechanism = bytes_of(session->auth->exchange.mechanism->name);
    event->is_secret = true;
    session->auth->is_complete = false;
    if (session->unit.kind == WIRE_LONG) {
        smtp_propose(event, 500, "5.5.6", "Line too long");
        return;
    }
    text.size -= session->unit.is_bare ? 1 : 2;
    session->was_wrapped = text.size == WRAPPED_LINE;
    if (session->auth->is_refused) {
        take_dummy(session, event, text);
    } else if (bytes_equal(text, BYTES("*"))) {
        event->is_secret = false;
        smtp_remark(session, event, CHECK_AUTH_CANCELLED);
        smtp_propose(event, 501, "5.7.0", "Authentication cancelled");
    } else if (decode(session, event, text) == 0) {
        take_message(session, event);
    }
}

static void encode_challenge(struct smtp_session *session,
                             struct smtp_reply *reply)
{
    struct buffer *encoded = &session->auth->encoded;
    encoded->size = 0;
    base64_encode(reply->text, encoded);
    reply->enhanced[0] = '\0';
    reply->text = buffer_bytes(encoded);
}

void smtp_auth_reply(struct smtp_session *session, struct smtp_reply *reply)
{
    struct smtp_auth *auth = session->auth;
    if (auth == NULL) {
        return;
    }
    const struct sasl_mechanism *mechanism = auth->exchange.mechanism;
    if (reply->code >= 400 && mechanism->is_oauth && auth->is_complete &&
        !auth->is_refused) {
        auth->is_refused = true;
        auth->refusal = *reply;
        auth->refusal_text = memory_copy(reply->text);
        auth->refusal.text = bytes_of(auth->refusal_text);
        bool is_bearer = mechanism->bit == SMTP_OAUTHBEARER;
        smtp_reply_set(reply, 334, "", oauth_errors[is_bearer ? 1 : 0]);
    }
    if (reply->code == 334) {
        encode_challenge(session, reply);
    }
}

void smtp_auth_done(struct smtp_session *session,
                    const struct smtp_reply *reply)
{
    if (reply->code == 334 && session->auth != NULL) {
        session->mode = MODE_SASL;
        return;
    }
    session->mode = MODE_COMMAND;
    session->is_authenticated =
        session->is_authenticated || reply->code / 100 == 2;
    smtp_auth_end(session);
}
