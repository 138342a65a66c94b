/* SPDX-License-Identifier: MIT */
#ifndef SERVER_CONVERSATION_CONVERSATION_H
#define SERVER_CONVERSATION_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/inbox.h"
#include "server/conversation/service.h"
#include "server/recorder/recorder.h"
#include "server/smtp/session.h"

/* What is said on one connection: plain octets go to the engine, its questions
 * are decided, bodies go to the draft, everything is recorded. No socket, no
 * TLS: the connection pulls octets out and pushes octets in. */

struct receiving_mail;
struct scram;

/* TLS as SCRAM-PLUS sees it. Few ask, and making it takes the time of a whole
 * mail: so it is made when it is asked for. */
struct conversation_channel {
    /* Writes the binding of `tls` and names its type, a literal; returns its
     * size. NULL: there is no TLS. */
    size_t (*binding)(const void *tls, unsigned char into[64],
                      const char **type_out);
    const void *tls; /* outlives the conversation */
};

struct conversation {
    const struct service *service;
    struct smtp_session *session; /* NULL before it began */
    struct recorder *recorder;
    uint64_t ticket;    /* for the keeper's answer */
    uint64_t id;        /* of the session */
    struct buffer hold; /* arrived, not yet taken by the engine */

    struct receiving_mail *receiving; /* the open transaction; NULL none */

    struct inbox_draft *draft;
    uint64_t body;            /* number of the draft, from 1 */
    uint64_t declared;        /* SIZE= of MAIL */
    struct smtp_place wire;   /* of the body (BDAT: of the chunk) so far */
    uint64_t wire_size;       /* of all its runs */
    struct smtp_reply answer; /* to the end of data, when it is not the
                               * engine's; text in answer_text */
    struct buffer answer_text;

    char *login; /* user of a successful AUTH or of XCLIENT */
    struct scram *scram;
    struct conversation_channel channel;
    const char *close_reason; /* when the host decided it; NULL */

    /* What is small stands together: an idle connection is to be small. */
    enum transcript_layer layer;
    uint16_t proposed_code;
    char proposed_enhanced[12];
    bool is_waiting;       /* for the keeper's answer */
    bool has_ended_input;  /* the client closed its side */
    bool has_dropped_body; /* it ended inside a message */
    bool has_quit;
    bool has_hung_up;    /* the engine ended it by itself */
    bool has_finished;   /* the engine hangs up */
    bool is_full;        /* the draft did not get all of its octets */
    bool is_end_of_bdat; /* what the keeper's answer is for */
    bool is_securing;    /* STARTTLS was answered 220 */
    bool has_failed_tls;
    bool has_early_hello; /* the ClientHello came before that, and is lost */
    bool has_certificate; /* the client showed one where TLS came first */
};

struct conversation_start {
    const struct service *service;
    uint64_t ticket;
    const char *peer;
    const char *local; /* NULL: the listener's address */
};

/* Begins to record; nothing is said yet. */
void conversation_open(struct conversation *conversation,
                       const struct conversation_start *start);

/* Starts the SMTP session: its greeting waits for the first turn.
 * `is_trusted`: may send XCLIENT; `is_secure`: TLS is there. `refusal` (NULL:
 * none) is the greeting instead, such as 421 over a limit. */
void conversation_begin(struct conversation *conversation, bool is_trusted,
                        bool is_secure, const struct smtp_reply *refusal);

enum conversation_want {
    CONVERSATION_HEARS,  /* flush the output, then more input */
    CONVERSATION_FULL,   /* flush; a turn without input goes on */
    CONVERSATION_WAITS,  /* flush; the keeper answers later */
    CONVERSATION_SECURE, /* flush, then shake hands */
    CONVERSATION_ENDS    /* flush, then hang up */
};

/* One turn: everything that can be said now on what was heard. `input` is not
 * kept: what cannot be used yet is copied. */
enum conversation_want conversation_turn(struct conversation *conversation,
                                         struct bytes input);

/* The client closed its side; call conversation_turn() afterwards. */
void conversation_end_input(struct conversation *conversation);

/* What waits to be written. */
struct bytes conversation_output(const struct conversation *conversation);

/* `size` octets of it were written. */
void conversation_sent(struct conversation *conversation, size_t size);

/* What a PROXY header said, or that none came (`input` did). Before
 * conversation_begin(). */
struct proxy_header;
void conversation_proxy(struct conversation *conversation,
                        const struct proxy_header *header);
void conversation_no_proxy(struct conversation *conversation,
                           struct bytes input);

/* The handshake failed. */
struct conversation_failure {
    char *tls;         /* JSON text, taken over */
    const char *event; /* for the transcript, the same way */
    const char *why;   /* in words with the likely cause */
    bool is_cert_rejected;
};
void conversation_not_secured(struct conversation *conversation,
                              const struct conversation_failure *failure);

/* A command came in the clear where TLS comes first. */
void conversation_plain_on_tls(struct conversation *conversation,
                               struct bytes input);

/* Where the channel binding of the TLS connection can be asked for. */
void conversation_bind(struct conversation *conversation,
                       const struct conversation_channel *channel);

/* The idle timeout is over; conversation_close() follows. */
void conversation_idle(struct conversation *conversation);

/* The keeper answered; call conversation_turn() afterwards. */
void conversation_kept(struct conversation *conversation,
                       const struct inbox_answer *answer);

/* TLS is there now; `tls` (JSON text) is taken over. `event` is the transcript's,
 * which tells more. */
void conversation_secured(struct conversation *conversation, char *tls,
                          const char *event, bool has_client_certificate);

/* Ends the session from our side with 421 and `reason`, a close_reason of the
 * API. Returns false while the keeper's answer is awaited (ask again then). */
bool conversation_close(struct conversation *conversation,
                        const struct smtp_reply *reply, const char *reason);

/* Hands over what was recorded so far. */
void conversation_hand_over(struct conversation *conversation);

/* The connection is gone: hands over the rest and frees everything. `reason`
 * counts when the conversation has none of its own. */
void conversation_free(struct conversation *conversation, const char *reason);

/* ---- For the parts of the conversation (conversation_*.c) */

/* Answers the engine's question and records it. */
void conversation_answer(struct conversation *conversation,
                         const struct smtp_event *event,
                         const struct smtp_reply *reply);

/* MAIL, RCPT, DATA. */
void conversation_envelope(struct conversation *conversation,
                           const struct smtp_event *event);

/* A run of the body. */
void conversation_body(struct conversation *conversation,
                       const struct smtp_event *event);

/* The final dot, or a BDAT chunk; false: the answer comes later. */
bool conversation_body_end(struct conversation *conversation,
                           const struct smtp_event *event);

/* What is under way will not be finished. */
void conversation_abandon(struct conversation *conversation);

/* AUTH: a line of its exchange. */
void conversation_auth(struct conversation *conversation,
                       const struct smtp_event *event);

/* XCLIENT. */
void conversation_xclient(struct conversation *conversation,
                          const struct smtp_event *event);

/* A delivery of this conversation with the piece of transcript so far. */
void conversation_deliver(struct conversation *conversation,
                          struct inbox_delivery *delivery);

#endif
