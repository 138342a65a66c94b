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
    if (smtp_is_positive(reply)) {
        session->mode = MODE_SECURE;
        session->leftover = 0;
    }
}

/* `offset` is that of the first octet behind STARTTLS. */
static void tell(struct smtp_session *session, enum smtp_check check,
                 uint64_t offset)
{
    smtp_remark_add(
        &session->remarks,
        &(struct smtp_remark){.place = {offset, 1}, .check = (uint8_t)check});
}

/* Octets behind STARTTLS were sent in the clear, by the client or by somebody
 * between: they must never be taken for something said inside TLS (RFC 3207
 * 4.2, CVE-2011-0411). 16 03 is a ClientHello that did not wait. */
void smtp_starttls_leftover(struct smtp_session *session)
{
    struct bytes octets = session->unit.octets;
    for (size_t i = 0; i < octets.size && session->leftover < 2; i++) {
        bool is_tls = octets.at[i] == (session->leftover == 0 ? 0x16 : 0x03);
        uint64_t first = session->unit.place.offset + i - session->leftover;
        session->leftover++;
        if (!is_tls) {
            tell(session, CHECK_STARTTLS_PIPELINED, first);
            session->leftover = 2;
        } else if (session->leftover == 2) {
            tell(session, CHECK_EARLY_HELLO, first);
        }
    }
}
