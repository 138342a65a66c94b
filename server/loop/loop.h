/* SPDX-License-Identifier: MIT */
#ifndef SERVER_LOOP_LOOP_H
#define SERVER_LOOP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "server/conversation/service.h"
#include "server/options/options.h"
#include "server/peer/limits.h"
#include "server/peer/slots.h"

struct announcer;
struct connection;
struct listener;
struct networks;
struct receiving;
struct tls_context;
struct tls_records;

/* The one libuv loop and all it owns. Everything in it happens on the thread
 * that calls loop_run(), unless it says otherwise. */

#define LOOP_READ_SIZE 65536
/* A read, and the rest of a record that was incomplete before. */
#define LOOP_PLAIN_SIZE (LOOP_READ_SIZE + 32768)

struct loop {
    uv_loop_t uv;
    const struct options *options;
    struct inbox *inbox;
    struct announcer *announcer;
    struct accounts *accounts;       /* NULL: any login succeeds */
    struct tls_context *tls;         /* NULL: no TLS is offered */
    struct tls_records *tls_records; /* NULL: none are kept */
    struct networks *trusted;
    struct receiving *receiving;
    struct counters counters;
    struct limits limits;
    struct slots slots; /* of the connections */
    struct connection *connections;
    struct listener *listeners; /* a list */
    uint64_t *due;              /* tickets of who has a reply to be written */
    size_t due_count;
    size_t due_capacity;
    struct control *control;
    unsigned char *read_buffer;  /* shared: a read is used up at once */
    unsigned char *plain_buffer; /* what TLS decrypts into */
    uv_async_t answers;          /* the keeper nudges */
    uv_prepare_t push;           /* what was heard goes to the keeper */
    uv_async_t asked;            /* control nudges */
    uv_timer_t sweep;            /* all timeouts, coarse */
    uv_timer_t announce;
    uv_signal_t signals[2];
    int64_t turn_us;   /* loop_turn_us(); 0: not asked for in this turn */
    int64_t active_us; /* when a client was last here (--idle-exit) */
    int64_t stop_us;   /* when the stop began, 0 not yet */
    int64_t grace_us;  /* how long the idle may still say QUIT */
    bool is_stopping;
    bool was_stopped; /* the handles are closing */
    /* When a request last came, by the steady clock; NULL: there is no HTTP. */
    int64_t (*asked_us)(void *context);
    void *asked_context;
    void (*on_stop)(void *context); /* the stop began; NULL: nobody asks */
    void *stop_context;
};

/* Prepares a loop that is zero but for what the caller gave it; `options` and
 * `inbox` outlive it. */
void loop_open(struct loop *loop, const struct options *options,
               struct inbox *inbox);

/* Where the page is, for the replies to HELP; `url` outlives the loop. Before
 * loop_run(). */
void loop_set_url(struct loop *loop, const char *url);

/* Runs until loop_stop() and its five seconds are over. */
void loop_run(struct loop *loop);

/* Stops accepting, says 421 to who is idle, finishes what is in flight (5 s at
 * most), then loop_run() returns. */
void loop_stop(struct loop *loop);

/* Frees what loop_open() made; accounts, TLS, `trusted` and the announcer stay
 * the caller's. */
void loop_close(struct loop *loop);

/* When this turn of the loop first asked, by the steady clock: exact enough for
 * timeouts, and one look at the clock for all that is read in a turn. */
int64_t loop_turn_us(struct loop *loop);

/* A connection came: the clock of the timeouts must tick. */
void loop_wake(struct loop *loop);

/* A line may wait for stdout. */
void loop_announce(struct loop *loop);

#endif
