/* SPDX-License-Identifier: MIT */
#ifndef BENCH_KIT_LATENCY_H
#define BENCH_KIT_LATENCY_H

#include <stdint.h>

/* A log-linear histogram of microseconds, its classes 1.6 % wide or less. */

#define LATENCY_BITS 6
#define LATENCY_CLASSES (40 << LATENCY_BITS)

struct latency {
    uint64_t count;
    uint64_t max_us;
    uint64_t classes[LATENCY_CLASSES];
};

/* Microseconds of the monotonic clock. */
uint64_t now_us(void);

/* Prints `who: what: strerror(errno)` and ends the program with status 1. */
void die(const char *who, const char *what) __attribute__((noreturn));

/* Counts one measurement of `us` microseconds. */
void latency_note(struct latency *latency, uint64_t us);

/* The microseconds below or at which `share` (0 to 1) of all lie; 0 if none. */
uint64_t latency_quantile(const struct latency *latency, double share);

/* Prints `"p50_us":..,"p90_us":..,"p99_us":..,"max_us":..` to stdout. */
void latency_print(const struct latency *latency);

#endif
