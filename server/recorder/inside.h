/* SPDX-License-Identifier: MIT */
#ifndef SERVER_RECORDER_INSIDE_H
#define SERVER_RECORDER_INSIDE_H

#include "server/recorder/recorder.h"

/* The insides of a recorder: only recorder.c, events.c and summary.c may look.
 */

/* The greeting and the answer to EHLO. */
#define RECORDER_SHARED 2

struct recorder_finding {
    struct inbox_finding is; /* check and text are owned */
};

struct recorder_transaction {
    struct inbox_transaction is; /* everything lives in `arena` */
    struct arena arena;
    size_t capacity; /* of recipients */
    bool is_open;
    uint16_t handed_code; /* with which it was handed over, 0 not yet */
};

struct recorder {
    struct transcript_log *log;
    uint64_t session;
    const char *listener;
    const char *bound_inbox;
    char *inbox; /* of the first message; NULL */
    char *peer;
    char *local;
    int64_t opened_at_us;
    int64_t opened_steady_us;
    uint64_t now_us; /* of this turn, since the opening */
    int64_t last_us; /* when the last octets came or left, or TLS was spoken of,
                      * since the opening */
    uint64_t slowest_gap_us;
    struct inbox_waits waits; /* all of the time up to last_us */

    struct shared_text *shared[RECORDER_SHARED]; /* what we said first, not
                                                  * told the log yet */
    struct transcript_chunk chunk; /* the last read: its layer may change */
    uint64_t arrived;              /* octets that were read */
    uint64_t fed;                  /* octets that the engine took */
    struct bytes recent;           /* the last of them, lent */
    struct buffer pending;         /* those before, not attributed yet */
    uint64_t line_end; /* behind the last command: what drop_secrets trusts */

    char *helo;
    const char *helo_verb;
    char *tls;
    char *auth;
    char *proxy;
    char *refusal;     /* JSON of the first reply of 4xx or 5xx */
    char *refused_to;  /* the recipient that such a reply is about */
    const char *asked; /* verb of the command that is being answered: a
                        * literal, or asked_odd */
    char *asked_odd;
    const char *close_reason;

    struct recorder_transaction *transactions;
    struct recorder_finding *findings;
    uint32_t transaction_count;
    uint32_t transaction_capacity;
    uint32_t first_transaction;
    uint32_t finding_count;
    uint32_t finding_capacity;
    uint32_t answered; /* event that the next reply answers */
    uint32_t commands;
    uint32_t errors;
    uint32_t delivered;
    bool drop_secrets;
    bool is_lossy;    /* a secret was dropped */
    bool in_sasl;     /* the next line belongs to an AUTH exchange */
    bool after_login; /* the last line was AUTH, or an answer to it */
    bool in_secret;   /* the last line was secret and has not ended */
    bool has_banner;
    bool has_failed_auth;
    bool has_failed_tls;
    bool has_aborted;
    bool has_rejected;
    bool has_refused;
};

/* How far our own stream goes. */
uint64_t recorder_said(const struct recorder *recorder);

/* Adds the time since the last octets to `wait`, one of the recorder's.
 * Returns it, in microseconds. */
uint64_t recorder_waited(struct recorder *recorder, uint64_t *wait);

/* The time since the last octets was a wait for the client. */
void recorder_awaited(struct recorder *recorder);

/* Stores asterisks in place of a line's secret: of all of it (`is_whole`), or
 * of what stands behind `AUTH PLAIN`. */
void recorder_mask(struct recorder *recorder, const struct smtp_event *event,
                   bool is_whole);

#endif
