/* SPDX-License-Identifier: MIT */
#include "server/smtp/state.h"

#include "inbox/base/memory.h"
#include "server/smtp/host.h"
#include "server/smtp/params.h"

/* What a trusted proxy may say about the client behind it (Postfix's
 * XCLIENT_README and XFORWARD_README). */
static const char *const client_names[] = {"NAME",     "ADDR",     "PORT",
                                           "PROTO",    "HELO",     "LOGIN",
                                           "DESTADDR", "DESTPORT", NULL};
static const char *const forward_names[] = {"NAME", "ADDR",  "PORT",   "PROTO",
                                            "HELO", "IDENT", "SOURCE", NULL};

static bool is_known(struct bytes keyword, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (bytes_equal_nocase(keyword, bytes_of(*names))) {
            return true;
        }
    }
    return false;
}

/* Nothing is known of it, or nothing for now. */
static bool is_unavailable(struct bytes value)
{
    return bytes_equal_nocase(value, BYTES("[UNAVAILABLE]")) ||
           bytes_equal_nocase(value, BYTES("[TEMPUNAVAIL]"));
}

static bool is_address(struct bytes value)
{
    if (bytes_start_nocase(value, BYTES("IPV6:"))) {
        value = bytes_part(value, 5, value.size);
    }
    return host_plain_kind(value) == HOST_ADDRESS;
}

static bool is_port(struct bytes value)
{
    uint64_t port = 0;
    return param_number(value, &port) == 0 && port <= UINT16_MAX;
}

/* Is the value what its name promises? */
static bool is_fitting(const struct smtp_param *param)
{
    bool is_an_address = bytes_equal_nocase(param->keyword, BYTES("ADDR")) ||
                         bytes_equal_nocase(param->keyword, BYTES("DESTADDR"));
    bool is_a_port = bytes_equal_nocase(param->keyword, BYTES("PORT")) ||
                     bytes_equal_nocase(param->keyword, BYTES("DESTPORT"));
    if (!param->has_value || !param_is_xtext(param->value)) {
        return false;
    }
    return is_unavailable(param->value) ||
           ((!is_an_address || is_address(param->value)) &&
            (!is_a_port || is_port(param->value)));
}

/* 1*(SP attribute=xtext); -1 when refused. */
static int read_attributes(struct smtp_session *session,
                           struct smtp_event *event, const char *const *names)
{
    if (session->params == NULL) {
        session->params = memory_new(PARAM_MAX * sizeof(*session->params));
    }
    int count = param_split(event->argument, session->params);
    for (int i = 0; i < count; i++) {
        const struct smtp_param *param = &session->params[i];
        if (!is_known(param->keyword, names) || !is_fitting(param)) {
            count = -1;
        }
    }
    if (count < 0) {
        smtp_remark(session, event, CHECK_PARAM_VALUE);
        smtp_propose(event, 501, "5.5.4", "Attributes are name=xtext");
        return -1;
    }
    event->params = session->params;
    event->param_count = (size_t)count;
    return 0;
}

static int check_trust(struct smtp_session *session, struct smtp_event *event)
{
    if (session->policy->is_trusted) {
        return 0;
    }
    smtp_propose(event, 550, "5.7.0", "Only trusted networks may say this");
    return -1;
}

/* A user that the proxy vouches for stays until it names another. */
static void note_login(struct smtp_session *session,
                       const struct smtp_event *event)
{
    for (size_t i = 0; i < event->param_count; i++) {
        if (bytes_equal_nocase(event->params[i].keyword, BYTES("LOGIN"))) {
            session->is_vouched = !is_unavailable(event->params[i].value);
        }
    }
}

void smtp_xclient_ask(struct smtp_session *session, struct smtp_event *event)
{
    if (check_trust(session, event) == 0 &&
        read_attributes(session, event, client_names) == 0) {
        note_login(session, event);
        smtp_greeting_ask(session, event);
    }
}

/* Back to the greeting; TLS stays (XCLIENT_README). */
void smtp_xclient_done(struct smtp_session *session,
                       const struct smtp_reply *reply)
{
    if (smtp_is_positive(reply)) {
        smtp_transaction_end(session);
        session->hello = HELLO_NONE;
        session->is_authenticated = session->is_vouched;
        session->last_done = false;
    }
}

void smtp_xforward_ask(struct smtp_session *session, struct smtp_event *event)
{
    if (check_trust(session, event) == 0 &&
        read_attributes(session, event, forward_names) == 0) {
        smtp_propose(event, 250, "2.0.0", "OK");
    }
}
