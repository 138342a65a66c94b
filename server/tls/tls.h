/* SPDX-License-Identifier: MIT */
#ifndef SERVER_TLS_TLS_H
#define SERVER_TLS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"

/* TLS as octets: records go in, plain octets come out, and the other way. No
 * socket is touched. */

struct tls_settings {
    const char *cert_pem; /* leaf and chain */
    const char *key_pem;
    const char *client_ca_pem; /* NULL: client certificates are not checked */
    unsigned min_version;      /* 0-3: TLS 1.0 to 1.3 */
    unsigned max_version;
    bool asks_certificate;
    bool requires_certificate;
    bool keeps_secrets; /* key log lines are collected */
};

#define TLS_ERROR_SIZE 512

/* What all TLS connections share; NULL with one line in `error_out`. */
struct tls_context *tls_context_new(const struct tls_settings *settings,
                                    char error_out[TLS_ERROR_SIZE]);

/* Frees it; NULL is allowed. */
void tls_context_free(struct tls_context *context);

struct tls;

/* A server's side of a new TLS connection. */
struct tls *tls_new(struct tls_context *context);

/* Frees it; NULL is allowed. */
void tls_free(struct tls *tls);

enum tls_result {
    TLS_MORE,   /* needs more records */
    TLS_OPEN,   /* the handshake is done */
    TLS_CLOSED, /* the peer said that it ends (close_notify) */
    TLS_FAILED  /* tls_failure() says why */
};

/* Records that arrived. During the handshake returns TLS_MORE until it is
 * done; afterwards plain octets are to be pulled with tls_read(). */
enum tls_result tls_receive(struct tls *tls, struct bytes records);

/* Pulls at most `size` plain octets; 0 when there are none now. */
size_t tls_read(struct tls *tls, unsigned char *into, size_t size);

/* Did the peer end its side with close_notify? */
bool tls_is_closed(const struct tls *tls);

/* Encrypts plain octets into the output. Returns 0, -1 when TLS is broken. */
int tls_send(struct tls *tls, struct bytes plain);

/* Says close_notify. */
void tls_end(struct tls *tls);

/* Records that wait to be written; valid until the next call. */
struct bytes tls_output(const struct tls *tls);

/* `size` octets of them were written. */
void tls_sent(struct tls *tls, size_t size);

/* The handshake as JSON text: mode ("starttls", "implicit"), version, cipher,
 * group, sni, alpn, resumed, client_cert, and error with alert and likely cause
 * when it failed. Freed with free(). */
char *tls_describe(const struct tls *tls, const char *mode);

/* The same, and server_cert (subject, names, not_after, sha256), early_data
 * (the client sent some; it is not taken), bytes_in and bytes_out (octets that
 * the handshake took). Right after it; freed with free(). */
char *tls_describe_whole(const struct tls *tls, const char *mode);

/* Why the handshake failed, in words with the likely cause; NULL when it did
 * not. */
const char *tls_failure(const struct tls *tls);

/* The handshake will not go on, and TLS itself has not said why: `why` is the
 * failure then. */
void tls_give_up(struct tls *tls, const char *why);

/* Did the client refuse our certificate? */
bool tls_is_cert_rejected(const struct tls *tls);

/* Does the client speak nothing newer than TLS 1.1 (RFC 8996)? */
bool tls_is_old(const struct tls *tls);

/* Was a client certificate shown and does it prove itself? */
bool tls_has_client_certificate(const struct tls *tls);

/* Channel binding: tls-exporter of RFC 9266 (TLS 1.3) or tls-unique of RFC 5929
 * into `into`; returns its size, 0 none. `type_out` is its name. */
size_t tls_binding(const struct tls *tls, unsigned char into[64],
                   const char **type_out);

/* Key log lines so far (NSS format); "" none. */
struct bytes tls_secrets(const struct tls *tls);

#endif
