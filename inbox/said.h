/* SPDX-License-Identifier: MIT */
#ifndef INBOX_SAID_H
#define INBOX_SAID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was said: sessions, their transactions, messages; what is handed over and
 * what is read again speak of the same. Strings are UTF-8 or raw octets as they
 * came (NUL-free); lists may be empty. */

struct inbox_param {
    const char *keyword;
    const char *value; /* NULL: none */
};

struct inbox_recipient {
    const char *address;
    const char *raw; /* as sent, with brackets */
    const struct inbox_param *params;
    size_t param_count;
    uint16_t code; /* of the reply */
};

/* One MAIL up to its last reply. */
struct inbox_transaction {
    const char *from; /* "" is the null sender */
    const char *from_raw;
    const struct inbox_param *params;
    size_t param_count;
    const struct inbox_recipient *recipients; /* accepted and refused */
    size_t recipient_count;
    uint16_t code;      /* of the end of data; 0 before it */
    uint64_t body;      /* number of its body in the session, 0 none */
    uint64_t message;   /* id, 0 none (filled by reading) */
    uint64_t size;      /* octets of its body */
    uint16_t mail_code; /* of the reply to MAIL */
};

/* Something the diagnosis says; severity and source are the catalogue's. */
struct inbox_finding {
    const char *check;
    uint32_t count;
    const char *text;
    uint32_t event;       /* number in the transcript, 0 none */
    uint32_t transaction; /* number from 1, 0: of the session */
    uint8_t dir;          /* enum transcript_dir */
    uint64_t offset;
    uint64_t length;
};

struct inbox_counts {
    uint32_t error;
    uint32_t warning;
    uint32_t notice; /* "info" in the API */
};

/* Whom a session waited for, from its opening to its last octet or its close.
 * All 0: not known, a store of an older version has it. */
struct inbox_waits {
    uint64_t client_us;
    uint64_t server_us;
    uint64_t tls_us; /* handshakes */
};

/* A session as its transcript knows it; written again with each of its pieces.
 * transactions[0] has number `first_transaction`: those before it were said by
 * earlier pieces and stay; what earlier pieces said of transactions (and of
 * their findings) from that number on is replaced. Findings of the session
 * itself (transaction 0) are always all there. So a connection kept for
 * thousands of messages costs each of them only its own. Reading gives all from
 * `first_transaction` on: 1, or more when the oldest were retired. */
struct inbox_session {
    uint64_t id;
    uint64_t seq;      /* of its end; 0 while live */
    const char *inbox; /* name */
    bool is_live;
    bool is_fault;        /* a fault rule touched it */
    const char *listener; /* "127.0.0.1:2525" */
    const char *peer;
    const char *local;
    int64_t opened_at_us;
    int64_t closed_at_us;     /* 0 while live */
    const char *outcome;      /* words of the API; NULL while live */
    const char *close_reason; /* NULL while live */
    const char *helo;         /* NULL none */
    const char *helo_verb;    /* "EHLO" "HELO" "LHLO", NULL none */
    const char *tls;          /* JSON text of an object, NULL none */
    const char *auth;         /* JSON text of an object, NULL none */
    const char *proxy;        /* JSON text of an object, NULL none */
    const char *refusal;      /* the first reply of 4xx or 5xx, the same way */
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint32_t commands;
    uint32_t errors;         /* 4xx and 5xx replies */
    uint64_t slowest_gap_us; /* longest wait for the client */
    struct inbox_waits waits;
    bool is_lossless;
    uint32_t first_transaction;                   /* from 1 */
    const struct inbox_transaction *transactions; /* lists: none */
    size_t transaction_count;
    const struct inbox_finding *findings; /* lists: none */
    size_t finding_count;
    struct inbox_counts finding_counts; /* filled by reading */
    uint32_t retired_transactions;      /* of these; filled by reading */
    uint32_t accepted;                  /* recipients; filled by reading */
    uint32_t refused;                   /* recipients; filled by reading */
    const uint64_t *messages;           /* ids, filled by reading */
    size_t message_count;
};

struct inbox_mailbox {
    const char *name; /* decoded display name, "" none */
    const char *address;
};

/* A message as lists show it. */
struct inbox_message {
    uint64_t id;
    uint64_t seq; /* of its capture */
    const char *inbox;
    uint64_t session;     /* 0: it came by POST */
    uint32_t transaction; /* number from 1 in the session */
    uint64_t body;        /* number of its body in the session */
    int64_t received_at_us;
    uint64_t size;      /* unstuffed octets */
    uint64_t wire_size; /* with dots and final dot line; 0 by POST */
    bool is_bdat;
    bool is_smtputf8;
    const char *body_type; /* "7bit" "8bitmime" "binarymime", NULL not said */
    const char *envelope_from;      /* NULL: none (POST without) */
    const char *const *envelope_to; /* accepted recipients */
    size_t envelope_to_count;
    struct inbox_mailbox from; /* address NULL: no From */
    const struct inbox_mailbox *to;
    size_t to_count;
    const struct inbox_mailbox *cc;
    size_t cc_count;
    const char *subject;    /* decoded; NULL none */
    const char *message_id; /* NULL none */
    int64_t date_us;        /* INT64_MIN none */
    const char *snippet;    /* NULL: not read yet */
    int attachments;        /* -1: not read yet */
    bool is_read;
    const char *const *tags;
    size_t tag_count;
    struct inbox_counts findings;
};

#endif
