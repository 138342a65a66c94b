/* SPDX-License-Identifier: MIT */
#include "inbox/match/fields.h"

#include <string.h>

static const struct match_name rows[] = {
    {"id", "number", true, true, 0},
    {"seq", "number of its capture or end", true, true, 0},
    {"inbox", "name of the inbox", true, true, 0},
    {"session", "number of the session", true, true, 0},
    {"subject", "decoded subject", true, false, 0},
    {"message_id", "Message-ID", true, false, 0},
    {"from", "sender in the header; from.name, from.address", true, false, 0},
    {"to", "recipients in To; to.name, to.address", true, false, 0},
    {"cc", "recipients in Cc; cc.name, cc.address", true, false, 0},
    {"bcc", "recipients that neither To nor Cc names", true, false, 0},
    {"date", "time of the Date field", true, false, 0},
    {"received_at", "time of capture", true, false, 0},
    {"size", "octets", true, false, 0},
    {"wire_size", "octets as they crossed the wire", true, false, 0},
    {"read", "was it opened?", true, false, 0},
    {"tags", "tags", true, false, 0},
    {"body_type", "BODY= of MAIL", true, false, 0},
    {"smtputf8", "came with SMTPUTF8", true, false, 0},
    {"bdat", "came by BDAT", true, false, 0},
    {"attachments", "how many attachments", true, false, 0},
    {"snippet", "its first words", true, false, 0},
    {"text", "decoded text", true, false, FACTS_CONTENT},
    {"html", "decoded HTML", true, false, FACTS_CONTENT},
    {"body", "text, HTML, or what is read of it", true, false, FACTS_CONTENT},
    {"filename", "names of parts", true, false, FACTS_CONTENT},
    {"part", "content types of parts", true, false, FACTS_CONTENT},
    {"header", "header.NAME: a header field", true, false, FACTS_HEADERS},
    {"mailfrom", "envelope sender", true, true, FACTS_TRANSACTIONS},
    {"rcpt", "envelope recipients", true, true, FACTS_TRANSACTIONS},
    {"findings", "findings.error, .warning, .info: how many", true, true, 0},
    {"finding", "checks that found something", true, true,
     FACTS_SESSION | FACTS_TRANSACTIONS},
    {"client", "client's address", true, true, FACTS_SESSION},
    {"listener", "where it came in", true, true, FACTS_SESSION},
    {"ehlo", "name given in EHLO", true, true, FACTS_SESSION},
    {"tls", "version; tls.cipher and the like; null without TLS", true, true,
     FACTS_SESSION},
    {"auth", "user; auth.mechanism and the like; null without AUTH", true, true,
     FACTS_SESSION},
    {"outcome", "how the session ended", true, true, FACTS_SESSION},
    {"close_reason", "why it ended", true, true, FACTS_SESSION},
    {"fault", "did a fault rule touch it?", true, true, FACTS_SESSION},
    {"live", "is it open?", true, true, FACTS_SESSION},
    {"duration_ms", "length of the session", true, true, FACTS_SESSION},
    {"slow_ms", "longest wait for the client", true, true, FACTS_SESSION},
    {"bytes_in", "octets from the client", true, true, FACTS_SESSION},
    {"bytes_out", "octets to the client", true, true, FACTS_SESSION},
    {"commands", "how many commands", true, true, FACTS_SESSION},
    {"errors", "how many 4xx and 5xx replies", true, true, FACTS_SESSION},
    {"messages", "how many messages it delivered", false, true,
     FACTS_TRANSACTIONS},
    {"transactions", "how many transactions", false, true, FACTS_TRANSACTIONS},
    {"code", "reply codes", true, true, FACTS_TRANSCRIPT | FACTS_SESSION},
    {"cmd", "verbs of the commands, in capitals", true, true,
     FACTS_TRANSCRIPT | FACTS_SESSION},
    {"reply", "replies, with their code", true, true,
     FACTS_TRANSCRIPT | FACTS_SESSION},
};

#define COUNT (sizeof(rows) / sizeof(rows[0]))

const struct match_name *match_name_row(size_t number)
{
    return number < COUNT ? &rows[number] : NULL;
}

/* Names as other pages write them. */
static const struct {
    const char *said;
    const char *meant;
} aliases[] = {
    {"helo", "ehlo"},
    {"peer", "client"},
    {"tag", "tags"},
    {"envelope.from", "mailfrom"},
    {"envelope.to", "rcpt"},
    {"envelope.body", "body_type"},
    {"envelope.smtputf8", "smtputf8"},
};

static const char *meant_by(const char *name)
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (strcmp(aliases[i].said, name) == 0) {
            return aliases[i].meant;
        }
    }
    return name;
}

/* Fields that have something behind a dot. */
static bool has_members(const char *what)
{
    static const char *const names[] = {"from", "to",   "cc",      "header",
                                        "tls",  "auth", "findings"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], what) == 0) {
            return true;
        }
    }
    return false;
}

/* header and findings mean nothing without their member. */
static bool needs_member(const char *what)
{
    return strcmp(what, "header") == 0 || strcmp(what, "findings") == 0;
}

const struct match_name *match_name_find(const char *name)
{
    size_t size;

    name = meant_by(name);
    size = strcspn(name, ".");
    for (size_t i = 0; i < COUNT; i++) {
        const char *what = rows[i].name;

        if (strlen(what) != size || strncmp(what, name, size) != 0) {
            continue;
        }
        if (name[size] == '\0') {
            return needs_member(what) ? NULL : &rows[i];
        }
        return has_members(what) && name[size + 1] != '\0' ? &rows[i] : NULL;
    }
    return NULL;
}

void match_gather(const struct match_name *row, const char *name,
                  const struct facts *facts, struct match_values *values)
{
    const char *rest = meant_by(name);

    rest += strcspn(rest, ".");
    rest += *rest == '.';
    if (facts->message &&
        (match_gather_message(row->name, rest, facts, values) ||
         match_gather_content(row->name, rest, facts, values))) {
        return;
    }
    (void)match_gather_session(row->name, rest, facts, values);
}
