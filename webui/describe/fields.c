/* SPDX-License-Identifier: MIT */
#include "webui/describe/schema.h"

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
    {"Info", "logins", "=any file off?", "Who may log in by SMTP."},
    {"Info", "drops_secrets", "boolean", "Secrets of AUTH are not kept."},
    {"Info", "limits", "{integer}", "By name."},

    {"Listener", "kind", "=smtp smtps lmtp", NULL},
    {"Listener", "address", "string", NULL},
    {"Listener", "port", "integer", "0: a unix socket."},
    {"Listener", "tls", "=none starttls implicit", NULL},

    {"Store", "kind", "=memory disk", NULL},
    {"Store", "path", "string?", NULL},
    {"Store", "messages", "integer", NULL},
    {"Store", "sessions", "integer", NULL},
    {"Store", "bytes", "integer", NULL},
    {"Store", "retired_messages", "integer",
     "Removed by retention since the start."},
    {"Store", "retired_sessions", "integer", NULL},
    {"Store", "damaged_records", "integer", "Found since the start."},
    {"Store", "failure", "string?", "Why mail cannot be kept now."},

    {"Mailbox", "name", "string", "Decoded; empty: none."},
    {"Mailbox", "address", "string", NULL},

    {"Counts", "error", "integer", NULL},
    {"Counts", "warning", "integer", NULL},
    {"Counts", "info", "integer", NULL},

    {"Envelope", "from", "string?", "Empty: the null sender."},
    {"Envelope", "to", "[string]", "Accepted recipients."},
    {"Envelope", "body", "=7bit 8bitmime binarymime?", NULL},
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
    {"MessageWhole", "preview", "string?",
     "Path of HTML for a frame; ?part= for a part's."},
    {"MessageWhole", "remote", "Remote", "What the HTML would fetch."},
    {"MessageWhole", "transaction", "Transaction?", NULL},
    {"MessageWhole", "diagnosis", "[Finding]", NULL},

    {"Header", "name", "string", "As written."},
    {"Header", "value", "string", "Unfolded and decoded."},
    {"Header", "raw", "string|Octets", "As it stands."},
    {"Header", "offset", "integer", "Of the field in the message."},

    {"Octets", "b64", "string", "In place of a text that is not UTF-8."},

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
    {"Finding", "severity", "=error warning info", NULL},
    {"Finding", "count", "integer", NULL},
    {"Finding", "text", "string?", NULL},
    {"Finding", "source", "string?", "The clause it rests on."},
    {"Finding", "event", "integer?", "Of the transcript."},
    {"Finding", "at", "Place?", NULL},

    {"FindingWhole", "session", "integer", NULL},
    {"FindingWhole", "message", "integer?", NULL},

    {"Place", "dir", "=c s", "Said by the client or the server."},
    {"Place", "offset", "integer", NULL},
    {"Place", "length", "integer", NULL},

    {"Refusal", "code", "integer", NULL},
    {"Refusal", "enhanced", "string?", NULL},
    {"Refusal", "verb", "string?", "Of the command that it answers."},
    {"Refusal", "recipient", "string?", "Of a RCPT."},
    {"Refusal", "text", "string", NULL},

    {"Recipients", "accepted", "integer", NULL},
    {"Recipients", "refused", "integer", NULL},

    {"Session", "id", "integer", NULL},
    {"Session", "seq", "integer?", "Of its end."},
    {"Session", "inbox", "string", NULL},
    {"Session", "live", "boolean", NULL},
    {"Session", "listener", "string", NULL},
    {"Session", "peer", "string", NULL},
    {"Session", "opened_at", "time", NULL},
    {"Session", "closed_at", "time?", NULL},
    {"Session", "outcome",
     "=lost tls_failed auth_failed timeout aborted rejected refused delivered "
     "empty?",
     "The first that applies."},
    {"Session", "close_reason",
     "=quit client_closed client_reset idle total too_many_errors shutdown "
     "fault api crash?",
     NULL},
    {"Session", "fault", "boolean", "A fault rule touched it."},
    {"Session", "helo", "string?", NULL},
    {"Session", "tls", "Tls?", NULL},
    {"Session", "auth", "Auth?", NULL},
    {"Session", "proxy", "Proxy?", "What a PROXY header said of it."},
    {"Session", "refusal", "Refusal?", "The first reply of 4xx or 5xx."},
    {"Session", "recipients", "Recipients", NULL},
    {"Session", "slowest_gap_ms", "integer", "Longest wait for the client."},
    {"Session", "waits", "Waits?",
     "Whom it waited for, when it is over; null too where an older version "
     "kept it."},
    {"Session", "bytes_in", "integer", NULL},
    {"Session", "bytes_out", "integer", NULL},
    {"Session", "commands", "integer", NULL},
    {"Session", "errors", "integer", "4xx and 5xx replies."},
    {"Session", "messages", "[integer]", NULL},
    {"Session", "findings", "Counts", NULL},

    {"Waits", "client_us", "integer", NULL},
    {"Waits", "server_us", "integer", NULL},
    {"Waits", "tls_us", "integer", "TLS handshakes."},

    {"SessionWhole", "local", "string?", NULL},
    {"SessionWhole", "helo_verb", "=EHLO HELO LHLO?", NULL},
    {"SessionWhole", "lossless", "boolean", NULL},
    {"SessionWhole", "retired_transactions", "integer",
     "So many of the first went with their messages, by the limits."},
    {"SessionWhole", "transactions", "[Transaction]", "Those behind them."},
    {"SessionWhole", "diagnosis", "[Finding]", NULL},

    {"Tls", "mode", "=starttls implicit", NULL},
    {"Tls", "version", "string?", NULL},
    {"Tls", "cipher", "string?", NULL},
    {"Tls", "group", "string?", NULL},
    {"Tls", "sni", "string?", "The name that the client asked for."},
    {"Tls", "alpn", "string?", NULL},
    {"Tls", "resumed", "boolean", NULL},
    {"Tls", "client_cert", "ClientCert?", NULL},
    {"Tls", "client_version", "string?", "The newest that the client offers."},
    {"Tls", "alert", "string?", NULL},
    {"Tls", "error", "string?", "Why there was no handshake, what to do."},

    {"ClientCert", "subject", "string", NULL},
    {"ClientCert", "issuer", "string", NULL},
    {"ClientCert", "sha256", "string", NULL},
    {"ClientCert", "verified", "boolean", NULL},

    {"Auth", "mechanism", "string?", NULL},
    {"Auth", "user", "string?", NULL},
    {"Auth", "authzid", "string?", "Whom the user wants to act for."},
    {"Auth", "success", "boolean", NULL},

    {"Proxy", "version", "integer", NULL},
    {"Proxy", "source", "string?", "The client; null: the proxy itself."},
    {"Proxy", "target", "string?", NULL},
    {"Proxy", "authority", "string?", NULL},
    {"Proxy", "tls", "boolean", "The client spoke TLS with the proxy."},
    {"Proxy", "through", "string", "The proxy."},

    {"MessageList", "messages", "[Message]", NULL},
    {"MessageList", "total", "integer?", "null: not counted."},
    {"MessageList", "next", "integer?", "For the same parameter."},
    {"MessageList", "seq", "integer", "The list is as of this change."},

    {"SessionList", "sessions", "[Session]", NULL},
    {"SessionList", "total", "integer?", NULL},
    {"SessionList", "next", "integer?", NULL},
    {"SessionList", "seq", "integer", NULL},

    {"ActivityList", "activity", "[ActivityMessage|ActivitySession]", NULL},
    {"ActivityList", "total", "integer?", NULL},
    {"ActivityList", "next", "integer?", NULL},
    {"ActivityList", "seq", "integer", NULL},

    {"ActivityMessage", "kind", "=message", NULL},
    {"ActivitySession", "kind", "=session", NULL},

    {"Marks", "read", "optional boolean", NULL},
    {"Marks", "tags", "optional [string]", "At most 50."},
    {"Changed", "changed", "integer", "How many were found."},
    {"Deleted", "deleted", "integer", NULL},
    {"Closed", "closed", "integer", NULL},
    {"Sent", "sent", "boolean", NULL},

    {"InboxAsked", "name", "string", "[A-Za-z0-9._-]{1,64}"},
    {"InboxAsked", "ttl_s", "optional integer?", "Seconds until it goes."},
    {"InboxAsked", "max_messages", "optional integer?",
     "Its oldest go; a session without a message counts as one."},
    {"InboxAsked", "max_bytes", "optional integer?", "Of its messages."},
    {"InboxAsked", "max_age_s", "optional integer?", "Older ones go."},
    {"Inbox", "name", "string", NULL},
    {"Inbox", "messages", "integer", NULL},
    {"Inbox", "bytes", "integer", "Octets of its messages."},
    {"Inbox", "max_messages", "integer?", NULL},
    {"Inbox", "max_bytes", "integer?", NULL},
    {"Inbox", "max_age_s", "integer?", NULL},
    {"Inbox", "expires_at", "time?", NULL},
    {"Inbox", "created", "boolean", NULL},
    {"Inbox", "credentials", "Credentials?", "The login that leads there."},
    {"Credentials", "user", "string", NULL},
    {"Credentials", "password", "string", "Any other does as well."},
    {"InboxList", "inboxes", "[Inbox]", NULL},
    {"InboxList", "seq", "integer", NULL},

    {"Expectation", "inbox", "optional string?", NULL},
    {"Expectation", "of", "optional =messages sessions", "messages."},
    {"Expectation", "within_ms", "optional integer?",
     "At most 300,000; 5,000."},
    {"Expectation", "quiet_ms", "optional integer?",
     "Silence that ends none and max; 500."},
    {"Expectation", "since", "optional integer?", "Only what came after."},
    {"Expectation", "count", "optional integer|Range?",
     "At least so many, or a range; 1."},
    {"Expectation", "none", "optional boolean", "Nothing may match."},
    {"Expectation", "match",
     "optional {string|number|boolean|Operators|"
     "{string|number|boolean|Operators?}?}",
     "By field: the value, or operators. {\"tls\":{\"version\":..}} is "
     "tls.version."},

    {"Range", "min", "optional integer", NULL},
    {"Range", "max", "optional integer", NULL},

    {"Operators", "contains", "optional string", "Its case too."},
    {"Operators", "matches", "optional string",
     "A regular expression (PCRE2)."},
    {"Operators", "one_of", "optional [string|number|boolean?]", NULL},
    {"Operators", "not", "optional string|number|boolean|Operators?", NULL},
    {"Operators", "min", "optional number", NULL},
    {"Operators", "max", "optional number", NULL},

    {"Met", "met", "boolean", "true"},
    {"Met", "matched", "[Message|Session]", "At most 50."},
    {"Met", "seq", "integer", "Ask on with since."},

    {"Unmet", "met", "boolean", "false"},
    {"Unmet", "expected", "Expectation|Wanted", "What was asked."},
    {"Unmet", "matched", "[Message|Session]", "At most 50."},
    {"Unmet", "nearest", "[Near]", "What nearly matched, the best first."},
    {"Unmet", "saw", "Saw", "What came at all."},

    {"Wanted", "q", "string?", NULL},
    {"Wanted", "inbox", "string?", NULL},
    {"Wanted", "count", "integer", NULL},
    {"Wanted", "since", "integer", NULL},

    {"Near", "message", "integer?", "Its id; null: a session."},
    {"Near", "session", "integer?", NULL},
    {"Near", "score", "number", "How much of it matched, 0 to 1."},
    {"Near", "differences", "[Difference]", NULL},

    {"Difference", "field", "string", NULL},
    {"Difference", "expected", "any", "As it was asked."},
    {"Difference", "actual", "string|number|boolean|[string|number|boolean?]?",
     "All values of a list."},
    {"Difference", "at", "integer?", "Of the first other character."},

    {"Saw", "messages", "integer", NULL},
    {"Saw", "sessions", "integer", NULL},
    {"Saw", "refused", "integer", "Of the sessions."},

    {"FindingList", "findings", "[FindingWhole]", NULL},
    {"FindingList", "next", "integer?", NULL},
    {"FindingList", "seq", "integer", NULL},
    {"Check", "id", "string", NULL},
    {"Check", "title", "string", NULL},
    {"Check", "severity", "=error warning info", NULL},
    {"Check", "source", "string?", NULL},
    {"Check", "fix", "string?", NULL},
    {"CheckList", "checks", "[Check]", NULL},
    {"Grammar", "fields", "[GrammarField]", NULL},
    {"Grammar", "operators", "[string]", NULL},
    {"Grammar", "expectation", "[MatchField]", "What POST /api/expect takes."},
    {"Grammar", "says", "string", "What q asks for."},
    {"Grammar", "texts", "[string]", "What occurs in what q finds."},

    {"MatchField", "field", "string", NULL},
    {"MatchField", "sentence", "string", NULL},
    {"MatchField", "messages", "boolean", "Messages have it."},
    {"MatchField", "sessions", "boolean", "Sessions have it."},

    {"GrammarField", "field", "string", NULL},
    {"GrammarField", "takes", "string", NULL},
    {"GrammarField", "sentence", "string", NULL},
    {"GrammarField", "values", "[string]", "Known ones; none: any."},

    {"Transcript", "v", "integer", "Of this form: 1."},
    {"Transcript", "creator", "Creator", NULL},
    {"Transcript", "session", "TranscriptSession", NULL},
    {"Transcript", "chunks", "[[string|integer]]",
     "Reads and writes: direction, offset, size, t_us, layer."},
    {"Transcript", "events",
     "[NoteEvent|DetailEvent|ReplyEvent|CommandEvent|LineEvent|BodyEvent|"
     "FindingEvent]",
     "At most 20,000, in order."},
    {"Transcript", "messages", "[TranscriptMessage]", NULL},
    {"Transcript", "next_event", "integer?", "Go on from there; null: all."},

    {"Creator", "name", "string", NULL},
    {"Creator", "version", "string", NULL},

    {"TranscriptSession", "id", "integer", NULL},
    {"TranscriptSession", "listener", "string", NULL},
    {"TranscriptSession", "peer", "string", NULL},
    {"TranscriptSession", "local", "string?", NULL},
    {"TranscriptSession", "opened_at", "time", NULL},
    {"TranscriptSession", "closed_at", "time?", NULL},
    {"TranscriptSession", "close_reason", "string?", NULL},
    {"TranscriptSession", "live", "boolean", NULL},
    {"TranscriptSession", "lossless", "boolean", NULL},
    {"TranscriptSession", "lost_from_c", "integer?",
     "From this octet on the client's were not kept."},
    {"TranscriptSession", "lost_from_s", "integer?", "The server's."},
    {"TranscriptSession", "retired", "Retired?",
     "What the limits took of its beginning, with its messages."},
    {"TranscriptSession", "size_c", "integer", "Octets of the client."},
    {"TranscriptSession", "size_s", "integer", "Octets of the server."},
    {"TranscriptSession", "tls", "Tls?", NULL},
    {"TranscriptSession", "auth", "Auth?", NULL},
    {"TranscriptSession", "proxy", "Proxy?", NULL},

    {"Retired", "transactions", "integer", NULL},
    {"Retired", "events", "integer", "The first one there is the next."},
    {"Retired", "octets_c", "integer", "Of the client."},
    {"Retired", "octets_s", "integer", "Of the server."},

    {"Event", "event", "integer", "Its number, from 1."},
    {"Event", "t_us", "integer", "Since the session was opened."},
    {"Event", "type",
     "=open proxy banner cmd reply body tls sasl fault finding note idle close",
     NULL},
    {"Event", "dir", "=c s", NULL},
    {"Event", "off", "integer", "In the stream of that direction."},
    {"Event", "len", "integer", "There, with stuffed dots."},

    {"NoteEvent", "text", "string", "open, note, idle, close."},

    {"DetailEvent", "detail", "Tls|Proxy?", "tls, proxy, fault."},

    {"LineEvent", "text", "string|Octets", "sasl. Secrets are asterisks."},
    {"LineEvent", "text_cut", "boolean", "Beyond 65,536 octets."},
    {"LineEvent", "masked", "Stretch?", "A secret that is not shown."},
    {"LineEvent", "secret", "Stretch?", "A secret that is (reveal=1)."},

    {"CommandEvent", "verb", "string", "cmd."},

    {"ReplyEvent", "code", "integer", "banner, reply."},
    {"ReplyEvent", "enh", "string?", "Enhanced status code."},
    {"ReplyEvent", "lines", "integer", NULL},
    {"ReplyEvent", "cause", "string?", "Why mailscope refused, in words."},
    {"ReplyEvent", "re", "integer?", "The event it answers."},

    {"BodyEvent", "message", "integer?", "body: what it became."},
    {"BodyEvent", "body", "integer", "Its number in the session."},
    {"BodyEvent", "body_off", "integer", "In the message, without dots."},
    {"BodyEvent", "body_len", "integer", NULL},
    {"BodyEvent", "dots", "[integer]", "Where dots were stuffed, 10,000."},
    {"BodyEvent", "dot_count", "integer", "All of them."},
    {"BodyEvent", "eod", "string?", "How it ended."},
    {"BodyEvent", "deleted", "boolean", NULL},

    {"FindingEvent", "check", "string?", "finding."},
    {"FindingEvent", "severity", "=error warning info?", NULL},
    {"FindingEvent", "count", "integer", NULL},
    {"FindingEvent", "text", "string?", NULL},
    {"FindingEvent", "source", "string?", NULL},
    {"FindingEvent", "fix", "string?", NULL},
    {"FindingEvent", "at", "Place", NULL},

    {"Stretch", "off", "integer", "In the text."},
    {"Stretch", "len", "integer", NULL},

    {"TranscriptMessage", "id", "integer?", NULL},
    {"TranscriptMessage", "event", "integer?", "Its last body."},
    {"TranscriptMessage", "mail_from", "RawPath", NULL},
    {"TranscriptMessage", "rcpt_to", "[RawRecipient]", NULL},
    {"TranscriptMessage", "size", "integer", NULL},
    {"TranscriptMessage", "wire_size", "integer", NULL},
    {"TranscriptMessage", "complete", "boolean", NULL},

    {"RawPath", "raw", "string?", "As sent."},
    {"RawPath", "params", "{string?}", "ESMTP parameters."},
    {"RawRecipient", "code", "integer", "Of the reply."},

    {"StreamHello", "version", "string", "hello comes first."},
    {"StreamHello", "epoch", "integer", NULL},
    {"StreamHello", "seq", "integer", NULL},
    {"StreamGap", "from", "integer", "gap: changes that are not told."},
    {"StreamGap", "to", "integer", NULL},
    {"StreamDeleted", "kind", "=message session", "deleted."},
    {"StreamDeleted", "id", "integer", NULL},
    {"StreamDeleted", "inbox", "string", NULL},
    {"StreamInbox", "name", "string", "inbox."},
    {"StreamInbox", "deleted", "boolean", NULL},

    {"Problem", "type", "string", "RFC 9457."},
    {"Problem", "title", "string", NULL},
    {"Problem", "status", "integer", NULL},
    {"Problem", "detail", "string", "What was wrong, what would be right."},
    {"Problem", "at", "optional string|integer",
     "A JSON pointer, or an offset in the query."},
};

static const struct {
    const char *object;
    const char *base;
} bases[] = {
    {"MessageWhole", "Message"},    {"SessionWhole", "Session"},
    {"ActivityMessage", "Message"}, {"ActivitySession", "Session"},
    {"FindingWhole", "Finding"},    {"Unmet", "Problem"},
    {"NoteEvent", "Event"},         {"DetailEvent", "Event"},
    {"LineEvent", "Event"},         {"CommandEvent", "LineEvent"},
    {"ReplyEvent", "LineEvent"},    {"BodyEvent", "Event"},
    {"FindingEvent", "Event"},      {"RawRecipient", "RawPath"},
};

const char *schema_base(const char *object)
{
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        if (strcmp(bases[i].object, object) == 0) {
            return bases[i].base;
        }
    }
    return NULL;
}

const struct schema_field *schema_field(size_t number)
{
    return number < sizeof fields / sizeof *fields ? &fields[number] : NULL;
}
