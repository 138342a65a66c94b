/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_CALL_ROUTER_H
#define WEBUI_CALL_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "webui/call/call.h"

/* The table of routes and how a target finds its row. Pure. */

enum route_kind {
    ROUTE_FAST,   /* answered on the server's own thread: may not block */
    ROUTE_QUICK,  /* a query so short that the same thread asks it, unless the
                   * index is behind */
    ROUTE_READER, /* may block: on a reader thread */
    ROUTE_QUERY   /* the same, once the index holds what was acknowledged when
                   * the request arrived */
};

enum route_guard {
    GUARD_FULL,       /* Host, Origin and login */
    GUARD_CAPABILITY, /* the path is the credential; Origin may be null */
    GUARD_OPEN        /* none: health checks */
};

enum route_body {
    BODY_NONE,
    BODY_JSON,   /* at most --http-max-body */
    BODY_MESSAGE /* at most the size of a message */
};

/* One row: what is served, documented and tested is this. */
struct route {
    const char *method;
    const char *path; /* {id} is a number, other {words} any one segment */
    call_handler *run;
    enum route_kind kind;
    enum route_guard guard;
    enum route_body body;
    const char *params;   /* names, space-separated; an unknown one is a 400;
                           * "*": any */
    const char *statuses; /* success first, then what this route may answer
                           * beside what its kind and guard may; 404:NAME has
                           * the JSON object NAME, else it is a Problem */
    const char *answer;   /* forms of success: NAME (a JSON object), NAME@TYPE
                           * or a media TYPE */
    const char *asks; /* of the body: a JSON object or media type; or NULL */
    const char *sentence;
};

/* All rows. */
const struct route *routes(size_t *count_out);

/* The row of the page itself, which answers whatever path it understands. */
const struct route *routes_page(void);

enum route_found { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };

/* Finds the row of `method` (HEAD is GET's) and the target's segments from
 * `skip` on; sets call->route, id and words. ROUTE_NO_METHOD leaves in
 * `allow_out` the methods that there are. */
enum route_found route_find(struct call *call, const char *method, size_t skip,
                            const char **allow_out);

/* The first parameter that the row does not know, or that came twice; NULL:
 * none. */
const char *route_wrong_param(const struct call *call);

#endif
