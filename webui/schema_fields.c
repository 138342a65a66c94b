/* SPDX-License-Identifier: MIT */
#include "webui/schema.h"

#include <string.h>

/* What a message and a session summary share with the whole ones is written
 * once: a whole one is "the summary and these". */

static const struct schema_field fields[] = {
    {"Info", "name", "string", NULL},
    {"Info", "version", "string", NULL},
    {"Info", "hostname", "string", "The name in SMTP greetings."},
    {"Info", "started_at", "time", NULL},
    {"Info", "epoch", "integer", "Differs when the store was started anew."},
    {"Info", "seq", "integer", "The newest acknowledged change."},
    {"Info", "listeners", "[Listener]", NULL},
    {"Info", "store", "Store", NULL},
    {"Info", "limits", "{integer}", "By name."},

    {"Listener", "kind", "string", "smtp, smtps or lmtp."},
    {"Listener", "address", "string", NULL},
    {"Listener", "port", "integer", "0: a unix socket."},
    {"Listener", "tls", "string", "none, starttls or implicit."},

    {"Store", "kind", "string", "memory or disk."},
    {"Store", "path", "string?", NULL},
    {"Store", "messages", "integer", NULL},
    {"Store", "sessions", "integer", NULL},
    {"Store", "bytes", "integer", NULL},

    {"Mailbox", "name", "string", "Decoded; empty: none."},
    {"Mailbox", "address", "string", NULL},

    {"Counts", "error", "integer", NULL},
    {"Counts", "warning", "integer", NULL},
    {"Counts", "info", "integer", NULL},

    {"Envelope", "from", "string?", "Empty: the null sender."},
    {"Envelope", "to", "[string]", "Accepted recipients."},
    {"Envelope", "body", "string?", "7bit, 8bitmime or binarymime."},
    {"Envelope", "smtputf8", "boolean", NULL},

    {"Message", "id", "integer", NULL},
    {"Message", "seq", "integer", "Of its capture."},
    {"Message", "inbox", "string", NULL},
    {"Message", "session", "integer?", "null: it came by POST."},
    {"Message", "received_at", "time", NULL},
    {"Message", "size", "integer", "Octets, dot-stuffing removed."},
    {"Message", "envelope", "Envelope", NULL},
    {"Message", "from", "Mailbox?", NULL},
    {"Message", "to", "[Mailbox]", NULL},
    {"Message", "cc", "[Mailbox]", NULL},
    {"Message", "subject", "string?", "Decoded."},
    {"Message", "message_id", "string?", NULL},
    {"Message", "date", "time?", NULL},
    {"Message", "snippet", "string?", "How the text begins."},
    {"Message", "attachments", "integer?", NULL},
    {"Message", "read", "boolean", NULL},
    {"Message", "tags", "[string]", NULL},
    {"Message", "findings", "Counts", NULL},

    {"MessageWhole", "headers", "[Header]", "In order."},
    {"MessageWhole", "text", "string?", "At most 1 MiB."},
    {"MessageWhole", "text_cut", "boolean", NULL},
    {"MessageWhole", "html", "string?", "At most 1 MiB."},
    {"MessageWhole", "html_cut", "boolean", NULL},
    {"MessageWhole", "parts", "Part", "The root of the MIME tree."},
    {"MessageWhole", "preview", "string?", "Path of the HTML for a frame."},
    {"MessageWhole", "remote", "Remote", "What the HTML would fetch."},
    {"MessageWhole", "transaction", "Transaction?", NULL},
    {"MessageWhole", "diagnosis", "[Finding]", NULL},

    {"Header", "name", "string", "As written."},
    {"Header", "value", "string", "Unfolded and decoded."},
    {"Header", "raw", "any", "As it stands; {\"b64\"} when it is not UTF-8."},
    {"Header", "offset", "integer", "Of the field in the message."},

    {"Part", "section", "string", "As IMAP numbers it."},
    {"Part", "type", "string", NULL},
    {"Part", "charset", "string?", NULL},
    {"Part", "encoding", "string?", NULL},
    {"Part", "disposition", "string?", NULL},
    {"Part", "filename", "string?", "Decoded, as sent."},
    {"Part", "content_id", "string?", NULL},
    {"Part", "attachment", "boolean", NULL},
    {"Part", "header_offset", "integer", NULL},
    {"Part", "header_size", "integer", NULL},
    {"Part", "offset", "integer", "Of its encoded octets."},
    {"Part", "size", "integer", "Of its encoded octets."},
    {"Part", "decoded_size", "integer?", NULL},
    {"Part", "parts", "[Part]", NULL},

    {"Remote", "images", "integer", NULL},
    {"Remote", "others", "integer", "Styles, fonts, media, frames."},
    {"Remote", "unresolved", "integer", "cid: that no part has."},
    {"Remote", "hosts", "[string]", NULL},

    {"Path", "address", "string?", NULL},
    {"Path", "params", "{string?}", "ESMTP parameters."},

    {"Recipient", "address", "string?", NULL},
    {"Recipient", "params", "{string?}", "ESMTP parameters."},
    {"Recipient", "code", "integer?", "Of the reply."},

    {"Transaction", "mail_from", "Path", NULL},
    {"Transaction", "rcpt_to", "[Recipient]", NULL},
    {"Transaction", "code", "integer?", "Of the reply to the data."},
    {"Transaction", "message", "integer?", NULL},
    {"Transaction", "size", "integer?", NULL},

    {"Finding", "check", "string", NULL},
    {"Finding", "severity", "string", "error, warning or info."},
    {"Finding", "count", "integer", NULL},
    {"Finding", "text", "string?", NULL},
    {"Finding", "source", "string?", "The clause it rests on."},
    {"Finding", "event", "integer?", "Of the transcript."},
    {"Finding", "at", "Place?", NULL},

    {"Place", "dir", "string", "c or s."},
    {"Place", "offset", "integer", NULL},
    {"Place", "length", "integer", NULL},

    {"Session", "id", "integer", NULL},
    {"Session", "seq", "integer?", "Of its end."},
    {"Session", "inbox", "string", NULL},
    {"Session", "live", "boolean", NULL},
    {"Session", "listener", "string", NULL},
    {"Session", "peer", "string", NULL},
    {"Session", "opened_at", "time", NULL},
    {"Session", "closed_at", "time?", NULL},
    {"Session", "outcome", "string?", NULL},
    {"Session", "close_reason", "string?", NULL},
    {"Session", "fault", "boolean", "A fault rule touched it."},
    {"Session", "helo", "string?", NULL},
    {"Session", "tls", "any", "Version, cipher and more, or null."},
    {"Session", "auth", "any", "Mechanism and user, or null."},
    {"Session", "proxy", "any", "What a proxy said of it, or null."},
    {"Session", "bytes_in", "integer", NULL},
    {"Session", "bytes_out", "integer", NULL},
    {"Session", "commands", "integer", NULL},
    {"Session", "errors", "integer", "4xx and 5xx replies."},
    {"Session", "messages", "[integer]", NULL},
    {"Session", "findings", "Counts", NULL},

    {"SessionWhole", "local", "string?", NULL},
    {"SessionWhole", "helo_verb", "string?", "EHLO, HELO or LHLO."},
    {"SessionWhole", "slowest_gap_ms", "integer", NULL},
    {"SessionWhole", "lossless", "boolean", NULL},
    {"SessionWhole", "transactions", "[Transaction]", NULL},
    {"SessionWhole", "diagnosis", "[Finding]", NULL},

    {"MessageList", "messages", "[Message]", NULL},
    {"MessageList", "total", "integer?", "null: not counted."},
    {"MessageList", "next", "integer?", "For the same parameter."},
    {"MessageList", "seq", "integer", "The list is as of this change."},

    {"SessionList", "sessions", "[Session]", NULL},
    {"SessionList", "total", "integer?", NULL},
    {"SessionList", "next", "integer?", NULL},
    {"SessionList", "seq", "integer", NULL},

    {"ActivityList", "activity", "[any]",
     "Messages and sessions, each with kind."},
    {"ActivityList", "total", "integer?", NULL},
    {"ActivityList", "next", "integer?", NULL},
    {"ActivityList", "seq", "integer", NULL},

    {"Marks", "read", "boolean", "May be left out."},
    {"Marks", "tags", "[string]", "May be left out."},
    {"Changed", "changed", "integer", "How many were found."},
    {"Deleted", "deleted", "integer", NULL},
    {"Closed", "closed", "integer", NULL},
    {"Sent", "sent", "boolean", NULL},

    {"InboxAsked", "name", "string", "[A-Za-z0-9._-]{1,64}"},
    {"InboxAsked", "ttl_s", "integer?", "Seconds until it goes."},
    {"InboxAsked", "max_messages", "integer?", "Its oldest go."},
    {"Inbox", "name", "string", NULL},
    {"Inbox", "messages", "integer", NULL},
    {"Inbox", "max_messages", "integer?", NULL},
    {"Inbox", "expires_at", "time?", NULL},
    {"Inbox", "created", "boolean", NULL},
    {"Inbox", "credentials", "Credentials?", "The login that leads there."},
    {"Credentials", "user", "string", NULL},
    {"Credentials", "password", "string", "Any other does as well."},
    {"InboxList", "inboxes", "[Inbox]", NULL},
    {"InboxList", "seq", "integer", NULL},

    {"Expectation", "inbox", "string?", NULL},
    {"Expectation", "of", "string?", "messages or sessions."},
    {"Expectation", "within_ms", "integer?", "At most 300,000; 5,000."},
    {"Expectation", "quiet_ms", "integer?", "Silence that is enough; 500."},
    {"Expectation", "since", "integer?", NULL},
    {"Expectation", "count", "any", "At least so many, or {min, max}."},
    {"Expectation", "none", "boolean?", "Nothing may match."},
    {"Expectation", "match", "{any}",
     "Fields with a value, or contains, matches, one_of, not, min, max."},
    {"Met", "met", "boolean", NULL},
    {"Met", "matched", "[any]", "Summaries, at most 50."},
    {"Met", "seq", "integer", NULL},

    {"FindingList", "findings", "[any]", "Findings with session and message."},
    {"FindingList", "next", "integer?", NULL},
    {"FindingList", "seq", "integer", NULL},
    {"Check", "id", "string", NULL},
    {"Check", "title", "string", NULL},
    {"Check", "severity", "string", NULL},
    {"Check", "source", "string?", NULL},
    {"Check", "fix", "string?", NULL},
    {"CheckList", "checks", "[Check]", NULL},
    {"Grammar", "fields", "[GrammarField]", NULL},
    {"Grammar", "operators", "[string]", NULL},
    {"GrammarField", "field", "string", NULL},
    {"GrammarField", "takes", "string", NULL},
    {"GrammarField", "sentence", "string", NULL},
    {"GrammarField", "values", "[string]", "Known ones; none: any."},
    {"Transcript", "v", "integer", "Of this form: 1."},
    {"Transcript", "creator", "any", "Name and version of the program."},
    {"Transcript", "session", "any", "Whose transcript; sizes of its streams."},
    {"Transcript", "chunks", "[any]",
     "Reads and writes: direction, offset, size, t_us, layer."},
    {"Transcript", "events", "[any]", "At most 20,000, in order."},
    {"Transcript", "messages", "[any]", "Envelopes, with their body's event."},
    {"Transcript", "next_event", "integer?", "Go on from there; null: all."},

    {"Problem", "type", "string", NULL},
    {"Problem", "title", "string", NULL},
    {"Problem", "status", "integer", NULL},
    {"Problem", "detail", "string", "What was wrong, what would be right."},
};

static const struct schema_param params[] = {
    {"q", "string", "A search; see /api/grammar."},
    {"inbox", "string", "Only this inbox."},
    {"limit", "integer", "1 to 500, else 50."},
    {"before", "integer", "Only below this id (activity: seq)."},
    {"after", "integer", "The next above this id (activity: seq)."},
    {"at", "integer", "From this place of the whole list on, counted from 0."},
    {"since", "integer", "Only what came after this change."},
    {"wait", "string", "Wait so long, such as 5s; at most 300s."},
    {"count", "integer", "With wait: until so many match."},
    {"up_to", "integer", "Only up to this id (activity: seq)."},
    {"from", "string", "Envelope sender; of a transcript: the first event."},
    {"to", "string", "Envelope recipients, separated by commas."},
    {"form", "string", "decoded or encoded."},
    {"live", "boolean", "The open ones."},
    {"format", "string", "json, text, vector, raw or pcapng."},
    {"dir", "string", "With raw: c or s."},
    {"reveal", "boolean", "Show secrets."},
    {"tls", "string", "With pcapng: auto, keys, split or elide."},
    {"keep_port", "boolean", "With pcapng: the real server port."},
    {"exact", "boolean", "With pcapng: packets are the chunks."},
    {"remote", "string", "img or all: what the preview may fetch."},
};

const struct schema_field *schema_field(size_t number)
{
    return number < sizeof fields / sizeof *fields ? &fields[number] : NULL;
}

const struct schema_param *schema_param(const char *name)
{
    for (size_t i = 0; i < sizeof params / sizeof *params; i++) {
        if (strcmp(params[i].name, name) == 0) {
            return &params[i];
        }
    }
    return NULL;
}
