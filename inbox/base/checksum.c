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

/* The instruction takes three times as long as it takes to begin the next one,
 * so long runs are summed in three lanes side by side. The sum of one run
 * behind another is that of the first moved over as many zeros as the second
 * has octets, together with the second's; moving is linear, so it is looked up
 * octet by octet. */
#define LANE ((size_t)1024)

static uint32_t moved[4][256];
static pthread_once_t once_moved = PTHREAD_ONCE_INIT;

__attribute__((target("sse4.2"))) static uint64_t add_word(uint64_t sum,
                                                           const void *at)
{
    uint64_t octets;
    memcpy(&octets, at, sizeof(octets));
    return __builtin_ia32_crc32di(sum, octets);
}

__attribute__((target("sse4.2"))) static uint32_t over_zeros(uint32_t sum)
{
    uint64_t value = sum;
    for (size_t i = 0; i < LANE; i += 8) {
        value = __builtin_ia32_crc32di(value, 0);
    }
    return (uint32_t)value;
}

static void fill_moved(void)
{
    for (uint32_t octet = 0; octet < 256; octet++) {
        for (uint32_t place = 0; place < 4; place++) {
            moved[place][octet] = over_zeros(octet << (8 * place));
        }
    }
}

static uint32_t move(uint64_t sum)
{
    return moved[0][sum & 0xffU] ^ moved[1][(sum >> 8) & 0xffU] ^
           moved[2][(sum >> 16) & 0xffU] ^ moved[3][(sum >> 24) & 0xffU];
}

__attribute__((target("sse4.2"))) static uint32_t add_lanes(uint32_t sum,
                                                            const void *from)
{
    const unsigned char *at = from;
    uint64_t lanes[3] = {sum, 0, 0};
    for (size_t i = 0; i < LANE; i += 8) {
        lanes[0] = add_word(lanes[0], at + i);
        lanes[1] = add_word(lanes[1], at + LANE + i);
        lanes[2] = add_word(lanes[2], at + 2 * LANE + i);
    }
    return move(move(lanes[0]) ^ lanes[1]) ^ (uint32_t)lanes[2];
}

__attribute__((target("sse4.2"))) static uint32_t add_fast(uint32_t before,
                                                           struct bytes run)
{
    uint32_t sum = ~before;
    size_t at = 0;
    if (run.size >= 3 * LANE) {
        (void)pthread_once(&once_moved, fill_moved);
    }
    for (; run.size - at >= 3 * LANE; at += 3 * LANE) {
        sum = add_lanes(sum, run.at + at);
    }
    for (; run.size - at >= 8; at += 8) {
        sum = (uint32_t)add_word(sum, run.at + at);
    }
    for (; at < run.size; at++) {
        sum = __builtin_ia32_crc32qi(sum, run.at[at]);
    }
    return ~sum;
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
