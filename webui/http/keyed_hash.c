/* SPDX-License-Identifier: MIT */
#include "webui/http/keyed_hash.h"

#include <assert.h>
#include <sys/random.h>

struct hash_key hash_key_new(void)
{
    struct hash_key key;
    ssize_t got = getrandom(&key, sizeof key, 0);

    assert(got == (ssize_t)sizeof key);
    (void)got;
    return key;
}

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void mix(uint64_t v[4], unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

/* At most 8 octets from `at` as a little-endian word. */
static uint64_t word_at(struct bytes run, size_t at)
{
    uint64_t word = 0;

    for (size_t i = 0; i < 8 && at + i < run.size; i++) {
        word |= (uint64_t)run.at[at + i] << (8 * i);
    }
    return word;
}

struct hash_value hash_of(struct hash_key key, struct bytes run)
{
    uint64_t v[4] = {
        key.words[0] ^ 0x736f6d6570736575U, key.words[1] ^ 0x646f72616e646f6dU,
        key.words[0] ^ 0x6c7967656e657261U, key.words[1] ^ 0x7465646279746573U};
    struct hash_value value;

    v[1] ^= 0xee; /* what makes it the 128-bit variant */
    size_t at = 0;
    for (; at + 8 <= run.size; at += 8) {
        uint64_t word = word_at(run, at);
        v[3] ^= word;
        mix(v, 2);
        v[0] ^= word;
    }
    uint64_t last = word_at(run, at) | (uint64_t)run.size << 56;
    v[3] ^= last;
    mix(v, 2);
    v[0] ^= last;
    v[2] ^= 0xee;
    mix(v, 4);
    value.words[0] = v[0] ^ v[1] ^ v[2] ^ v[3];
    v[1] ^= 0xdd;
    mix(v, 4);
    value.words[1] = v[0] ^ v[1] ^ v[2] ^ v[3];
    return value;
}

bool hash_equal(struct hash_value one, struct hash_value other)
{
    volatile uint64_t differs =
        (one.words[0] ^ other.words[0]) | (one.words[1] ^ other.words[1]);

    return differs == 0;
}
