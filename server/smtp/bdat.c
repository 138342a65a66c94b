/* SPDX-License-Identifier: MIT */
#include "server/smtp/state.h"

#include <string.h>

#include "inbox/base/memory.h"
#include "server/smtp/params.h"
#include "server/smtp/reply.h"

/* "BDAT" SP 1*DIGIT [SP "LAST"] (RFC 3030 2) */
static int read_size(struct smtp_session *session, struct bytes text)
{
    struct smtp_chunk *chunk = session->chunk;
    const unsigned char *space =
        text.size == 0 ? NULL : memchr(text.at, ' ', text.size);
    size_t size = space == NULL ? text.size : (size_t)(space - text.at);
    struct bytes word = bytes_part(text, size, text.size);
    while (word.size > 0 && word.at[0] == ' ') {
        word = bytes_part(word, 1, word.size);
    }
    chunk->is_last = bytes_equal_nocase(word, BYTES("LAST"));
    if (word.size > 0 && !chunk->is_last) {
        return -1;
    }
    if (param_number(bytes_part(text, 0, size), &chunk->size) != 0 ||
        chunk->size == UINT64_MAX) {
        return -1;
    }
    chunk->left = chunk->size;
    return 0;
}

static void refuse(struct smtp_session *session, uint16_t code,
                   const char *enhanced, const char *text)
{
    smtp_reply_set(&session->chunk->refusal, code, enhanced, text);
}

static bool is_too_large(const struct smtp_session *session)
{
    uint64_t most = session->policy->max_message_bytes;
    return most > 0 &&
           session->chunk->size > most - session->transaction.received_bytes;
}

/* What the reply will be when the chunk itself does not matter. */
static void judge(struct smtp_session *session, struct smtp_event *event)
{
    const struct smtp_transaction *transaction = &session->transaction;
    if (transaction->is_failed) {
        refuse(session, 503, "5.5.1", "A chunk failed; RSET begins anew");
    } else if (!transaction->is_open) {
        smtp_remark(session, event,
                    session->last_done ? CHECK_BDAT_AFTER_LAST
                                       : CHECK_DATA_BEFORE_MAIL);
        refuse(session, 503, "5.5.1", "Send MAIL and RCPT first");
    } else if (transaction->accepted == 0) {
        smtp_remark(session, event, CHECK_DATA_BEFORE_RCPT);
        refuse(session, session->policy->is_lmtp ? 503 : 554, "5.5.1",
               "No valid recipients");
    } else if (is_too_large(session)) {
        smtp_remark(session, event, CHECK_SIZE_EXCEEDED);
        refuse(session, 552, "5.3.4",
               "Message is larger than this server takes");
    }
}

static void begin_message(struct smtp_session *session)
{
    struct smtp_transaction *transaction = &session->transaction;
    transaction->is_chunked = true;
    transaction->has_body = true;
    session->is_end_told = false;
    wire_message(&session->wire, false,
                 transaction->body != BODY_7BIT || transaction->has_utf8);
}

void smtp_bdat_ask(struct smtp_session *session, struct smtp_event *event)
{
    struct smtp_reply barred = event->proposed;
    if (session->chunk == NULL) {
        session->chunk = memory_new(sizeof(*session->chunk));
    }
    *session->chunk = (struct smtp_chunk){.place = event->place};
    if (read_size(session, event->argument) != 0) {
        if (barred.code == 0) {
            bool is_bare = event->argument.size == 0;
            smtp_remark(session, event,
                        is_bare ? CHECK_NO_ARGUMENT : CHECK_PARAM_VALUE);
            smtp_propose(event, 501, "5.5.4", "Syntax: BDAT octets [LAST]");
        }
        return;
    }
    session->chunk->refusal = barred;
    if (barred.code == 0) {
        judge(session, event);
    }
    if (session->chunk->refusal.code == 0 && !session->transaction.is_chunked) {
        begin_message(session);
    }
    event->kind = SMTP_CHUNK;
    event->chunk_bytes = session->chunk->size;
    event->is_last = session->chunk->is_last;
    session->mode = MODE_CHUNK;
}

void smtp_chunk_ask(struct smtp_session *session, struct smtp_event *event)
{
    struct smtp_chunk *chunk = session->chunk;
    event->verb = SMTP_VERB_BDAT;
    event->place = chunk->place;
    event->chunk_bytes = chunk->size;
    event->is_last = chunk->is_last;
    session->asked_sync = SYNC_GROUP;
    if (chunk->refusal.code != 0) {
        event->proposed = chunk->refusal;
    } else if (chunk->is_last) {
        event->recipient = session->transaction.answered;
        smtp_content_propose(session, event);
    } else {
        session->text.size = 0;
        buffer_print(&session->text, "%llu octets received",
                     (unsigned long long)chunk->size);
        smtp_propose_text(session, event, 250, "2.0.0");
    }
}

/* Is the chunk the end of a message somebody waits for? Its reply is told once
 * per recipient under LMTP (RFC 2033 4.3). After a chunk that failed, nobody
 * waits. */
static bool is_final(const struct smtp_session *session)
{
    const struct smtp_transaction *transaction = &session->transaction;
    bool was_failed = transaction->is_failed && transaction->answered == 0;
    return session->chunk->is_last && transaction->is_open &&
           transaction->accepted > 0 && !was_failed;
}

void smtp_bdat_done(struct smtp_session *session,
                    const struct smtp_reply *reply)
{
    struct smtp_transaction *transaction = &session->transaction;
    bool is_line = session->mode != MODE_CHUNK; /* that could not be read */
    session->mode = MODE_COMMAND;
    if (is_line) {
        return;
    }
    bool is_end = is_final(session);
    if (!smtp_is_positive(reply)) {
        /* RFC 3030 2: what follows is refused until the next transaction */
        transaction->is_failed = transaction->is_open || transaction->is_failed;
    }
    if (!is_end) {
        return;
    }
    if (!smtp_content_done(session)) {
        session->mode = MODE_CHUNK;
        return;
    }
    bool is_failed = transaction->is_failed;
    smtp_transaction_end(session);
    transaction->is_failed = is_failed;
    session->last_done = true;
}

bool smtp_chunk_is_silent(const struct smtp_session *session)
{
    return session->policy->is_lmtp && session->chunk->is_last &&
           session->transaction.is_open && session->transaction.accepted == 0;
}
