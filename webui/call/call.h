/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_CALL_CALL_H
#define WEBUI_CALL_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "webui/http/http.h"
#include "webui/http/keyed_hash.h"
#include "webui/http/target.h"
#include "webui/json/json.h"
#include "webui/webui.h"

/* One request on its way through the routes. */

struct route;
struct follower;
struct readers;
struct auth;

/* What all calls share; made by webui_start(). */
struct webui {
    const struct webui_options *options;
    struct inbox *inbox;
    const struct webui_host *host;
    struct http_server *http;
    struct readers *readers;
    struct follower *follower;
    struct auth *auth; /* NULL: off */
    char **prefix;     /* segments of --http-path */
    size_t prefix_count;
    char *base; /* "/mail", or "" */
    char *url;  /* with the base; not for handlers: they may run before it */
    int64_t started_at_us;
    _Atomic int64_t asked_us; /* steady clock: when a request last came */
    struct hash_key secret;   /* of preview paths */
};

struct call {
    struct http_request *http;
    struct webui *webui;
    const struct route *route;
    struct target target;
    struct arena *arena;   /* of the request */
    uint64_t id;           /* {id} */
    const char *words[2];  /* {name} and the like, in order */
    uint64_t seq;          /* what was acknowledged when it arrived */
    int64_t gate_until_us; /* it waits for the index at most until then */
    bool needs_login;      /* bcrypt must say whether the login is right */
    void *state;           /* the handler's, while it waits */
    void (*on_end)(struct call *call); /* frees `state`; NULL: nothing to */
    struct call *next;                 /* in the queue that holds it */
};

/* What a handler says. */
enum call_result {
    CALL_ANSWERED,
    CALL_WAITS, /* given to the follower: not ours any more */
};

typedef enum call_result call_handler(struct call *call);

/* ---- parameters */

/* The text of a parameter; NULL: not sent. */
const char *call_param(const struct call *call, const char *name);

struct call_range {
    uint64_t min, max;
    uint64_t absent; /* the value when it was not sent */
};

/* A whole number within `range`. 0; -1 after answering 400. */
int call_number(struct call *call, const char *name, struct call_range range,
                uint64_t *number_out);

/* A duration: 500ms 5s 2m 1h; a bare number is seconds. `absent_ms` when it
 * was not sent. 0; -1 after answering 400. */
int call_duration(struct call *call, const char *name, uint64_t absent_ms,
                  uint64_t *duration_ms_out);

/* A boolean: 1 0 true false. 0; -1 after answering 400. */
int call_switch(struct call *call, const char *name, bool *is_on_out);

/* ---- answers. Each sets the whole answer; `type` and values live as long as
 * the request. */

/* Answers JSON, which is written and freed. */
void call_json(struct call *call, unsigned status, struct json *value);

/* Answers octets that are taken over from `body`, emptied. */
void call_content(struct call *call, const char *type, struct buffer *body);

/* Sends the caller elsewhere (302). */
void call_redirect(struct call *call, const char *where);

struct call_problem {
    unsigned status;
    const char *detail;  /* what was wrong and what would be right */
    const char *pointer; /* "at": a JSON pointer; NULL: none */
    int64_t offset;      /* "at": an offset in the query; without a pointer and
                          * below 0: none */
};

/* Answers application/problem+json (RFC 9457). */
void call_problem(struct call *call, const struct call_problem *problem);

/* The same with only a status and a sentence. Returns CALL_ANSWERED. */
enum call_result call_refuse(struct call *call, unsigned status,
                             const char *detail);

/* A problem as JSON, to add members to. */
struct json *call_problem_json(const struct call_problem *problem);

/* Answers such JSON, which is written and freed. */
void call_problem_with(struct call *call, unsigned status, struct json *value);

/* Answers the 503 of a store that cannot answer. Returns CALL_ANSWERED. */
enum call_result call_broken(struct call *call);

#endif
