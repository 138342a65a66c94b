/* SPDX-License-Identifier: MIT */
#include "server/smtp/state.h"

#include <string.h>

void smtp_rset_ask(struct smtp_session *session, struct smtp_event *event)
{
    (void)session;
    smtp_propose(event, 250, "2.0.0", "Transaction forgotten");
}

void smtp_rset_done(struct smtp_session *session,
                    const struct smtp_reply *reply)
{
    if (smtp_is_positive(reply)) {
        smtp_transaction_end(session);
        session->last_done = false;
    }
}

void smtp_noop_ask(struct smtp_session *session, struct smtp_event *event)
{
    (void)session;
    smtp_propose(event, 250, "2.0.0", "OK");
}

/* RFC 5321 3.5.3: 250 would claim that somebody was looked up. */
void smtp_vrfy_ask(struct smtp_session *session, struct smtp_event *event)
{
    (void)session;
    smtp_propose(event, 252, "2.0.0",
                 "Cannot look anybody up, but will take the message");
}

static void help_overview(struct smtp_session *session)
{
    struct buffer *text = &session->text;
    const struct smtp_policy *policy = session->policy;
    buffer_print(text, "%s takes every message and delivers none.\nCommands:",
                 policy->product);
    const struct smtp_command *row;
    for (size_t i = 0; (row = smtp_command_row(i)) != NULL; i++) {
        bool is_offered = row->feature == 0 ||
                          smtp_has(session, (enum smtp_feature)row->feature);
        bool is_other_hello =
            row->verb == (policy->is_lmtp ? SMTP_VERB_EHLO : SMTP_VERB_LHLO);
        if (row->syntax != NULL && is_offered && !is_other_hello) {
            buffer_print(text, " %s", row->word);
        }
    }
    buffer_print(text,
                 "\nBy hand: %s me.test, MAIL FROM:<a@me.test>, "
                 "RCPT TO:<b@you.test>, DATA,",
                 policy->is_lmtp ? "LHLO" : "EHLO");
    buffer_print(text, "\nthe message, a line with a single dot, QUIT.");
    if (policy->help_url != NULL) {
        buffer_print(text, "\nWhat arrived is shown at %s", policy->help_url);
    }
}

void smtp_help_ask(struct smtp_session *session, struct smtp_event *event)
{
    session->text.size = 0;
    if (event->argument.size == 0) {
        help_overview(session);
        smtp_propose_text(session, event, 214, "2.0.0");
        return;
    }
    const struct smtp_command *row = smtp_command_find(event->argument);
    if (row->syntax == NULL) {
        smtp_propose(event, 504, "5.5.4", "No help on that; try HELP alone");
        return;
    }
    buffer_print(&session->text, "Syntax: %s", row->syntax);
    smtp_propose_text(session, event, 214, "2.0.0");
}

void smtp_quit_ask(struct smtp_session *session, struct smtp_event *event)
{
    if (session->transaction.is_open) {
        smtp_remark(session, event, CHECK_ABORTED);
    }
    session->text.size = 0;
    buffer_print(&session->text, "%s closes the connection; goodbye",
                 session->policy->hostname);
    smtp_propose_text(session, event, 221, "2.0.0");
}

void smtp_quit_done(struct smtp_session *session,
                    const struct smtp_reply *reply)
{
    if (smtp_is_positive(reply)) {
        smtp_transaction_end(session);
        session->mode = MODE_CLOSING;
    }
}

static bool is_http(struct bytes line)
{
    static const char *const methods[] = {"GET ",   "POST ",    "PUT ",
                                          "HEAD ",  "DELETE ",  "PATCH ",
                                          "TRACE ", "OPTIONS ", "CONNECT "};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (bytes_start_nocase(line, bytes_of(methods[i]))) {
            return true;
        }
    }
    return false;
}

/* A v2 header looks like two empty lines and one of a single NUL (haproxy's
 * proxy-protocol.txt 2.2); the NUL line is told elsewhere. */
static bool is_proxy(struct bytes line)
{
    return bytes_start_nocase(line, BYTES("PROXY TCP")) ||
           bytes_start_nocase(line, BYTES("PROXY UNKNOWN"));
}

void smtp_unknown_ask(struct smtp_session *session, struct smtp_event *event)
{
    smtp_remark(session, event, CHECK_UNKNOWN);
    if (session->data_refused) {
        smtp_remark(session, event, CHECK_AFTER_REJECT);
    }
    if (session->was_wrapped) {
        smtp_remark(session, event, CHECK_AUTH_WRAPPED);
    }
    if (is_http(event->line)) {
        /* RFC 5321 7.8 allows a server to defend itself: a browser can be
         * made to send mail commands in the body of a POST. */
        smtp_remark(session, event, CHECK_HTTP);
        smtp_propose_end(session, event, SMTP_ENDED_AS_FOREIGN,
                         "This port speaks SMTP, not HTTP");
        return;
    }
    if (event->place.offset == 0 && is_proxy(event->line)) {
        smtp_remark(session, event, CHECK_PROXY_HEADER);
    }
    smtp_propose(event, 500, "5.5.2",
                 "Unknown command; HELP lists those there are");
}
