/* SPDX-License-Identifier: MIT */
#include "webui/call/router.h"
#include "webui/http/admission.h"

#include <stdlib.h>
#include <string.h>

/* A request's lines, by hand: METHOD, target, Host, Origin, each on its own
 * line. What finds a route has only parameters that the route knows; what
 * begins with another host is never let in. */

int LLVMFuzzerTestOneInput(const unsigned char *octets, size_t size);

static void check(bool is_so)
{
    if (!is_so) {
        abort();
    }
}

static char *next_line(char **rest)
{
    char *line = *rest;
    size_t size = strcspn(line, "\n");

    *rest += size + (line[size] == '\n');
    line[size] = '\0';
    return line;
}

static void find(const char *method, const char *text, struct arena *arena)
{
    struct call call = {.arena = arena};
    const char *why;
    const char *allow;

    if (target_read(text, arena, &call.target, &why) != 0) {
        check(why != NULL);
        return;
    }
    check(call.target.segment_count <= TARGET_SEGMENTS);
    check(call.target.param_count <= TARGET_PARAMS);
    switch (route_find(&call, method, 0, &allow)) {
    case ROUTE_FOUND:
        check(call.route != NULL);
        (void)route_wrong_param(&call);
        break;
    case ROUTE_NO_METHOD:
        check(allow != NULL && allow[0] != '\0');
        break;
    case ROUTE_NO_PATH:
        check(allow == NULL);
        break;
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *octets, size_t size)
{
    struct arena arena = {0};
    char *rest = arena_text(&arena, (struct bytes){octets, size});
    const char *method = next_line(&rest);
    const char *target = next_line(&rest);
    const char *host = next_line(&rest);
    const char *origin = next_line(&rest);

    find(method, target, &arena);
    struct admission admission = {.host = host, .origin = origin};
    bool is_in = admission_refusal(&admission) == NULL;
    check(!is_in || strstr(host, "evil.example") == NULL);
    check(!is_in || strcmp(origin, "null") != 0);
    arena_free(&arena);
    return 0;
}
