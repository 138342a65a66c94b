/* SPDX-License-Identifier: MIT */
#include "server/smtp/state.h"

#include "server/smtp/reply.h"

bool smtp_has(const struct smtp_session *session, enum smtp_feature feature)
{
    const struct smtp_policy *policy = session->policy;
    switch (feature) {
    case SMTP_STARTTLS:
        if (session->is_secure) {
            return false;
        }
        break;
    case SMTP_REQUIRETLS: /* RFC 8689 2: only inside TLS */
        if (!session->is_secure) {
            return false;
        }
        break;
    case SMTP_FUTURERELEASE: /* RFC 4865 3: only for submission */
        if (!policy->is_submission) {
            return false;
        }
        break;
    case SMTP_XCLIENT:
    case SMTP_XFORWARD:
        if (!policy->is_trusted) {
            return false;
        }
        break;
    default:
        break;
    }
    return (policy->offered & (uint32_t)feature) != 0;
}

bool smtp_offers(const struct smtp_session *session, enum smtp_feature feature)
{
    return session->hello == HELLO_EHLO && smtp_has(session, feature);
}

bool smtp_is_strict(const struct smtp_session *session)
{
    return session->policy->profile == SMTP_PROFILE_STRICT;
}

bool smtp_is_positive(const struct smtp_reply *reply)
{
    return reply->code < 400;
}

bool smtp_is_ahead(const struct smtp_session *session, uint64_t offset)
{
    return session->output.size > 0 || offset < session->ahead_until;
}

void smtp_propose(struct smtp_event *event, uint16_t code, const char *enhanced,
                  const char *text)
{
    smtp_reply_set(&event->proposed, code, enhanced, text);
}

void smtp_propose_text(struct smtp_session *session, struct smtp_event *event,
                       uint16_t code, const char *enhanced)
{
    smtp_reply_set(&event->proposed, code, enhanced, "");
    event->proposed.text = buffer_bytes(&session->text);
}

void smtp_propose_end(struct smtp_session *session, struct smtp_event *event,
                      enum smtp_ending ending, const char *text)
{
    session->ending = (uint8_t)ending;
    smtp_propose(event, 421, "4.7.0", text);
}

void smtp_remark(struct smtp_session *session, const struct smtp_event *event,
                 enum smtp_check check)
{
    smtp_remark_add(
        &session->remarks,
        &(struct smtp_remark){.place = event->place, .check = (uint8_t)check});
}

void smtp_transaction_end(struct smtp_session *session)
{
    session->is_abandoned =
        session->is_abandoned || session->transaction.has_body;
    session->transaction = (struct smtp_transaction){0};
    session->is_end_due = false;
    recipients_free(&session->recipients);
}
