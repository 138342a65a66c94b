/* SPDX-License-Identifier: MIT */
#include "webui/api/sessions.h"

#include "inbox/match/match.h"
#include "webui/api/lists.h"
#include "webui/json/summaries.h"

#include <string.h>

/* Does an open session meet what the list asks for? */
static bool is_asked_for(struct call *call,
                         const struct inbox_list_request *request,
                         const struct inbox_session *session)
{
    struct facts facts;

    if ((request->inbox != NULL &&
         strcmp(request->inbox, session->inbox) != 0) ||
        (request->before != 0 && session->id >= request->before) ||
        (request->after != UINT64_MAX && session->id <= request->after)) {
        return false;
    }
    facts_make(&(struct facts_source){.session = session}, call->arena, &facts);
    return match_query(request->query, &facts, call->arena);
}

static enum call_result answer_live(struct call *call,
                                    const struct inbox_list_request *request)
{
    const struct webui_host *host = call->webui->host;
    struct inbox_session *sessions = NULL;
    size_t count = 0;
    uint64_t total = 0;
    struct inbox_list list = {.seq = inbox_indexed_seq(call->webui->inbox)};

    if (host->live_sessions != NULL &&
        host->live_sessions(host->context, call->arena, &sessions, &count) !=
            0) {
        return call_refuse(call, 503, "mailscope is stopping");
    }
    list.entries =
        arena_new(call->arena, request->limit * sizeof *list.entries);
    struct inbox_open open = {
        .items = arena_new(call->arena, request->limit * sizeof *open.items)};
    for (size_t i = 0; i < count; i++) {
        if (!is_asked_for(call, request, &sessions[i])) {
            continue;
        }
        if (list.count < request->limit) {
            list.entries[list.count++].session = &sessions[i];
            open.items[open.count++] = &sessions[i];
        } else if (list.next == 0) {
            list.next = list.entries[list.count - 1].session->id;
        }
        total++;
    }
    list.total = total;
    /* what is open no more is in the plain list before this one is answered */
    inbox_open_messages(call->webui->inbox, &open, call->arena);
    list_answer(call, &list, "sessions", false);
    return CALL_ANSWERED;
}

enum call_result sessions_list(struct call *call)
{
    struct inbox_list_request request;
    struct inbox_list list;
    bool live;

    if (list_read(call, INBOX_SESSIONS, &request) != 0 ||
        call_switch(call, "live", &live) != 0) {
        return CALL_ANSWERED;
    }
    if (live) {
        return answer_live(call, &request);
    }
    if (inbox_list(call->webui->inbox, &request, call->arena, &list) !=
        INBOX_OK) {
        return call_broken(call);
    }
    list_answer(call, &list, "sessions", false);
    return CALL_ANSWERED;
}

/* An open session hands over what it recorded; one that is open no more has
 * done so, and its end may be on the way. Then it is in the inbox. */
static void bring_up_to_date(struct call *call)
{
    const struct webui_host *host = call->webui->host;

    if (host->session_handover != NULL) {
        (void)host->session_handover(host->context, call->id);
        inbox_settle(call->webui->inbox);
    }
}

int sessions_read(struct call *call, struct inbox_session *session_out)
{
    struct inbox *inbox = call->webui->inbox;
    enum inbox_result result =
        inbox_session(inbox, call->id, call->arena, session_out);

    if (result == INBOX_NOT_FOUND ||
        (result == INBOX_OK && session_out->is_live)) {
        bring_up_to_date(call);
        result = inbox_session(inbox, call->id, call->arena, session_out);
    }
    if (result == INBOX_OK) {
        return 0;
    }
    struct inbox_state state;
    inbox_state(inbox, &state);
    if (result == INBOX_BROKEN || state.is_failing) {
        (void)call_broken(call); /* its end may wait for room to be written */
    } else {
        (void)list_missing(call, INBOX_SESSIONS);
    }
    return -1;
}

enum call_result sessions_one(struct call *call)
{
    struct inbox_session session;

    if (sessions_read(call, &session) != 0) {
        return CALL_ANSWERED;
    }
    struct json *value = session_summary(&session);
    json_put_text(value, "local", session.local);
    json_put_text(value, "helo_verb", session.helo_verb);
    json_put_bool(value, "lossless", session.is_lossless);
    json_put_number(value, "retired_transactions",
                    session.retired_transactions);
    json_put(value, "transactions", session_transactions(&session));
    json_put(value, "diagnosis", diagnosis_json(&session, 0));
    call_json(call, 200, value);
    return CALL_ANSWERED;
}

enum call_result sessions_close(struct call *call)
{
    const struct webui_host *host = call->webui->host;
    struct json *value = json_new_object();

    /* one that is closed already is what was asked for */
    bool closed = host->session_close != NULL &&
                  host->session_close(host->context, call->id) == 0;
    json_put_number(value, "closed", closed ? 1 : 0);
    call_json(call, 200, value);
    return CALL_ANSWERED;
}
