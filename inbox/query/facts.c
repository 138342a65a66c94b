/* SPDX-License-Identifier: MIT */
#include "inbox/query/facts.h"

#include "inbox/transcript/transcript.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a search may ask of a conversation; a longer one is judged by its
 * start. */
#define MOST_TALK 100000
#define MOST_REPLY 4096
#define MOST_VERBS 64

static bool is_named(const char *address, const struct inbox_mailbox *boxes,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (boxes[i].address && strcasecmp(boxes[i].address, address) == 0) {
            return true;
        }
    }
    return false;
}

static void find_bcc(const struct inbox_message *message, struct arena *arena,
                     struct facts *facts)
{
    facts->bcc = arena_new(arena, (message->envelope_to_count + 1) *
                                      sizeof(*facts->bcc));
    for (size_t i = 0; i < message->envelope_to_count; i++) {
        const char *address = message->envelope_to[i];

        if (!is_named(address, message->to, message->to_count) &&
            !is_named(address, message->cc, message->cc_count)) {
            facts->bcc[facts->bcc_count++] = address;
        }
    }
}

static const char *reply_text(const struct transcript *transcript,
                              const struct transcript_event *event,
                              struct arena *arena)
{
    struct buffer octets = {0};
    struct transcript_range range = {
        event->offset, event->size < MOST_REPLY ? event->size : MOST_REPLY,
        TRANSCRIPT_SERVER};
    const char *text;

    (void)transcript_wire(transcript, range, NULL, &octets);
    text = mail_utf8(buffer_bytes(&octets), arena);
    buffer_free(&octets);
    return text;
}

/* Each verb once: nobody asks how often, and a session may have thousands. */
static void add_verb(struct facts *facts, struct bytes verb,
                     struct arena *arena)
{
    for (size_t i = 0; i < facts->verb_count && i < MOST_VERBS; i++) {
        if (bytes_equal(bytes_of(facts->verbs[i]), verb)) {
            return;
        }
    }
    facts->verbs[facts->verb_count++] = mail_utf8(verb, arena);
}

static void read_talk(const struct facts_source *source, struct arena *arena,
                      struct facts *facts)
{
    struct transcript transcript;
    struct facts_reply *replies;
    size_t most;

    (void)transcript_read(source->pieces, source->piece_count, arena,
                          &transcript);
    most =
        transcript.event_count < MOST_TALK ? transcript.event_count : MOST_TALK;
    facts->verbs = arena_new(arena, (most + 1) * sizeof(*facts->verbs));
    replies = arena_new(arena, (most + 1) * sizeof(*replies));
    for (size_t i = 0; i < most; i++) {
        const struct transcript_event *event = &transcript.events[i];

        if (event->type == TRANSCRIPT_COMMAND) {
            add_verb(facts, event->detail, arena);
        } else if (event->type == TRANSCRIPT_REPLY ||
                   event->type == TRANSCRIPT_BANNER) {
            replies[facts->reply_count].code = event->code;
            replies[facts->reply_count++].text =
                reply_text(&transcript, event, arena);
        }
    }
    facts->replies = replies;
}

static void find_transaction(struct facts *facts)
{
    uint32_t number = facts->message->transaction;
    const struct inbox_session *session = facts->session;
    uint32_t first =
        session && session->first_transaction ? session->first_transaction : 1;

    if (session && number >= first &&
        number - first < session->transaction_count) {
        facts->transaction = &session->transactions[number - first];
    }
}

void facts_make(const struct facts_source *source, struct arena *arena,
                struct facts *facts_out)
{
    *facts_out =
        (struct facts){.message = source->message, .session = source->session};
    if (source->message) {
        find_bcc(source->message, arena, facts_out);
        find_transaction(facts_out);
    }
    if (source->message && source->wants & FACTS_HEADERS) {
        struct mail_header *headers;

        facts_out->header_count = mail_headers(source->raw, arena, &headers);
        facts_out->headers = headers;
    }
    if (source->message && source->wants & FACTS_CONTENT) {
        struct mail_content *content = arena_new(arena, sizeof(*content));

        mail_read(source->raw, arena, content);
        facts_out->content = content;
    }
    if (source->wants & FACTS_TRANSCRIPT) {
        read_talk(source, arena, facts_out);
    }
}
