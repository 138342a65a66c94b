/* SPDX-License-Identifier: MIT */
#ifndef SERVER_COMMANDS_CLIENT_SMTP_H
#define SERVER_COMMANDS_CLIENT_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "inbox/base/bytes.h"
#include "server/commands/flags.h"

/* The SMTP side of the subcommands: a real client (libcurl). */

enum client_tls {
    CLIENT_TLS_OFF,
    CLIENT_TLS_TRY,   /* STARTTLS where it is offered */
    CLIENT_TLS_MUST,  /* STARTTLS or nothing */
    CLIENT_TLS_INSIDE /* TLS from the first octet */
};

/* Rows for the table of a subcommand that speaks SMTP. */
#define CLIENT_SMTP_FLAGS                                                 \
    {"tls", "off|try|starttls|tls", "How TLS is used [try]"},             \
        {"ca-file", "FILE", "Check the certificate against this CA"},     \
        {"user", "NAME", "Log in as"}, {"password", "TEXT", "with this"}, \
        {"mechanism", "NAME", "Log in by PLAIN, LOGIN, CRAM-MD5, ..."},   \
    {                                                                     \
        "hello", "NAME", "Name in EHLO [this machine's]"                  \
    }

/* One conversation. */
struct client_smtp {
    const char *server; /* HOST:PORT, [IPv6]:PORT or unix:PATH */
    enum client_tls tls;
    const char *ca_file; /* NULL: the certificate is not checked */
    const char *user;
    const char *password;
    const char *mechanism;
    const char *hello;
    const char *from;
    const char *const *to; /* none: log in, then QUIT */
    size_t to_count;
    struct bytes message; /* octets to send; stuffing is added */
    FILE *trace;          /* C: and S: lines go here; NULL: nowhere */
};

#define CLIENT_WHY_SIZE 400

/* Takes what CLIENT_SMTP_FLAGS say. Returns 0, or 2 after one line. */
int client_smtp_flags(const struct flags *flags, struct client_smtp *smtp_out)
    __attribute__((warn_unused_result));

/* Where SMTP_HOST and SMTP_PORT say, else 127.0.0.1:2525; in `text_out`. */
const char *client_smtp_server(char text_out[300]);

/* Has the conversation. Returns 0, or -1 with one line in `why_out`, which
 * holds the server's last reply where that is the reason. */
int client_smtp_run(const struct client_smtp *smtp,
                    char why_out[CLIENT_WHY_SIZE])
    __attribute__((warn_unused_result));

/* Lets the octets of stdin and stdout be the conversation (sendmail -bs).
 * Returns 0 at its end, or -1 with one line in `why_out`. */
int client_smtp_bridge(const char *server, char why_out[CLIENT_WHY_SIZE])
    __attribute__((warn_unused_result));

#endif
