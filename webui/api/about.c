/* SPDX-License-Identifier: MIT */
#include "webui/api/about.h"

#include "inbox/diagnosis/catalogue.h"
#include "inbox/inbox.h"
#include "inbox/match/match.h"
#include "inbox/query/query.h"
#include "webui/api/lists.h"
#include "webui/json/summaries.h"

static struct json *listeners_json(const struct webui_host *host)
{
    const struct webui_listener *listeners = NULL;
    struct json *value = json_new_array();
    size_t count = host->listeners == NULL
                       ? 0
                       : host->listeners(host->context, &listeners);

    for (size_t i = 0; i < count; i++) {
        struct json *one = json_new_object();
        json_put_text(one, "kind", listeners[i].kind);
        json_put_text(one, "address", listeners[i].address);
        json_put_number(one, "port", listeners[i].port);
        json_put_text(one, "tls", listeners[i].tls);
        json_push(value, one);
    }
    return value;
}

static struct json *store_json(const struct inbox_state *state)
{
    struct json *value = json_new_object();

    json_put_text(value, "kind", state->kind);
    json_put_text(value, "path", state->path);
    json_put_number(value, "messages", (int64_t)state->messages);
    json_put_number(value, "sessions", (int64_t)state->sessions);
    json_put_number(value, "bytes", (int64_t)state->bytes);
    json_put_number(value, "retired_messages",
                    (int64_t)state->retired_messages);
    json_put_number(value, "retired_sessions",
                    (int64_t)state->retired_sessions);
    json_put_number(value, "damaged_records", (int64_t)state->damaged_records);
    if (state->is_failing) {
        json_put_text(value, "failure", state->failure);
    } else {
        json_put_null(value, "failure");
    }
    return value;
}

enum call_result about_info(struct call *call)
{
    const struct webui_options *options = call->webui->options;
    struct inbox_state state;
    struct json *value = json_new_object();
    struct json *limits = json_new_object();

    inbox_state(call->webui->inbox, &state);
    json_put_text(value, "name", "mailscope");
    json_put_text(value, "version", options->version);
    json_put_text(value, "hostname", options->hostname);
    json_put(value, "started_at",
             json_new_time(call->webui->started_at_us, INT64_MIN));
    json_put_number(value, "epoch", (int64_t)state.epoch);
    json_put_number(value, "seq", (int64_t)state.seq);
    json_put_text(value, "logins", options->logins);
    json_put_bool(value, "drops_secrets", options->drops_secrets);
    json_put(value, "listeners", listeners_json(call->webui->host));
    json_put(value, "store", store_json(&state));
    for (size_t i = 0; i < options->limit_count; i++) {
        json_put_number(limits, options->limits[i].name,
                        (int64_t)options->limits[i].value);
    }
    json_put(value, "limits", limits);
    call_json(call, 200, value);
    return CALL_ANSWERED;
}

static void add_text(void *context, const char *text)
{
    json_push(context, json_new_text(text));
}

static struct json *expectation_json(void)
{
    const struct match_name *row;
    struct json *value = json_new_array();

    for (size_t i = 0; (row = match_name_row(i)) != NULL; i++) {
        struct json *one = json_new_object();
        json_put_text(one, "field", row->name);
        json_put_text(one, "sentence", row->sentence);
        json_put_bool(one, "messages", row->of_messages);
        json_put_bool(one, "sessions", row->of_sessions);
        json_push(value, one);
    }
    return value;
}

enum call_result about_grammar(struct call *call)
{
    const struct query_word *word;
    const struct query *query;

    if (list_read_query(call, &query) != 0) {
        return CALL_ANSWERED;
    }
    struct json *value = json_new_object();
    struct json *fields = json_new_array();
    struct json *operators = json_new_array();

    for (size_t i = 0; (word = query_word(i)) != NULL; i++) {
        struct json *one = json_new_object();
        struct json *values = json_new_array();
        json_put_text(one, "field", word->field);
        json_put_text(one, "takes", word->takes);
        json_put_text(one, "sentence", word->sentence);
        for (size_t k = 0; word->values != NULL && word->values[k] != NULL;
             k++) {
            json_push(values, json_new_text(word->values[k]));
        }
        json_put(one, "values", values);
        json_push(fields, one);
    }
    static const char *const known[] = {"OR", "-", "\"", "(", ")",
                                        ">",  "<", ">=", "<="};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        json_push(operators, json_new_text(known[i]));
    }
    json_put(value, "fields", fields);
    json_put(value, "operators", operators);
    struct json *texts = json_new_array();
    query_each_text(query, add_text, texts);
    json_put(value, "expectation", expectation_json());
    json_put_text(value, "says", query_say(query, call->arena));
    json_put(value, "texts", texts);
    call_json(call, 200, value);
    return CALL_ANSWERED;
}

enum call_result about_checks(struct call *call)
{
    size_t count;
    const struct diagnosis_check *checks = diagnosis_checks(&count);
    struct json *value = json_new_object();
    struct json *list = json_new_array();

    for (size_t i = 0; i < count; i++) {
        struct json *one = json_new_object();
        json_put_text(one, "id", checks[i].id);
        json_put_text(one, "title", checks[i].title);
        json_put_text(one, "severity", diagnosis_word(checks[i].severity));
        json_put_text(one, "source", checks[i].source);
        json_put_text(one, "fix", checks[i].fix);
        json_push(list, one);
    }
    json_put(value, "checks", list);
    call_json(call, 200, value);
    return CALL_ANSWERED;
}

static void add_findings(struct call *call, uint64_t session, struct json *list)
{
    struct inbox_session whole;

    if (inbox_session(call->webui->inbox, session, call->arena, &whole) !=
        INBOX_OK) {
        return;
    }
    for (size_t i = 0; i < whole.finding_count; i++) {
        json_push(list, session_finding(&whole, i));
    }
}

/* By session, newest first: paging is that of sessions. */
enum call_result about_findings(struct call *call)
{
    struct inbox_list_request request;
    struct inbox_list list;

    if (list_read(call, INBOX_SESSIONS, &request) != 0) {
        return CALL_ANSWERED;
    }
    if (inbox_list(call->webui->inbox, &request, call->arena, &list) !=
        INBOX_OK) {
        return call_broken(call);
    }
    struct json *value = json_new_object();
    struct json *findings = json_new_array();
    for (size_t i = 0; i < list.count; i++) {
        const struct inbox_session *session = list.entries[i].session;
        struct inbox_counts counts = session->finding_counts;
        if (counts.error + counts.warning + counts.notice > 0) {
            add_findings(call, session->id, findings);
        }
    }
    json_put(value, "findings", findings);
    json_put(value, "next",
             list.next == 0 ? json_new_null()
                            : json_new_number((int64_t)list.next));
    json_put_number(value, "seq", (int64_t)list.seq);
    call_json(call, 200, value);
    return CALL_ANSWERED;
}

enum call_result about_ca(struct call *call)
{
    const struct webui_host *host = call->webui->host;
    const char *pem = host->ca_pem == NULL ? NULL : host->ca_pem(host->context);
    struct buffer body = {0};

    if (pem == NULL) {
        return call_refuse(call, 404,
                           "the certificate was given (--tls-cert), so there "
                           "is no CA of our own");
    }
    buffer_add(&body, bytes_of(pem));
    call_content(call, "application/x-pem-file", &body);
    http_field(call->http, "Content-Disposition",
               "attachment; filename=\"mailscope-ca.pem\"");
    return CALL_ANSWERED;
}

enum call_result about_test_message(struct call *call)
{
    const struct webui_host *host = call->webui->host;
    char error[WEBUI_ERROR_SIZE] = "";
    const char *inbox;

    if (list_read_inbox(call, &inbox) != 0) {
        return CALL_ANSWERED;
    }
    if (host->test_message == NULL ||
        host->test_message(host->context, inbox, error) != 0) {
        return call_refuse(call, 503,
                           arena_print(call->arena, "not sent%s%s",
                                       error[0] == '\0' ? "" : ": ", error));
    }
    struct json *value = json_new_object();
    json_put_bool(value, "sent", true);
    call_json(call, 202, value);
    return CALL_ANSWERED;
}
