/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "server/commands/client.h"
#include "server/commands/commands.h"

const struct flag list_flags[] = {
    CLIENT_FLAGS,
    {"inbox", "NAME", "Only this inbox"},
    {"limit", "N", "At most N rows, 1 to 500 [50]"},
    {"messages", NULL, "Messages only"},
    {"sessions", NULL, "Sessions only, those that delivered too"},
    {"json", NULL, "The server's JSON"},
    {NULL, NULL, NULL}};

static const char *or_dash(const char *text)
{
    return text != NULL && *text != '\0' ? text : "-";
}

/* 2026-11-21T10:00:00.412311Z as 2026-11-21 10:00:00. */
static void print_time(const struct json *value)
{
    const char *text = json_text_of(value);
    if (text == NULL || strlen(text) < 19) {
        printf("%-19s", "-");
    } else {
        printf("%.10s %.8s", text, text + 11);
    }
}

static void print_message(const struct json *row)
{
    const struct json *envelope = json_member(row, "envelope");
    const struct json *to = json_member(envelope, "to");
    printf("m%-7" PRId64, json_number_of(json_member(row, "id")));
    print_time(json_member(row, "received_at"));
    printf("  %s > %s", or_dash(json_text_of(json_member(envelope, "from"))),
           or_dash(json_text_of(json_at(to, 0))));
    if (json_size(to) > 1) {
        printf(" +%zu", json_size(to) - 1);
    }
    printf("  %s\n", or_dash(json_text_of(json_member(row, "subject"))));
}

static void print_session(const struct json *row)
{
    printf("s%-7" PRId64, json_number_of(json_member(row, "id")));
    print_time(json_member(row, "opened_at"));
    printf("  %s  %s  helo=%s closed=%s\n",
           or_dash(json_text_of(json_member(row, "peer"))),
           or_dash(json_text_of(json_member(row, "outcome"))),
           or_dash(json_text_of(json_member(row, "helo"))),
           or_dash(json_text_of(json_member(row, "close_reason"))));
}

/* The list in an answer: its only array. */
static const struct json *rows_of(const struct json *answer)
{
    struct json *value;
    const char *key = NULL;
    while ((key = json_next(answer, key, &value)) != NULL) {
        if (json_kind_of(value) == JSON_IS_ARRAY) {
            return value;
        }
    }
    return NULL;
}

static void print_rows(const struct json *rows)
{
    for (size_t i = 0; i < json_size(rows); i++) {
        const struct json *row = json_at(rows, i);
        if (json_member(row, "envelope") != NULL) {
            print_message(row);
        } else {
            print_session(row);
        }
    }
}

int command_list(const struct flags *flags)
{
    struct buffer path = {0};
    buffer_print(&path, "/api/%s",
                 flags_on(flags, "messages")   ? "messages"
                 : flags_on(flags, "sessions") ? "sessions"
                                               : "activity");
    client_query(&path, "q",
                 flags->argument_count ? flags->arguments[0] : NULL);
    client_query(&path, "inbox", flags_text(flags, "inbox", NULL));
    client_query(&path, "limit", flags_text(flags, "limit", NULL));
    struct client *client = client_open(flags);
    struct json *answer;
    int status = client_get_json(client, client_path(&path), &answer);
    if (status == 0 && flags_on(flags, "json")) {
        client_print(answer);
    } else if (status == 0) {
        print_rows(rows_of(answer));
    }
    json_free(answer);
    client_close(client);
    buffer_free(&path);
    return status;
}
