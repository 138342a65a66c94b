/* SPDX-License-Identifier: MIT */
#ifndef SERVER_TLS_INSIDE_H
#define SERVER_TLS_INSIDE_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "server/tls/tls.h"

/* The insides of TLS: only tls.c and describe*.c may look. */

struct tls_context {
    SSL_CTX *ssl;      /* whose app data is this */
    char *certificate; /* ours, JSON text */
};

struct tls {
    SSL *ssl;
    BIO *in;  /* the session's own */
    BIO *out; /* the session's own */
    struct buffer secrets;
    char *failure;
    int alert_heard; /* -1 none */
    int alert_said;
    unsigned client_version; /* the newest that the client speaks */
    char alpn[32];           /* the first it asked for */
    bool is_open;
    bool is_closed; /* by the client */
    bool is_ended;  /* by us */
};

/* Notes why OpenSSL gave up, in words with the likely cause. */
void tls_explain(struct tls *tls);

/* The client's certificate as an object of JSON; NULL when it showed none.
 * Freed with free(). */
char *tls_describe_client(const struct tls *tls);

/* Ours: subject, names, not_after (RFC 3339), sha256. Freed with free(). */
char *tls_describe_server(const X509 *cert);

#endif
