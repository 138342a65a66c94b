/* SPDX-License-Identifier: MIT */
#ifndef SERVER_SMTP_SESSION_H
#define SERVER_SMTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"

/* An SMTP session (RFC 5321) or LMTP session (RFC 2033) as a value: octets go
 * in, events and reply octets come out. No I/O, no clock, no randomness. The
 * same octets and the same answers give the same output however the octets
 * were cut. Pull, never callbacks: the host may answer in 0 ms or in 30 s.
 *
 *   while running:
 *     smtp_session_next() ->
 *       SMTP_NEED_INPUT  flush smtp_session_output(), then feed or end input
 *       SMTP_COMMAND     one smtp_session_answer() is due
 *       SMTP_BODY        a run of message octets, dot-stuffing removed
 *       ...
 *
 * The octets of the client's stream are covered once and in order by the
 * `line` of SMTP_COMMAND, SMTP_CHUNK and SMTP_DISCARDED and by SMTP_BODY with
 * its dots put back. A later question of the same line (the end of a BDAT
 * chunk, LMTP's further recipients) has an empty `line`, but its place.
 */

enum smtp_event_kind {
    SMTP_NEED_INPUT, /* flush the output, then feed more (or end the input) */
    SMTP_COMMAND,    /* the client asked; one smtp_session_answer() is due */
    SMTP_CHUNK,      /* a BDAT line came (`line`, `place`); its octets follow,
                      * then its SMTP_COMMAND. No answer is due yet */
    SMTP_BODY,       /* a run of message octets, stuffing removed */
    SMTP_ABANDONED,  /* the message being received will not be finished */
    SMTP_DISCARDED,  /* octets (`line`) that are recorded, never interpreted:
                      * plaintext behind STARTTLS (RFC 3207 4.2;
                      * CVE-2011-0411), what follows a goodbye, the rest of a
                      * line or message that is too long, half a line before
                      * the end of input */
    SMTP_SECURE,     /* flush, shake hands, then smtp_session_secured() */
    SMTP_REMARK,     /* a stricter server would have refused this. On a command:
                      * each time, after its answer; on a message's octets:
                      * once, before its end */
    SMTP_FINISHED    /* flush the output, then hang up */
};

/* What the client asked. The greeting and the end of a message are questions
 * like any other: the host may answer them with another reply. */
enum smtp_verb {
    SMTP_VERB_GREETING,
    SMTP_VERB_EHLO,
    SMTP_VERB_HELO,
    SMTP_VERB_LHLO,
    SMTP_VERB_STARTTLS,
    SMTP_VERB_AUTH, /* also every further line of its exchange */
    SMTP_VERB_MAIL,
    SMTP_VERB_RCPT,
    SMTP_VERB_DATA,
    SMTP_VERB_DATA_END, /* the final dot; LMTP: once per accepted recipient */
    SMTP_VERB_BDAT,     /* once per chunk, after its octets; `is_last` is the
                         * end of the message (LMTP: once per recipient) */
    SMTP_VERB_RSET,
    SMTP_VERB_NOOP,
    SMTP_VERB_VRFY,
    SMTP_VERB_EXPN,
    SMTP_VERB_HELP,
    SMTP_VERB_QUIT,
    SMTP_VERB_ETRN,
    SMTP_VERB_BURL,
    SMTP_VERB_XCLIENT,
    SMTP_VERB_XFORWARD,
    SMTP_VERB_OTHER /* obsolete, unknown, too long, HTTP, junk */
};

/* A reply: code, enhanced code ("2.1.0", or "" where RFC 2034 has none) and
 * text, whose lines are separated by \n. Owned by whoever made it. */
struct smtp_reply {
    uint16_t code;
    char enhanced[12];
    struct bytes text;
};

/* An ESMTP parameter, as sent. */
struct smtp_param {
    struct bytes keyword;
    struct bytes value;
    bool has_value;
};

/* A mailbox of MAIL or RCPT. */
struct smtp_path {
    struct bytes raw;     /* as sent, with its brackets */
    struct bytes address; /* without brackets and source route; "" is <> */
};

/* Credentials that an AUTH exchange brought. */
struct smtp_login {
    struct bytes mechanism; /* upper case */
    struct bytes authzid;
    struct bytes user;      /* authcid */
    struct bytes secret;    /* password, token, digest or trace */
    struct bytes challenge; /* what the server had sent (CRAM-MD5) */
    struct bytes response;  /* the decoded line itself (SCRAM steps) */
    bool is_step;           /* SCRAM: the host decides; answer 334 with a
                             * challenge as text (not yet base64), or 235,
                             * 535 */
    bool is_complete;       /* user and secret are there: may it? */
};

/* Where octets lie in the client's plaintext stream. */
struct smtp_place {
    uint64_t offset;
    uint64_t size;
};

struct smtp_event {
    enum smtp_event_kind kind;
    enum smtp_verb verb;     /* SMTP_COMMAND */
    struct smtp_place place; /* of the line, the wire octets of the body run,
                                * the discarded octets, what is remarked on */
    struct bytes line;       /* the raw line with its line end; the discarded
                                * octets; ".\r\n" at the end of DATA */
    struct bytes argument;   /* EHLO/HELO/LHLO name; VRFY... string */
    struct smtp_path path;   /* MAIL, RCPT */
    const struct smtp_param *params; /* MAIL, RCPT, XCLIENT, XFORWARD */
    size_t param_count;
    struct smtp_login login; /* AUTH */
    bool is_secret;          /* AUTH: an answer inside its exchange */
    uint64_t declared_bytes; /* MAIL SIZE=, 0 when none */
    size_t recipient;        /* LMTP end of data: ordinal from 0 of the
                                * accepted recipient this reply is for */
    bool is_last;            /* BDAT: LAST */
    uint64_t chunk_bytes;    /* BDAT */
    struct bytes body;       /* SMTP_BODY: octets to append to the message */
    const uint32_t *dots;    /* SMTP_BODY: where in `body` a stuffing dot had
                                * stood before that octet; ascending */
    size_t dot_count;
    struct bytes check;         /* SMTP_REMARK: id in the catalogue */
    struct bytes detail;        /* SMTP_REMARK: which kind, "LF.CRLF", or "" */
    struct bytes text;          /* SMTP_REMARK: what, here */
    struct smtp_reply proposed; /* SMTP_COMMAND */
};

enum smtp_profile { SMTP_PROFILE_SINK, SMTP_PROFILE_STRICT };

/* Extensions and commands that can be switched off; bits of
 * smtp_policy.offered. */
enum smtp_feature {
    SMTP_PIPELINING = 1 << 0,
    SMTP_SIZE = 1 << 1,
    SMTP_STARTTLS = 1 << 2,
    SMTP_AUTH = 1 << 3,
    SMTP_8BITMIME = 1 << 4,
    SMTP_BINARYMIME = 1 << 5,
    SMTP_CHUNKING = 1 << 6,
    SMTP_SMTPUTF8 = 1 << 7,
    SMTP_DSN = 1 << 8,
    SMTP_ENHANCEDSTATUSCODES = 1 << 9,
    SMTP_REQUIRETLS = 1 << 10,
    SMTP_DELIVERBY = 1 << 11,
    SMTP_FUTURERELEASE = 1 << 12,
    SMTP_MT_PRIORITY = 1 << 13,
    SMTP_RRVS = 1 << 14,
    SMTP_MTRK = 1 << 15,
    SMTP_HELP = 1 << 16,
    SMTP_XCLIENT = 1 << 17,
    SMTP_XFORWARD = 1 << 18,
    SMTP_VRFY = 1 << 19,
    SMTP_EXPN = 1 << 20,
    SMTP_LIMITS = 1 << 21 /* RCPTMAX, MAILMAX and RCPTDOMAINMAX are told */
};

/* SASL mechanisms; bits of smtp_policy.mechanisms (what EHLO offers now). */
enum smtp_mechanism {
    SMTP_PLAIN = 1 << 0,
    SMTP_LOGIN = 1 << 1,
    SMTP_CRAM_MD5 = 1 << 2,
    SMTP_SCRAM_SHA_1 = 1 << 3,
    SMTP_SCRAM_SHA_256 = 1 << 4,
    SMTP_SCRAM_SHA_1_PLUS = 1 << 5,
    SMTP_SCRAM_SHA_256_PLUS = 1 << 6,
    SMTP_XOAUTH2 = 1 << 7,
    SMTP_OAUTHBEARER = 1 << 8,
    SMTP_EXTERNAL = 1 << 9,
    SMTP_ANONYMOUS = 1 << 10
};

/* What a listener offers and holds its clients to. Lives longer than its
 * sessions; never changes while one runs. A limit of 0 is none. */
struct smtp_policy {
    const char *hostname; /* first word of the greeting */
    const char *product;  /* "mailscope 0.1.0" */
    const char *help_url; /* in HELP's reply; NULL leaves it out */
    enum smtp_profile profile;
    bool is_lmtp;
    bool is_submission;      /* offers FUTURERELEASE */
    uint32_t offered;        /* enum smtp_feature bits */
    uint32_t mechanisms;     /* enum smtp_mechanism bits, in the clear */
    uint32_t tls_mechanisms; /* and inside TLS */
    bool auth_required;      /* 530 5.7.0 before AUTH */
    bool tls_required;       /* 530 5.7.0 before STARTTLS */
    bool is_trusted;         /* this peer may send XCLIENT and XFORWARD */
    uint64_t max_message_bytes;
    uint32_t max_recipients;
    uint32_t max_line_bytes;   /* a command line; AUTH has 12288 */
    uint32_t max_commands;     /* a session; then 421 4.7.0 */
    uint32_t max_errors;       /* a session; the Nth refusal is the 421 */
    uint32_t max_transactions; /* LIMITS MAILMAX */
    uint32_t max_domains;      /* LIMITS RCPTDOMAINMAX */
};

struct smtp_session;

/* A new session, its greeting due at the first smtp_session_next().
 * `policy` stays the caller's and outlives the session. `challenge` (CRAM-MD5,
 * "<unique@host>") may be NULL and is copied; `is_secure` says that TLS is
 * already there (implicit TLS). */
struct smtp_session *smtp_session_new(const struct smtp_policy *policy,
                                      const char *challenge, bool is_secure);

/* Frees the session; NULL is allowed. */
void smtp_session_free(struct smtp_session *session);

/* Gives octets that arrived. Returns how many were taken: fewer than given
 * while events are to be pulled or an answer is due; the rest is given again
 * by the host (who keeps it) before anything that arrived later. One feed takes
 * at most one line or one run of a message. Body runs and lines may lie in
 * `input`, which stays as it is until the next SMTP_NEED_INPUT or answer. */
size_t smtp_session_feed(struct smtp_session *session, struct bytes input);

/* The client closed its side: what is under way is abandoned. */
void smtp_session_end_input(struct smtp_session *session);

/* The next event. Slices inside it live until the next call on the session.
 * After SMTP_SECURE and SMTP_FINISHED, what still arrives in the clear may be
 * fed (it comes back as SMTP_DISCARDED) and next() says the same again. */
enum smtp_event_kind smtp_session_next(struct smtp_session *session,
                                       struct smtp_event *event_out);

/* Answers the last SMTP_COMMAND: its proposed reply (pass &event.proposed) or
 * another. 2xx/3xx go on, 4xx/5xx refuse, 421 ends the session. What goes out
 * is what smtp_session_output() then shows: a 334's text is sent in base64, a
 * refused OAuth login becomes its 334 first (RFC 7628 3.2.2), and the last
 * refusal that policy allows becomes a 421. */
void smtp_session_answer(struct smtp_session *session,
                         const struct smtp_reply *reply);

/* Reply octets that wait to be written; valid until the next call. */
struct bytes smtp_session_output(const struct smtp_session *session);

/* The host wrote `size` octets of the output. Input that is fed before this
 * was sent ahead of that reply. */
void smtp_session_sent(struct smtp_session *session, size_t size);

/* The handshake that SMTP_SECURE asked for is done (RFC 3207 4.2: what was
 * known before is forgotten). `has_client_certificate` offers EXTERNAL. */
void smtp_session_secured(struct smtp_session *session,
                          bool has_client_certificate);

/* The client showed a certificate where TLS came first: EXTERNAL is offered.
 * Before the greeting is answered. */
void smtp_session_certified(struct smtp_session *session);

/* Nothing arrived for 2 s inside DATA: may raise data-eod-stall. */
void smtp_session_stalled(struct smtp_session *session);

/* Ends the session from the host's side: `reply` (421 ...) becomes the last
 * output, SMTP_FINISHED follows. Not while an answer is due. */
void smtp_session_close(struct smtp_session *session,
                        const struct smtp_reply *reply);

/* Why the session ended with a 421. */
enum smtp_ending {
    SMTP_ENDED_BY_HOST, /* its answer or smtp_session_close(); or not yet */
    SMTP_ENDED_BY_ERRORS,
    SMTP_ENDED_BY_LIMIT,
    SMTP_ENDED_AS_FOREIGN /* the client speaks HTTP or TLS, not SMTP */
};

enum smtp_ending smtp_session_ending(const struct smtp_session *session);

/* For whoever sets timers and shows live sessions. Is what comes next part of a
 * message? */
bool smtp_session_in_body(const struct smtp_session *session);

/* Was MAIL accepted, and the transaction not ended since? */
bool smtp_session_in_transaction(const struct smtp_session *session);

/* Does the session wait for smtp_session_answer()? */
bool smtp_session_answer_due(const struct smtp_session *session);

#endif
