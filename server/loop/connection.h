/* SPDX-License-Identifier: MIT */
#ifndef SERVER_LOOP_CONNECTION_H
#define SERVER_LOOP_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "server/conversation/conversation.h"
#include "server/peer/proxy.h"

struct loop;
struct listener;
struct tls;

/* One client: socket <-> TLS <-> conversation; timers; the only teardown. */

enum connection_state {
    CONNECTION_PROXY,     /* a PROXY header is due */
    CONNECTION_SHAKING,   /* TLS handshake, implicit or after STARTTLS */
    CONNECTION_TALKING,   /* SMTP */
    CONNECTION_LINGERING, /* we said the last word and wait for the client's
                           * end, so that a reset does not destroy it */
    CONNECTION_CLOSED     /* uv_close() was called */
};

struct connection {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } socket;
    struct loop *loop;
    struct listener *listener;
    struct connection *next;
    struct connection *previous;
    struct conversation conversation;
    struct tls *tls;      /* NULL in the clear */
    struct buffer header; /* octets of a PROXY header that is incomplete */
    struct pending_write *write; /* under way; NULL none */
    const char *close_reason; /* asked for while the keeper's answer is due */
    const char *close_text;
    uint64_t ticket;
    uint64_t records;     /* ticket of the TLS records that are kept; 0 none */
    int64_t opened_us;    /* steady clock */
    int64_t heard_us;     /* last sign of life, steady clock */
    uint32_t address_key; /* whom the limit per address counts */
    enum connection_state state;
    enum conversation_want due; /* what a turn asked for and was put off */
    bool is_due;
    bool is_counted; /* by the limits */
    bool is_trusted;
    bool has_records; /* TLS came */
    bool is_paused;   /* not reading */
    bool has_eof;     /* the client closed its side */
    bool is_stalled;  /* the engine was told of the silence in DATA */
    bool ends_when_written;
};

/* Takes the connection that waits at `listener`. */
void connection_accept(struct listener *listener);

/* The keeper answered for this connection. */
void connection_kept(struct connection *connection,
                     const struct inbox_answer *answer);

/* Looks at the clock: idle, total, stalled, lingering. */
void connection_tick(struct connection *connection, int64_t now_us);

/* Ends it with 421 and `text`; `reason` is a close_reason of the API (both
 * literals). What the keeper still has to answer is answered first. */
void connection_end(struct connection *connection, const char *reason,
                    const char *text);

/* Closes the socket at once and hands over what was recorded. */
void connection_drop(struct connection *connection, const char *reason);

/* ---- For the parts of a connection (connection_*.c) */

/* The socket speaks SMTP, or TLS first: after accept or the PROXY header. */
void connection_start(struct connection *connection);

/* SMTP begins: its greeting leaves. */
void connection_begin(struct connection *connection);

/* Octets came from the socket. */
void connection_heard(struct connection *connection, struct bytes input);

/* The client closed its side. */
void connection_ended(struct connection *connection);

/* Everything that waited was written. */
void connection_written(struct connection *connection);

/* A turn of the conversation on plain `input`, and what follows from it. An
 * ordinary reply in the clear is put off until all that is there was read:
 * replies that leave together wake a client with many connections once, not
 * for each. */
void connection_advance(struct connection *connection, struct bytes input);

/* Writes what was put off. True: there was something. */
bool connection_answer_all(struct loop *loop);

#endif
