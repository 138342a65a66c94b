/* SPDX-License-Identifier: MIT */
#include "inbox/query/words.h"

#include "inbox/query/facts.h"

static const char *const has_values[] = {
    "attachment", "inline", "link",    "html", "text",    "cc",  "bcc",  "tag",
    "finding",    "error",  "warning", "info", "session", "tls", "auth", NULL};

static const char *const is_values[] = {
    "read",     "unread",    "message",  "session", "delivered",  "refused",
    "rejected", "aborted",   "timeout",  "lost",    "tls_failed", "auth_failed",
    "empty",    "failed",    "fault",    "faulted", "live",       "tls",
    "tagged",   "plaintext", "smtputf8", "bdat",    NULL};

static const char *const part_values[] = {"text/plain",     "text/html",
                                          "image/",         "application/pdf",
                                          "message/rfc822", NULL};

static const char *const tls_values[] = {"TLSv1.2", "TLSv1.3", NULL};

static const char *const code_values[] = {"2xx", "4xx", "5xx", "250", "421",
                                          "450", "451", "452", "535", "550",
                                          "552", "554", NULL};

static const char *const cmd_values[] = {
    "EHLO", "HELO", "LHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA",
    "BDAT", "RSET", "NOOP", "VRFY",     "EXPN", "HELP", "QUIT", NULL};

#define CONTENT FACTS_CONTENT
#define TALK (FACTS_TRANSCRIPT | FACTS_SESSION)

/* The one table: how a value is read, and what is told about it. `header.NAME`
 * is the last row: only its start is fixed. */
static const struct {
    struct query_rule rule;
    struct query_word word;
} rows[] = {
    {{QUERY_FROM, QUERY_TAKES_TEXT, 0},
     {"from", "text", "name or address in From", NULL}},
    {{QUERY_TO, QUERY_TAKES_TEXT, 0},
     {"to", "text", "name or address in To", NULL}},
    {{QUERY_CC, QUERY_TAKES_TEXT, 0},
     {"cc", "text", "name or address in Cc", NULL}},
    {{QUERY_BCC, QUERY_TAKES_TEXT, 0},
     {"bcc", "text", "recipient that neither To nor Cc names", NULL}},
    {{QUERY_SUBJECT, QUERY_TAKES_TEXT, 0},
     {"subject", "text", "decoded subject", NULL}},
    {{QUERY_BODY, QUERY_TAKES_TEXT, CONTENT},
     {"body", "text",
      "decoded text or HTML, also of messages and reports inside", NULL}},
    {{QUERY_ID, QUERY_TAKES_ID, 0},
     {"id", "number", "number, or part of Message-ID", NULL}},
    {{QUERY_TAG, QUERY_TAKES_TEXT, 0}, {"tag", "text", "tag, whole", NULL}},
    {{QUERY_FILENAME, QUERY_TAKES_TEXT, CONTENT},
     {"filename", "text", "name of an attachment: invoice, *.pdf", NULL}},
    {{QUERY_PART, QUERY_TAKES_TEXT, CONTENT},
     {"part", "text", "content type of a part: text/plain, image/*",
      part_values}},
    {{QUERY_HAS, QUERY_TAKES_WORD, CONTENT},
     {"has", "word", "what a message has", has_values}},
    {{QUERY_SIZE, QUERY_TAKES_SIZE, 0},
     {"size", "size", "octets of the message: >1M, <=20k", NULL}},
    {{QUERY_IS, QUERY_TAKES_WORD, 0},
     {"is", "word", "state or outcome", is_values}},
    {{QUERY_MAILFROM, QUERY_TAKES_TEXT, FACTS_TRANSACTIONS},
     {"mailfrom", "text", "envelope sender", NULL}},
    {{QUERY_RCPT, QUERY_TAKES_TEXT, FACTS_TRANSACTIONS},
     {"rcpt", "text", "envelope recipient", NULL}},
    {{QUERY_SESSION, QUERY_TAKES_NUMBER, 0},
     {"session", "number", "number of the session", NULL}},
    {{QUERY_CLIENT, QUERY_TAKES_TEXT, FACTS_SESSION},
     {"client", "text", "client's address", NULL}},
    {{QUERY_EHLO, QUERY_TAKES_TEXT, FACTS_SESSION},
     {"ehlo", "text", "name given in EHLO", NULL}},
    {{QUERY_AUTH, QUERY_TAKES_TEXT, FACTS_SESSION},
     {"auth", "text", "user name or mechanism of AUTH", NULL}},
    {{QUERY_TLS, QUERY_TAKES_TEXT, FACTS_SESSION},
     {"tls", "text", "version, cipher or server name of TLS", tls_values}},
    {{QUERY_DURATION, QUERY_TAKES_DURATION, FACTS_SESSION},
     {"duration", "duration", "length of the session: >2s", NULL}},
    {{QUERY_SLOW, QUERY_TAKES_DURATION, FACTS_SESSION},
     {"slow", "duration", "longest wait for the client: >500ms", NULL}},
    {{QUERY_CODE, QUERY_TAKES_CODE, TALK},
     {"code", "number", "reply code: 550, 5xx, >=400", code_values}},
    {{QUERY_CMD, QUERY_TAKES_TEXT, TALK},
     {"cmd", "text", "command sent", cmd_values}},
    {{QUERY_REPLY, QUERY_TAKES_TEXT, TALK},
     {"reply", "text", "text of a reply", NULL}},
    {{QUERY_FINDING, QUERY_TAKES_TEXT, FACTS_SESSION | FACTS_TRANSACTIONS},
     {"finding", "text", "check of the diagnosis", NULL}},
    {{QUERY_AFTER, QUERY_TAKES_TIME, 0},
     {"after", "time", "captured at or after: 2026-11-21, 2026-11-21T10:00:00Z",
      NULL}},
    {{QUERY_BEFORE, QUERY_TAKES_TIME, 0},
     {"before", "time", "captured before", NULL}},
    {{QUERY_INBOX, QUERY_TAKES_TEXT, 0},
     {"inbox", "text", "name of the inbox", NULL}},
    {{QUERY_HEADER, QUERY_TAKES_TEXT, FACTS_HEADERS},
     {"header.NAME", "text", "header field NAME", NULL}},
};

#define COUNT (sizeof(rows) / sizeof(rows[0]))

size_t query_word_find(struct bytes name)
{
    for (size_t i = 0; i < COUNT - 1; i++) {
        if (bytes_equal_nocase(name, bytes_of(rows[i].word.field))) {
            return i;
        }
    }
    return bytes_start_nocase(name, BYTES("header.")) && name.size > 7
               ? COUNT - 1
               : SIZE_MAX;
}

const struct query_rule *query_word_rule(size_t row)
{
    return &rows[row].rule;
}

const struct query_word *query_word(size_t number)
{
    return number < COUNT ? &rows[number].word : NULL;
}

enum query_field query_word_field(size_t number)
{
    return rows[number].rule.field;
}

unsigned query_field_wants(enum query_field field)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (rows[i].rule.field == field) {
            return rows[i].rule.wants;
        }
    }
    return FACTS_CONTENT | FACTS_TRANSACTIONS; /* a bare word */
}
