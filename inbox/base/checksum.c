/* SPDX-License-Identifier: MIT */
#include "inbox/base/checksum.h"

#include <pthread.h>
#include <string.h>

/* The polynomial with its bits reversed, as the shifts below go right. */
#define POLYNOMIAL 0x82f63b78U

static uint32_t table[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) {
            value = (value >> 1) ^ ((value & 1U) != 0 ? POLYNOMIAL : 0);
        }
        table[i] = value;
    }
}

uint32_t checksum_add_plain(uint32_t before, struct bytes run)
{
    (void)pthread_once(&once, fill_table);
    uint32_t value = ~before;
    for (size_t i = 0; i < run.size; i++) {
        value = (value >> 8) ^ table[(value ^ run.at[i]) & 0xffU];
    }
    return ~value;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t add_fast(uint32_t before,
                                                           struct bytes run)
{
    uint64_t value = ~before;
    size_t at = 0;
    while (run.size - at >= 8) {
        uint64_t octets;
        memcpy(&octets, run.at + at, 8);
        value = __builtin_ia32_crc32di(value, octets);
        at += 8;
    }
    uint32_t rest = (uint32_t)value;
    while (at < run.size) {
        rest = __builtin_ia32_crc32qi(rest, run.at[at]);
        at++;
    }
    return ~rest;
}
#endif

uint32_t checksum_add(uint32_t before, struct bytes run)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) {
        return add_fast(before, run);
    }
#endif
    return checksum_add_plain(before, run);
}
