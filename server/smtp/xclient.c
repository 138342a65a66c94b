/* SPDX-License-Identifier: MIT */
#include "server/smtp/state.h"

#include "inbox/base/memory.h"
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
        if (!is_known(param->keyword, names) || !param->has_value ||
            !param_is_xtext(param->value)) {
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

void smtp_xclient_ask(struct smtp_session *session, struct smtp_event *event)
{
    if (check_trust(session, event) == 0 &&
        read_attributes(session, event, client_names) == 0) {
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
        session->is_authenticated = false;
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
