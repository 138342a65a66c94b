/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "inbox/base/utf8.h"
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

static void add(struct buffer *out, const char *text)
{
    utf8_add_shown(out, bytes_of(text), "");
}

static void add_headers(struct buffer *out, const struct json *headers)
{
    static const char *const wanted[] = {"From", "To", "Cc", "Date", "Subject"};
    for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
        for (size_t i = 0; i < json_size(headers); i++) {
            const struct json *header = json_at(headers, i);
            const char *name = json_text_of(json_member(header, "name"));
            const char *value = json_text_of(json_member(header, "value"));
            if (name != NULL && value != NULL &&
                strcasecmp(name, wanted[w]) == 0) {
                buffer_print(out, "%s: ", name);
                add(out, value);
                buffer_add_byte(out, '\n');
            }
        }
    }
}

static void add_envelope(struct buffer *out, const struct json *message)
{
    const struct json *envelope = json_member(message, "envelope");
    const struct json *to = json_member(envelope, "to");
    buffer_print(out, "Message %" PRId64 ", session %" PRId64 ", inbox %s\n",
                 json_number_of(json_member(message, "id")),
                 json_number_of(json_member(message, "session")),
                 json_text_of(json_member(message, "inbox")));
    buffer_print(out, "MAIL FROM:<");
    add(out, json_text_of(json_member(envelope, "from")));
    buffer_print(out, ">\n");
    for (size_t i = 0; i < json_size(to); i++) {
        buffer_print(out, "RCPT TO:<");
        add(out, json_text_of(json_at(to, i)));
        buffer_print(out, ">\n");
    }
}

static void print_text(const struct json *message)
{
    struct buffer out = {0};
    const char *text = json_text_of(json_member(message, "text"));
    int64_t count = json_number_of(json_member(message, "attachments"));
    add_envelope(&out, message);
    add_headers(&out, json_member(message, "headers"));
    if (text == NULL) {
        text = json_text_of(json_member(message, "snippet"));
    }
    buffer_add_byte(&out, '\n');
    utf8_add_shown(&out, bytes_of(text != NULL ? text : "(no text)"), "\n\t");
    buffer_add_byte(&out, '\n');
    if (count > 0) {
        buffer_print(&out, "\n%" PRId64 " attachment%s\n", count,
                     count == 1 ? "" : "s");
    }
    fwrite(out.at, 1, out.size, stdout);
    buffer_free(&out);
}

/* What the API has at `rest` of the message, and below that at `part`. */
static int print_octets(struct client *client, int64_t id, const char *rest,
                        const char *part)
{
    struct buffer path = {0};
    buffer_print(&path, "/api/messages/%" PRId64 "%s", id, rest);
    client_segment(&path, part);
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
        return print_octets(client, id, "/raw", NULL);
    }
    if (flags_on(flags, "wire")) {
        return print_octets(client, id, "/wire", NULL);
    }
    if (flags_on(flags, "part")) {
        return print_octets(client, id, "/parts",
                            flags_text(flags, "part", "1"));
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
