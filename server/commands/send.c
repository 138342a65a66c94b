/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "server/commands/client.h"
#include "server/commands/client_smtp.h"
#include "server/commands/commands.h"
#include "server/commands/compose.h"

const struct flag send_flags[] = {
    {"server", "ADDRESS", "HOST:PORT or unix:PATH [SMTP_HOST:SMTP_PORT, 2525]"},
    {"from", "ADDRESS", "Sender, in the envelope and in From"},
    {"to", "ADDRESS", "Recipient; may be repeated, as may arguments"},
    {"subject", "TEXT", "Subject [A test from mailscope send]"},
    {"text", "TEXT", "Text body"},
    {"html", "TEXT", "HTML body; with --text both"},
    {"attach", "FILE", "Attachment; may be repeated"},
    {"header", "LINE", "Further header field, 'Name: value'; repeatable"},
    {"raw", "FILE", "Send these octets as they are; - is stdin"},
    {"count", "N", "Send it N times [1]"},
    {"trace", NULL, "Show the conversation on stderr"},
    CLIENT_SMTP_FLAGS,
    {NULL, NULL, NULL}};

/* Everything given for the flag `name`, in order; `more` behind it. */
static size_t collect(const struct flags *flags, const char *name,
                      const char **texts)
{
    size_t count = 0;
    for (size_t i = 0; i < flags->given_count; i++) {
        if (strcmp(flags->given[i].flag->name, name) == 0) {
            texts[count++] = flags->given[i].text;
        }
    }
    return count;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static int read_attachments(const struct flags *flags,
                            struct compose_attachment *attachments,
                            struct buffer *octets, size_t *count)
{
    const char **paths = memory_new((flags->given_count + 1) * sizeof *paths);
    int status = 0;
    *count = collect(flags, "attach", paths);
    for (size_t i = 0; i < *count && status == 0; i++) {
        status = client_read_file(paths[i], &octets[i]) == 0 ? 0 : 2;
        attachments[i] = (struct compose_attachment){name_of(paths[i]),
                                                     buffer_bytes(&octets[i])};
    }
    free(paths);
    return status;
}

static int compose(const struct flags *flags, const struct client_smtp *smtp,
                   struct buffer *out)
{
    size_t most = flags->given_count + 1;
    struct compose_attachment *attachments =
        memory_new(most * sizeof *attachments);
    struct buffer *octets = memory_new(most * sizeof *octets);
    const char **headers = memory_new(most * sizeof *headers);
    int64_t now_us = clock_now_us();
    struct compose_mail mail = {
        .from = smtp->from,
        .to = smtp->to,
        .to_count = smtp->to_count,
        .subject = flags_text(flags, "subject", "A test from mailscope send"),
        .text = flags_text(flags, "text", NULL),
        .html = flags_text(flags, "html", NULL),
        .headers = headers,
        .header_count = collect(flags, "header", headers),
        .attachments = attachments,
        .date_s = now_us / 1000000,
        .number = (uint64_t)now_us * 1000 + (uint64_t)getpid() % 1000};
    if (mail.text == NULL && mail.html == NULL) {
        mail.text = "It works: this came over SMTP.\n";
    }
    int status =
        read_attachments(flags, attachments, octets, &mail.attachment_count);
    if (status == 0) {
        compose_write(&mail, out);
    }
    for (size_t i = 0; i < most; i++) {
        buffer_free(&octets[i]);
    }
    free(attachments);
    free(octets);
    free(headers);
    return status;
}

static int send_all(const struct flags *flags, struct client_smtp *smtp)
{
    uint64_t count;
    char why[CLIENT_WHY_SIZE];
    if (flags_number(flags, "count", 1, &count) != 0) {
        return 2;
    }
    for (uint64_t i = 0; i < count; i++) {
        if (client_smtp_run(smtp, why) != 0) {
            command_fail("send: %s", why);
            return 1;
        }
    }
    printf("sent to %s: %zu octets, %zu recipient%s", smtp->server,
           smtp->message.size, smtp->to_count, smtp->to_count == 1 ? "" : "s");
    if (count > 1) {
        printf(", %llu times", (unsigned long long)count);
    }
    putchar('\n');
    return 0;
}

/* A name without spaces, then a colon (RFC 5322 2.2). */
static bool is_header(const char *line)
{
    size_t name = strcspn(line, ": \t");
    return name > 0 && line[name] == ':';
}

static int check_headers(const struct flags *flags)
{
    for (size_t i = 0; i < flags->given_count; i++) {
        const struct flag_given *given = &flags->given[i];
        if (strcmp(given->flag->name, "header") == 0 &&
            !is_header(given->text)) {
            return command_fail("send: --header '%s': write 'Name: value'",
                                given->text);
        }
    }
    return 0;
}

static int send_mail(const struct flags *flags, struct client_smtp *smtp)
{
    struct buffer message = {0};
    const char *raw = flags_text(flags, "raw", NULL);
    int status = client_smtp_flags(flags, smtp);
    status = status == 0 ? check_headers(flags) : status;
    if (status == 0 && raw != NULL) {
        status = client_read_file(raw, &message) == 0 ? 0 : 2;
    } else if (status == 0) {
        status = compose(flags, smtp, &message);
    }
    if (status == 0) {
        smtp->message = buffer_bytes(&message);
        status = send_all(flags, smtp);
    }
    buffer_free(&message);
    return status;
}

/* "mailscope send mail.eml" is a slip: nobody has such an address. */
static bool is_file(const char *recipient)
{
    return strchr(recipient, '@') == NULL && access(recipient, R_OK) == 0;
}

int command_send(const struct flags *flags)
{
    char server[300];
    size_t most = flags->given_count + flags->argument_count + 1;
    const char **to = memory_new(most * sizeof *to);
    size_t count = collect(flags, "to", to);
    for (size_t i = 0; i < flags->argument_count; i++) {
        if (is_file(flags->arguments[i])) {
            free(to);
            return command_fail("send: '%s' is a file; send it with --raw",
                                flags->arguments[i]);
        }
        to[count++] = flags->arguments[i];
    }
    if (count == 0) {
        to[count++] = "you@example.test";
    }
    struct client_smtp smtp = {
        .server = flags_text(flags, "server", client_smtp_server(server)),
        .from = flags_text(flags, "from", "mailscope@example.test"),
        .to = to,
        .to_count = count,
        .trace = flags_on(flags, "trace") ? stderr : NULL};
    int status = send_mail(flags, &smtp);
    free(to);
    return status;
}
