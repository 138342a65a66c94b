/* SPDX-License-Identifier: MIT */
#include "server/smtp/state.h"

#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "server/smtp/params.h"
#include "server/smtp/path.h"

/* RFC 5321 4.5.3.1.8: more than a server must take. */
#define RECIPIENTS_COMMON 100

/* MAIL and RCPT differ in words and codes. */
struct envelope_words {
    const char *keyword;
    const char *syntax;
    const char *address_enhanced; /* 501: the address does not fit */
    uint16_t utf8_code;           /* SMTPUTF8 is missing */
};

static const struct envelope_words mail_words = {
    "FROM", "Syntax: MAIL FROM:<address> [parameters]", "5.1.7", 550};
static const struct envelope_words rcpt_words = {
    "TO", "Syntax: RCPT TO:<address> [parameters]", "5.1.3", 553};

static const struct envelope_words *words_of(const struct smtp_event *event)
{
    return event->verb == SMTP_VERB_MAIL ? &mail_words : &rcpt_words;
}

static bool is_blank(unsigned char octet)
{
    return octet == ' ' || octet == '\t';
}

/* "FROM:" or "TO:"; what stands behind it goes to `rest_out`. -1 when it is not
 * there. */
static int read_keyword(struct smtp_session *session, struct smtp_event *event,
                        struct bytes *rest_out)
{
    struct bytes keyword = bytes_of(words_of(event)->keyword);
    struct bytes text = event->argument;
    if (text.size == 0) {
        smtp_remark(session, event, CHECK_NO_ARGUMENT);
        return -1;
    }
    if (!bytes_start_nocase(text, keyword)) {
        return -1;
    }
    size_t i = keyword.size;
    while (i < text.size && is_blank(text.at[i])) {
        i++;
    }
    bool has_space = i > keyword.size;
    if (i == text.size || text.at[i] != ':') {
        return -1;
    }
    i++;
    has_space = has_space || (i < text.size && is_blank(text.at[i]));
    while (i < text.size && is_blank(text.at[i])) {
        i++;
    }
    *rest_out = bytes_part(text, i, text.size);
    if (has_space) {
        smtp_remark(session, event, CHECK_COLON_SPACE);
    }
    return has_space && smtp_is_strict(session) ? -1 : 0;
}

/* Finds the path in the argument and what follows it. -1: refused as 501. */
static int read_path(struct smtp_session *session, struct smtp_event *event,
                     struct bytes *rest_out)
{
    struct bytes text = {0};
    struct path_found found;
    if (read_keyword(session, event, &text) != 0) {
        return -1;
    }
    if (path_find(text, &found) != 0) {
        smtp_remark(session, event, CHECK_NO_ARGUMENT);
        return -1;
    }
    event->path.raw = found.raw;
    event->path.address = found.inner;
    *rest_out = found.rest;
    if (found.is_open) {
        smtp_remark(session, event, CHECK_ADDRESS_SYNTAX);
        return -1;
    }
    if (found.is_glued) {
        smtp_remark(session, event, CHECK_GLUED_PARAMETER);
        return -1;
    }
    if (found.has_name) {
        smtp_remark(session, event, CHECK_DISPLAY_NAME);
    } else if (!found.has_brackets) {
        smtp_remark(session, event, CHECK_NO_BRACKETS);
    }
    bool is_clean = found.has_brackets && !found.has_name;
    return !is_clean && smtp_is_strict(session) ? -1 : 0;
}

static const struct {
    enum path_fault fault;
    enum smtp_check check;
    bool is_refused; /* by a strict server */
} path_faults[] = {
    {PATH_BAD_UTF8, CHECK_BAD_UTF8, true},
    {PATH_SYNTAX, CHECK_ADDRESS_SYNTAX, true},
    {PATH_NO_DOMAIN, CHECK_NO_DOMAIN, true},
    {PATH_DOMAIN_INVALID, CHECK_DOMAIN_INVALID, true},
    {PATH_LOCAL_LONG, CHECK_LOCAL_LONG, true},
    {PATH_DOMAIN_LONG, CHECK_DOMAIN_LONG, true},
    {PATH_LONG, CHECK_PATH_LONG, true},
    {PATH_SINGLE_LABEL, CHECK_SINGLE_LABEL, false},
    {PATH_ROUTE, CHECK_SOURCE_ROUTE, false},
    {PATH_QUOTED, CHECK_QUOTED_LOCAL, false},
};

/* Remarks on the address and, when it must not pass, proposes the refusal. */
static int judge_path(struct smtp_session *session, struct smtp_event *event)
{
    const struct envelope_words *words = words_of(event);
    uint32_t faults = path_check(event->path.address, &event->path.address);
    uint32_t refused = 0;
    for (size_t i = 0; i < sizeof(path_faults) / sizeof(path_faults[0]); i++) {
        if ((faults & path_faults[i].fault) != 0) {
            smtp_remark(session, event, path_faults[i].check);
            refused |= path_faults[i].is_refused ? path_faults[i].fault : 0U;
        }
    }
    /* Octets that are no UTF-8 name nobody, so both profiles refuse them. */
    if ((faults & PATH_BAD_UTF8) != 0 ||
        (refused != 0 && smtp_is_strict(session))) {
        smtp_propose(event, 501, words->address_enhanced,
                     "That is no valid address");
        return -1;
    }
    if ((faults & PATH_NOT_ASCII) == 0 || session->transaction.has_utf8) {
        return 0;
    }
    smtp_remark(session, event, CHECK_UTF8_MISSING);
    if (smtp_is_strict(session)) {
        smtp_propose(event, words->utf8_code, "5.6.7",
                     "An address beyond ASCII needs SMTPUTF8 on MAIL");
        return -1;
    }
    return 0;
}

/* RFC 6710 4.1 asks for 5.5.2, everybody else for 5.5.4. */
static const char *enhanced_of(struct bytes keyword)
{
    bool is_priority = bytes_equal_nocase(keyword, BYTES("MT-PRIORITY"));
    return is_priority ? "5.5.2" : "5.5.4";
}

static int refuse_value(struct smtp_session *session, struct smtp_event *event,
                        enum smtp_check check, struct bytes keyword)
{
    smtp_remark(session, event, check);
    session->text.size = 0;
    buffer_print(&session->text, "Bad value of %.*s",
                 (int)(keyword.size > 40 ? 40 : keyword.size),
                 (const char *)keyword.at);
    smtp_propose_text(session, event, 501, enhanced_of(keyword));
    return -1;
}

static bool is_repeated(const struct smtp_event *event, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (bytes_equal_nocase(event->params[i].keyword,
                               event->params[index].keyword)) {
            return true;
        }
    }
    return false;
}

static int judge_offer(struct smtp_session *session, struct smtp_event *event,
                       uint32_t feature)
{
    if (smtp_offers(session, (enum smtp_feature)feature)) {
        return 0;
    }
    smtp_remark(session, event, CHECK_PARAM_NOT_OFFERED);
    if (smtp_is_strict(session)) {
        smtp_propose(event, 555, "5.5.4",
                     "A parameter's extension was not offered");
        return -1;
    }
    return 0;
}

/* Remarks on one parameter; -1 when it is refused. */
static int judge_param(struct smtp_session *session, struct smtp_event *event,
                       size_t index)
{
    const struct smtp_param *param = &event->params[index];
    const struct param_kind *kind = param_find(param->keyword, event->verb);
    if (is_repeated(event, index)) {
        smtp_remark(session, event, CHECK_PARAM_TWICE);
        smtp_propose(event, 501, enhanced_of(param->keyword),
                     "A parameter stands twice");
        return -1;
    }
    switch (param_judge(kind, param)) {
    case PARAM_UNKNOWN:
        smtp_remark(session, event, CHECK_PARAM_UNKNOWN);
        smtp_propose(event, 555, "5.5.4", "Unknown parameter");
        return -1;
    case PARAM_BAD_VALUE:
        return refuse_value(session, event, CHECK_PARAM_VALUE, param->keyword);
    case PARAM_BAD_XTEXT:
        return refuse_value(session, event, CHECK_PARAM_XTEXT, param->keyword);
    case PARAM_FINE:
        break;
    }
    return judge_offer(session, event, param_feature(kind, param));
}

/* Reads the parameters in `text` into the event; -1 when one is refused. */
static int read_params(struct smtp_session *session, struct smtp_event *event,
                       struct bytes text)
{
    if (text.size == 0) {
        return 0;
    }
    if (session->params == NULL) {
        session->params = memory_new(PARAM_MAX * sizeof(*session->params));
    }
    int count = param_split(text, session->params);
    event->params = session->params;
    event->param_count = count < 0 ? PARAM_MAX : (size_t)count;
    for (size_t i = 0; i < event->param_count; i++) {
        if (judge_param(session, event, i) != 0) {
            return -1;
        }
    }
    if (count < 0) {
        smtp_propose(event, 501, "5.5.4", "Too many parameters");
        return -1;
    }
    return 0;
}

static const struct smtp_param *find_param(const struct smtp_event *event,
                                           const char *keyword)
{
    for (size_t i = 0; i < event->param_count; i++) {
        if (bytes_equal_nocase(event->params[i].keyword, bytes_of(keyword))) {
            return &event->params[i];
        }
    }
    return NULL;
}

/* SIZE= over what is taken (RFC 1870 6.1). */
static int judge_size(struct smtp_session *session, struct smtp_event *event)
{
    const struct smtp_param *size = find_param(event, "SIZE");
    uint64_t most = session->policy->max_message_bytes;
    if (size == NULL ||
        param_number(size->value, &event->declared_bytes) != 0) {
        return 0;
    }
    session->transaction.declared_bytes = event->declared_bytes;
    if (most == 0 || event->declared_bytes <= most) {
        return 0;
    }
    smtp_remark(session, event, CHECK_SIZE_EXCEEDED);
    smtp_propose(event, 552, "5.3.4",
                 "Message is larger than this server takes");
    return -1;
}

/* MTRK needs an ENVID of the form local-envid@host (RFC 3885 3.2). */
static bool has_unique_envid(const struct smtp_event *event)
{
    const struct smtp_param *envid = find_param(event, "ENVID");
    const unsigned char *at =
        envid == NULL ? NULL : memchr(envid->value.at, '@', envid->value.size);
    return at != NULL && at > envid->value.at &&
           at + 1 < envid->value.at + envid->value.size;
}

/* What MAIL's parameters mean for the rest of the transaction. */
static int apply_params(struct smtp_session *session, struct smtp_event *event)
{
    struct smtp_transaction *transaction = &session->transaction;
    const struct smtp_param *body = find_param(event, "BODY");
    if (body != NULL && bytes_equal_nocase(body->value, BYTES("8BITMIME"))) {
        transaction->body = BODY_8BITMIME;
    } else if (body != NULL &&
               bytes_equal_nocase(body->value, BYTES("BINARYMIME"))) {
        transaction->body = BODY_BINARYMIME;
    }
    transaction->has_utf8 = find_param(event, "SMTPUTF8") != NULL;
    if (find_param(event, "HOLDFOR") != NULL &&
        find_param(event, "HOLDUNTIL") != NULL) {
        return refuse_value(session, event, CHECK_PARAM_VALUE,
                            BYTES("HOLDUNTIL"));
    }
    if (find_param(event, "MTRK") != NULL && !has_unique_envid(event)) {
        return refuse_value(session, event, CHECK_PARAM_VALUE, BYTES("MTRK"));
    }
    return judge_size(session, event);
}

/* Whether a transaction may begin. True when a refusal is proposed. */
static bool is_untimely(struct smtp_session *session, struct smtp_event *event)
{
    const struct smtp_policy *policy = session->policy;
    session->transactions++;
    if (session->transaction.is_open) {
        smtp_remark(session, event, CHECK_NESTED_MAIL);
        smtp_propose(event, 503, "5.5.1",
                     "Inside a transaction already; RSET ends it");
        return true;
    }
    if (policy->max_transactions > 0 &&
        session->transactions > policy->max_transactions) {
        smtp_propose_end(session, event, SMTP_ENDED_BY_LIMIT,
                         "Too many messages in this session");
        return true;
    }
    if (session->hello != HELLO_NONE) {
        return false;
    }
    smtp_remark(session, event,
                session->is_secure && session->is_fresh_tls
                    ? CHECK_NO_EHLO_AFTER_TLS
                    : CHECK_MAIL_BEFORE_HELO);
    if (smtp_is_strict(session)) {
        smtp_propose(event, 503, "5.5.1",
                     policy->is_lmtp ? "Send LHLO first" : "Send EHLO first");
        return true;
    }
    return false;
}

void smtp_mail_ask(struct smtp_session *session, struct smtp_event *event)
{
    struct bytes rest = {0};
    if (is_untimely(session, event)) {
        return;
    }
    session->transaction = (struct smtp_transaction){0};
    if (read_path(session, event, &rest) != 0) {
        smtp_propose(event, 501, "5.5.4", words_of(event)->syntax);
        return;
    }
    if (read_params(session, event, rest) != 0 ||
        apply_params(session, event) != 0) {
        return;
    }
    bool is_null = event->path.address.size == 0;
    if (!is_null && judge_path(session, event) != 0) {
        return;
    }
    session->transaction.is_null_sender = is_null;
    if (is_null && (find_param(event, "RET") || find_param(event, "ENVID"))) {
        smtp_remark(session, event, CHECK_DSN_UNUSED);
    }
    smtp_propose(event, 250, "2.1.0", "Sender accepted");
}

void smtp_mail_done(struct smtp_session *session,
                    const struct smtp_reply *reply)
{
    if (session->transaction.is_open) {
        return; /* a nested MAIL, whatever was answered */
    }
    if (!smtp_is_positive(reply)) {
        smtp_transaction_end(session);
        return;
    }
    session->transaction.is_open = true;
    session->last_done = false;
}

/* Recipients count against two limits. True when a refusal is proposed. */
static bool is_over_limit(struct smtp_session *session,
                          struct smtp_event *event)
{
    const struct smtp_policy *policy = session->policy;
    if (policy->max_recipients > 0 &&
        session->transaction.accepted >= policy->max_recipients) {
        smtp_propose(event, 452, "4.5.3", "Too many recipients");
        return true;
    }
    struct bytes domain = path_domain(event->path.address);
    if (policy->max_domains > 0 &&
        session->domains.count >= policy->max_domains &&
        !recipients_has(&session->domains, recipients_hash(domain))) {
        smtp_propose(event, 452, "4.5.3",
                     "Too many recipient domains in this session");
        return true;
    }
    return false;
}

static void count_recipient(struct smtp_session *session,
                            struct smtp_event *event)
{
    uint64_t hash = recipients_hash(event->path.address);
    if (recipients_has(&session->recipients, hash)) {
        smtp_remark(session, event, CHECK_DUPLICATE_RCPT);
    }
    if (session->transaction.accepted >= RECIPIENTS_COMMON) {
        smtp_remark(session, event, CHECK_MANY_RCPT);
    }
    session->asked_recipient = hash;
    session->asked_domain = recipients_hash(path_domain(event->path.address));
}

void smtp_rcpt_ask(struct smtp_session *session, struct smtp_event *event)
{
    struct bytes rest = {0};
    if (!session->transaction.is_open) {
        smtp_remark(session, event, CHECK_RCPT_BEFORE_MAIL);
        smtp_propose(event, 503, "5.5.1", "Send MAIL first");
        return;
    }
    if (session->transaction.is_chunked) {
        smtp_propose(event, 503, "5.5.1", "Not after BDAT; RSET begins anew");
        return;
    }
    if (read_path(session, event, &rest) != 0) {
        smtp_propose(event, 501, "5.5.4", words_of(event)->syntax);
        return;
    }
    if (event->path.address.size == 0) {
        smtp_propose(event, 501, "5.1.3", "A recipient needs an address");
        return;
    }
    /* RFC 5321 4.1.1.3: the one mailbox that needs no domain */
    bool is_postmaster =
        bytes_equal_nocase(event->path.address, BYTES("postmaster"));
    if (read_params(session, event, rest) != 0 ||
        (!is_postmaster && judge_path(session, event) != 0) ||
        is_over_limit(session, event)) {
        return;
    }
    const struct smtp_param *notify = find_param(event, "NOTIFY");
    if (session->transaction.is_null_sender && notify != NULL &&
        !bytes_equal_nocase(notify->value, BYTES("NEVER"))) {
        smtp_remark(session, event, CHECK_DSN_UNUSED);
    }
    count_recipient(session, event);
    smtp_propose(event, 250, "2.1.5", "Recipient accepted");
}

void smtp_rcpt_done(struct smtp_session *session,
                    const struct smtp_reply *reply)
{
    uint64_t hash = session->asked_recipient;
    session->asked_recipient = 0;
    if (!smtp_is_positive(reply) || hash == 0) {
        return;
    }
    session->transaction.accepted++;
    (void)recipients_add(&session->recipients, hash);
    if (session->policy->max_domains > 0) {
        (void)recipients_add(&session->domains, session->asked_domain);
    }
}
