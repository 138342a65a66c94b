/* SPDX-License-Identifier: MIT */
#include "webui/json/summaries.h"

#include "inbox/diagnosis/catalogue.h"
#include "inbox/transcript/transcript.h"

static struct json *counts_json(struct inbox_counts counts)
{
    struct json *value = json_new_object();

    json_put_number(value, "error", counts.error);
    json_put_number(value, "warning", counts.warning);
    json_put_number(value, "info", counts.notice);
    return value;
}

static struct json *texts_json(const char *const *texts, size_t count)
{
    struct json *value = json_new_array();

    for (size_t i = 0; i < count; i++) {
        json_push(value, json_new_text(texts[i]));
    }
    return value;
}

static struct json *mailbox_json(const struct inbox_mailbox *mailbox)
{
    if (mailbox->address == NULL) {
        return json_new_null();
    }
    struct json *value = json_new_object();
    json_put_text(value, "name", mailbox->name == NULL ? "" : mailbox->name);
    json_put_text(value, "address", mailbox->address);
    return value;
}

static struct json *mailboxes_json(const struct inbox_mailbox *mailboxes,
                                   size_t count)
{
    struct json *value = json_new_array();

    for (size_t i = 0; i < count; i++) {
        json_push(value, mailbox_json(&mailboxes[i]));
    }
    return value;
}

static struct json *envelope_json(const struct inbox_message *message)
{
    struct json *value = json_new_object();

    json_put_text(value, "from", message->envelope_from);
    json_put(value, "to",
             texts_json(message->envelope_to, message->envelope_to_count));
    json_put_text(value, "body", message->body_type);
    json_put_bool(value, "smtputf8", message->is_smtputf8);
    return value;
}

struct json *message_summary(const struct inbox_message *message)
{
    struct json *value = json_new_object();

    json_put_number(value, "id", (int64_t)message->id);
    json_put_number(value, "seq", (int64_t)message->seq);
    json_put_text(value, "inbox", message->inbox);
    json_put(value, "session",
             message->session == 0
                 ? json_new_null()
                 : json_new_number((int64_t)message->session));
    json_put(value, "received_at",
             json_new_time(message->received_at_us, INT64_MIN));
    json_put_number(value, "size", (int64_t)message->size);
    json_put(value, "envelope", envelope_json(message));
    json_put(value, "from", mailbox_json(&message->from));
    json_put(value, "to", mailboxes_json(message->to, message->to_count));
    json_put(value, "cc", mailboxes_json(message->cc, message->cc_count));
    json_put_text(value, "subject", message->subject);
    json_put_text(value, "message_id", message->message_id);
    json_put(value, "date", json_new_time(message->date_us, INT64_MIN));
    json_put_text(value, "snippet", message->snippet);
    json_put(value, "attachments",
             message->attachments < 0 ? json_new_null()
                                      : json_new_number(message->attachments));
    json_put_bool(value, "read", message->is_read);
    json_put(value, "tags", texts_json(message->tags, message->tag_count));
    json_put(value, "findings", counts_json(message->findings));
    return value;
}

static struct json *params_json(const struct inbox_param *params, size_t count)
{
    struct json *value = json_new_object();

    for (size_t i = 0; i < count; i++) {
        json_put_text(value, params[i].keyword, params[i].value);
    }
    return value;
}

static struct json *path_json(const char *address,
                              const struct inbox_param *params, size_t count)
{
    struct json *value = json_new_object();

    json_put_text(value, "address", address);
    json_put(value, "params", params_json(params, count));
    return value;
}

struct json *transaction_json(const struct inbox_transaction *transaction)
{
    struct json *value = json_new_object();
    struct json *rcpt = json_new_array();

    json_put(value, "mail_from",
             path_json(transaction->from, transaction->params,
                       transaction->param_count));
    for (size_t i = 0; i < transaction->recipient_count; i++) {
        const struct inbox_recipient *to = &transaction->recipients[i];
        struct json *one = path_json(to->address, to->params, to->param_count);
        json_put(one, "code",
                 to->code == 0 ? json_new_null() : json_new_number(to->code));
        json_push(rcpt, one);
    }
    json_put(value, "rcpt_to", rcpt);
    json_put(value, "code",
             transaction->code == 0 ? json_new_null()
                                    : json_new_number(transaction->code));
    json_put(value, "message",
             transaction->message == 0
                 ? json_new_null()
                 : json_new_number((int64_t)transaction->message));
    json_put(value, "size",
             transaction->body == 0
                 ? json_new_null()
                 : json_new_number((int64_t)transaction->size));
    return value;
}

const struct inbox_transaction *
session_transaction(const struct inbox_session *session, uint32_t number)
{
    uint32_t first = session->first_transaction;

    return number >= first && number - first < session->transaction_count
               ? &session->transactions[number - first]
               : NULL;
}

struct json *session_transactions(const struct inbox_session *session)
{
    struct json *value = json_new_array();

    for (size_t i = 0; i < session->transaction_count; i++) {
        json_push(value, transaction_json(&session->transactions[i]));
    }
    return value;
}

static void put_ends(struct json *value, const struct inbox_session *session)
{
    json_put(value, "opened_at",
             json_new_time(session->opened_at_us, INT64_MIN));
    json_put(value, "closed_at", json_new_time(session->closed_at_us, 0));
    json_put_text(value, "outcome", session->is_live ? NULL : session->outcome);
    json_put_text(value, "close_reason",
                  session->is_live ? NULL : session->close_reason);
}

/* How many recipients were accepted and refused. An open session has its
 * transactions; of a closed one lists know only the numbers. */
static struct json *recipients_json(const struct inbox_session *session)
{
    struct json *value = json_new_object();
    uint64_t accepted = 0;
    uint64_t refused = 0;

    for (size_t i = 0; i < session->transaction_count; i++) {
        const struct inbox_transaction *one = &session->transactions[i];
        for (size_t k = 0; k < one->recipient_count; k++) {
            bool is_accepted = one->recipients[k].code / 100 == 2;
            accepted += is_accepted;
            refused += !is_accepted;
        }
    }
    bool has_list = session->transaction_count > 0;
    json_put_number(value, "accepted",
                    (int64_t)(has_list ? accepted : session->accepted));
    json_put_number(value, "refused",
                    (int64_t)(has_list ? refused : session->refused));
    return value;
}

/* Null: it goes on, or an older version kept it. */
static struct json *waits_json(const struct inbox_session *session)
{
    const struct inbox_waits *waits = &session->waits;
    bool is_known = (waits->client_us | waits->server_us | waits->tls_us) != 0;
    if (session->is_live || !is_known) {
        return json_new_null();
    }
    struct json *value = json_new_object();
    json_put_number(value, "client_us", (int64_t)waits->client_us);
    json_put_number(value, "server_us", (int64_t)waits->server_us);
    json_put_number(value, "tls_us", (int64_t)waits->tls_us);
    return value;
}

struct json *session_summary(const struct inbox_session *session)
{
    struct json *value = json_new_object();
    struct json *messages = json_new_array();

    json_put_number(value, "id", (int64_t)session->id);
    json_put(value, "seq",
             session->is_live || session->seq == 0
                 ? json_new_null()
                 : json_new_number((int64_t)session->seq));
    json_put_text(value, "inbox", session->inbox);
    json_put_bool(value, "live", session->is_live);
    json_put_text(value, "listener", session->listener);
    json_put_text(value, "peer", session->peer);
    put_ends(value, session);
    json_put_bool(value, "fault", session->is_fault);
    json_put_text(value, "helo", session->helo);
    json_put_embedded(value, "tls", session->tls);
    json_put_embedded(value, "auth", session->auth);
    json_put_embedded(value, "proxy", session->proxy);
    json_put_embedded(value, "refusal", session->refusal);
    json_put(value, "recipients", recipients_json(session));
    json_put_number(value, "slowest_gap_ms",
                    (int64_t)(session->slowest_gap_us / 1000));
    json_put(value, "waits", waits_json(session));
    json_put_number(value, "bytes_in", (int64_t)session->bytes_in);
    json_put_number(value, "bytes_out", (int64_t)session->bytes_out);
    json_put_number(value, "commands", session->commands);
    json_put_number(value, "errors", session->errors);
    for (size_t i = 0; i < session->message_count; i++) {
        json_push(messages, json_new_number((int64_t)session->messages[i]));
    }
    json_put(value, "messages", messages);
    json_put(value, "findings", counts_json(session->finding_counts));
    return value;
}

static struct json *place_json(const struct inbox_finding *finding)
{
    if (finding->event == 0 && finding->length == 0 && finding->offset == 0) {
        return json_new_null();
    }
    struct json *value = json_new_object();
    json_put_text(value, "dir", finding->dir == TRANSCRIPT_SERVER ? "s" : "c");
    json_put_number(value, "offset", (int64_t)finding->offset);
    json_put_number(value, "length", (int64_t)finding->length);
    return value;
}

static struct json *finding_json(const struct inbox_finding *finding)
{
    const struct diagnosis_check *check = diagnosis_find(finding->check);
    struct json *value = json_new_object();

    json_put_text(value, "check", finding->check);
    json_put_text(
        value, "severity",
        diagnosis_word(check == NULL ? DIAGNOSIS_INFO : check->severity));
    json_put_number(value, "count", finding->count);
    json_put_text(value, "text", finding->text);
    json_put_text(value, "source", check == NULL ? NULL : check->source);
    json_put(value, "event",
             finding->event == 0 ? json_new_null()
                                 : json_new_number(finding->event));
    json_put(value, "at", place_json(finding));
    return value;
}

struct json *diagnosis_json(const struct inbox_session *session,
                            uint32_t transaction)
{
    struct json *value = json_new_array();

    for (size_t i = 0; i < session->finding_count; i++) {
        const struct inbox_finding *finding = &session->findings[i];
        if (transaction == 0 || finding->transaction == transaction) {
            json_push(value, finding_json(finding));
        }
    }
    return value;
}

struct json *session_finding(const struct inbox_session *session, size_t index)
{
    const struct inbox_finding *finding = &session->findings[index];
    struct json *value = finding_json(finding);
    const struct inbox_transaction *one =
        finding->transaction == 0
            ? NULL
            : session_transaction(session, finding->transaction);
    uint64_t message = one == NULL ? 0 : one->message;

    json_put_number(value, "session", (int64_t)session->id);
    json_put(value, "message",
             message == 0 ? json_new_null()
                          : json_new_number((int64_t)message));
    return value;
}
