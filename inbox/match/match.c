/* SPDX-License-Identifier: MIT */
#include "inbox/match/match.h"

#include "inbox/match/network.h"

#include <string.h>
#include <strings.h>

/* What a term is judged by. */
struct judging {
    const struct facts *facts;
    const struct query *term;
    struct arena *arena;
};

static bool is_text(const struct judging *judging, const char *text)
{
    switch (judging->term->compare) {
    case QUERY_EQUAL:
        return match_same(text, judging->term->text);
    case QUERY_LIKE:
        return match_like(text, judging->term->text);
    default:
        return match_contains(text, judging->term->text);
    }
}

static bool is_number(const struct query *term, int64_t number)
{
    switch (term->compare) {
    case QUERY_ABOVE:
        return number > term->number;
    case QUERY_BELOW:
        return number < term->number;
    case QUERY_AT_LEAST:
        return number >= term->number;
    case QUERY_AT_MOST:
        return number <= term->number;
    default:
        return number == term->number;
    }
}

static bool is_code(const struct query *term, uint16_t code)
{
    if (term->compare == QUERY_CONTAINS) {
        return code >= term->number && code < term->number + 100;
    }
    return code != 0 && is_number(term, code);
}

static bool in_texts(const struct judging *judging, const char *const *texts,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_text(judging, texts[i])) {
            return true;
        }
    }
    return false;
}

static bool in_boxes(const struct judging *judging,
                     const struct inbox_mailbox *boxes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (boxes[i].address && (is_text(judging, boxes[i].name) ||
                                 is_text(judging, boxes[i].address))) {
            return true;
        }
    }
    return false;
}

/* The text as it is written, or what a person reads of HTML; and that of the
 * messages and reports inside it. */
static bool in_body(const struct judging *judging)
{
    const struct mail_content *content = judging->facts->content;

    return content && (is_text(judging, content->text) ||
                       is_text(judging, content->html) ||
                       is_text(judging, content->html_text) ||
                       is_text(judging, content->enclosed));
}

typedef bool match_part(const struct judging *judging,
                        const struct mail_part *part);

static bool in_parts(const struct judging *judging,
                     const struct mail_part *part, match_part *is_it)
{
    bool is_found = is_it(judging, part);

    for (size_t i = 0; i < part->child_count && !is_found; i++) {
        is_found = in_parts(judging, &part->children[i], is_it);
    }
    return is_found;
}

static bool is_filename(const struct judging *judging,
                        const struct mail_part *part)
{
    return is_text(judging, part->filename);
}

static bool is_type(const struct judging *judging, const struct mail_part *part)
{
    return is_text(judging, part->type);
}

/* A part that stands inside the text: a picture, mostly. */
static bool is_inline(const struct judging *judging,
                      const struct mail_part *part)
{
    (void)judging;
    bool is_named = part->filename != NULL && part->disposition != NULL;
    return (part->content_id != NULL && match_contains(part->type, "image/")) ||
           (is_named && strcmp(part->disposition, "inline") == 0);
}

static bool in_headers(const struct judging *judging)
{
    const struct facts *facts = judging->facts;

    for (size_t i = 0; i < facts->header_count; i++) {
        if (bytes_equal_nocase(facts->headers[i].name,
                               bytes_of(judging->term->name)) &&
            is_text(judging, facts->headers[i].value)) {
            return true;
        }
    }
    return false;
}

static bool in_senders(const struct judging *judging)
{
    const struct facts *facts = judging->facts;

    if (facts->message) {
        return is_text(judging, facts->message->envelope_from);
    }
    for (size_t i = 0; i < facts->session->transaction_count; i++) {
        if (is_text(judging, facts->session->transactions[i].from)) {
            return true;
        }
    }
    return false;
}

static bool in_recipients(const struct judging *judging)
{
    const struct facts *facts = judging->facts;
    const struct inbox_session *session = facts->session;

    if (facts->message) {
        return in_texts(judging, facts->message->envelope_to,
                        facts->message->envelope_to_count);
    }
    for (size_t i = 0; i < session->transaction_count; i++) {
        const struct inbox_transaction *one = &session->transactions[i];

        for (size_t j = 0; j < one->recipient_count; j++) {
            if (is_text(judging, one->recipients[j].address)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_member(const struct judging *judging, const char *json,
                      const char *const *names)
{
    for (; *names; names++) {
        if (is_text(judging, facts_member(json, *names, judging->arena))) {
            return true;
        }
    }
    return false;
}

static bool in_findings(const struct judging *judging)
{
    const struct facts *facts = judging->facts;

    for (size_t i = 0; facts->session && i < facts->session->finding_count;
         i++) {
        const struct inbox_finding *finding = &facts->session->findings[i];

        if (facts->message && finding->transaction &&
            finding->transaction != facts->message->transaction) {
            continue;
        }
        if (is_text(judging, finding->check)) {
            return true;
        }
    }
    return false;
}

/* A bare word is looked for wherever a person would have read it. */
static bool is_anywhere(const struct judging *judging)
{
    const struct inbox_message *message = judging->facts->message;
    const struct inbox_session *session = judging->facts->session;
    bool is_found = in_senders(judging) || in_recipients(judging);

    if (message) {
        return is_found || in_boxes(judging, &message->from, 1) ||
               in_boxes(judging, message->to, message->to_count) ||
               in_boxes(judging, message->cc, message->cc_count) ||
               is_text(judging, message->subject) ||
               is_text(judging, message->message_id) ||
               in_texts(judging, message->tags, message->tag_count) ||
               in_body(judging) ||
               (judging->facts->content &&
                in_parts(judging, judging->facts->content->root, is_filename));
    }
    return is_found || is_text(judging, session->helo) ||
           is_text(judging, session->peer);
}

static bool has_thing(const struct judging *judging)
{
    const struct inbox_message *message = judging->facts->message;
    const struct inbox_session *session = judging->facts->session;
    const struct inbox_counts *counts =
        message ? &message->findings : &session->finding_counts;
    const struct mail_content *content = judging->facts->content;
    const struct {
        const char *word;
        bool is_there;
    } rows[] = {
        {"attachment", message && message->attachments > 0},
        {"inline", content && in_parts(judging, content->root, is_inline)},
        {"html", content && content->html},
        {"text", content && content->text},
        {"cc", message && message->cc_count > 0},
        {"bcc", judging->facts->bcc_count > 0},
        {"tag", message && message->tag_count > 0},
        {"finding", counts->error + counts->warning + counts->notice > 0},
        {"error", counts->error > 0},
        {"warning", counts->warning > 0},
        {"info", counts->notice > 0},
        {"session", !message || message->session != 0},
        {"tls", session && session->tls},
        {"auth", session && session->auth},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].word, judging->term->text) == 0) {
            return rows[i].is_there;
        }
    }
    return false;
}

static bool has_failed(const struct inbox_session *session)
{
    return session && session->outcome &&
           strcmp(session->outcome, "delivered") != 0 &&
           strcmp(session->outcome, "empty") != 0;
}

static bool is_state(const struct judging *judging)
{
    const struct inbox_message *message = judging->facts->message;
    const struct inbox_session *session = judging->facts->session;
    const char *word = judging->term->text;
    const struct {
        const char *word;
        bool is_so;
    } rows[] = {
        {"read", message && message->is_read},
        {"unread", message && !message->is_read},
        {"message", message != NULL},
        {"session", message == NULL},
        {"failed", !message && has_failed(session)},
        {"fault", session && session->is_fault},
        {"live", !message && session->is_live},
        {"smtputf8", message && message->is_smtputf8},
        {"bdat", message && message->is_bdat},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].word, word) == 0) {
            return rows[i].is_so;
        }
    }
    /* The rest are outcomes; a message was delivered, whatever else. */
    if (message) {
        return strcmp(word, "delivered") == 0;
    }
    return session->outcome && strcmp(session->outcome, word) == 0;
}

static bool is_id(const struct judging *judging)
{
    const struct inbox_message *message = judging->facts->message;
    const struct query *term = judging->term;

    if (*term->text != '\0') {
        return message && is_text(judging, message->message_id);
    }
    return is_number(
        term, (int64_t)(message ? message->id : judging->facts->session->id));
}

static bool in_codes(const struct judging *judging)
{
    const struct facts *facts = judging->facts;

    for (size_t i = 0; i < facts->reply_count; i++) {
        if (is_code(judging->term, facts->replies[i].code)) {
            return true;
        }
    }
    return false;
}

static bool in_replies(const struct judging *judging)
{
    for (size_t i = 0; i < judging->facts->reply_count; i++) {
        if (is_text(judging, judging->facts->replies[i].text)) {
            return true;
        }
    }
    return false;
}

static bool is_session_number(const struct judging *judging)
{
    const struct facts *facts = judging->facts;
    uint64_t id = facts->session ? facts->session->id : facts->message->session;

    return id != 0 && is_number(judging->term, (int64_t)id);
}

static bool is_duration(const struct judging *judging)
{
    const struct inbox_session *session = judging->facts->session;

    if (!session || session->closed_at_us == 0) {
        return false;
    }
    return is_number(judging->term,
                     session->closed_at_us - session->opened_at_us);
}

/* When it was captured: a message when it came, a session when it ended. */
static int64_t captured_at(const struct facts *facts)
{
    return facts->message ? facts->message->received_at_us
                          : facts->session->closed_at_us;
}

/* A tag is asked for whole. */
static bool is_tagged(const struct judging *judging)
{
    const struct inbox_message *message = judging->facts->message;

    for (size_t i = 0; i < message->tag_count; i++) {
        if (match_same(message->tags[i], judging->term->text)) {
            return true;
        }
    }
    return false;
}

static bool of_message(const struct judging *judging)
{
    const struct inbox_message *message = judging->facts->message;

    if (!message) {
        return false;
    }
    switch (judging->term->field) {
    case QUERY_FROM:
        return in_boxes(judging, &message->from, 1);
    case QUERY_TO:
        return in_boxes(judging, message->to, message->to_count);
    case QUERY_CC:
        return in_boxes(judging, message->cc, message->cc_count);
    case QUERY_BCC:
        return in_texts(judging, judging->facts->bcc,
                        judging->facts->bcc_count);
    case QUERY_SUBJECT:
        return is_text(judging, message->subject);
    case QUERY_BODY:
        return in_body(judging);
    case QUERY_TAG:
        return is_tagged(judging);
    case QUERY_FILENAME:
        return judging->facts->content &&
               in_parts(judging, judging->facts->content->root, is_filename);
    case QUERY_PART:
        return judging->facts->content &&
               in_parts(judging, judging->facts->content->root, is_type);
    case QUERY_SIZE:
        return is_number(judging->term, (int64_t)message->size);
    case QUERY_HEADER:
        return in_headers(judging);
    default:
        return false;
    }
}

static bool of_session(const struct judging *judging)
{
    static const char *const auth[] = {"user", "mechanism", NULL};
    static const char *const tls[] = {"version", "cipher", "sni", NULL};
    const struct inbox_session *session = judging->facts->session;

    if (!session) {
        return false;
    }
    switch (judging->term->field) {
    case QUERY_CLIENT:
        return is_text(judging, session->peer) ||
               match_network(session->peer, judging->term->text);
    case QUERY_EHLO:
        return is_text(judging, session->helo);
    case QUERY_AUTH:
        return is_member(judging, session->auth, auth);
    case QUERY_TLS:
        return is_member(judging, session->tls, tls);
    case QUERY_DURATION:
        return is_duration(judging);
    case QUERY_SLOW:
        return is_number(judging->term, (int64_t)session->slowest_gap_us);
    case QUERY_CODE:
        return in_codes(judging);
    case QUERY_CMD:
        return in_texts(judging, judging->facts->verbs,
                        judging->facts->verb_count);
    case QUERY_REPLY:
        return in_replies(judging);
    case QUERY_FINDING:
        return in_findings(judging);
    default:
        return false;
    }
}

static bool of_either(const struct judging *judging)
{
    const struct facts *facts = judging->facts;

    switch (judging->term->field) {
    case QUERY_ANY:
        return is_anywhere(judging);
    case QUERY_ID:
        return is_id(judging);
    case QUERY_HAS:
        return has_thing(judging);
    case QUERY_IS:
        return is_state(judging);
    case QUERY_MAILFROM:
        return in_senders(judging);
    case QUERY_RCPT:
        return in_recipients(judging);
    case QUERY_SESSION:
        return is_session_number(judging);
    case QUERY_AFTER:
    case QUERY_BEFORE:
        return is_number(judging->term, captured_at(facts));
    case QUERY_INBOX:
        return match_same(facts->message ? facts->message->inbox
                                         : facts->session->inbox,
                          judging->term->text);
    default:
        return of_message(judging) || of_session(judging);
    }
}

bool match_query(const struct query *query, const struct facts *facts,
                 struct arena *arena)
{
    struct judging judging = {.facts = facts, .term = query, .arena = arena};

    if (!query) {
        return true;
    }
    switch (query->kind) {
    case QUERY_AND:
        return match_query(query->first, facts, arena) &&
               match_query(query->second, facts, arena);
    case QUERY_OR:
        return match_query(query->first, facts, arena) ||
               match_query(query->second, facts, arena);
    case QUERY_NOT:
        return !match_query(query->first, facts, arena);
    case QUERY_TERM:
        break;
    }
    return of_either(&judging);
}
