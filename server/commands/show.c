/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "server/commands/client.h"
#include "server/commands/commands.h"

const struct flag show_flags[] = {
    CLIENT_FLAGS,
    {"raw", NULL, "The octets as they were kept"},
    {"wire", NULL, "The octets as they crossed the wire"},
    {"html", NULL, "The HTML body"},
    {"part", "SECTION", "One part, decoded (1.2 as in IMAP)"},
    {"json", NULL, "The server's JSON"},
    {NULL, NULL, NULL}};

static void print_headers(const struct json *headers)
{
    static const char *const wanted[] = {"From", "To", "Cc", "Date", "Subject"};
    for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
        for (size_t i = 0; i < json_size(headers); i++) {
            const struct json *header = json_at(headers, i);
            const char *name = json_text_of(json_member(header, "name"));
            const char *value = json_text_of(json_member(header, "value"));
            if (name != NULL && value != NULL &&
                strcasecmp(name, wanted[w]) == 0) {
                printf("%s: %s\n", name, value);
            }
        }
    }
}

static void print_envelope(const struct json *message)
{
    const struct json *envelope = json_member(message, "envelope");
    const struct json *to = json_member(envelope, "to");
    const char *from = json_text_of(json_member(envelope, "from"));
    printf("Message %" PRId64 ", session %" PRId64 ", inbox %s\n",
           json_number_of(json_member(message, "id")),
           json_number_of(json_member(message, "session")),
           json_text_of(json_member(message, "inbox")));
    printf("MAIL FROM:<%s>\n", from != NULL ? from : "");
    for (size_t i = 0; i < json_size(to); i++) {
        const char *address = json_text_of(json_at(to, i));
        printf("RCPT TO:<%s>\n", address != NULL ? address : "");
    }
}

static void print_text(const struct json *message)
{
    const char *text = json_text_of(json_member(message, "text"));
    print_envelope(message);
    print_headers(json_member(message, "headers"));
    if (text == NULL) {
        text = json_text_of(json_member(message, "snippet"));
    }
    printf("\n%s\n", text != NULL ? text : "(no text)");
    int64_t count = json_number_of(json_member(message, "attachments"));
    if (count > 0) {
        printf("\n%" PRId64 " attachment%s\n", count, count == 1 ? "" : "s");
    }
}

static int print_octets(struct client *client, int64_t id, const char *rest)
{
    struct buffer path = {0};
    buffer_print(&path, "/api/messages/%" PRId64 "%s", id, rest);
    int status = client_copy(client, client_path(&path));
    buffer_free(&path);
    return status;
}

static int print_message(struct client *client, const struct flags *flags,
                         const struct json *message)
{
    int64_t id = json_number_of(json_member(message, "id"));
    const char *html = json_text_of(json_member(message, "html"));
    if (flags_on(flags, "raw")) {
        return print_octets(client, id, "/raw");
    }
    if (flags_on(flags, "wire")) {
        return print_octets(client, id, "/wire");
    }
    if (flags_on(flags, "part")) {
        char rest[100];
        snprintf(rest, sizeof rest, "/parts/%s",
                 flags_text(flags, "part", "1"));
        return print_octets(client, id, rest);
    }
    if (flags_on(flags, "json")) {
        client_print(message);
    } else if (flags_on(flags, "html")) {
        printf("%s\n", html != NULL ? html : "");
    } else {
        print_text(message);
    }
    return 0;
}

int command_show(const struct flags *flags)
{
    const char *id = flags->argument_count ? flags->arguments[0] : "latest";
    if (strcmp(id, "latest") != 0 &&
        (id = command_id("show", id, 'm')) == NULL) {
        return 2;
    }
    struct buffer path = {0};
    struct json *message;
    buffer_print(&path, "/api/messages/%s", id);
    struct client *client = client_open(flags);
    int status = client_get_json(client, client_path(&path), &message);
    if (status == 0) {
        status = print_message(client, flags, message);
    }
    json_free(message);
    client_close(client);
    buffer_free(&path);
    return status;
}
