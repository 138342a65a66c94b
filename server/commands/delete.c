/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "server/commands/client.h"
#include "server/commands/commands.h"

const struct flag delete_flags[] = {
    CLIENT_FLAGS,
    {"q", "QUERY", "All messages that match this search"},
    {"inbox", "NAME", "Only in this inbox"},
    {"all", NULL, "Everything: messages and failed sessions"},
    {NULL, NULL, NULL}};

/* Adds what was deleted to `count`. Returns the exit status. */
static int delete_path(struct client *client, const char *path, int64_t *count)
{
    struct client_call call = {.method = "DELETE", .path = path};
    struct client_answer answer = {0};
    struct json_problem problem;
    int status = 0;
    if (client_ask(client, &call, &answer) != 0) {
        status = 2;
    } else if (answer.status != 200) {
        status = client_refused(&answer);
    } else {
        struct json *value = json_parse(buffer_bytes(&answer.body), &problem);
        *count += json_number_of(json_member(value, "deleted"));
        json_free(value);
    }
    client_answer_free(&answer);
    return status;
}

/* A wrong id is found before anything is deleted. */
static bool are_ids(const struct flags *flags)
{
    for (size_t i = 0; i < flags->argument_count; i++) {
        if (command_id("delete", flags->arguments[i], 'm') == NULL) {
            return false;
        }
    }
    return true;
}

static int delete_ids(struct client *client, const struct flags *flags,
                      int64_t *count)
{
    int status = 0;
    for (size_t i = 0; i < flags->argument_count && status == 0; i++) {
        struct buffer path = {0};
        buffer_print(&path, "/api/messages/%s",
                     command_id("delete", flags->arguments[i], 'm'));
        status = delete_path(client, client_path(&path), count);
        buffer_free(&path);
    }
    return status;
}

static int delete_found(struct client *client, const struct flags *flags,
                        int64_t *count)
{
    struct buffer path = {0};
    buffer_print(&path, "/api/%s",
                 flags_on(flags, "all") ? "activity" : "messages");
    client_query(&path, "q", flags_text(flags, "q", NULL));
    client_query(&path, "inbox", flags_text(flags, "inbox", NULL));
    int status = delete_path(client, client_path(&path), count);
    buffer_free(&path);
    return status;
}

int command_delete(const struct flags *flags)
{
    int64_t count = 0;
    bool by_search = flags_on(flags, "q") || flags_on(flags, "all") ||
                     flags_on(flags, "inbox");
    if (!by_search && flags->argument_count == 0) {
        return command_fail("delete: say which: ids, --q QUERY or --all");
    }
    if (!are_ids(flags)) {
        return 2;
    }
    struct client *client = client_open(flags);
    int status = delete_ids(client, flags, &count);
    if (status == 0 && by_search) {
        status = delete_found(client, flags, &count);
    }
    if (status == 0) {
        printf("%" PRId64 " deleted\n", count);
    }
    client_close(client);
    return status;
}
