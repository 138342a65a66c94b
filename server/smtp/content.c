/* SPDX-License-Identifier: MIT */
#include "server/smtp/state.h"

/* Empty lines before the end that a message rarely has on purpose. */
#define BLANK_LINES_ODD 3

void smtp_data_ask(struct smtp_session *session, struct smtp_event *event)
{
    const struct smtp_transaction *transaction = &session->transaction;
    if (!transaction->is_open) {
        smtp_remark(session, event, CHECK_DATA_BEFORE_MAIL);
        smtp_propose(event, 503, "5.5.1", "Send MAIL and RCPT first");
    } else if (transaction->is_chunked) {
        smtp_remark(session, event, CHECK_BDAT_DATA_MIX);
        smtp_propose(event, 503, "5.5.1", "Not after BDAT; RSET begins anew");
    } else if (transaction->accepted == 0) {
        /* RFC 2033 4.2 wants 503, RFC 5321 3.3 allows both */
        smtp_remark(session, event, CHECK_DATA_BEFORE_RCPT);
        smtp_propose(event, session->policy->is_lmtp ? 503 : 554, "5.5.1",
                     "No valid recipients");
    } else if (transaction->body == BODY_BINARYMIME) {
        smtp_remark(session, event, CHECK_DATA_BINARYMIME);
        smtp_propose(event, 503, "5.5.1", "BODY=BINARYMIME needs BDAT");
    } else {
        smtp_propose(event, 354, "",
                     "Send the message; end it with a line of a single dot");
    }
}

void smtp_data_done(struct smtp_session *session,
                    const struct smtp_reply *reply)
{
    struct smtp_transaction *transaction = &session->transaction;
    session->data_refused = reply->code / 100 != 3;
    if (session->data_refused) {
        return;
    }
    session->mode = MODE_DATA;
    session->told_early = false;
    session->is_end_told = false;
    transaction->has_body = true;
    wire_message(&session->wire, true,
                 transaction->body != BODY_7BIT || transaction->has_utf8);
}

static void tell(struct smtp_session *session, enum smtp_check check,
                 struct smtp_place place)
{
    smtp_remark_add(
        &session->remarks,
        &(struct smtp_remark){.place = place, .check = (uint8_t)check});
}

/* Too small, or more than twice too large (RFC 1870 6.3). */
static bool is_size_wrong(const struct smtp_transaction *transaction)
{
    uint64_t declared = transaction->declared_bytes;
    return declared > 0 && (transaction->received_bytes > declared ||
                            transaction->received_bytes < declared / 2);
}

void smtp_content_end(struct smtp_session *session)
{
    const struct smtp_transaction *transaction = &session->transaction;
    const struct wire *wire = &session->wire;
    struct smtp_place end = session->mode == MODE_CHUNK ? session->chunk->place
                                                        : session->unit.place;
    session->is_end_told = true;
    if (transaction->received_bytes == 0) {
        tell(session, CHECK_EMPTY_MESSAGE, end);
    }
    if (is_size_wrong(transaction)) {
        tell(session, CHECK_SIZE_MISMATCH, end);
    }
    if (transaction->body == BODY_BINARYMIME) {
        return;
    }
    if (transaction->body == BODY_8BITMIME && (wire->signs & SIGN_8BIT) == 0) {
        tell(session, CHECK_8BIT_UNUSED, end);
    }
    if (!wire_at_line_start(wire)) {
        tell(session, CHECK_NO_FINAL_CRLF, end);
    }
    if (wire->is_dotted && wire->blank_lines >= BLANK_LINES_ODD) {
        tell(session, CHECK_BLANK_LINES, end);
    }
}

/* What a strict server refuses in a message, after its end. */
static const struct {
    uint32_t signs;
    const char *enhanced;
    const char *text;
    uint16_t code;
} refusals[] = {
    {SIGN_BARE_LF | SIGN_BARE_CR, "5.5.2",
     "Lines must end in CRLF; a CR or LF stands alone", 550},
    {SIGN_NUL, "5.6.0", "The message holds a NUL", 550},
    {SIGN_LONG, "5.6.0", "A line is longer than 998 octets", 554},
};

void smtp_content_propose(struct smtp_session *session,
                          struct smtp_event *event)
{
    if (session->transaction.is_oversize) {
        smtp_propose(event, 552, "5.3.4",
                     "Message is larger than this server takes");
        return;
    }
    bool is_judged = smtp_is_strict(session) && session->wire.is_dotted;
    for (size_t i = 0; is_judged && i < sizeof(refusals) / sizeof(refusals[0]);
         i++) {
        if ((session->wire.signs & refusals[i].signs) != 0) {
            smtp_propose(event, refusals[i].code, refusals[i].enhanced,
                         refusals[i].text);
            return;
        }
    }
    smtp_propose(event, 250, "2.0.0", "Message accepted");
}

bool smtp_content_done(struct smtp_session *session)
{
    struct smtp_transaction *transaction = &session->transaction;
    transaction->answered++;
    if (session->policy->is_lmtp &&
        transaction->answered < transaction->accepted) {
        return false;
    }
    transaction->has_body = false; /* the host knows what became of it */
    session->is_end_due = false;
    session->mode = MODE_COMMAND;
    return true;
}

void smtp_data_end_ask(struct smtp_session *session, struct smtp_event *event)
{
    bool is_first = session->transaction.answered == 0;
    event->verb = SMTP_VERB_DATA_END;
    event->place = session->unit.place;
    event->line = is_first ? BYTES(".\r\n") : (struct bytes){0};
    event->recipient = session->transaction.answered;
    session->asked_sync = SYNC_GROUP;
    smtp_content_propose(session, event);
}

void smtp_data_end_done(struct smtp_session *session,
                        const struct smtp_reply *reply)
{
    (void)reply;
    if (smtp_content_done(session)) {
        smtp_transaction_end(session);
    }
}

/* The part of the run that still fits; what does not is only recorded. */
static size_t fitting(const struct smtp_session *session)
{
    uint64_t most = session->policy->max_message_bytes;
    size_t size = session->unit.octets.size;
    if (most == 0) {
        return size;
    }
    uint64_t left = most - session->transaction.received_bytes;
    return left < size ? (size_t)left : size;
}

static void drop_run(struct smtp_session *session, struct smtp_event *event)
{
    struct wire_unit *unit = &session->unit;
    event->kind = SMTP_DISCARDED;
    event->place = unit->place;
    if (unit->has_dot) {
        /* the dot may lie in a feed that is gone */
        unit->has_dot = false;
        event->line = BYTES(".");
        event->place.size = 1;
        unit->place.offset++;
        unit->place.size--;
        return;
    }
    event->line = unit->octets;
    unit->kind = WIRE_NONE;
}

void smtp_content_run(struct smtp_session *session, struct smtp_event *event)
{
    static const uint32_t first = 0;
    struct smtp_transaction *transaction = &session->transaction;
    struct wire_unit *unit = &session->unit;
    if (session->mode == MODE_DATA && !session->told_early &&
        smtp_is_ahead(session, unit->place.offset)) {
        session->told_early = true;
        tell(session, CHECK_BEFORE_354,
             (struct smtp_place){unit->place.offset, 1});
    }
    size_t size = fitting(session);
    if (size == 0 && !transaction->is_oversize) {
        transaction->is_oversize = true;
        tell(session, CHECK_SIZE_EXCEEDED,
             (struct smtp_place){unit->place.offset, 1});
    }
    if (size == 0) {
        drop_run(session, event);
        return;
    }
    event->kind = SMTP_BODY;
    event->place = unit->place;
    event->body = bytes_part(unit->octets, 0, size);
    event->dots = unit->has_dot ? &first : NULL;
    event->dot_count = unit->has_dot ? 1 : 0;
    transaction->received_bytes += size;
    size_t left = unit->octets.size - size;
    event->place.size -= left;
    if (left == 0) {
        unit->kind = WIRE_NONE;
        return;
    }
    unit->octets = bytes_part(unit->octets, size, left);
    unit->place.offset += event->place.size;
    unit->place.size = left;
    unit->has_dot = false;
}
