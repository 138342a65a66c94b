/* SPDX-License-Identifier: MIT */
#include "webui/call/router.h"

#include <stdlib.h>
#include <string.h>

#define ID_DIGITS 19U

/* Ids are written one way only: no sign, no leading zero. */
static bool read_id(const char *text, uint64_t *id_out)
{
    size_t size = strlen(text);

    *id_out = strtoull(text, NULL, 10);
    return size > 0 && size <= ID_DIGITS && text[0] != '0' &&
           strspn(text, "0123456789") == size;
}

/* Does `segment` fit the pattern's part of `size` octets at `part`? */
static bool fits(struct call *call, struct bytes part, const char *segment,
                 size_t *words)
{
    if (bytes_equal(part, BYTES("{id}"))) {
        return read_id(segment, &call->id);
    }
    if (part.size > 0 && part.at[0] == '{') {
        call->words[(*words)++] = segment;
        return segment[0] != '\0';
    }
    return bytes_equal(part, bytes_of(segment));
}

static bool matches(struct call *call, const char *pattern, size_t skip)
{
    size_t words = 0;

    for (size_t i = skip; i < call->target.segment_count; i++) {
        if (*pattern != '/') {
            return false;
        }
        pattern++;
        /* most rows differ at once */
        if (*pattern != '{' && *pattern != '/' &&
            *pattern != call->target.segments[i][0]) {
            return false;
        }
        size_t size = strcspn(pattern, "/");
        struct bytes part = {(const unsigned char *)pattern, size};
        if (!fits(call, part, call->target.segments[i], &words)) {
            return false;
        }
        pattern += size;
    }
    return *pattern == '\0';
}

enum route_found route_find(struct call *call, const char *method, size_t skip,
                            const char **allow_out)
{
    size_t count;
    const struct route *rows = routes(&count);
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;

    *allow_out = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!matches(call, rows[i].path, skip)) {
            continue;
        }
        if (strcmp(rows[i].method, wanted) == 0) {
            call->route = &rows[i];
            return ROUTE_FOUND;
        }
        const char *also = strcmp(rows[i].method, "GET") == 0 ? ", HEAD" : "";
        *allow_out =
            *allow_out == NULL
                ? arena_print(call->arena, "%s%s", rows[i].method, also)
                : arena_print(call->arena, "%s, %s%s", *allow_out,
                              rows[i].method, also);
    }
    return *allow_out == NULL ? ROUTE_NO_PATH : ROUTE_NO_METHOD;
}

static bool is_listed(const char *list, const char *name)
{
    size_t size = strlen(name);

    for (const char *at = strstr(list, name); at != NULL && size > 0;
         at = strstr(at + 1, name)) {
        if ((at == list || at[-1] == ' ') &&
            (at[size] == ' ' || at[size] == '\0')) {
            return true;
        }
    }
    return false;
}

const char *route_wrong_param(const struct call *call)
{
    if (strcmp(call->route->params, "*") == 0) {
        return NULL;
    }
    for (size_t i = 0; i < call->target.param_count; i++) {
        const char *name = call->target.params[i].name;
        bool is_twice =
            target_param(&call->target, name) != call->target.params[i].value;
        if (is_twice || strchr(name, ' ') != NULL ||
            !is_listed(call->route->params, name)) {
            return name;
        }
    }
    return NULL;
}
