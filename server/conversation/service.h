/* SPDX-License-Identifier: MIT */
#ifndef SERVER_CONVERSATION_SERVICE_H
#define SERVER_CONVERSATION_SERVICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "inbox/inbox.h"
#include "server/smtp/session.h"

struct accounts;
struct announcer;
struct receiving;

/* What was counted since the start. The loop adds, any thread reads. */
struct counters {
    _Atomic uint64_t accepted;
    _Atomic uint64_t open;
    _Atomic uint64_t refused; /* by limits */
    _Atomic uint64_t commands;
    _Atomic uint64_t bytes_in;
    _Atomic uint64_t bytes_out;
    _Atomic uint64_t tls_handshakes;
    _Atomic uint64_t tls_failures;
    _Atomic uint64_t auth_failures;
    _Atomic uint64_t messages_kept;
    _Atomic uint64_t messages_refused;
};

/* Adds to a counter. Nobody else writes it, so no lock of the bus is needed. */
#define COUNT_MORE(counter, number)                                        \
    atomic_store_explicit(                                                 \
        &(counter),                                                        \
        atomic_load_explicit(&(counter), memory_order_relaxed) + (number), \
        memory_order_relaxed)
#define COUNT(counter) COUNT_MORE(counter, 1)

/* What all conversations of one listener share. It outlives them. */
struct service {
    struct inbox *inbox;
    struct counters *counters;
    struct receiving *receiving;
    struct announcer *announcer;
    const struct accounts *accounts; /* NULL: any login succeeds */
    struct smtp_policy policy;
    struct smtp_policy trusted_policy; /* for peers of --trust */
    const char *address;               /* "127.0.0.1:2525" */
    const char *inbox_name;            /* bound to the listener, or NULL */
    uint64_t max_session_bytes;
    bool drop_secrets;
};

struct options;
struct address;

#define SERVICE_WHY_SIZE 256

/* What a listener is. */
struct service_kind {
    const struct address *address;
    bool is_lmtp;
    bool is_tls;  /* from the start */
    bool can_tls; /* STARTTLS may be offered */
};

/* Fills the policies of a listener from the options. Strings stay those of
 * `options` and of the address. Returns 0, or -1 with one line in `why_out`
 * when a keyword is none. */
int service_set_policy(struct service *service, const struct options *options,
                       struct service_kind kind,
                       char why_out[SERVICE_WHY_SIZE]);

#endif
