/* SPDX-License-Identifier: MIT */
#ifndef SERVER_CONNECTION_H
#define SERVER_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "server/conversation.h"
#include "server/proxy.h"

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
    struct tls *tls;         /* NULL in the clear */
    struct buffer unwritten; /* what the socket did not take at once */
    struct buffer header;    /* octets of a PROXY header that is incomplete */
    uv_write_t *write;       /* under way; NULL none */
    uint64_t ticket;
    int64_t opened_us;   /* steady clock */
    int64_t heard_us;    /* last sign of life, steady clock */
    uint32_t address_key; /* whom the limit per address counts */
    enum connection_state state;
    bool is_trusted;
    bool is_paused;     /* not reading */
    bool has_eof;       /* the client closed its side */
    bool is_stalled;    /* the engine was told of the silence in DATA */
    bool ends_when_written;
    bool close_asked;   /* api or shutdown, while the keeper's answer is due */
};

/* Takes the connection that waits at `listener`. */
void connection_accept(struct listener *listener);

/* The keeper answered for this connection. */
void connection_kept(struct connection *connection,
                     const struct inbox_answer *answer);

/* Looks at the clock: idle, total, stalled, lingering. */
void connection_tick(struct connection *connection, int64_t now_us);

/* Ends it with 421: `reason` is a close_reason of the API. What is in flight
 * is finished first. */
void connection_end(struct connection *connection, const char *reason,
                    const char *text);

/* Closes the socket at once. */
void connection_drop(struct connection *connection, const char *reason);

#endif
