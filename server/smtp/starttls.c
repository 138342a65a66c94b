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
        session->leftover = LEFTOVER_NONE;
    }
}

static void tell_leftover(struct smtp_session *session, enum smtp_check check,
                          uint64_t offset)
{
    session->leftover = LEFTOVER_TOLD;
    smtp_remark_add(
        &session->remarks,
        &(struct smtp_remark){.place = {offset, 1}, .check = (uint8_t)check});
}

/* Octets behind STARTTLS were sent in the clear, by the client or by somebody
 * between: they must never be taken for something said inside TLS (RFC 3207
 * 4.2, CVE-2011-0411). 16 03 begins a ClientHello that did not wait; the two
 * octets may come apart. */
void smtp_starttls_leftover(struct smtp_session *session)
{
    struct bytes octets = session->unit.octets;
    uint64_t offset = session->unit.place.offset;
    bool is_begun = session->leftover == LEFTOVER_16;
    if (session->leftover == LEFTOVER_TOLD) {
        return;
    }
    if (!is_begun && octets.size == 1 && octets.at[0] == 0x16) {
        session->leftover = LEFTOVER_16;
        return;
    }
    bool is_tls = is_begun ? octets.at[0] == 0x03
                           : octets.size > 1 && octets.at[0] == 0x16 &&
                                 octets.at[1] == 0x03;
    tell_leftover(session,
                  is_tls ? CHECK_EARLY_HELLO : CHECK_STARTTLS_PIPELINED,
                  is_begun ? offset - 1 : offset);
}

void smtp_starttls_over(struct smtp_session *session)
{
    if (session->leftover == LEFTOVER_16) {
        tell_leftover(session, CHECK_STARTTLS_PIPELINED,
                      session->wire.taken - 1);
    }
}
