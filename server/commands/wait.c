/* SPDX-License-Identifier: MIT */
#include "server/commands/client.h"
#include "server/commands/commands.h"
#include "server/commands/explained.h"

const struct flag wait_flags[] = {
    CLIENT_FLAGS,
    {"inbox", "NAME", "Only in this inbox"},
    {"within", "TIME", "Wait at most this long [30s]"},
    {"count", "N", "Until N messages match [1]"},
    {"since", "SEQ", "Only what was captured after this change"},
    {NULL, NULL, NULL}};

int command_wait(const struct flags *flags)
{
    struct buffer path = {0};
    buffer_print(&path, "/api/messages");
    client_query(&path, "q",
                 flags->argument_count ? flags->arguments[0] : NULL);
    client_query(&path, "inbox", flags_text(flags, "inbox", NULL));
    client_query(&path, "wait", flags_text(flags, "within", "30s"));
    client_query(&path, "count", flags_text(flags, "count", NULL));
    client_query(&path, "since", flags_text(flags, "since", NULL));
    struct client_call call = {.path = client_path(&path)};
    struct client_answer answer = {0};
    struct client *client = client_open(flags);
    int status = client_ask(client, &call, &answer) != 0 ? 2 : 0;
    if (status == 0) {
        status = show_explained(&answer);
    }
    client_answer_free(&answer);
    client_close(client);
    buffer_free(&path);
    return status;
}
