/* SPDX-License-Identifier: MIT */
#include "server/commands/explained.h"

#include "server/commands/commands.h"
#include "webui/expect/explain.h"

static void say_why(const struct json *explanation)
{
    struct buffer why = {0};
    explain_write(explanation, &why);
    (void)fflush(stdout); /* in a log that takes both, JSON comes first */
    fprintf(stderr, "mailscope: %.*s", (int)why.size, (const char *)why.at);
    buffer_free(&why);
}

int show_explained(const struct client_answer *answer)
{
    struct json_problem problem;
    struct json *value = json_parse(buffer_bytes(&answer->body), &problem);
    bool is_met = answer->status == 200;
    /* any web server answers 404: ours explains */
    bool is_explained = json_member(value, "nearest") != NULL;
    int status = is_met ? 0 : is_explained ? 1 : 2;
    if (status == 2) {
        (void)client_refused(answer);
    } else {
        client_print(value);
    }
    if (status == 1) {
        say_why(value);
    }
    json_free(value);
    return status;
}
