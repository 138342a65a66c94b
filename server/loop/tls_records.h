/* SPDX-License-Identifier: MIT */
#ifndef SERVER_LOOP_TLS_RECORDS_H
#define SERVER_LOOP_TLS_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/base/memory.h"
#include "inbox/transcript/transcript.h"

/* The TLS records and key log lines of the newest sessions, so that a capture
 * of them opens by itself. The loop writes, readers copy: any thread. */

struct tls_records;

/* Keeps the newest `sessions`. */
struct tls_records *tls_records_new(size_t sessions);

/* Frees all; NULL is allowed. */
void tls_records_free(struct tls_records *records);

/* A session speaks TLS from now on; the oldest may be forgotten for it.
 * Returns a ticket. */
uint64_t tls_records_open(struct tls_records *records, uint64_t session);

/* Octets crossed the socket, `time_us` after the session opened. What is too
 * much for one session makes all of its records useless: they are forgotten. */
struct tls_octets {
    struct bytes octets;
    uint64_t time_us;
    enum transcript_dir dir;
};
void tls_records_add(struct tls_records *records, uint64_t ticket,
                     const struct tls_octets *octets);

/* The key log lines so far. */
void tls_records_secrets(struct tls_records *records, uint64_t ticket,
                         struct bytes lines);

struct tls_kept {
    struct tls_octets *octets;
    size_t count;
    struct bytes secrets; /* key log lines */
};

/* Copies what was kept of a session into `arena`; its count is 0: nothing. */
struct tls_kept tls_records_find(struct tls_records *records, uint64_t session,
                                 struct arena *arena);

#endif
