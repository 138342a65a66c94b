/* SPDX-License-Identifier: MIT */
#ifndef SERVER_COMMANDS_CLIENT_H
#define SERVER_COMMANDS_CLIENT_H

#include <stdio.h>

#include "inbox/base/bytes.h"
#include "server/commands/flags.h"
#include "webui/json/json.h"

/* The HTTP side of the subcommands: asks a running mailscope. Which one is
 * said by --url, else by MAILSCOPE_URL, else http://127.0.0.1:8025. */

/* Rows for the table of every subcommand that asks. */
#define CLIENT_FLAGS                                                       \
    {"url", "URL", "The running mailscope [MAILSCOPE_URL, or port 8025]"}, \
    {                                                                      \
        "ca-file", "FILE",                                                 \
            "Check https against this CA (else not on loopback)"           \
    }

struct client;

/* A request. Zero is GET without body, as long as it takes, kept in memory. */
struct client_call {
    const char *method;
    const char *path; /* with query, as client_query() makes it */
    const char *type; /* of the body */
    const char *accept;
    struct bytes body;
    FILE *into; /* where a 200's body goes; NULL: into the answer */
};

struct client_answer {
    long status;
    char type[100];
    struct buffer body;
};

/* A client for what `flags` and the environment name; client_close() it. */
struct client *client_open(const struct flags *flags);

/* Frees it. */
void client_close(struct client *client);

/* Asks and waits for the whole answer. Returns 0 whatever the status is, or
 * -1 after one line on stderr when nobody answered. Frees nothing in
 * `answer_out` beforehand: give it {0}, client_answer_free() it. */
int client_ask(struct client *client, const struct client_call *call,
               struct client_answer *answer_out)
    __attribute__((warn_unused_result));

/* The same without a line on stderr. */
int client_try(struct client *client, const struct client_call *call,
               struct client_answer *answer_out)
    __attribute__((warn_unused_result));

/* Frees what client_ask() put there. */
void client_answer_free(struct client_answer *answer);

/* Writes to stderr why the server refused. Returns the exit status: 1 there is
 * no such thing, 2 else. */
int client_refused(const struct client_answer *answer);

/* GETs `path` and reads its JSON into `value_out` (json_free() it). Returns 0,
 * or the exit status after one line on stderr. */
int client_get_json(struct client *client, const char *path,
                    struct json **value_out)
    __attribute__((warn_unused_result));

/* GETs `path` and copies what a 200 brings to stdout. Returns 0, or the exit
 * status after one line on stderr. */
int client_copy(struct client *client, const char *path);

/* Appends ?key=value or &key=value to the path, escaped; nothing when `value`
 * is NULL. */
void client_query(struct buffer *path, const char *key, const char *value);

/* Appends /segment to the path, escaped; nothing when it is NULL. */
void client_segment(struct buffer *path, const char *segment);

/* The path with its NUL; valid until the next change of `path`. */
const char *client_path(struct buffer *path);

/* Writes a JSON value and a line end to stdout. */
void client_print(const struct json *value);

/* All octets of a file (- is stdin) appended to `out`. Returns 0, or -1 after
 * one line on stderr. */
int client_read_file(const char *path, struct buffer *out)
    __attribute__((warn_unused_result));

#endif
