/* SPDX-License-Identifier: MIT */
#ifndef SERVER_SMTP_STATE_H
#define SERVER_SMTP_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "server/smtp/recipients.h"
#include "server/smtp/remark.h"
#include "server/smtp/session.h"
#include "server/smtp/wire.h"

/* The inside of a session. Only server/smtp/ may look.
 *
 * A family of commands is two kinds of function: `ask` reads the line, fills
 * the event and proposes a reply; `done` acts on the reply that was given. */

enum smtp_mode {
    MODE_START,   /* the greeting was not given yet */
    MODE_COMMAND, /* lines are commands */
    MODE_SASL,    /* the next line belongs to AUTH's exchange */
    MODE_DATA,    /* octets until a lone dot */
    MODE_CHUNK,   /* the octets of one BDAT */
    MODE_SECURE,  /* 220 to STARTTLS was given, TLS is not there yet */
    MODE_CLOSING  /* 221 or 421 was given */
};

enum smtp_hello { HELLO_NONE, HELLO_HELO, HELLO_EHLO };

enum smtp_body { BODY_7BIT, BODY_8BITMIME, BODY_BINARYMIME };

/* What the last reply means for commands that were sent before it. */
enum smtp_sync {
    SYNC_GREETING, /* nothing may come before the greeting */
    SYNC_ENDS,     /* the command ends a group (RFC 2920 3.1) */
    SYNC_GROUP     /* others may follow in its group */
};

/* Octets in the clear behind STARTTLS. */
enum smtp_leftover {
    LEFTOVER_NONE,
    LEFTOVER_16,  /* one, which may begin a ClientHello */
    LEFTOVER_TOLD /* it was remarked on */
};

/* MAIL ... end of data. */
struct smtp_transaction {
    uint64_t declared_bytes; /* SIZE=, 0 when none */
    uint64_t received_bytes; /* unstuffed octets so far */
    uint32_t accepted;       /* recipients */
    uint32_t answered;       /* LMTP: recipients told of the outcome */
    uint8_t body;            /* enum smtp_body */
    bool is_open;            /* MAIL was accepted */
    bool has_body;           /* octets of it may have been given out */
    bool is_null_sender;
    bool has_utf8;    /* SMTPUTF8 */
    bool is_chunked;  /* BDAT was accepted: DATA is refused now */
    bool is_failed;   /* a BDAT failed: only RSET helps (RFC 3030 2) */
    bool is_oversize; /* more octets came than policy takes */
};

/* The BDAT under way. */
struct smtp_chunk {
    uint64_t size;
    uint64_t left;
    struct smtp_place place;   /* of its line */
    struct smtp_reply refusal; /* code 0: none so far */
    bool is_last;
};

struct smtp_auth;
struct smtp_command;

struct smtp_session {
    const struct smtp_policy *policy;
    struct wire wire;
    struct wire_unit unit; /* what the last feed made */
    struct smtp_remarks remarks;
    struct buffer output;
    struct buffer text; /* of the proposed reply, when it is no literal */
    struct smtp_param *params;
    size_t param_count;
    struct smtp_auth *auth; /* an AUTH exchange under way */
    char *challenge;
    const struct smtp_command *command; /* the question's row */
    struct smtp_transaction transaction;
    struct smtp_chunk *chunk; /* NULL: no BDAT came yet */
    struct recipients recipients;
    struct recipients domains; /* of the whole session */
    uint64_t asked_recipient;  /* hash of the RCPT that is asked, else 0 */
    uint64_t asked_domain;
    uint64_t offered;     /* end of the stream the host has seen */
    uint64_t ahead_until; /* octets before this came before the last reply */
    uint32_t commands;
    uint32_t errors;
    uint32_t transactions;
    uint8_t mode;       /* enum smtp_mode */
    uint8_t hello;      /* enum smtp_hello */
    uint8_t sync;       /* enum smtp_sync of the last reply */
    uint8_t verb;       /* enum smtp_verb of the question */
    uint8_t asked_sync; /* what the reply to the question will mean */
    uint8_t leftover;   /* enum smtp_leftover */
    uint8_t ending;     /* enum smtp_ending: what a 421 now means */
    /* bits: thousands of sessions may be silent at once */
    bool is_answer_due : 1;
    bool is_secure : 1;
    bool has_certificate : 1; /* the client showed one */
    bool is_authenticated : 1;
    bool is_vouched : 1;   /* XCLIENT named a user */
    bool is_rejected : 1;  /* the greeting refused service */
    bool is_fresh_tls : 1; /* no command came since the handshake */
    bool tried_ehlo : 1;
    bool data_refused : 1; /* the last DATA was refused */
    bool last_done : 1;    /* BDAT LAST ended the last transaction */
    bool told_late : 1;    /* order-after-421 was told */
    bool told_421 : 1;
    bool told_early : 1;   /* data-before-354 was told for this message */
    bool was_wrapped : 1;  /* an AUTH line looked wrapped at 76 columns */
    bool is_end_due : 1;   /* the message is whole; its end is to be asked */
    bool is_end_told : 1;  /* remarks on the whole message were made */
    bool is_abandoned : 1; /* SMTP_ABANDONED is due */
    bool is_ended : 1;     /* no input will come any more */
};

/* Columns of the command table. */
enum smtp_command_flag {
    COMMAND_NO_ARGUMENT = 1 << 0, /* 501 when there is one */
    COMMAND_ARGUMENT = 1 << 1,    /* 501 when there is none */
    COMMAND_GROUP = 1 << 2,       /* others may follow in its group */
    COMMAND_NOT_IN_MAIL = 1 << 3, /* 503 inside a transaction */
    COMMAND_BEFORE_TLS = 1 << 4,  /* though TLS is required */
    COMMAND_NEEDS_AUTH = 1 << 5,  /* when authentication is required */
    COMMAND_OFF = 1 << 6          /* known, never offered: 502 */
};

/* A row of the command table. */
struct smtp_command {
    const char *word;
    enum smtp_verb verb;
    uint32_t flags;   /* enum smtp_command_flag */
    uint32_t feature; /* must be offered; 0 always */
    void (*ask)(struct smtp_session *session, struct smtp_event *event);
    void (*done)(struct smtp_session *session, const struct smtp_reply *reply);
    const char *syntax; /* for replies that teach; NULL for none */
};

/* ---- state.c: what the families of commands share */

/* Would EHLO offer `feature` now? */
bool smtp_has(const struct smtp_session *session, enum smtp_feature feature);

/* And did this client say EHLO? */
bool smtp_offers(const struct smtp_session *session, enum smtp_feature feature);

/* Proposes a reply whose text is a literal. */
void smtp_propose(struct smtp_event *event, uint16_t code, const char *enhanced,
                  const char *text);

/* Proposes a reply whose text is session->text. */
void smtp_propose_text(struct smtp_session *session, struct smtp_event *event,
                       uint16_t code, const char *enhanced);

/* Proposes to end the session: 421 4.7.0 `text`. */
void smtp_propose_end(struct smtp_session *session, struct smtp_event *event,
                      enum smtp_ending ending, const char *text);

/* Queues a remark on the event's place. */
void smtp_remark(struct smtp_session *session, const struct smtp_event *event,
                 enum smtp_check check);

/* Is the profile strict? */
bool smtp_is_strict(const struct smtp_session *session);

/* Forgets the open transaction (RSET, EHLO, the end of data, ...). A message
 * that was under way is abandoned. */
void smtp_transaction_end(struct smtp_session *session);

/* Did octet `offset` of the stream come before the last reply was out? */
bool smtp_is_ahead(const struct smtp_session *session, uint64_t offset);

/* Was a 2yz or 3yz given? */
bool smtp_is_positive(const struct smtp_reply *reply);

/* ---- feed.c */

/* Is there something to pull before more can be taken? */
bool smtp_is_busy(const struct smtp_session *session);

/* ---- commands.c */

/* The row for `word` (ASCII case ignored); the last row, of verb
 * SMTP_VERB_OTHER, when no other fits. */
const struct smtp_command *smtp_command_find(struct bytes word);

/* The row at `index`, NULL behind the last; for HELP. */
const struct smtp_command *smtp_command_row(size_t index);

/* Reads a command line: remarks, event, proposed reply. */
void smtp_command_ask(struct smtp_session *session, struct smtp_event *event);

/* ---- hello.c */

void smtp_greeting_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_greeting_done(struct smtp_session *session,
                        const struct smtp_reply *reply);
void smtp_ehlo_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_ehlo_done(struct smtp_session *session,
                    const struct smtp_reply *reply);
void smtp_helo_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_helo_done(struct smtp_session *session,
                    const struct smtp_reply *reply);
void smtp_lhlo_ask(struct smtp_session *session, struct smtp_event *event);

/* ---- auth.c */

void smtp_auth_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_auth_done(struct smtp_session *session,
                    const struct smtp_reply *reply);

/* A further line of the exchange. */
void smtp_auth_line(struct smtp_session *session, struct smtp_event *event);

/* Ends the exchange under way; none is allowed. */
void smtp_auth_end(struct smtp_session *session);

/* Mechanisms offered now (enum smtp_mechanism bits). */
uint32_t smtp_auth_offered(const struct smtp_session *session);

/* Changes the reply that goes out within an exchange: base64 for 334, and
 * OAuth's 334 before a refusal. */
void smtp_auth_reply(struct smtp_session *session, struct smtp_reply *reply);

/* ---- starttls.c */

void smtp_starttls_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_starttls_done(struct smtp_session *session,
                        const struct smtp_reply *reply);

/* Octets came in the clear after the 220; remarks on them. */
void smtp_starttls_leftover(struct smtp_session *session);

/* No more of them will come. */
void smtp_starttls_over(struct smtp_session *session);

/* ---- envelope.c */

void smtp_mail_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_mail_done(struct smtp_session *session,
                    const struct smtp_reply *reply);
void smtp_rcpt_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_rcpt_done(struct smtp_session *session,
                    const struct smtp_reply *reply);

/* ---- content.c */

/* Remarks on the message that is now whole. */
void smtp_content_end(struct smtp_session *session);

/* Proposes what becomes of the whole message. */
void smtp_content_propose(struct smtp_session *session,
                          struct smtp_event *event);

/* Acts on the reply for a whole message, or for one recipient of it (LMTP).
 * True when nobody is left to be told. */
bool smtp_content_done(struct smtp_session *session);

/* A run of the message: the event is SMTP_BODY, or SMTP_DISCARDED. */
void smtp_content_run(struct smtp_session *session, struct smtp_event *event);

/* DATA, and the reply to it. */
void smtp_data_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_data_done(struct smtp_session *session,
                    const struct smtp_reply *reply);

/* The final dot, for the next recipient under LMTP. */
void smtp_data_end_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_data_end_done(struct smtp_session *session,
                        const struct smtp_reply *reply);

/* ---- bdat.c */

/* Reads a BDAT line. True when octets follow (the event is SMTP_CHUNK then);
 * else a reply is proposed. */
void smtp_bdat_ask(struct smtp_session *session, struct smtp_event *event);

/* The octets of the chunk are there. */
void smtp_chunk_ask(struct smtp_session *session, struct smtp_event *event);

/* RFC 2033 4.3: one reply per recipient, so none when there is none. */
bool smtp_chunk_is_silent(const struct smtp_session *session);
void smtp_bdat_done(struct smtp_session *session,
                    const struct smtp_reply *reply);

/* ---- courtesy.c: what needs no state */

void smtp_rset_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_rset_done(struct smtp_session *session,
                    const struct smtp_reply *reply);
void smtp_noop_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_vrfy_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_help_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_quit_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_quit_done(struct smtp_session *session,
                    const struct smtp_reply *reply);
void smtp_unknown_ask(struct smtp_session *session, struct smtp_event *event);

/* ---- xclient.c */

void smtp_xclient_ask(struct smtp_session *session, struct smtp_event *event);
void smtp_xclient_done(struct smtp_session *session,
                       const struct smtp_reply *reply);
void smtp_xforward_ask(struct smtp_session *session, struct smtp_event *event);

#endif
