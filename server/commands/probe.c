/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inbox/base/clock.h"
#include "server/commands/client.h"
#include "server/commands/client_smtp.h"
#include "server/commands/commands.h"
#include "server/commands/compose.h"

const struct flag probe_flags[] = {
    {"to", "ADDRESS", "Send a test mail there; without it: hello and goodbye"},
    {"from", "ADDRESS", "Its sender [mailscope@example.test]"},
    {"json", NULL, "Transcript and findings as JSON"},
    CLIENT_SMTP_FLAGS,
    {NULL, NULL, NULL}};

/* What a conversation showed of the server. */
struct heard {
    char offered[2][1200]; /* keywords of EHLO, " SIZE AUTH ", then in TLS */
    unsigned hellos;       /* EHLO answers read so far */
    bool knows_name;       /* the first line of this answer was read */
    bool is_secure;        /* STARTTLS was accepted, or TLS from the start */
    bool hello_refused;    /* EHLO got no 250 */
    bool has_long_line;    /* over 512 octets (RFC 5321 4.5.3.1.5) */
    bool lacks_enhanced;   /* a 2xx, 4xx, 5xx without x.y.z (RFC 2034) */
    bool offers_clear_login;
    bool repeats_keyword;
};

static bool offers(const struct heard *heard, unsigned hello,
                   const char *keyword)
{
    char word[48];
    snprintf(word, sizeof word, " %s ", keyword);
    return strcasestr(heard->offered[hello], word) != NULL;
}

/* The keywords of the last EHLO. */
static unsigned last_hello(const struct heard *heard)
{
    return heard->hellos > 1 ? 1 : 0;
}

static bool no_tls(const struct heard *heard)
{
    return !heard->is_secure && !offers(heard, 0, "STARTTLS");
}

static bool tls_twice(const struct heard *heard)
{
    return heard->hellos > 1 && offers(heard, 1, "STARTTLS");
}

static bool clear_login(const struct heard *heard)
{
    return heard->offers_clear_login;
}

static bool no_size(const struct heard *heard)
{
    return !offers(heard, last_hello(heard), "SIZE");
}

static bool no_pipelining(const struct heard *heard)
{
    return !offers(heard, last_hello(heard), "PIPELINING");
}

static bool no_8bit(const struct heard *heard)
{
    return !offers(heard, last_hello(heard), "8BITMIME");
}

static bool no_enhanced(const struct heard *heard)
{
    return offers(heard, last_hello(heard), "ENHANCEDSTATUSCODES") &&
           heard->lacks_enhanced;
}

static bool no_ehlo(const struct heard *heard)
{
    return heard->hello_refused;
}

static bool long_line(const struct heard *heard)
{
    return heard->has_long_line;
}

static bool twice(const struct heard *heard)
{
    return heard->repeats_keyword;
}

/* What is said about a server; a row is a rule. */
static const struct rule {
    const char *severity;
    const char *id;
    const char *sentence;
    bool (*holds)(const struct heard *heard);
} rules[] = {
    {"error", "ehlo-refused", "EHLO is refused (RFC 5321 4.1.1.1)", no_ehlo},
    {"error", "reply-too-long",
     "a reply line exceeds 512 octets "
     "(RFC 5321 4.5.3.1.5)",
     long_line},
    {"warning", "tls-not-offered",
     "STARTTLS is not offered: mail and "
     "passwords go in the clear",
     no_tls},
    {"warning", "tls-offered-in-tls",
     "STARTTLS is still offered inside TLS "
     "(RFC 3207 4.2)",
     tls_twice},
    {"warning", "auth-in-clear",
     "PLAIN or LOGIN is offered before TLS "
     "(RFC 4954 4)",
     clear_login},
    {"warning", "enhanced-missing",
     "ENHANCEDSTATUSCODES is offered, but a "
     "reply has none (RFC 2034 4)",
     no_enhanced},
    {"warning", "keyword-twice", "EHLO names a keyword twice", twice},
    {"info", "size-not-offered",
     "SIZE is not offered: clients learn of too "
     "large mail late (RFC 1870)",
     no_size},
    {"info", "pipelining-not-offered",
     "PIPELINING is not offered: each "
     "command costs a round trip (RFC 2920)",
     no_pipelining},
    {"info", "8bitmime-not-offered", "8BITMIME is not offered (RFC 6152)",
     no_8bit}};

static void hear_keyword(struct heard *heard, const char *at, size_t size)
{
    char *list = heard->offered[last_hello(heard)];
    size_t used = strlen(list);
    size_t word = 0;
    while (word < size && at[word] != ' ' && at[word] != '=') {
        word++;
    }
    char keyword[40];
    snprintf(keyword, sizeof keyword, "%.*s", (int)word, at);
    heard->repeats_keyword |= offers(heard, last_hello(heard), keyword) &&
                              strcasecmp(keyword, "AUTH") != 0;
    snprintf(list + used, sizeof heard->offered[0] - used, "%s%s ",
             used == 0 ? " " : "", keyword);
    bool plain = memmem(at, size, "PLAIN", 5) != NULL ||
                 memmem(at, size, "LOGIN", 5) != NULL;
    heard->offers_clear_login |=
        !heard->is_secure && strcasecmp(keyword, "AUTH") == 0 && plain;
}

static bool has_enhanced(const char *text, size_t size)
{
    return size > 8 && isdigit((unsigned char)text[4]) && text[5] == '.' &&
           isdigit((unsigned char)text[6]);
}

/* One reply line; `command` is what it answers. */
static void hear_reply(struct heard *heard, const char *command,
                       const char *line, size_t size)
{
    heard->has_long_line |= size > 510;
    if (strncmp(command, "EHLO", 4) == 0) {
        heard->hello_refused |= *line == '5' || *line == '4';
        if (!heard->knows_name) {
            heard->knows_name = true; /* the domain, not a keyword */
        } else if (*line == '2' && size > 4) {
            hear_keyword(heard, line + 4, size - 4);
        }
    } else if (strncmp(command, "STARTTLS", 8) == 0) {
        heard->is_secure |= *line == '2';
    } else if (*command != '\0' && *line != '3' &&
               strncmp(command, "HELO", 4) != 0) {
        heard->lacks_enhanced |= !has_enhanced(line, size);
    }
}

static void hear(struct heard *heard, const char *trace)
{
    char command[64] = "";
    while (*trace != '\0') {
        size_t size = strcspn(trace, "\n");
        if (strncmp(trace, "C: ", 3) == 0) {
            snprintf(command, sizeof command, "%.*s", (int)(size - 3),
                     trace + 3);
            heard->hellos += strncmp(command, "EHLO", 4) == 0;
            heard->knows_name = false;
        } else if (strncmp(trace, "S: ", 3) == 0) {
            hear_reply(heard, command, trace + 3, size - 3);
        }
        trace += size + (trace[size] == '\n');
    }
}

static void show_text(const struct heard *heard, const char *trace)
{
    unsigned count = 0;
    fputs(trace, stdout);
    putchar('\n');
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].holds(heard)) {
            printf("%-8s %-24s %s\n", rules[i].severity, rules[i].id,
                   rules[i].sentence);
            count++;
        }
    }
    printf("%u finding%s\n", count, count == 1 ? "" : "s");
}

static void show_json(const struct heard *heard, const char *trace,
                      const char *server, const char *why)
{
    struct json *body = json_new_object();
    struct json *findings = json_new_array();
    json_put_text(body, "server", server);
    json_put_text(body, "failed", *why != '\0' ? why : NULL);
    json_put_text(body, "transcript", trace);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].holds(heard)) {
            struct json *row = json_new_object();
            json_put_text(row, "check", rules[i].id);
            json_put_text(row, "severity", rules[i].severity);
            json_put_text(row, "text", rules[i].sentence);
            json_push(findings, row);
        }
    }
    json_put(body, "findings", findings);
    client_print(body);
    json_free(body);
}

static void compose_test(const struct client_smtp *smtp, struct buffer *out)
{
    int64_t now_us = clock_now_us();
    struct compose_mail mail = {.from = smtp->from,
                                .to = smtp->to,
                                .to_count = smtp->to_count,
                                .subject = "A probe by mailscope",
                                .text = "This mail was sent by mailscope "
                                        "probe.\n",
                                .date_s = now_us / 1000000,
                                .number = (uint64_t)now_us};
    compose_write(&mail, out);
}

int command_probe(const struct flags *flags)
{
    if (flags->argument_count != 1) {
        return command_fail("probe: which server? HOST:PORT");
    }
    const char *to = flags_text(flags, "to", NULL);
    struct client_smtp smtp = {
        .server = flags->arguments[0],
        .from = flags_text(flags, "from", "mailscope@example.test"),
        .to = &to,
        .to_count = to != NULL};
    if (client_smtp_flags(flags, &smtp) != 0) {
        return 2;
    }
    char *trace = NULL;
    size_t size = 0;
    char why[CLIENT_WHY_SIZE] = "";
    struct buffer message = {0};
    struct heard heard = {.is_secure = smtp.tls == CLIENT_TLS_INSIDE};
    compose_test(&smtp, &message);
    smtp.message = buffer_bytes(&message);
    smtp.trace = open_memstream(&trace, &size);
    int status = client_smtp_run(&smtp, why) == 0 ? 0 : 1;
    fclose(smtp.trace);
    hear(&heard, trace);
    if (flags_on(flags, "json")) {
        show_json(&heard, trace, smtp.server, why);
    } else if (size > 0) {
        show_text(&heard, trace);
    }
    if (status != 0) {
        command_fail("probe: %s", why);
    }
    free(trace);
    buffer_free(&message);
    return status;
}
