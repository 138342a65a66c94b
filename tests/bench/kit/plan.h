/* SPDX-License-Identifier: MIT */
#ifndef BENCH_KIT_PLAN_H
#define BENCH_KIT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the load generator was asked to do. */
struct plan {
    uint16_t port;
    unsigned sessions;
    unsigned window; /* connections being opened at once in hold mode */
    uint64_t messages;
    uint64_t per_connection; /* 0: no limit */
    size_t body;
    double seconds; /* 0: until all messages are sent */
    unsigned sources;
    unsigned drip_ms; /* hold mode: an octet on each connection this often */
    bool pipelined;
    bool hold;
};

/* Reads the command line; ends the program with status 2, and says what may be
 * asked, when it is not understood. */
struct plan plan_read(int argc, char **argv);

#endif
