/* SPDX-License-Identifier: MIT */
#include "server/smtp/state.h"

#include <string.h>

static void ask_off(struct smtp_session *session, struct smtp_event *event)
{
    (void)session;
    smtp_propose(event, 502, "5.5.1", "This command is not offered here");
}

static void done_nothing(struct smtp_session *session,
                         const struct smtp_reply *reply)
{
    (void)session;
    (void)reply;
}

/* The one table of commands. Only MAIL, RCPT, RSET and BDAT (and the end of
 * data) may be followed by others in a pipelined group (RFC 2920 3.1, RFC 3030
 * 4.2). The last row stands for everything else. */
static const struct smtp_command rows[] = {
    {"MAIL", SMTP_VERB_MAIL, COMMAND_GROUP | COMMAND_NEEDS_AUTH, 0,
     smtp_mail_ask, smtp_mail_done, "MAIL FROM:<address> [parameters]"},
    {"RCPT", SMTP_VERB_RCPT, COMMAND_GROUP | COMMAND_NEEDS_AUTH, 0,
     smtp_rcpt_ask, smtp_rcpt_done, "RCPT TO:<address> [parameters]"},
    {"DATA", SMTP_VERB_DATA, COMMAND_NO_ARGUMENT | COMMAND_NEEDS_AUTH, 0,
     smtp_data_ask, smtp_data_done, "DATA"},
    {"BDAT", SMTP_VERB_BDAT, COMMAND_GROUP | COMMAND_NEEDS_AUTH, SMTP_CHUNKING,
     smtp_bdat_ask, smtp_bdat_done, "BDAT octets [LAST]"},
    {"EHLO", SMTP_VERB_EHLO, COMMAND_BEFORE_TLS, 0, smtp_ehlo_ask,
     smtp_ehlo_done, "EHLO your.host.name"},
    {"HELO", SMTP_VERB_HELO, 0, 0, smtp_helo_ask, smtp_helo_done,
     "HELO your.host.name"},
    {"LHLO", SMTP_VERB_LHLO, COMMAND_BEFORE_TLS, 0, smtp_lhlo_ask,
     smtp_ehlo_done, "LHLO your.host.name"},
    {"QUIT", SMTP_VERB_QUIT, COMMAND_NO_ARGUMENT | COMMAND_BEFORE_TLS, 0,
     smtp_quit_ask, smtp_quit_done, "QUIT"},
    {"RSET", SMTP_VERB_RSET, COMMAND_NO_ARGUMENT | COMMAND_GROUP, 0,
     smtp_rset_ask, smtp_rset_done, "RSET"},
    {"NOOP", SMTP_VERB_NOOP, COMMAND_BEFORE_TLS, 0, smtp_noop_ask, done_nothing,
     "NOOP [text]"},
    {"STARTTLS", SMTP_VERB_STARTTLS,
     COMMAND_BEFORE_TLS | COMMAND_NOT_IN_MAIL | COMMAND_NO_ARGUMENT, 0,
     smtp_starttls_ask, smtp_starttls_done, "STARTTLS"},
    {"AUTH", SMTP_VERB_AUTH, COMMAND_NOT_IN_MAIL | COMMAND_ARGUMENT, SMTP_AUTH,
     smtp_auth_ask, smtp_auth_done, "AUTH mechanism [response]"},
    {"VRFY", SMTP_VERB_VRFY, COMMAND_ARGUMENT | COMMAND_NEEDS_AUTH, SMTP_VRFY,
     smtp_vrfy_ask, done_nothing, "VRFY user"},
    {"EXPN", SMTP_VERB_EXPN, COMMAND_ARGUMENT | COMMAND_NEEDS_AUTH, SMTP_EXPN,
     smtp_vrfy_ask, done_nothing, "EXPN list"},
    {"HELP", SMTP_VERB_HELP, 0, SMTP_HELP, smtp_help_ask, done_nothing,
     "HELP [command]"},
    {"XCLIENT", SMTP_VERB_XCLIENT, COMMAND_NOT_IN_MAIL | COMMAND_ARGUMENT,
     SMTP_XCLIENT, smtp_xclient_ask, smtp_xclient_done,
     "XCLIENT name=value ..."},
    {"XFORWARD", SMTP_VERB_XFORWARD, COMMAND_NOT_IN_MAIL | COMMAND_ARGUMENT,
     SMTP_XFORWARD, smtp_xforward_ask, done_nothing, "XFORWARD name=value ..."},
    {"ETRN", SMTP_VERB_ETRN, COMMAND_OFF, 0, ask_off, done_nothing, NULL},
    {"BURL", SMTP_VERB_BURL, COMMAND_OFF, 0, ask_off, done_nothing, NULL},
    /* a keyword, which some take for a command (RFC 3865) */
    {"NO-SOLICITING", SMTP_VERB_OTHER, COMMAND_OFF, 0, ask_off, done_nothing,
     NULL},
    /* RFC 5321 appendix F.6: obsolete, but recognised */
    {"SEND", SMTP_VERB_OTHER, COMMAND_OFF, 0, ask_off, done_nothing, NULL},
    {"SOML", SMTP_VERB_OTHER, COMMAND_OFF, 0, ask_off, done_nothing, NULL},
    {"SAML", SMTP_VERB_OTHER, COMMAND_OFF, 0, ask_off, done_nothing, NULL},
    {"TURN", SMTP_VERB_OTHER, COMMAND_OFF, 0, ask_off, done_nothing, NULL},
    {NULL, SMTP_VERB_OTHER, COMMAND_BEFORE_TLS, 0, smtp_unknown_ask,
     done_nothing, NULL},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Most rows are passed by their first letter. */
static bool is_word(struct bytes word, const char *name)
{
    return word.size > 0 && (word.at[0] & 0xdf) == name[0] &&
           bytes_equal_nocase(word, bytes_of(name));
}

const struct smtp_command *smtp_command_find(struct bytes word)
{
    size_t i = 0;
    while (i < ROWS - 1 && !is_word(word, rows[i].word)) {
        i++;
    }
    return &rows[i];
}

const struct smtp_command *smtp_command_row(size_t index)
{
    return index < ROWS - 1 ? &rows[index] : NULL;
}

static bool is_space(unsigned char octet)
{
    return octet == ' ' || octet == '\t';
}

/* The line without its end; a CR before the end belongs to it only when the
 * text was converted twice, which the sink takes. */
static struct bytes strip_end(const struct wire_unit *unit)
{
    struct bytes line = unit->octets;
    if (unit->kind == WIRE_LINE) {
        line.size -= unit->is_bare ? 1 : 2;
    }
    return line;
}

/* Octets that no command may hold. True when the line cannot be read. */
static bool has_junk(struct smtp_session *session, struct smtp_event *event,
                     struct bytes *line)
{
    if (line->size > 0 && memchr(line->at, '\0', line->size) != NULL) {
        smtp_remark(session, event, CHECK_COMMAND_NUL);
        return true;
    }
    if (line->size == 0 || memchr(line->at, '\r', line->size) == NULL) {
        return line->size > 0 && memchr(line->at, '\n', line->size) != NULL;
    }
    smtp_remark(session, event, CHECK_COMMAND_BARE_CR);
    while (!smtp_is_strict(session) && line->size > 0 &&
           line->at[line->size - 1] == '\r') {
        line->size--;
    }
    return line->size > 0 && memchr(line->at, '\r', line->size) != NULL;
}

/* White space where none belongs. True when the line is refused for it. */
static bool trim(struct smtp_session *session, struct smtp_event *event,
                 struct bytes *line)
{
    bool is_led = line->size > 0 && is_space(line->at[0]);
    while (line->size > 0 && is_space(line->at[0])) {
        *line = bytes_part(*line, 1, line->size);
    }
    bool is_trailed = line->size > 0 && is_space(line->at[line->size - 1]);
    while (line->size > 0 && is_space(line->at[line->size - 1])) {
        line->size--;
    }
    if (is_led && line->size > 0) {
        smtp_remark(session, event, CHECK_LEADING_SPACE);
    }
    if (is_trailed) {
        smtp_remark(session, event, CHECK_TRAILING_SPACE);
    }
    return is_led && smtp_is_strict(session);
}

/* Splits `line` at the first white space. True when that is a tab a strict
 * server does not take. */
static bool split(struct smtp_session *session, struct smtp_event *event,
                  struct bytes line, struct bytes *word_out)
{
    size_t size = 0;
    while (size < line.size && !is_space(line.at[size])) {
        size++;
    }
    *word_out = bytes_part(line, 0, size);
    bool has_tab = size < line.size && line.at[size] == '\t';
    if (has_tab) {
        smtp_remark(session, event, CHECK_TAB);
    }
    while (size < line.size && is_space(line.at[size])) {
        size++;
    }
    event->argument = bytes_part(line, size, line.size);
    return has_tab && smtp_is_strict(session);
}

static void refuse_syntax(struct smtp_session *session,
                          struct smtp_event *event)
{
    session->text.size = 0;
    buffer_print(&session->text, "Syntax: %s", session->command->syntax);
    smtp_propose_text(session, event, 501, "5.5.4");
}

/* Whether the session is in a state to take the command at all. True when a
 * refusal is proposed. */
static bool is_barred(struct smtp_session *session, struct smtp_event *event)
{
    const struct smtp_policy *policy = session->policy;
    uint32_t flags = session->command->flags;
    if (policy->max_commands > 0 && session->commands > policy->max_commands) {
        smtp_propose_end(session, event, SMTP_ENDED_BY_LIMIT,
                         "Too many commands in this session");
        return true;
    }
    if (session->is_rejected && event->verb != SMTP_VERB_QUIT) {
        smtp_propose(event, 503, "5.5.1", "Service was refused; only QUIT");
        return true;
    }
    if ((flags & COMMAND_OFF) != 0) {
        return false;
    }
    uint32_t feature = session->command->feature;
    if (feature != 0 && (policy->offered & feature) == 0) {
        ask_off(session, event);
        return true;
    }
    if (policy->tls_required && !session->is_secure &&
        (flags & COMMAND_BEFORE_TLS) == 0) {
        smtp_propose(event, 530, "5.7.0",
                     "Must issue a STARTTLS command first");
        return true;
    }
    if (policy->auth_required && !session->is_authenticated &&
        (flags & COMMAND_NEEDS_AUTH) != 0) {
        smtp_propose(event, 530, "5.7.0", "Authentication required; use AUTH");
        return true;
    }
    return false;
}

/* Whether the line fits its row. True when a refusal is proposed. */
static bool is_misplaced(struct smtp_session *session, struct smtp_event *event)
{
    uint32_t flags = session->command->flags;
    if ((flags & COMMAND_NOT_IN_MAIL) != 0 && session->transaction.is_open) {
        smtp_remark(session, event, CHECK_IN_TRANSACTION);
        smtp_propose(event, 503, "5.5.1",
                     "Not inside a mail transaction; RSET ends it");
        return true;
    }
    if ((flags & COMMAND_NO_ARGUMENT) != 0 && event->argument.size > 0) {
        smtp_remark(session, event, CHECK_EXTRA_ARGUMENT);
        refuse_syntax(session, event);
        return true;
    }
    if ((flags & COMMAND_ARGUMENT) != 0 && event->argument.size == 0) {
        smtp_remark(session, event, CHECK_NO_ARGUMENT);
        refuse_syntax(session, event);
        return true;
    }
    return false;
}

/* A line that is too long, or the start of a TLS handshake. */
static void ask_long(struct smtp_session *session, struct smtp_event *event)
{
    if (event->place.offset == 0 && event->line.size == 2 &&
        event->line.at[0] == 0x16 && event->line.at[1] == 0x03) {
        smtp_remark(session, event, CHECK_TLS_ON_PLAIN);
        smtp_propose_end(session, event, SMTP_ENDED_AS_FOREIGN,
                         "TLS begins with STARTTLS here; implicit TLS has its "
                         "own port");
        return;
    }
    smtp_remark(session, event, CHECK_COMMAND_LONG);
    smtp_propose(event, 500, "5.5.2", "Line too long");
}

void smtp_command_ask(struct smtp_session *session, struct smtp_event *event)
{
    struct bytes line = strip_end(&session->unit);
    struct bytes word = {0};
    session->command = &rows[ROWS - 1];
    session->commands++;
    if (session->unit.kind == WIRE_LONG) {
        ask_long(session, event);
        return;
    }
    if (has_junk(session, event, &line) || trim(session, event, &line) ||
        split(session, event, line, &word)) {
        smtp_propose(event, 500, "5.5.2", "This line is no command");
        return;
    }
    session->command = smtp_command_find(word);
    event->verb = session->command->verb;
    if (event->verb == SMTP_VERB_BDAT) {
        /* its octets must be read whatever the reply will be */
        (void)is_barred(session, event);
        smtp_bdat_ask(session, event);
        return;
    }
    if (!is_barred(session, event) && !is_misplaced(session, event)) {
        session->command->ask(session, event);
    }
}
