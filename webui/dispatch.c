/* SPDX-License-Identifier: MIT */
#include "webui/dispatch.h"

#include "inbox/base/clock.h"
#include "webui/api/page.h"
#include "webui/call/parked.h"
#include "webui/call/router.h"
#include "webui/follow/follower.h"
#include "webui/http/admission.h"
#include "webui/http/auth.h"

#include <stdatomic.h>
#include <string.h>

#define BODY_BYTES ((uint64_t)64 * 1024)
#define GATE_US ((int64_t)2000000)

/* ---- guards */

static size_t prefix_size(const struct call *call)
{
    const struct webui *webui = call->webui;

    if (call->target.segment_count <= webui->prefix_count) {
        return 0;
    }
    for (size_t i = 0; i < webui->prefix_count; i++) {
        if (strcmp(call->target.segments[i], webui->prefix[i]) != 0) {
            return 0;
        }
    }
    return webui->prefix_count;
}

static bool admit(struct call *call)
{
    const struct webui_options *options = call->webui->options;
    const char *method = call->http->method;
    bool is_read = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    struct admission admission = {
        .host = http_header(call->http, "Host"),
        .origin = http_header(call->http, "Origin"),
        .fetch_site = http_header(call->http, "Sec-Fetch-Site"),
        .is_change = !is_read,
        .skip_origin =
            call->route != NULL && call->route->guard == GUARD_CAPABILITY,
        .names = options->hosts,
        .name_count = options->host_count};
    /* of two, a proxy in front may have judged the other one */
    const char *refusal = http_header_count(call->http, "Host") > 1
                              ? "the Host was sent twice"
                              : admission_refusal(&admission);

    if (refusal != NULL) {
        (void)call_refuse(call, 403, refusal);
    }
    return refusal == NULL;
}

static void ask_for_login(struct call *call)
{
    (void)call_refuse(call, 401, "a user name and password are needed");
    http_field(call->http, "WWW-Authenticate",
               "Basic realm=\"mailscope\", charset=\"UTF-8\"");
}

static bool log_in(struct call *call)
{
    if (call->webui->auth == NULL ||
        (call->route != NULL && call->route->guard != GUARD_FULL)) {
        return true;
    }
    switch (auth_check(call->webui->auth,
                       http_header(call->http, "Authorization"))) {
    case AUTH_ACCEPTED:
        return true;
    case AUTH_UNKNOWN:
        call->needs_login = true;
        return true;
    case AUTH_REFUSED:
        break;
    }
    ask_for_login(call);
    return false;
}

static void answer_unrouted(struct call *call, enum route_found found,
                            const char *allow)
{
    if (found == ROUTE_NO_METHOD) {
        (void)call_refuse(call, 405,
                          arena_print(call->arena, "allowed here: %s", allow));
        http_field(call->http, "Allow", allow);
        return;
    }
    (void)call_refuse(call, 404,
                      "there is nothing at this path; the routes "
                      "are described at /api/");
}

static bool check_params(struct call *call)
{
    const char *wrong = route_wrong_param(call);

    if (wrong == NULL) {
        return true;
    }
    (void)call_refuse(
        call, 400,
        call->route->params[0] == '\0'
            ? arena_print(call->arena, "%.60s: no parameter is known here",
                          wrong)
            : arena_print(call->arena,
                          "%.60s: not a parameter here, or there twice; known "
                          "are: %s",
                          wrong, call->route->params));
    return false;
}

static uint64_t body_limit(const struct call *call)
{
    const struct webui_options *options = call->webui->options;

    switch (call->route->body) {
    case BODY_NONE:
        break;
    case BODY_JSON:
        return options->max_body_bytes > 0 ? options->max_body_bytes
                                           : BODY_BYTES;
    case BODY_MESSAGE:
        return options->max_message_bytes > 0 ? options->max_message_bytes
                                              : BODY_BYTES;
    }
    return 0;
}

static enum route_found find(struct call *call, const char **allow_out)
{
    size_t skip = prefix_size(call);
    enum route_found found =
        route_find(call, call->http->method, skip, allow_out);

    if (found == ROUTE_NO_PATH && page_is_wanted(call, skip)) {
        call->route = routes_page();
        found = ROUTE_FOUND;
    }
    return found;
}

/* Answers when the call goes no further. */
static void examine(struct call *call)
{
    const char *why = NULL;
    const char *allow;
    enum route_found found = ROUTE_NO_PATH;
    int wrong =
        target_read(call->http->target, call->arena, &call->target, &why);

    if (wrong == 0) {
        found = find(call, &allow);
    }
    bool is_open = found == ROUTE_FOUND && call->route->guard == GUARD_OPEN;
    if (!is_open && (!admit(call) || !log_in(call))) {
        return;
    }
    if (wrong != 0) {
        (void)call_refuse(call, 400, why);
    } else if (found != ROUTE_FOUND) {
        answer_unrouted(call, found, allow);
    } else if (check_params(call)) {
        call->http->max_body = body_limit(call);
    }
}

void dispatch_head(void *webui, struct http_request *request)
{
    struct call *call = arena_new(&request->arena, sizeof *call);

    request->state = call;
    call->http = request;
    call->webui = webui;
    call->arena = &request->arena;
    atomic_store(&call->webui->asked_us, clock_steady_us());
    examine(call);
    if (request->answer.status != 0) {
        call_finish(call);
    }
}

void dispatch_too_large(void *webui, struct http_request *request)
{
    struct call *call = request->state;

    (void)webui;
    (void)call_refuse(call, 413,
                      arena_print(call->arena,
                                  "at most %llu octets are taken here",
                                  (unsigned long long)request->max_body));
    call_finish(call);
}

void dispatch_end(void *webui, struct http_request *request)
{
    struct call *call = request->state;

    (void)webui;
    if (call != NULL && call->on_end != NULL) {
        call->on_end(call);
    }
}

/* ---- threads */

/* May the server's own thread run it? */
static bool is_for_here(const struct call *call)
{
    return call->route->kind == ROUTE_FAST ||
           (call->route->kind == ROUTE_QUICK &&
            inbox_indexed_seq(call->webui->inbox) >= call->seq);
}

void dispatch_request(void *webui, struct http_request *request)
{
    struct call *call = request->state;

    (void)webui;
    call->seq = inbox_seq(call->webui->inbox);
    if (!call->needs_login && is_for_here(call)) {
        (void)call->route->run(call);
        call_finish(call);
        return;
    }
    http_park(request);
    parked_again(call);
}

/* Has the index reached what was acknowledged before? Else the follower holds
 * the call until it has. */
static bool pass_gate(struct call *call)
{
    struct webui *webui = call->webui;

    if (call->route->kind == ROUTE_FAST || call->route->kind == ROUTE_READER ||
        inbox_indexed_seq(webui->inbox) >= call->seq) {
        return true;
    }
    if (call->gate_until_us == 0) {
        call->gate_until_us = clock_steady_us() + GATE_US;
    }
    if (!follower_gate(webui->follower, call)) {
        (void)call_refuse(call, 503, "mailscope is stopping");
        parked_done(call);
    }
    return false;
}

void dispatch_on_reader(struct call *call)
{
    if (call->needs_login &&
        !auth_verify(call->webui->auth,
                     http_header(call->http, "Authorization"))) {
        ask_for_login(call);
        parked_done(call);
        return;
    }
    call->needs_login = false;
    if (pass_gate(call) && call->route->run(call) == CALL_ANSWERED) {
        parked_done(call);
    }
}
