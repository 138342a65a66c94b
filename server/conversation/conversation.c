/* SPDX-License-Identifier: MIT */
#include "server/conversation/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "server/conversation/announcer.h"
#include "server/conversation/receiving.h"
#include "server/login/scram.h"

/* A long session goes to the journal in pieces, so that it is not kept in
 * memory and a crash loses little. */
#define PIECE_BYTES 131072

/* A few octets may ask for long replies: what a client does not read must not
 * grow. */
#define OUTPUT_MAX 65536

void conversation_open(struct conversation *conversation,
                       const struct conversation_start *start)
{
    const struct service *service = start->service;
    conversation->service = service;
    conversation->ticket = start->ticket;
    conversation->id = inbox_session_id(service->inbox);
    conversation->recorder = recorder_new(
        &(struct recorder_start){.session = conversation->id,
                                 .listener = service->address,
                                 .inbox = service->inbox_name,
                                 .peer = start->peer,
                                 .local = start->local,
                                 .max_bytes = service->max_session_bytes,
                                 .drop_secrets = service->drop_secrets});
    recorder_note(conversation->recorder, TRANSCRIPT_OPEN,
                  bytes_of(start->peer));
}

/* Unlike any other, as a msg-id is (RFC 2195 2). */
static void add_challenge(const struct conversation *conversation,
                          const struct smtp_policy *policy, struct buffer *out)
{
    int64_t opened_us = recorder_opened_at_us(conversation->recorder);
    buffer_add_byte(out, '<');
    buffer_add_number(out, conversation->id);
    buffer_add_byte(out, '.');
    buffer_add_number(out, (uint64_t)opened_us);
    buffer_add_byte(out, '@');
    buffer_add(out, bytes_of(policy->hostname));
    buffer_add(out, (struct bytes){(const unsigned char *)">", 2});
}

void conversation_begin(struct conversation *conversation, bool is_trusted,
                        bool is_secure, const struct smtp_reply *refusal)
{
    const struct service *service = conversation->service;
    const struct smtp_policy *policy =
        is_trusted ? &service->trusted_policy : &service->policy;
    struct buffer challenge = {0};
    add_challenge(conversation, policy, &challenge);
    conversation->session =
        smtp_session_new(policy, (const char *)challenge.at, is_secure);
    buffer_free(&challenge);
    if (conversation->has_certificate) {
        smtp_session_certified(conversation->session);
    }
    if (refusal != NULL) {
        struct smtp_event event;
        (void)smtp_session_next(conversation->session, &event);
        recorder_refused(conversation->recorder);
        conversation->close_reason = "limit";
        conversation_answer(conversation, &event, refusal);
    }
}

/* Who waits for quiet must know what is on its way. */
static void note_receiving(struct conversation *conversation,
                           const struct smtp_event *event, uint16_t code)
{
    const struct service *service = conversation->service;
    bool is_open = smtp_session_in_transaction(conversation->session);
    if (!is_open) {
        recorder_transaction_over(conversation->recorder);
    }
    if (is_open && conversation->receiving == NULL) {
        conversation->receiving = receiving_begin(
            service->receiving, service->inbox_name, conversation->login);
    } else if (!is_open && conversation->receiving != NULL) {
        receiving_end(service->receiving, conversation->receiving);
        conversation->receiving = NULL;
    } else if (event->verb == SMTP_VERB_RCPT && code < 300) {
        const struct inbox_transaction *envelope =
            recorder_envelope(conversation->recorder);
        size_t count = envelope != NULL ? envelope->recipient_count : 0;
        if (count > 0) {
            receiving_recipient(
                service->receiving, conversation->receiving,
                bytes_of(envelope->recipients[count - 1].address));
        }
    }
}

void conversation_answer(struct conversation *conversation,
                         const struct smtp_event *event,
                         const struct smtp_reply *reply)
{
    uint16_t code = reply->code;
    struct smtp_session *session = conversation->session;
    size_t from = smtp_session_output(session).size;
    smtp_session_answer(session, reply);
    size_t to = smtp_session_output(session).size;
    struct bytes output = smtp_session_output(session);
    recorder_reply(conversation->recorder, bytes_part(output, from, to - from),
                   from);
    if (event->verb == SMTP_VERB_QUIT && code == 221) {
        conversation->has_quit = true;
    }
    if (event->verb == SMTP_VERB_STARTTLS) {
        conversation->is_securing = code == 220;
    }
    note_receiving(conversation, event, code);
}

static void on_hello(struct conversation *conversation,
                     const struct smtp_event *event)
{
    const char *verb = event->verb == SMTP_VERB_EHLO   ? "EHLO"
                       : event->verb == SMTP_VERB_HELO ? "HELO"
                                                       : "LHLO";
    if (event->proposed.code < 400) {
        recorder_set_helo(conversation->recorder, verb, event->argument);
    } else {
        recorder_refused(conversation->recorder);
    }
    conversation_answer(conversation, event, &event->proposed);
}

/* Returns false when the answer comes later. */
static bool on_command(struct conversation *conversation,
                       const struct smtp_event *event)
{
    COUNT(conversation->service->counters->commands);
    if (event->verb == SMTP_VERB_DATA_END || event->verb == SMTP_VERB_BDAT) {
        return conversation_body_end(conversation, event);
    }
    if (event->verb != SMTP_VERB_GREETING) {
        recorder_command(conversation->recorder, event);
    }
    switch (event->verb) {
    case SMTP_VERB_EHLO:
    case SMTP_VERB_HELO:
    case SMTP_VERB_LHLO:
        on_hello(conversation, event);
        break;
    case SMTP_VERB_MAIL:
    case SMTP_VERB_RCPT:
    case SMTP_VERB_DATA:
        conversation_envelope(conversation, event);
        break;
    case SMTP_VERB_AUTH:
        conversation_auth(conversation, event);
        break;
    case SMTP_VERB_XCLIENT:
        conversation_xclient(conversation, event);
        break;
    default:
        conversation_answer(conversation, event, &event->proposed);
    }
    return true;
}

static void on_remark(struct conversation *conversation,
                      const struct smtp_event *event)
{
    conversation->has_early_hello |=
        bytes_equal(event->check, BYTES("tls-clienthello-before-220"));
    recorder_remark(conversation->recorder,
                    &(struct recorder_remark){.check = event->check,
                                              .text = event->text,
                                              .detail = event->detail,
                                              .dir = TRANSCRIPT_CLIENT,
                                              .place = event->place});
}

/* Gives the engine what it takes of `rest`. */
static struct bytes feed(struct conversation *conversation, struct bytes rest)
{
    struct smtp_session *session = conversation->session;
    recorder_settle(conversation->recorder, smtp_session_in_body(session));
    size_t taken = smtp_session_feed(session, rest);
    recorder_fed(conversation->recorder, bytes_part(rest, 0, taken));
    return bytes_part(rest, taken, rest.size);
}

/* Walks the engine until it needs more than `rest` has. */
static enum conversation_want walk(struct conversation *conversation,
                                   struct bytes *rest)
{
    for (;;) {
        struct smtp_event event;
        enum smtp_event_kind kind =
            smtp_session_next(conversation->session, &event);
        switch (kind) {
        case SMTP_NEED_INPUT:
            if (rest->size > 0 &&
                smtp_session_output(conversation->session).size > OUTPUT_MAX) {
                return CONVERSATION_FULL;
            }
            if (rest->size == 0) {
                return CONVERSATION_HEARS;
            }
            *rest = feed(conversation, *rest);
            break;
        case SMTP_COMMAND:
            if (!on_command(conversation, &event)) {
                conversation->is_waiting = true;
                return CONVERSATION_WAITS;
            }
            break;
        case SMTP_BODY:
            conversation_body(conversation, &event);
            break;
        case SMTP_ABANDONED:
            conversation_abandon(conversation);
            break;
        case SMTP_CHUNK:
            recorder_command(conversation->recorder, &event);
            break;
        case SMTP_DISCARDED:
            if (conversation->is_securing) {
                recorder_discarded(conversation->recorder, &event);
            } else {
                recorder_passed_over(conversation->recorder, &event);
            }
            break;
        case SMTP_REMARK:
            on_remark(conversation, &event);
            break;
        case SMTP_SECURE:
        case SMTP_FINISHED:
            conversation->has_finished = kind == SMTP_FINISHED;
            conversation->has_hung_up |=
                conversation->has_finished && !conversation->has_ended_input;
            if (rest->size == 0) {
                return kind == SMTP_SECURE ? CONVERSATION_SECURE
                                           : CONVERSATION_ENDS;
            }
            *rest = feed(conversation, *rest);
            break;
        }
    }
}

enum conversation_want conversation_turn(struct conversation *conversation,
                                         struct bytes input)
{
    struct buffer held = {0};
    if (input.size > 0) {
        recorder_arrived(conversation->recorder, input.size,
                         conversation->layer);
    }
    if (conversation->is_waiting || conversation->hold.size > 0) {
        buffer_add(&conversation->hold, input);
    }
    if (conversation->is_waiting) {
        return CONVERSATION_WAITS;
    }
    if (conversation->hold.size > 0) {
        held = conversation->hold;
        conversation->hold = (struct buffer){0};
        input = buffer_bytes(&held);
    }
    enum conversation_want want = walk(conversation, &input);
    recorder_settle(conversation->recorder,
                    smtp_session_in_body(conversation->session));
    buffer_add(&conversation->hold, input);
    buffer_free(&held);
    if (want != CONVERSATION_WAITS &&
        recorder_pending(conversation->recorder) > PIECE_BYTES) {
        conversation_hand_over(conversation);
    }
    return want;
}

void conversation_end_input(struct conversation *conversation)
{
    conversation->has_ended_input = true;
    smtp_session_end_input(conversation->session);
}

struct bytes conversation_output(const struct conversation *conversation)
{
    if (conversation->session == NULL) {
        return (struct bytes){0};
    }
    return smtp_session_output(conversation->session);
}

void conversation_sent(struct conversation *conversation, size_t size)
{
    struct bytes output = smtp_session_output(conversation->session);
    recorder_sent(conversation->recorder, bytes_part(output, 0, size),
                  conversation->layer);
    smtp_session_sent(conversation->session, size);
}

bool conversation_close(struct conversation *conversation,
                        const struct smtp_reply *reply, const char *reason)
{
    if (conversation->session == NULL || conversation->has_finished) {
        conversation->close_reason = reason;
        return true;
    }
    if (conversation->is_waiting ||
        smtp_session_answer_due(conversation->session)) {
        return false;
    }
    conversation->close_reason = reason;
    recorder_tick(conversation->recorder);
    size_t from = smtp_session_output(conversation->session).size;
    smtp_session_close(conversation->session, reply);
    size_t to = smtp_session_output(conversation->session).size;
    recorder_note(conversation->recorder, TRANSCRIPT_NOTE, reply->text);
    if (to > from) {
        recorder_unasked(conversation->recorder);
        struct bytes output = smtp_session_output(conversation->session);
        recorder_reply(conversation->recorder,
                       bytes_part(output, from, to - from), from);
    }
    return true;
}

void conversation_deliver(struct conversation *conversation,
                          struct inbox_delivery *delivery)
{
    struct arena arena = {0};
    struct inbox_session session;
    recorder_summary(conversation->recorder, &arena, &session);
    delivery->session = &session;
    delivery->piece = recorder_take(conversation->recorder);
    delivery->transaction = recorder_transaction(conversation->recorder);
    delivery->inbox = conversation->service->inbox_name;
    delivery->login = conversation->login;
    inbox_keep_soon(conversation->service->inbox, delivery);
    recorder_handed_over(conversation->recorder);
    arena_free(&arena);
}

void conversation_hand_over(struct conversation *conversation)
{
    struct inbox_delivery delivery = {0};
    conversation_deliver(conversation, &delivery);
}

/* What the engine cannot know: how the client left. */
static void remark_on_end(struct conversation *conversation)
{
    struct recorder *recorder = conversation->recorder;
    uint64_t heard = recorder_heard(recorder);
    struct recorder_remark remark = {.dir = TRANSCRIPT_CLIENT,
                                     .place = {.offset = heard}};
    /* Who could not shake hands had no way to say QUIT. */
    if (conversation->close_reason != NULL || conversation->has_quit ||
        conversation->has_hung_up || conversation->has_failed_tls) {
        return;
    }
    if (conversation->receiving != NULL) {
        recorder_aborted(recorder);
    }
    if (heard == 0) {
        remark.check = BYTES("conn-no-command");
        remark.text = BYTES("the client went without a word");
    } else if (recorder_open_transaction(recorder) != 0 &&
               !conversation->has_dropped_body) {
        remark.check = BYTES("conn-dropped-mid-transaction");
        remark.text = BYTES("the client went between MAIL and the message");
    } else {
        remark.check = BYTES("conn-no-quit");
        remark.text = BYTES("the client closed the connection without QUIT");
    }
    recorder_remark(recorder, &remark);
}

/* The close_reason of the API when the engine hung up. */
static const char *const hang_up_reasons[] = {
    [SMTP_ENDED_BY_HOST] = "fault",
    [SMTP_ENDED_BY_ERRORS] = "too_many_errors",
    [SMTP_ENDED_BY_LIMIT] = "limit",
    [SMTP_ENDED_AS_FOREIGN] = "not_smtp",
};

static void announce(const struct conversation *conversation)
{
    const char *outcome = recorder_outcome(conversation->recorder);
    if (strcmp(outcome, "delivered") == 0 || strcmp(outcome, "empty") == 0) {
        return;
    }
    struct announcer *announcer = conversation->service->announcer;
    announcer_add(announcer, "session=%llu peer=%s outcome=%s %s/sessions/%llu",
                  (unsigned long long)conversation->id,
                  recorder_peer(conversation->recorder), outcome,
                  announcer_url(announcer),
                  (unsigned long long)conversation->id);
}

void conversation_free(struct conversation *conversation, const char *reason)
{
    struct recorder *recorder = conversation->recorder;
    conversation->has_ended_input = true;
    if (conversation->draft != NULL) {
        conversation_abandon(conversation);
    }
    recorder_unread(recorder, buffer_bytes(&conversation->hold));
    remark_on_end(conversation);
    if (conversation->close_reason != NULL) {
        reason = conversation->close_reason;
    } else if (conversation->has_quit) {
        reason = "quit";
    } else if (conversation->has_hung_up) {
        reason = hang_up_reasons[smtp_session_ending(conversation->session)];
        recorder_refused(recorder);
    }
    recorder_transaction_over(recorder);
    recorder_close(recorder, reason);
    announce(conversation);
    conversation_hand_over(conversation);
    if (conversation->receiving != NULL) {
        receiving_end(conversation->service->receiving,
                      conversation->receiving);
    }
    buffer_free(&conversation->hold);
    smtp_session_free(conversation->session);
    recorder_free(recorder);
    scram_free(conversation->scram);
    free(conversation->login);
    buffer_free(&conversation->answer_text);
}
