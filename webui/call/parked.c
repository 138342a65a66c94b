/* SPDX-License-Identifier: MIT */
#include "webui/call/parked.h"

#include "webui/call/readers.h"

#include <string.h>

static bool has_field(const struct http_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->field_count; i++) {
        if (strcmp(answer->fields[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* No CORS field: other origins can read nothing. */
void call_finish(struct call *call)
{
    static const struct http_field common[] = {
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cache-Control", "no-store"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Content-Security-Policy",
         "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
         "form-action 'none'"},
    };

    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        if (!has_field(&call->http->answer, common[i].name)) {
            http_field(call->http, common[i].name, common[i].value);
        }
    }
}

void parked_done(struct call *call)
{
    call_finish(call);
    http_resume(call->http);
}

void parked_again(struct call *call)
{
    if (!readers_add(call->webui->readers, call)) {
        (void)call_refuse(call, 503, "mailscope is stopping");
        parked_done(call);
    }
}
