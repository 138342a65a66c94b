/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_WEBUI_H
#define WEBUI_WEBUI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/memory.h"
#include "inbox/inbox.h"

/* Shows what the inbox keeps: the page, the API, waits and event streams.
 * Starts and stops; what it must ask of the SMTP side comes in as functions,
 * so that nothing here knows that side. */

struct webui;
struct transcript_tls_records; /* webui/transcript/formats.h */

struct webui_listener {
    const char *kind;    /* "smtp" "smtps" "lmtp" */
    const char *address; /* "127.0.0.1", or the path of a unix socket */
    unsigned port;       /* 0: a unix socket */
    const char *tls;     /* "none" "starttls" "implicit" */
};

/* What the SMTP side has counted since the start (for /metrics). */
struct webui_counters {
    uint64_t connections_accepted;
    uint64_t connections_open;
    uint64_t connections_refused; /* limits */
    uint64_t commands;
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t tls_handshakes;
    uint64_t tls_failures;
    uint64_t auth_failures;
    uint64_t messages_refused; /* end of data answered 4xx or 5xx */
};

#define WEBUI_ERROR_SIZE 512

/* What the SMTP side does for the web. Called from reader threads (never from
 * the loop), so each may wait for the loop; after webui_stop() has returned
 * none is called any more. A function that is NULL is "cannot": 404 or 503. */
struct webui_host {
    void *context;
    /* The open sessions, newest first, `seq` 0 and is_live true, everything in
     * `arena`; those that are open no more were handed over. 0; -1: the loop is
     * stopping. */
    int (*live_sessions)(void *context, struct arena *arena,
                         struct inbox_session **sessions_out,
                         size_t *count_out);
    /* Has the loop hand over what it recorded of an open session; it is with
     * the inbox after inbox_settle(). 0; -1: no such open session (any more).
     */
    int (*session_handover)(void *context, uint64_t session);
    /* Ends an open session (421, close_reason "api"). 0; -1: none such. */
    int (*session_close)(void *context, uint64_t session);
    /* What was kept of a session's TLS (--keep-tls-records), in `arena`. 0; -1:
     * nothing. Any thread. */
    int (*tls_records)(void *context, uint64_t session, struct arena *arena,
                       struct transcript_tls_records *records_out);
    /* Is a transaction (MAIL to its last reply) open whose mail may go to
     * `inbox` (NULL: any)? Any thread, must not block. */
    bool (*is_receiving)(void *context, const char *inbox);
    /* Sends the test message over our own SMTP port to `inbox` (NULL:
     * default); returns 0, -1 with one line in `error_out`. */
    int (*test_message)(void *context, const char *inbox,
                        char error_out[WEBUI_ERROR_SIZE]);
    /* PEM text of the CA to trust; NULL: certificates were given. */
    const char *(*ca_pem)(void *context);
    /* What is listened on; valid until webui_stop(). Any thread. */
    size_t (*listeners)(void *context,
                        const struct webui_listener **listeners_out);
    /* Any thread, must not block. */
    void (*counters)(void *context, struct webui_counters *counters_out);
};

struct webui_limit {
    const char *name; /* "max_message_bytes" */
    uint64_t value;
};

struct webui_options {
    const char *address;  /* "127.0.0.1:8025", "[::1]:8025", "unix:PATH"; port
                           * 0 picks one. On 127.0.0.1 or localhost ::1 is bound
                           * too where it can be */
    int listen_socket;    /* passed in, bound and listening; -1: none */
    const char *path;     /* of --http-path: "/mail" or NULL */
    const char *page_dir; /* of --ui-dir; NULL: the page that is built in */
    const char *auth;     /* of --http-auth: "user:password", or the path of a
                           * file of bcrypt lines; NULL: off */
    const char *tls_cert_pem; /* PEM texts; NULL: plain HTTP */
    const char *tls_key_pem;
    const char *const *hosts; /* --http-host */
    size_t host_count;
    uint64_t max_body_bytes;    /* 0: 64 KiB */
    uint64_t max_message_bytes; /* POST /api/messages; 0: 64 KiB */
    unsigned max_waits;         /* 0: 10,000 */
    const char *version;
    const char *hostname;             /* the SMTP greeting's */
    const char *logins;               /* "any" "file" "off"; for /api/info */
    bool drops_secrets;               /* of --drop-secrets; for /api/info */
    const struct webui_limit *limits; /* for /api/info */
    size_t limit_count;
    struct inbox *inbox;
    struct webui_host host;
};

/* Binds, starts the threads and answers. `options` and what it points to must
 * outlive webui_stop(). NULL with one line in `error_out` that says what is
 * wrong and what to do. */
struct webui *webui_start(const struct webui_options *options,
                          char error_out[WEBUI_ERROR_SIZE]);

/* "http://127.0.0.1:8025" as really bound, with the --http-path; "unix:PATH"
 * for a unix socket. Valid until webui_stop(). */
const char *webui_url(const struct webui *webui);

/* When a request last came, by the steady clock; 0: none did. Any thread. */
int64_t webui_asked_us(const struct webui *webui);

/* Answers every waiting request and stream with their end, stops the threads
 * and frees all; NULL is allowed. */
void webui_stop(struct webui *webui);

#endif
