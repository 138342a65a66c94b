/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "inbox/base/utf8.h"
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

static void add(struct buffer *out, const char *text)
{
    bool is_there = text != NULL && *text != '\0';
    utf8_add_shown(out, bytes_of(is_there ? text : "-"), "");
}

/* 2026-11-21T10:00:00.412311Z as 2026-11-21 10:00:00. */
static void add_time(struct buffer *out, const struct json *value)
{
    const char *text = json_text_of(value);
    if (text == NULL || strlen(text) < 19) {
        buffer_print(out, "%-19s  ", "-");
    } else {
        buffer_print(out, "%.10s %.8s  ", text, text + 11);
    }
}

static void add_message(struct buffer *out, const struct json *row)
{
    const struct json *envelope = json_member(row, "envelope");
    const struct json *to = json_member(envelope, "to");
    buffer_print(out, "m%-7" PRId64, json_number_of(json_member(row, "id")));
    add_time(out, json_member(row, "received_at"));
    add(out, json_text_of(json_member(envelope, "from")));
    buffer_print(out, " > ");
    add(out, json_text_of(json_at(to, 0)));
    if (json_size(to) > 1) {
        buffer_print(out, " +%zu", json_size(to) - 1);
    }
    buffer_print(out, "  ");
    add(out, json_text_of(json_member(row, "subject")));
}

static void add_session(struct buffer *out, const struct json *row)
{
    buffer_print(out, "s%-7" PRId64, json_number_of(json_member(row, "id")));
    add_time(out, json_member(row, "opened_at"));
    add(out, json_text_of(json_member(row, "peer")));
    buffer_print(out, "  ");
    add(out, json_text_of(json_member(row, "outcome")));
    buffer_print(out, "  helo=");
    add(out, json_text_of(json_member(row, "helo")));
    buffer_print(out, " closed=");
    add(out, json_text_of(json_member(row, "close_reason")));
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
        struct buffer out = {0};
        if (json_member(row, "envelope") != NULL) {
            add_message(&out, row);
        } else {
            add_session(&out, row);
        }
        buffer_add_byte(&out, '\n');
        fwrite(out.at, 1, out.size, stdout);
        buffer_free(&out);
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
