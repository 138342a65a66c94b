/* SPDX-License-Identifier: MIT */
#include "tests/bench/kit/latency.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void die(const char *who, const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", who, what, strerror(errno));
    exit(1);
}

static size_t class_of(uint64_t us)
{
    unsigned shift = 0;
    while (us >> shift >= 2u << LATENCY_BITS) {
        shift++;
    }
    return ((size_t)shift << LATENCY_BITS) + (size_t)(us >> shift);
}

static uint64_t floor_of(size_t number)
{
    if (number < 2u << LATENCY_BITS) {
        return number;
    }
    unsigned shift = (unsigned)(number >> LATENCY_BITS) - 1;
    return (number - ((size_t)shift << LATENCY_BITS)) << shift;
}

void latency_note(struct latency *latency, uint64_t us)
{
    latency->count++;
    latency->classes[class_of(us)]++;
    if (us > latency->max_us) {
        latency->max_us = us;
    }
}

uint64_t latency_quantile(const struct latency *latency, double share)
{
    uint64_t below = 0;
    for (size_t i = 0; i < LATENCY_CLASSES; i++) {
        below += latency->classes[i];
        if (below > 0 && (double)below >= share * (double)latency->count) {
            return floor_of(i);
        }
    }
    return 0;
}

void latency_print(const struct latency *latency)
{
    printf("\"p50_us\":%" PRIu64 ",\"p90_us\":%" PRIu64 ",\"p99_us\":%" PRIu64
           ",\"max_us\":%" PRIu64,
           latency_quantile(latency, 0.5), latency_quantile(latency, 0.9),
           latency_quantile(latency, 0.99), latency->max_us);
}
