/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "inbox/base/log.h"
#include "server/conversation/announcer.h"
#include "server/conversation/conversation.h"

/* MAIL to the last reply: the envelope, the body's way into a draft, and the
 * 250 that leaves only when the journal holds the message. */

static const char full_text[] =
    "Too much mail is arriving at once (--max-draft-bytes); try again later";

static const char slow_text[] =
    "The disk is slow: a write has taken seconds; try again later";

static struct smtp_reply no_room(const char *why)
{
    return (struct smtp_reply){
        .code = 452, .enhanced = "4.3.1", .text = bytes_of(why)};
}

static bool open_draft(struct conversation *conversation)
{
    conversation->draft =
        inbox_draft_new(conversation->service->inbox, conversation->declared);
    conversation->is_full = conversation->draft == NULL;
    conversation->wire = (struct smtp_place){0};
    conversation->wire_size = 0;
    conversation->body++;
    return conversation->draft != NULL;
}

void conversation_envelope(struct conversation *conversation,
                           const struct smtp_event *event)
{
    struct smtp_reply reply = event->proposed;
    struct recorder *recorder = conversation->recorder;
    if (event->verb == SMTP_VERB_MAIL) {
        conversation->declared = event->declared_bytes;
        recorder_mail(recorder, event, reply.code);
    } else if (event->verb == SMTP_VERB_RCPT) {
        recorder_rcpt(recorder, event, reply.code);
    } else {
        bool is_slow = inbox_is_stuck(conversation->service->inbox);
        if (reply.code < 400 && (is_slow || !open_draft(conversation))) {
            reply = no_room(is_slow ? slow_text : full_text);
        }
        if (reply.code >= 400) {
            recorder_refused_data(recorder, reply.code);
        }
    }
    conversation_answer(conversation, event, &reply);
}

void conversation_body(struct conversation *conversation,
                       const struct smtp_event *event)
{
    if (conversation->draft == NULL && !conversation->is_full) {
        (void)open_draft(conversation);
    }
    if (conversation->wire.size == 0) {
        conversation->wire.offset = event->place.offset;
    }
    conversation->wire.size += event->place.size;
    conversation->wire_size += event->place.size;
    /* What the draft did not get stays in the transcript, octet for octet. */
    if (conversation->is_full ||
        inbox_draft_add(conversation->draft, event->body, event->dots,
                        event->dot_count) != 0) {
        conversation->is_full = true;
        return;
    }
    recorder_body(conversation->recorder, event, conversation->body);
}

/* The draft becomes the keeper's. */
static void deliver_body(struct conversation *conversation,
                         struct inbox_delivery *delivery)
{
    delivery->draft = conversation->draft;
    delivery->body = conversation->body;
    delivery->wire_size = conversation->wire_size;
    conversation->draft = NULL;
    conversation->is_full = false;
    conversation_deliver(conversation, delivery);
}

static void forget_draft(struct conversation *conversation)
{
    conversation->draft = NULL;
    conversation->is_full = false;
    conversation->wire = (struct smtp_place){0};
    conversation->wire_size = 0;
}

void conversation_abandon(struct conversation *conversation)
{
    struct recorder *recorder = conversation->recorder;
    if (conversation->wire.size > 0) {
        recorder_body_end(recorder, conversation->body, conversation->wire);
    }
    if (conversation->has_ended_input) {
        conversation->has_dropped_body = true;
        recorder_aborted(recorder);
        recorder_remark(
            recorder,
            &(struct recorder_remark){
                .check = BYTES("conn-dropped-in-data"),
                .text = BYTES("the connection ended inside the message"),
                .dir = TRANSCRIPT_CLIENT,
                .place = conversation->wire});
    }
    if (conversation->draft != NULL) {
        recorder_end_of_data(recorder, 0, conversation->body,
                             inbox_draft_size(conversation->draft));
        struct inbox_delivery delivery = {.is_aborted = true};
        deliver_body(conversation, &delivery);
    }
    forget_draft(conversation);
}

/* Records the end of a body, or a BDAT chunk, and how large it is. */
static void end_body(struct conversation *conversation,
                     const struct smtp_event *event)
{
    struct recorder *recorder = conversation->recorder;
    if (event->verb == SMTP_VERB_BDAT) {
        if (event->line.size > 0) {
            recorder_command(recorder, event);
        }
        if (conversation->wire.size > 0) {
            recorder_body_end(recorder, conversation->body, conversation->wire);
            conversation->wire.size = 0;
        }
        return;
    }
    struct smtp_place wire = conversation->wire;
    wire.offset = wire.size == 0 ? event->place.offset : wire.offset;
    wire.size = event->place.offset + event->place.size - wire.offset;
    conversation->wire_size = wire.size;
    recorder_body_end(recorder, conversation->body, wire);
}

static void hand_over_message(struct conversation *conversation,
                              const struct smtp_event *event)
{
    struct recorder *recorder = conversation->recorder;
    conversation->proposed_code = event->proposed.code;
    memcpy(conversation->proposed_enhanced, event->proposed.enhanced,
           sizeof(conversation->proposed_enhanced));
    recorder_end_of_data(recorder, event->proposed.code, conversation->body,
                         inbox_draft_size(conversation->draft));
    struct inbox_delivery delivery = {.is_message = true,
                                      .envelope = recorder_envelope(recorder),
                                      .is_bdat = event->verb == SMTP_VERB_BDAT,
                                      .ticket = conversation->ticket};
    deliver_body(conversation, &delivery);
}

/* The body stays for the transcript, but it is no message. */
static void refuse_body(struct conversation *conversation,
                        const struct smtp_event *event,
                        const struct smtp_reply *reply)
{
    struct recorder *recorder = conversation->recorder;
    COUNT(conversation->service->counters->messages_refused);
    uint64_t size =
        conversation->draft != NULL ? inbox_draft_size(conversation->draft) : 0;
    recorder_end_of_data(recorder, reply->code, conversation->body, size);
    if (conversation->draft != NULL) {
        struct inbox_delivery delivery = {.is_bdat =
                                              event->verb == SMTP_VERB_BDAT};
        deliver_body(conversation, &delivery);
    }
    forget_draft(conversation);
}

/* LMTP: the message was kept, or not, before the first recipient's answer; the
 * others get the same (RFC 2033 4.2). */
static void answer_again(struct conversation *conversation,
                         const struct smtp_event *event)
{
    struct smtp_reply reply = event->proposed;
    if (conversation->answer.code >= 400) {
        reply = conversation->answer;
    }
    conversation_answer(conversation, event, &reply);
}

bool conversation_body_end(struct conversation *conversation,
                           const struct smtp_event *event)
{
    bool is_end = event->verb == SMTP_VERB_DATA_END || event->is_last;
    if (is_end && event->recipient > 0) {
        answer_again(conversation, event);
        return true;
    }
    end_body(conversation, event);
    struct smtp_reply reply = event->proposed;
    if (conversation->is_full && reply.code < 400) {
        reply = no_room(full_text);
    }
    if (reply.code < 400 && !is_end) {
        conversation_answer(conversation, event, &reply);
        return true;
    }
    if (reply.code < 400 && inbox_is_stuck(conversation->service->inbox)) {
        reply = no_room(slow_text);
    }
    if (reply.code >= 400) {
        refuse_body(conversation, event, &reply);
        conversation->answer = reply;
        conversation_answer(conversation, event, &reply);
        return true;
    }
    if (conversation->draft == NULL && !open_draft(conversation)) {
        reply = no_room(full_text);
        conversation_answer(conversation, event, &reply);
        return true;
    }
    conversation->is_end_of_bdat = event->verb == SMTP_VERB_BDAT;
    hand_over_message(conversation, event);
    return false;
}

static void announce(const struct conversation *conversation,
                     const struct inbox_answer *answer)
{
    if (!log_is_on(LOG_INFO)) {
        return;
    }
    const struct inbox_transaction *envelope =
        recorder_envelope(conversation->recorder);
    struct announcer *announcer = conversation->service->announcer;
    size_t count = envelope->recipient_count;
    announcer_add(announcer,
                  "message=%llu session=%llu from=<%s> to=<%s>%s "
                  "size=%llu %s/messages/%llu",
                  (unsigned long long)answer->message,
                  (unsigned long long)conversation->id, envelope->from,
                  count > 0 ? envelope->recipients[0].address : "",
                  count > 1 ? ",..." : "", (unsigned long long)envelope->size,
                  announcer_url(announcer),
                  (unsigned long long)answer->message);
}

void conversation_kept(struct conversation *conversation,
                       const struct inbox_answer *answer)
{
    struct smtp_event event = {.kind = SMTP_COMMAND,
                               .verb = conversation->is_end_of_bdat
                                           ? SMTP_VERB_BDAT
                                           : SMTP_VERB_DATA_END};
    struct smtp_reply reply = {.code = conversation->proposed_code};
    struct buffer *text = &conversation->answer_text;
    text->size = 0;
    conversation->is_waiting = false;
    recorder_tick(conversation->recorder);
    if (answer->verdict == INBOX_KEPT) {
        memcpy(reply.enhanced, conversation->proposed_enhanced,
               sizeof(reply.enhanced));
        buffer_add(text, BYTES("kept as "));
        buffer_add_number(text, answer->message);
        recorder_set_inbox(conversation->recorder, answer->inbox);
        COUNT(conversation->service->counters->messages_kept);
        announce(conversation, answer);
    } else {
        reply = no_room("");
        buffer_print(text, "Not kept: %s", answer->reason);
        log_line(LOG_ERROR, "session=%llu event=not-kept reason=%s",
                 (unsigned long long)conversation->id, answer->reason);
        COUNT(conversation->service->counters->messages_refused);
        const struct inbox_transaction *envelope =
            recorder_envelope(conversation->recorder);
        recorder_end_of_data(conversation->recorder, reply.code, envelope->body,
                             envelope->size);
    }
    reply.text = buffer_bytes(text);
    conversation->answer = reply;
    conversation_answer(conversation, &event, &reply);
    forget_draft(conversation);
}
