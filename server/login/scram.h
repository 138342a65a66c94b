/* SPDX-License-Identifier: MIT */
#ifndef SERVER_LOGIN_SCRAM_H
#define SERVER_LOGIN_SCRAM_H

#include <stdbool.h>

#include "inbox/base/bytes.h"
#include "server/login/accounts.h"

/* The server's side of one SCRAM exchange (RFC 5802, RFC 7677): messages in,
 * challenges out. SASLprep is not applied: names and passwords beyond ASCII
 * must be spelled alike on both sides. */

struct scram;

struct scram_start {
    const struct accounts *accounts; /* outlives the exchange */
    struct bytes mechanism;          /* "SCRAM-SHA-256-PLUS", ... */
    struct bytes nonce;              /* printable, without comma; random */
    const char *binding_type;        /* "tls-exporter"; NULL: no TLS */
    struct bytes binding;            /* its octets */
    bool offers_plus;                /* EHLO named a -PLUS mechanism */
};

enum scram_outcome {
    SCRAM_CHALLENGE, /* answer 334 with the challenge as text */
    SCRAM_ACCEPTED,  /* 235 */
    SCRAM_REFUSED    /* 535 */
};

/* Begins an exchange; everything but `accounts` is copied. */
struct scram *scram_new(const struct scram_start *start);

/* Frees it; NULL is allowed. */
void scram_free(struct scram *scram);

/* Takes the client's next message (event.login.response) and appends the
 * challenge to `challenge_out`. The server's signature goes in a challenge and
 * the client answers with nothing (RFC 4954 4, RFC 4422 5). */
enum scram_outcome scram_step(struct scram *scram, struct bytes message,
                              struct buffer *challenge_out);

/* The user the client named, once its first message was read; lives as long
 * as the exchange. */
struct bytes scram_user(const struct scram *scram);

#endif
