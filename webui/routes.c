/* SPDX-License-Identifier: MIT */
#include "webui/api/about.h"
#include "webui/api/events.h"
#include "webui/api/health.h"
#include "webui/api/inboxes.h"
#include "webui/api/lists.h"
#include "webui/api/messages.h"
#include "webui/api/page.h"
#include "webui/api/previews.h"
#include "webui/api/sessions.h"
#include "webui/api/waits.h"
#include "webui/call/router.h"
#include "webui/describe/openapi.h"
#include "webui/expect/expect.h"

/* Everything that is served, once. Dispatch, the checks of parameters,
 * /api/openapi.json and the page at /api/ are made from these rows. */

#define PAGING "limit before after at"
#define SELECT "q zone inbox"

static const struct route rows[] = {
    {"GET", "/api/info", about_info, ROUTE_FAST, GUARD_FULL, BODY_NONE, "",
     "200", "Info", NULL, "Name, version, listeners, store and limits."},

    {"GET", "/api/messages", messages_list, ROUTE_QUERY, GUARD_FULL, BODY_NONE,
     SELECT " " PAGING " since wait count", "200 404:Unmet", "MessageList",
     NULL,
     "Messages, newest first. With wait=5s the answer comes as soon as count "
     "messages match, or is a 404 that says why; with Accept: text/plain for "
     "people."},
    {"PATCH", "/api/messages", messages_patch, ROUTE_QUERY, GUARD_FULL,
     BODY_JSON, SELECT " up_to", "200 415", "Changed", "Marks",
     "Sets read and tags of all that match."},
    {"DELETE", "/api/messages", messages_delete, ROUTE_QUERY, GUARD_FULL,
     BODY_NONE, SELECT " up_to", "200", "Deleted", NULL,
     "Deletes all that match, up to the id up_to."},
    {"POST", "/api/messages", messages_post, ROUTE_READER, GUARD_FULL,
     BODY_MESSAGE, "from to inbox", "201 415 503 507", "Message",
     "message/rfc822",
     "Keeps the body as if it had been received; to takes addresses separated "
     "by commas."},
    {"GET", "/api/messages/latest", waits_latest, ROUTE_QUERY, GUARD_FULL,
     BODY_NONE, SELECT " since wait", "200 404:Unmet", "MessageWhole", NULL,
     "The newest message that matches."},
    {"GET", "/api/messages/{id}", messages_one, ROUTE_QUERY, GUARD_FULL,
     BODY_NONE, "", "200 404", "MessageWhole", NULL,
     "One message with headers, text, HTML, parts and findings."},
    {"PATCH", "/api/messages/{id}", messages_patch, ROUTE_QUERY, GUARD_FULL,
     BODY_JSON, "", "200 404 415", "Changed", "Marks",
     "Sets read and tags of one message."},
    {"DELETE", "/api/messages/{id}", messages_delete, ROUTE_QUERY, GUARD_FULL,
     BODY_NONE, "", "200", "Deleted", NULL,
     "Deletes one message; its closed session goes with the last."},
    {"GET", "/api/messages/{id}/raw", messages_raw, ROUTE_QUERY, GUARD_FULL,
     BODY_NONE, "", "200 206 404 416", "message/rfc822", NULL,
     "The exact octets, dot-stuffing removed."},
    {"GET", "/api/messages/{id}/wire", messages_wire, ROUTE_QUERY, GUARD_FULL,
     BODY_NONE, "", "200 404", "application/octet-stream", NULL,
     "The exact octets as they crossed the wire, with the final dot."},
    {"GET", "/api/messages/{id}/parts/{section}", messages_part, ROUTE_QUERY,
     GUARD_FULL, BODY_NONE, "form", "200 404", "application/octet-stream", NULL,
     "One MIME part, decoded, or with form=encoded as it stands."},

    {"GET", "/api/sessions", sessions_list, ROUTE_QUERY, GUARD_FULL, BODY_NONE,
     SELECT " " PAGING " since live", "200", "SessionList", NULL,
     "Closed sessions, newest first; with live=1 the open ones."},
    {"DELETE", "/api/sessions", sessions_delete, ROUTE_QUERY, GUARD_FULL,
     BODY_NONE, SELECT " up_to", "200", "Deleted", NULL,
     "Deletes closed sessions that match, with their messages."},
    {"GET", "/api/sessions/{id}", sessions_one, ROUTE_QUERY, GUARD_FULL,
     BODY_NONE, "", "200 404", "SessionWhole", NULL,
     "One session, open or closed, with transactions and findings."},
    {"DELETE", "/api/sessions/{id}", sessions_delete, ROUTE_QUERY, GUARD_FULL,
     BODY_NONE, "", "200", "Deleted", NULL,
     "Deletes one closed session with its messages."},
    {"GET", "/api/sessions/{id}/transcript", sessions_transcript, ROUTE_QUERY,
     GUARD_FULL, BODY_NONE, "format dir reveal from tls keep_port exact",
     "200 404",
     "Transcript@application/vnd.smtp-transcript+json text/plain "
     "application/octet-stream application/x-pcapng",
     NULL,
     "The conversation as json, text, vector, raw (dir=c or s) or pcapng. "
     "Where "
     "its beginning was retired or a message deleted, each says so; raw, by "
     "the "
     "field Mailscope-Missing-Octets of the answer."},
    {"POST", "/api/sessions/{id}/close", sessions_close, ROUTE_READER,
     GUARD_FULL, BODY_NONE, "", "200", "Closed", NULL, "Ends an open session."},

    {"GET", "/api/activity", activity_list, ROUTE_QUERY, GUARD_FULL, BODY_NONE,
     SELECT " " PAGING " since", "200", "ActivityList", NULL,
     "Messages, and the sessions that delivered none, by seq."},
    {"DELETE", "/api/activity", activity_delete, ROUTE_QUERY, GUARD_FULL,
     BODY_NONE, SELECT " up_to", "200", "Deleted", NULL,
     "Deletes all that match, up to the seq up_to."},
    {"GET", "/api/events", events_stream, ROUTE_FAST, GUARD_FULL, BODY_NONE,
     SELECT " since live", "200 503", "text/event-stream", NULL,
     "Changes as they happen (Server-Sent Events): hello (StreamHello), "
     "message "
     "and changed (Message), session (Session), finding (FindingWhole), "
     "deleted "
     "(StreamDeleted), inbox (StreamInbox), gap (StreamGap)."},

    {"POST", "/api/expect", expect_post, ROUTE_QUERY, GUARD_FULL, BODY_JSON, "",
     "200 415 417:Unmet", "Met text/plain", "Expectation",
     "The assertion: 200 when it is met in time, else 417 with the nearest "
     "misses; with Accept: text/plain for people."},

    {"GET", "/api/inboxes", inboxes_list, ROUTE_QUICK, GUARD_FULL, BODY_NONE,
     "", "200", "InboxList", NULL, "All inboxes."},
    {"POST", "/api/inboxes", inboxes_create, ROUTE_READER, GUARD_FULL,
     BODY_JSON, "", "201 415 503", "Inbox", "InboxAsked",
     "Creates an inbox and answers the login that leads there."},
    {"GET", "/api/inboxes/{name}", inboxes_one, ROUTE_QUICK, GUARD_FULL,
     BODY_NONE, "", "200 404", "Inbox", NULL, "One inbox."},
    {"DELETE", "/api/inboxes/{name}", inboxes_delete, ROUTE_READER, GUARD_FULL,
     BODY_NONE, "", "200 503", "Deleted", NULL,
     "Deletes an inbox with its messages."},

    {"GET", "/api/findings", about_findings, ROUTE_QUERY, GUARD_FULL, BODY_NONE,
     SELECT " " PAGING " since", "200", "FindingList", NULL,
     "Findings of the sessions that match, newest first."},
    {"GET", "/api/checks", about_checks, ROUTE_READER, GUARD_FULL, BODY_NONE,
     "", "200", "CheckList", NULL, "The catalogue of checks."},
    {"GET", "/api/grammar", about_grammar, ROUTE_FAST, GUARD_FULL, BODY_NONE,
     "q zone", "200", "Grammar", NULL,
     "Fields, operators and values of searches; what q asks for, in words."},
    {"GET", "/api/ca.pem", about_ca, ROUTE_READER, GUARD_FULL, BODY_NONE, "",
     "200 404", "application/x-pem-file", NULL, "The CA to trust."},
    {"POST", "/api/test-message", about_test_message, ROUTE_READER, GUARD_FULL,
     BODY_NONE, "inbox", "202 503", "Sent", NULL,
     "Has the server mail itself over its own SMTP port."},

    {"GET", "/preview/{capability}/", previews_html, ROUTE_READER,
     GUARD_CAPABILITY, BODY_NONE, "remote scheme part", "200 404", "text/html",
     NULL,
     "A message's HTML for a sandboxed frame; the path is the credential."},
    {"GET", "/preview/{capability}/cid/{n}", previews_part, ROUTE_READER,
     GUARD_CAPABILITY, BODY_NONE, "", "200 404", "image/*", NULL,
     "An inline image of that message."},

    {"GET", "/api/openapi.json", openapi_document, ROUTE_READER, GUARD_FULL,
     BODY_NONE, "", "200", "application/json", NULL,
     "This description of the API (OpenAPI 3.1)."},
    {"GET", "/api/", openapi_page, ROUTE_READER, GUARD_FULL, BODY_NONE, "",
     "200", "text/html", NULL, "The same for people."},

    {"GET", "/healthz", health_alive, ROUTE_FAST, GUARD_OPEN, BODY_NONE, "",
     "200", "text/plain", NULL, "200 while the program answers."},
    {"GET", "/readyz", health_ready, ROUTE_FAST, GUARD_OPEN, BODY_NONE, "",
     "200 503", "text/plain", NULL,
     "200 when the store answers and all listeners are bound."},
    {"GET", "/metrics", health_metrics, ROUTE_FAST, GUARD_FULL, BODY_NONE, "",
     "200", "text/plain", NULL, "Counters for Prometheus."},

    {"GET", "/", page_index, ROUTE_FAST, GUARD_FULL, BODY_NONE, "*", "200",
     "text/html", NULL, "The page."},
    {"GET", "/messages/latest", messages_redirect, ROUTE_QUERY, GUARD_FULL,
     BODY_NONE, SELECT, "302", "text/html", NULL,
     "Where the page shows the newest message that matches."},
    {"GET", "/messages/latest/{view}", messages_redirect, ROUTE_QUERY,
     GUARD_FULL, BODY_NONE, SELECT, "302", "text/html", NULL,
     "The same, in one of its views."},
    {"GET", "/assets/{file}", page_asset, ROUTE_FAST, GUARD_FULL, BODY_NONE,
     "*", "200 304 404", "application/octet-stream", NULL,
     "A file of the page."},
    {"GET", "/{file}", page_asset, ROUTE_FAST, GUARD_FULL, BODY_NONE, "*",
     "200 304 404", "application/octet-stream", NULL, "A file of the page."},
};

const struct route *routes(size_t *count_out)
{
    *count_out = sizeof rows / sizeof *rows;
    return rows;
}

const struct route *routes_page(void)
{
    for (size_t i = 0;; i++) {
        if (rows[i].run == page_index) {
            return &rows[i];
        }
    }
}
