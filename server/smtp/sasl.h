/* SPDX-License-Identifier: MIT */
#ifndef SERVER_SMTP_SASL_H
#define SERVER_SMTP_SASL_H

#include <stdbool.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "server/smtp/session.h"

/* The messages of the SASL mechanisms, read and told as values. Who may log in
 * is somebody else's question. */

enum sasl_outcome {
    SASL_ASK,       /* `challenge` is to be sent, then the next message */
    SASL_COMPLETE,  /* user and secret are there */
    SASL_STEP,      /* the host must decide (SCRAM) */
    SASL_MALFORMED, /* the message does not fit the mechanism */
    SASL_NO_USER    /* the user name is empty */
};

/* What remains between the messages of one exchange. */
struct sasl_exchange {
    const struct sasl_mechanism *mechanism;
    struct buffer user;     /* LOGIN: what came first */
    struct buffer message;  /* the message under way, decoded */
    struct bytes challenge; /* to send; a literal or the caller's */
    bool has_user;
    bool is_sloppy; /* OAuth: understood, though separators are missing */
};

/* A row of the table of mechanisms. */
struct sasl_mechanism {
    const char *name;
    enum smtp_mechanism bit;
    bool is_server_first; /* an initial response is an error */
    bool is_clear;        /* the secret itself crosses the wire */
    bool is_one_round;    /* with an initial response */
    bool is_oauth;
    const char *first; /* the first challenge; NULL: the host's own */
    enum sasl_outcome (*read)(struct sasl_exchange *exchange,
                              struct smtp_login *login_out);
};

/* The mechanism called `name` (ASCII case ignored); NULL when unknown. */
const struct sasl_mechanism *sasl_find(struct bytes name);

/* The mechanism at `index` in the order they are told, NULL behind the last. */
const struct sasl_mechanism *sasl_row(size_t index);

/* Does the value begin or end with white space? */
bool sasl_has_space(struct bytes value);

/* Is the value one that documentation prints and nobody replaced? */
bool sasl_is_placeholder(struct bytes value);

/* Frees what the exchange holds. */
void sasl_free(struct sasl_exchange *exchange);

#endif
