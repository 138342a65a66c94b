/* SPDX-License-Identifier: MIT */
#include "server/smtp/state.h"

#include "server/smtp/host.h"
#include "server/smtp/keyword.h"
#include "server/smtp/sasl.h"

void smtp_greeting_ask(struct smtp_session *session, struct smtp_event *event)
{
    const struct smtp_policy *policy = session->policy;
    struct buffer *text = &session->text;
    text->size = 0;
    buffer_add(text, bytes_of(policy->hostname));
    buffer_add(text, policy->is_lmtp ? BYTES(" LMTP ") : BYTES(" ESMTP "));
    buffer_add(text, bytes_of(policy->product));
    smtp_propose_text(session, event, 220, "");
}

void smtp_greeting_done(struct smtp_session *session,
                        const struct smtp_reply *reply)
{
    session->mode = MODE_COMMAND;
    session->is_rejected = !smtp_is_positive(reply);
}

/* ehlo = "EHLO" SP ( Domain / address-literal ) CRLF (RFC 5321 4.1.1.1). Never
 * refused because the name does not fit the address (4.1.4). True when a
 * refusal is proposed. */
static bool refuse_name(struct smtp_session *session, struct smtp_event *event)
{
    struct bytes name = event->argument;
    if (name.size == 0) {
        smtp_remark(session, event, CHECK_NO_ARGUMENT);
        smtp_propose(event, 501, "", "Say your host name behind the command");
        return true;
    }
    enum path_host kind = host_plain_kind(name);
    if (kind == HOST_LITERAL) {
        return false;
    }
    if (bytes_equal_nocase(name, bytes_of(session->policy->hostname))) {
        smtp_remark(session, event, CHECK_HELO_IS_SERVER);
    }
    if (kind == HOST_ADDRESS) {
        smtp_remark(session, event, CHECK_HELO_BARE_IP);
    } else if (kind == HOST_SINGLE) {
        smtp_remark(session, event, CHECK_HELO_NOT_FQDN);
    } else if (kind == HOST_INVALID) {
        smtp_remark(session, event, CHECK_HELO_INVALID);
        if (smtp_is_strict(session)) {
            smtp_propose(event, 501, "", "That is no valid host name");
            return true;
        }
    }
    return false;
}

/* What an answer usually takes: room for that is made once. */
#define HELLO_USUAL 500

/* Plainly: a formatter for each keyword made up half of a session's cost. */
static void add_word(struct smtp_session *session, unsigned char before,
                     struct bytes word)
{
    buffer_add_byte(&session->text, before);
    buffer_add(&session->text, word);
}

static void add_mechanisms(struct smtp_session *session)
{
    uint32_t offered = smtp_auth_offered(session);
    const struct sasl_mechanism *row;
    if (offered == 0) {
        return;
    }
    add_word(session, '\n', BYTES("AUTH"));
    for (size_t i = 0; (row = sasl_row(i)) != NULL; i++) {
        if ((offered & row->bit) != 0) {
            add_word(session, ' ', bytes_of(row->name));
        }
    }
}

/* RFC 9422 4: only limits there are. */
static void add_limits(struct smtp_session *session)
{
    const struct smtp_policy *policy = session->policy;
    const struct {
        const char *name;
        uint32_t value;
    } limits[] = {{"RCPTMAX", policy->max_recipients},
                  {"MAILMAX", policy->max_transactions},
                  {"RCPTDOMAINMAX", policy->max_domains}};
    size_t before = session->text.size;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        if (limits[i].value > 0 && limits[i].value <= 999999) {
            buffer_print(&session->text, "%s %s=%u",
                         session->text.size == before ? "\nLIMITS" : "",
                         limits[i].name, limits[i].value);
        }
    }
}

static void add_keyword(struct smtp_session *session,
                        const struct smtp_keyword *keyword)
{
    uint64_t size = session->policy->max_message_bytes;
    if (keyword->feature == SMTP_AUTH) {
        add_mechanisms(session);
    } else if (keyword->feature == SMTP_LIMITS) {
        add_limits(session);
    } else if (keyword->feature == SMTP_SIZE && size > 0) {
        add_word(session, '\n', BYTES("SIZE "));
        buffer_add_number(&session->text, size);
    } else {
        add_word(session, '\n', keyword->word);
        if (keyword->value != NULL) {
            add_word(session, ' ', bytes_of(keyword->value));
        }
    }
}

/* The client's name goes into the reply only when it could not be taken for
 * something else there. */
static bool is_printable(struct bytes name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (name.at[i] <= 0x20 || name.at[i] >= 0x7f) {
            return false;
        }
    }
    return name.size <= 255;
}

static void propose_hello(struct smtp_session *session,
                          struct smtp_event *event)
{
    session->text.size = 0;
    (void)buffer_room(&session->text, HELLO_USUAL);
    buffer_add(&session->text, bytes_of(session->policy->hostname));
    if (event->verb != SMTP_VERB_HELO && is_printable(event->argument)) {
        buffer_add(&session->text, BYTES(" greets "));
        buffer_add(&session->text, event->argument);
    }
    const struct smtp_keyword *row;
    for (size_t i = 0;
         event->verb != SMTP_VERB_HELO && (row = smtp_keyword_row(i)) != NULL;
         i++) {
        if (smtp_has(session, row->feature)) {
            add_keyword(session, row);
        }
    }
    smtp_propose_text(session, event, 250, "");
    if (session->transaction.is_open) {
        smtp_remark(session, event, CHECK_ABORTED);
    }
}

void smtp_ehlo_ask(struct smtp_session *session, struct smtp_event *event)
{
    if (session->policy->is_lmtp) {
        smtp_remark(session, event, CHECK_HELO_ON_LMTP);
        smtp_propose(event, 500, "5.5.1", "This is LMTP; begin with LHLO");
        return;
    }
    session->tried_ehlo = true;
    if (!refuse_name(session, event)) {
        propose_hello(session, event);
    }
}

void smtp_lhlo_ask(struct smtp_session *session, struct smtp_event *event)
{
    if (!session->policy->is_lmtp) {
        smtp_remark(session, event, CHECK_UNKNOWN);
        smtp_propose(event, 500, "5.5.1", "This is SMTP; begin with EHLO");
        return;
    }
    if (!refuse_name(session, event)) {
        propose_hello(session, event);
    }
}

void smtp_helo_ask(struct smtp_session *session, struct smtp_event *event)
{
    if (session->policy->is_lmtp) {
        smtp_ehlo_ask(session, event);
        return;
    }
    if (!session->tried_ehlo) {
        smtp_remark(session, event, CHECK_NO_EHLO);
    }
    if (!refuse_name(session, event)) {
        propose_hello(session, event);
    }
}

static void begin(struct smtp_session *session, const struct smtp_reply *reply,
                  enum smtp_hello hello)
{
    if (smtp_is_positive(reply)) {
        smtp_transaction_end(session);
        session->last_done = false;
        session->hello = (uint8_t)hello;
    }
}

void smtp_ehlo_done(struct smtp_session *session,
                    const struct smtp_reply *reply)
{
    begin(session, reply, HELLO_EHLO);
}

void smtp_helo_done(struct smtp_session *session,
                    const struct smtp_reply *reply)
{
    begin(session, reply, HELLO_HELO);
}
