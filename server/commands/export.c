/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "server/commands/client.h"
#include "server/commands/commands.h"

const struct flag export_flags[] = {
    CLIENT_FLAGS,
    {"format", "eml|mbox|json|text|raw|pcapng",
     "Messages as eml or mbox, or sessions; json is one a line [eml]"},
    {"out", "PATH", "eml: directory [.]; else file [stdout]"},
    {"q", "QUERY", "Without ids: those that match this search"},
    {"inbox", "NAME", "Without ids: those of this inbox"},
    {"reveal", NULL, "Do not mask secrets in sessions"},
    {NULL, NULL, NULL}};

/* An export under way. */
struct job {
    struct client *client;
    const struct flags *flags;
    const char *format;
    FILE *out; /* one file for all; NULL: a file each */
    size_t count;
};

/* A line that would begin a message in mbox gets a > more (mboxrd). */
static bool looks_like_from(const unsigned char *line, size_t size)
{
    size_t quotes = 0;
    while (quotes < size && line[quotes] == '>') {
        quotes++;
    }
    return size - quotes >= 5 && memcmp(line + quotes, "From ", 5) == 0;
}

/* The line that begins a message: who sent it and when it came, in UTC (RFC
 * 4155). */
static void write_postmark(FILE *out, const struct json *summary)
{
    const struct json *envelope = json_member(summary, "envelope");
    const char *from = json_text_of(json_member(envelope, "from"));
    const char *came = json_text_of(json_member(summary, "received_at"));
    struct tm when = {.tm_mday = 1, .tm_year = 70, .tm_wday = 4};
    char text[40];
    if (came != NULL) {
        (void)strptime(came, "%Y-%m-%dT%H:%M:%S", &when);
    }
    (void)strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &when);
    bool is_plain =
        from != NULL && *from != '\0' && strpbrk(from, " \t\r\n") == NULL;
    fprintf(out, "From %s %s\n", is_plain ? from : "MAILER-DAEMON", text);
}

static void write_mbox(FILE *out, struct bytes message)
{
    for (size_t start = 0; start < message.size;) {
        const unsigned char *line = message.at + start;
        const unsigned char *end = memchr(line, '\n', message.size - start);
        size_t size = end != NULL ? (size_t)(end - line) : message.size - start;
        start += size + 1;
        if (size > 0 && line[size - 1] == '\r') {
            size--;
        }
        if (looks_like_from(line, size)) {
            fputc('>', out);
        }
        fwrite(line, 1, size, out);
        fputc('\n', out);
    }
    fputc('\n', out);
}

static int write_eml(struct job *job, const char *id, struct bytes message)
{
    char path[500];
    snprintf(path, sizeof path, "%s/%s.eml", flags_text(job->flags, "out", "."),
             id);
    FILE *file = fopen(path, "wb");
    size_t wrote = file ? fwrite(message.at, 1, message.size, file) : 0;
    if (file == NULL || fclose(file) != 0 || wrote != message.size) {
        command_fail("export: %s cannot be written: %s", path, strerror(errno));
        return 1;
    }
    return 0;
}

static bool is_format(const struct job *job, const char *format)
{
    return strcmp(job->format, format) == 0;
}

static int write_mail(struct job *job, const char *id, struct bytes octets)
{
    struct buffer path = {0};
    struct json *summary;
    buffer_print(&path, "/api/messages/%s", id);
    int status = client_get_json(job->client, client_path(&path), &summary);
    if (status == 0) {
        write_postmark(job->out, summary);
        write_mbox(job->out, octets);
    }
    json_free(summary);
    buffer_free(&path);
    return status;
}

static int write_one(struct job *job, const char *id, struct bytes octets)
{
    if (job->out == NULL) {
        return write_eml(job, id, octets);
    }
    if (is_format(job, "mbox")) {
        return write_mail(job, id, octets);
    }
    fwrite(octets.at, 1, octets.size, job->out);
    if (is_format(job, "json")) {
        fputc('\n', job->out); /* one a line */
    }
    return 0;
}

static bool of_messages(const struct job *job)
{
    return is_format(job, "eml") || is_format(job, "mbox");
}

static int export_one(struct job *job, const char *id)
{
    struct buffer path = {0};
    struct client_answer answer = {0};
    if (of_messages(job)) {
        buffer_print(&path, "/api/messages/%s/raw", id);
    } else {
        buffer_print(&path, "/api/sessions/%s/transcript", id);
        client_query(&path, "format", job->format);
        client_query(&path, "reveal",
                     flags_on(job->flags, "reveal") ? "1" : NULL);
    }
    struct client_call call = {.path = client_path(&path)};
    int status = client_ask(job->client, &call, &answer) != 0 ? 2 : 0;
    if (status == 0 && answer.status != 200) {
        status = client_refused(&answer);
    } else if (status == 0) {
        status = write_one(job, id, buffer_bytes(&answer.body));
        job->count += status == 0;
    }
    client_answer_free(&answer);
    buffer_free(&path);
    return status;
}

/* The rows of one page, oldest first. `last` is the highest id seen. */
static int export_rows(struct job *job, const struct json *rows, int64_t *last)
{
    int status = 0;
    for (size_t i = json_size(rows); i > 0 && status == 0; i--) {
        char id[32];
        *last = json_number_of(json_member(json_at(rows, i - 1), "id"));
        snprintf(id, sizeof id, "%" PRId64, *last);
        status = export_one(job, id);
    }
    return status;
}

static int export_found(struct job *job)
{
    const char *kind = of_messages(job) ? "messages" : "sessions";
    int64_t last = 0;
    size_t rows = 1;
    int status = 0;
    while (rows > 0 && status == 0) {
        char after[32];
        struct buffer path = {0};
        struct json *page;
        snprintf(after, sizeof after, "%" PRId64, last);
        buffer_print(&path, "/api/%s?limit=200", kind);
        client_query(&path, "after", after);
        client_query(&path, "q", flags_text(job->flags, "q", NULL));
        client_query(&path, "inbox", flags_text(job->flags, "inbox", NULL));
        status = client_get_json(job->client, client_path(&path), &page);
        rows = json_size(json_member(page, kind));
        if (status == 0) {
            status = export_rows(job, json_member(page, kind), &last);
        }
        json_free(page);
        buffer_free(&path);
    }
    return status;
}

static int open_out(struct job *job)
{
    const char *out = flags_text(job->flags, "out", NULL);
    if (is_format(job, "eml")) {
        if (out != NULL && mkdir(out, 0777) != 0 && errno != EEXIST) {
            return command_fail("export: %s: %s", out, strerror(errno));
        }
        return 0;
    }
    job->out = out != NULL && strcmp(out, "-") != 0 ? fopen(out, "wb") : stdout;
    return job->out != NULL
               ? 0
               : command_fail("export: %s: %s", out, strerror(errno));
}

static char kind_of(const struct job *job)
{
    return of_messages(job) ? 'm' : 's';
}

/* Is everything said right? 0, or 2. */
static int read_ids(const struct job *job)
{
    static const char *const formats[] = {"eml",  "mbox", "json",
                                          "text", "raw",  "pcapng"};
    bool is_known = false;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        is_known = is_known || is_format(job, formats[i]);
    }
    if (!is_known) {
        return command_fail("export: --format is eml, mbox, json, text, raw "
                            "or pcapng");
    }
    for (size_t i = 0; i < job->flags->argument_count; i++) {
        if (command_id("export", job->flags->arguments[i], kind_of(job)) ==
            NULL) {
            return 2;
        }
    }
    return 0;
}

int command_export(const struct flags *flags)
{
    struct job job = {.flags = flags,
                      .format = flags_text(flags, "format", "eml")};
    int status = read_ids(&job);
    status = status == 0 ? open_out(&job) : status;
    job.client = client_open(flags);
    for (size_t i = 0; i < flags->argument_count && status == 0; i++) {
        status = export_one(
            &job, command_id("export", flags->arguments[i], kind_of(&job)));
    }
    if (status == 0 && flags->argument_count == 0) {
        status = export_found(&job);
    }
    if (job.out != NULL && job.out != stdout && fclose(job.out) != 0) {
        status = command_fail("export: %s", strerror(errno));
    }
    if (status == 0 && job.out != stdout) {
        printf("%zu exported\n", job.count);
    }
    client_close(job.client);
    return status;
}
