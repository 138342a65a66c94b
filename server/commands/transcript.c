/* SPDX-License-Identifier: MIT */
#include "server/commands/client.h"
#include "server/commands/commands.h"

const struct flag transcript_flags[] = {
    CLIENT_FLAGS,
    {"format", "text|json|vector|raw|pcapng", "How it is written [text]"},
    {"dir", "c|s", "With raw: the client's octets or the server's"},
    {"reveal", NULL, "Do not mask secrets"},
    {NULL, NULL, NULL}};

int command_transcript(const struct flags *flags)
{
    if (flags->argument_count != 1) {
        return command_fail("transcript: which session? see mailscope list");
    }
    const char *id = command_id("transcript", flags->arguments[0], 's');
    if (id == NULL) {
        return 2;
    }
    struct buffer path = {0};
    buffer_print(&path, "/api/sessions/%s/transcript", id);
    client_query(&path, "format", flags_text(flags, "format", "text"));
    client_query(&path, "dir", flags_text(flags, "dir", NULL));
    client_query(&path, "reveal", flags_on(flags, "reveal") ? "1" : NULL);
    struct client *client = client_open(flags);
    int status = client_copy(client, client_path(&path));
    client_close(client);
    buffer_free(&path);
    return status;
}
