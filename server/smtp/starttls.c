/* SPDX-License-Identifier: MIT */
#include "server/smtp/state.h"

void smtp_starttls_ask(struct smtp_session *session, struct smtp_event *event)
{
    if (session->is_secure) {
        smtp_remark(session, event, CHECK_TLS_ACTIVE);
        smtp_propose(event, 503, "5.5.1", "TLS is active already");
    } else if ((session->policy->offered & SMTP_STARTTLS) == 0) {
        smtp_propose(event, 502, "5.5.1", "This command is not offered here");
    } else if (session->hello != HELLO_EHLO) {
        smtp_propose(event, 503, "5.5.1", "Send EHLO first");
    } else {
        smtp_propose(event, 220, "2.0.0", "Ready to start TLS");
    }
}

void smtp_starttls_done(struct smtp_session *session,
                        const struct smtp_reply *reply)
{
    if (reply->code / 100 == 2) {
        session->mode = MODE_SECURE;
        session->has_leftover = false;
    }
}

/* Octets behind STARTTLS were sent in the clear, by the client or by somebody
 * between: they must never be taken for something said inside TLS (RFC 3207
 * 4.2, CVE-2011-0411). 16 begins a ClientHello that did not wait. */
void smtp_starttls_leftover(struct smtp_session *session)
{
    bool is_tls = session->unit.octets.at[0] == 0x16;
    if (session->has_leftover) {
        return;
    }
    session->has_leftover = true;
    smtp_remark_add(
        &session->remarks,
        &(struct smtp_remark){
            .place = {session->unit.place.offset, 1},
            .check = is_tls ? CHECK_EARLY_HELLO : CHECK_STARTTLS_PIPELINED,
        });
}
