/* SPDX-License-Identifier: MIT */
#include "server/smtp/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "server/smtp/reply.h"
#include "server/smtp/state.h"

/* Output that may stay allocated for the next reply. More than this (EHLO's)
 * goes back, and so does the greeting's: thousands may be silent at once. */
#define OUTPUT_KEPT 128

static const struct smtp_command greeting_row = {.verb = SMTP_VERB_GREETING,
                                                 .done = smtp_greeting_done};
static const struct smtp_command data_end_row = {.verb = SMTP_VERB_DATA_END,
                                                 .done = smtp_data_end_done};
static const struct smtp_command chunk_row = {.verb = SMTP_VERB_BDAT,
                                              .done = smtp_bdat_done};
static const struct smtp_command sasl_row = {.verb = SMTP_VERB_AUTH,
                                             .done = smtp_auth_done};

struct smtp_session *smtp_session_new(const struct smtp_policy *policy,
                                      const char *challenge, bool is_secure)
{
    struct smtp_session *session = memory_new(sizeof(*session));
    session->policy = policy;
    session->challenge = memory_text(challenge);
    session->is_secure = is_secure;
    session->wire.is_strict = policy->profile == SMTP_PROFILE_STRICT;
    return session;
}

void smtp_session_free(struct smtp_session *session)
{
    if (session == NULL) {
        return;
    }
    smtp_auth_end(session);
    wire_free(&session->wire);
    smtp_remark_free(&session->remarks);
    buffer_free(&session->output);
    buffer_free(&session->text);
    recipients_free(&session->recipients);
    recipients_free(&session->domains);
    free(session->params);
    free(session->chunk);
    free(session->challenge);
    free(session);
}

/* ---- events */

static enum smtp_event_kind ask(struct smtp_session *session,
                                struct smtp_event *event)
{
    session->is_answer_due = true;
    session->verb = (uint8_t)event->verb;
    const struct smtp_policy *policy = session->policy;
    if (policy->max_errors > 0 && event->proposed.code >= 400 &&
        event->proposed.code != 421 &&
        session->errors + 1 >= policy->max_errors) {
        smtp_propose_end(session, event, SMTP_ENDED_BY_ERRORS,
                         "Too many errors");
    }
    event->kind = SMTP_COMMAND;
    return SMTP_COMMAND;
}

/* What it means that a line came before the last reply was out. */
static void remark_ahead(struct smtp_session *session,
                         const struct smtp_event *event)
{
    if (!smtp_is_ahead(session, event->place.offset)) {
        return;
    }
    if (session->sync == SYNC_GREETING) {
        smtp_remark(session, event, CHECK_EARLY_TALKER);
    } else if (!smtp_offers(session, SMTP_PIPELINING)) {
        smtp_remark(session, event, CHECK_PIPELINING_UNOFFERED);
    } else if (session->sync == SYNC_ENDS) {
        smtp_remark(session, event, CHECK_PIPELINING_AFTER_SYNC);
    }
}

static enum smtp_event_kind take_line(struct smtp_session *session,
                                      struct smtp_event *event)
{
    *event = (struct smtp_event){
        .kind = SMTP_COMMAND,
        .verb = SMTP_VERB_OTHER,
        .place = session->unit.place,
        .line = session->unit.octets,
    };
    remark_ahead(session, event);
    session->asked_sync = SYNC_ENDS;
    if (session->mode == MODE_SASL) {
        session->command = &sasl_row;
        smtp_auth_line(session, event);
    } else {
        smtp_command_ask(session, event);
        if ((session->command->flags & COMMAND_GROUP) != 0) {
            session->asked_sync = SYNC_GROUP;
        }
        session->is_fresh_tls = false;
        session->was_wrapped = false;
        session->data_refused =
            session->data_refused && event->verb == SMTP_VERB_OTHER;
    }
    session->unit.kind = WIRE_NONE;
    return event->kind == SMTP_CHUNK ? SMTP_CHUNK : ask(session, event);
}

static enum smtp_event_kind take_unit(struct smtp_session *session,
                                      struct smtp_event *event)
{
    struct wire_unit *unit = &session->unit;
    *event = (struct smtp_event){.place = unit->place};
    switch ((enum wire_unit_kind)unit->kind) {
    case WIRE_LINE:
    case WIRE_LONG:
        return take_line(session, event);
    case WIRE_BODY:
        smtp_content_run(session, event);
        return event->kind;
    case WIRE_END:
        session->is_end_due = true;
        unit->kind = WIRE_NONE;
        return smtp_session_next(session, event);
    case WIRE_DISCARD:
    case WIRE_NONE:
        break;
    }
    if (session->told_421 && !session->told_late &&
        !smtp_is_ahead(session, unit->place.offset)) {
        struct smtp_event first = {.place = {unit->place.offset, 1}};
        session->told_late = true;
        smtp_remark(session, &first, CHECK_AFTER_421);
    }
    event->kind = SMTP_DISCARDED;
    event->line = unit->octets;
    unit->kind = WIRE_NONE;
    return SMTP_DISCARDED;
}

/* A message is whole: first what is remarked on it, then the question. */
static enum smtp_event_kind take_end(struct smtp_session *session,
                                     struct smtp_event *event)
{
    bool is_chunk = session->mode == MODE_CHUNK;
    bool is_whole = !is_chunk || (session->chunk->is_last &&
                                  session->chunk->refusal.code == 0);
    if (is_whole && !session->is_end_told) {
        smtp_content_end(session);
        return smtp_session_next(session, event);
    }
    *event = (struct smtp_event){.kind = SMTP_COMMAND};
    if (!is_chunk) {
        session->command = &data_end_row;
        smtp_data_end_ask(session, event);
        return ask(session, event);
    }
    if (smtp_chunk_is_silent(session)) {
        smtp_transaction_end(session);
        session->mode = MODE_COMMAND;
        return smtp_session_next(session, event);
    }
    session->command = &chunk_row;
    smtp_chunk_ask(session, event);
    return ask(session, event);
}

/* The client is gone: what it left unfinished. */
static enum smtp_event_kind take_last(struct smtp_session *session,
                                      struct smtp_event *event)
{
    bool in_message = session->mode == MODE_DATA;
    smtp_starttls_over(session);
    wire_rest(&session->wire, in_message, &session->unit);
    smtp_transaction_end(session);
    session->mode = MODE_CLOSING;
    if (session->unit.kind == WIRE_NONE) {
        return smtp_session_next(session, event);
    }
    *event = (struct smtp_event){
        .kind = SMTP_DISCARDED,
        .place = session->unit.place,
        .line = session->unit.octets,
    };
    session->unit.kind = WIRE_NONE;
    return SMTP_DISCARDED;
}

static enum smtp_event_kind greet(struct smtp_session *session,
                                  struct smtp_event *event)
{
    *event = (struct smtp_event){.verb = SMTP_VERB_GREETING};
    session->command = &greeting_row;
    session->asked_sync = SYNC_GREETING;
    smtp_greeting_ask(session, event);
    return ask(session, event);
}

/* Nothing is left to be told: what the session waits for. Octets that the host
 * still holds come first: they belong to the record. */
static enum smtp_event_kind wait_for(struct smtp_session *session,
                                     struct smtp_event *event)
{
    bool is_closing = session->mode == MODE_CLOSING;
    enum smtp_event_kind kind = SMTP_NEED_INPUT;
    if (session->offered > session->wire.taken) {
        kind = SMTP_NEED_INPUT;
    } else if (is_closing) {
        kind = SMTP_FINISHED;
    } else if (session->mode == MODE_SECURE) {
        kind = SMTP_SECURE;
    }
    *event = (struct smtp_event){.kind = kind};
    return kind;
}

enum smtp_event_kind smtp_session_next(struct smtp_session *session,
                                       struct smtp_event *event_out)
{
    assert(!session->is_answer_due);
    if (session->mode == MODE_CHUNK) {
        wire_line_done(&session->wire); /* the BDAT line was told */
    }
    if (smtp_remark_next(&session->remarks, event_out)) {
        return SMTP_REMARK;
    }
    if (session->mode == MODE_START) {
        return greet(session, event_out);
    }
    if (session->is_abandoned) {
        session->is_abandoned = false;
        *event_out = (struct smtp_event){.kind = SMTP_ABANDONED};
        return SMTP_ABANDONED;
    }
    if (session->unit.kind != WIRE_NONE) {
        return take_unit(session, event_out);
    }
    bool is_chunk_whole =
        session->mode == MODE_CHUNK && session->chunk->left == 0;
    if (session->is_end_due || is_chunk_whole) {
        return take_end(session, event_out);
    }
    if (session->is_ended && session->mode != MODE_CLOSING) {
        return take_last(session, event_out);
    }
    return wait_for(session, event_out);
}

/* ---- answers and output */

static void write_reply(struct smtp_session *session,
                        const struct smtp_reply *reply)
{
    smtp_reply_write(reply, &session->output);
    if (reply->code == 421) {
        session->told_421 = true;
        session->mode = MODE_CLOSING;
        smtp_transaction_end(session);
        smtp_auth_end(session);
    }
}

void smtp_session_answer(struct smtp_session *session,
                         const struct smtp_reply *reply)
{
    assert(session->is_answer_due);
    struct smtp_reply out = *reply;
    bool is_auth = session->verb == SMTP_VERB_AUTH;
    if (out.code >= 400) {
        session->errors++;
        if (session->policy->max_errors > 0 &&
            session->errors >= session->policy->max_errors && out.code != 421) {
            session->ending = SMTP_ENDED_BY_ERRORS;
            smtp_reply_set(&out, 421, "4.7.0", "Too many errors");
        }
    }
    if (is_auth && out.code != 421) {
        smtp_auth_reply(session, &out);
    }
    session->is_answer_due = false;
    session->sync = session->asked_sync;
    write_reply(session, &out);
    if (out.code != 421) {
        session->ending = SMTP_ENDED_BY_HOST;
        session->command->done(session, &out);
    }
    wire_line_done(&session->wire);
    buffer_free(&session->text);
    free(session->params);
    session->params = NULL;
}

struct bytes smtp_session_output(const struct smtp_session *session)
{
    return buffer_bytes(&session->output);
}

void smtp_session_sent(struct smtp_session *session, size_t size)
{
    buffer_drop(&session->output, size);
    if (session->output.size > 0) {
        return;
    }
    session->ahead_until = session->offered;
    if (session->output.capacity > OUTPUT_KEPT || session->commands == 0) {
        buffer_free(&session->output);
    }
}

void smtp_session_secured(struct smtp_session *session,
                          bool has_client_certificate)
{
    assert(session->mode == MODE_SECURE);
    smtp_starttls_over(session);
    smtp_transaction_end(session);
    session->mode = MODE_COMMAND;
    session->hello = HELLO_NONE;
    session->is_authenticated = false;
    session->is_secure = true;
    session->is_fresh_tls = true;
    session->last_done = false;
    session->has_certificate = has_client_certificate;
    session->offered = session->wire.taken;
    session->ahead_until = session->wire.taken;
}

void smtp_session_certified(struct smtp_session *session)
{
    session->has_certificate = true;
}

void smtp_session_stalled(struct smtp_session *session)
{
    if (session->mode == MODE_DATA && !smtp_is_busy(session)) {
        session->wire.remarks = &session->remarks;
        wire_stalled(&session->wire);
    }
}

void smtp_session_close(struct smtp_session *session,
                        const struct smtp_reply *reply)
{
    assert(!session->is_answer_due);
    if (session->mode == MODE_CLOSING) {
        return;
    }
    smtp_reply_write(reply, &session->output);
    session->told_421 = reply->code == 421;
    session->mode = MODE_CLOSING;
    smtp_transaction_end(session);
    smtp_auth_end(session);
}

enum smtp_ending smtp_session_ending(const struct smtp_session *session)
{
    return (enum smtp_ending)session->ending;
}

bool smtp_session_in_body(const struct smtp_session *session)
{
    return session->mode == MODE_DATA || session->mode == MODE_CHUNK;
}

bool smtp_session_in_transaction(const struct smtp_session *session)
{
    return session->transaction.is_open;
}

bool smtp_session_answer_due(const struct smtp_session *session)
{
    return session->is_answer_due;
}
