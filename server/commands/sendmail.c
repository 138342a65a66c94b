/* SPDX-License-Identifier: MIT */
/* The classic sendmail program, as PHP, cron, git and mail(1) call it. What it
 * is given goes to SMTP_HOST:SMTP_PORT (else 127.0.0.1:2525). */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/mail/mail.h"
#include "server/commands/client.h"
#include "server/commands/client_smtp.h"
#include "server/commands/commands.h"
#include "server/commands/compose.h"

struct request {
    bool reads_headers; /* -t */
    bool ignores_dots;  /* -i, -oi */
    bool is_bridge;     /* -bs */
    bool has_no_mail;   /* -bp, -bi, -bd, -q: nothing to do here */
    bool shows_queue;   /* -bp, mailq */
    bool traces;        /* -v */
    const char *from;   /* -f, -r */
    const char *name;   /* -F */
    const char **to;
    size_t to_count;
};

static void take_mode(struct request *request, char mode)
{
    request->is_bridge = mode == 's';
    request->has_no_mail = mode != 's' && mode != 'm';
    request->shows_queue = mode == 'p';
}

/* Every letter that some sendmail knows is accepted: a drop-in must not stumble
 * over what it may ignore. Returns 0, or -1. */
static int read_letters(struct request *request, int argc, char **argv)
{
    int letter;
    bool runs_queue = false;
    optind = 0;
    opterr = 0;
    while ((letter = getopt(argc, argv,
                            "A:B:b:C:d::EF:f:GgH:h:IiL:M:mN:nO:o:p:q::R:r:sTt"
                            "UV:vX:x")) != -1) {
        switch (letter) {
        case 'b':
            take_mode(request, *optarg);
            break;
        case 'q':
            runs_queue = true;
            break;
        case 't':
            request->reads_headers = true;
            break;
        case 'i':
            request->ignores_dots = true;
            break;
        case 'o':
            request->ignores_dots |= *optarg == 'i';
            break;
        case 'v':
            request->traces = true;
            break;
        case 'f':
        case 'r':
            request->from = optarg;
            break;
        case 'F':
            request->name = optarg;
            break;
        case '?':
            return -1;
        default:
            break;
        }
    }
    request->has_no_mail |=
        runs_queue && optind == argc && !request->reads_headers;
    return 0;
}

static void add_recipients(struct request *request,
                           const struct mail_address *addresses, size_t count)
{
    request->to = memory_resize(request->to, (request->to_count + count + 1) *
                                                 sizeof *request->to);
    for (size_t i = 0; i < count; i++) {
        if (addresses[i].address != NULL && *addresses[i].address != '\0') {
            request->to[request->to_count++] = addresses[i].address;
        }
    }
}

/* The addresses of a list such as a Bcc field has; how many. */
static size_t add_list(struct request *request, struct bytes list,
                       struct arena *arena)
{
    struct buffer block = {0};
    struct mail_summary summary;
    buffer_print(&block, "To: ");
    buffer_add(&block, list);
    buffer_print(&block, "\r\n");
    mail_summarize(arena_bytes(arena, buffer_bytes(&block)), arena, &summary);
    add_recipients(request, summary.to, summary.to_count);
    buffer_free(&block);
    return summary.to_count;
}

/* "Ada <ada@x.test>, bob@x.test" is an argument too. */
static void add_argument(struct request *request, const char *text,
                         struct arena *arena)
{
    if (strpbrk(text, "<,") == NULL ||
        add_list(request, bytes_of(text), arena) == 0) {
        add_recipients(request, &(struct mail_address){.address = text}, 1);
    }
}

/* The message with Bcc taken out, into `out`; its addresses are recipients. */
static void take_blind(struct request *request, struct bytes message,
                       struct arena *arena, struct buffer *out)
{
    struct mail_header *headers;
    size_t count = mail_headers(message, arena, &headers);
    size_t copied = 0;
    for (size_t i = 0; i < count; i++) {
        if (!bytes_equal_nocase(headers[i].name, BYTES("Bcc"))) {
            continue;
        }
        size_t end =
            (size_t)(headers[i].raw.at - message.at) + headers[i].raw.size;
        (void)add_list(request, headers[i].raw, arena);
        buffer_add(out,
                   bytes_part(message, copied, headers[i].offset - copied));
        copied = end;
    }
    buffer_add(out, bytes_part(message, copied, message.size - copied));
}

static bool has_header(struct bytes message, struct arena *arena,
                       struct bytes name)
{
    struct mail_header *headers;
    size_t count = mail_headers(message, arena, &headers);
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal_nocase(headers[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* What every sendmail adds where it is missing: From, Date, Message-ID. */
static void add_missing(const struct request *request, struct bytes message,
                        struct arena *arena, struct buffer *out)
{
    int64_t now_us = clock_now_us();
    if (!has_header(message, arena, BYTES("From"))) {
        buffer_print(out, "From: %s%s<%s>\r\n",
                     request->name != NULL ? request->name : "",
                     request->name != NULL ? " " : "", request->from);
    }
    if (!has_header(message, arena, BYTES("Date"))) {
        buffer_print(out, "Date: ");
        compose_date(now_us / 1000000, out);
        buffer_print(out, "\r\n");
    }
    if (!has_header(message, arena, BYTES("Message-ID"))) {
        buffer_print(out, "Message-ID: <%llx.%d@mailscope.test>\r\n",
                     (unsigned long long)now_us, (int)getpid());
    }
    struct mail_summary summary;
    mail_summarize(message, arena, &summary);
    bool is_bare = summary.header_bytes == 0 &&
                   !bytes_start_nocase(message, BYTES("\r\n"));
    if (is_bare) {
        buffer_print(out, "\r\n"); /* a body alone */
    }
}

static int deliver(const struct request *request, struct bytes message)
{
    char server[300];
    char why[CLIENT_WHY_SIZE];
    struct client_smtp smtp = {.server = client_smtp_server(server),
                               .from = request->from,
                               .to = request->to,
                               .to_count = request->to_count,
                               .message = message,
                               .trace = request->traces ? stderr : NULL};
    if (client_smtp_run(&smtp, why) != 0) {
        command_fail("sendmail: %s", why);
        return EX_UNAVAILABLE;
    }
    return EX_OK;
}

static int take_mail(struct request *request, char **arguments)
{
    struct buffer read = {0};
    struct buffer lines = {0};
    struct buffer ready = {0};
    struct arena arena = {0};
    int status = EX_NOINPUT;
    for (size_t i = 0; arguments[i] != NULL; i++) {
        add_argument(request, arguments[i], &arena);
    }
    if (client_read_file("-", &read) == 0) {
        struct mail_summary summary;
        compose_crlf(buffer_bytes(&read), !request->ignores_dots, &lines);
        struct bytes message = buffer_bytes(&lines);
        add_missing(request, message, &arena, &ready);
        if (request->reads_headers) {
            mail_summarize(message, &arena, &summary);
            add_recipients(request, summary.to, summary.to_count);
            add_recipients(request, summary.cc, summary.cc_count);
            take_blind(request, message, &arena, &ready);
        } else {
            buffer_add(&ready, message);
        }
        status = request->to_count > 0 ? deliver(request, buffer_bytes(&ready))
                                       : EX_USAGE;
        if (status == EX_USAGE) {
            command_fail("sendmail: no recipients: name them, or -t");
        }
    }
    arena_free(&arena);
    buffer_free(&read);
    buffer_free(&lines);
    buffer_free(&ready);
    return status;
}

static int take_session(void)
{
    char server[300];
    char why[CLIENT_WHY_SIZE];
    if (client_smtp_bridge(client_smtp_server(server), why) != 0) {
        command_fail("sendmail: %s", why);
        return EX_UNAVAILABLE;
    }
    return EX_OK;
}

/* Other names by which the same program is called. */
static void take_name(struct request *request, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    if (strcmp(name, "mailq") == 0) {
        take_mode(request, 'p');
    } else if (strcmp(name, "newaliases") == 0) {
        take_mode(request, 'i');
    }
}

int command_sendmail(int argc, char **argv)
{
    const char *user = getenv("LOGNAME");
    char from[200];
    struct request request = {0};
    take_name(&request, argv[0]);
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        flags_show_help(command_of("sendmail"), stdout);
        return EX_OK;
    }
    if (read_letters(&request, argc, argv) != 0) {
        command_fail("sendmail: unknown option -%c", optopt);
        return EX_USAGE;
    }
    if (request.is_bridge) {
        return take_session();
    }
    if (request.has_no_mail) { /* a queue, aliases: there are none */
        printf("%s", request.shows_queue ? "Mail queue is empty\n" : "");
        return EX_OK;
    }
    snprintf(from, sizeof from, "%s@localhost", user != NULL ? user : "root");
    request.from = request.from != NULL ? request.from : from;
    int status = take_mail(&request, argv + optind);
    free(request.to);
    return status;
}
