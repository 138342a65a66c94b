/* SPDX-License-Identifier: MIT */
#include "inbox/signature.h"

#include <string.h>

#define BITS ((uint32_t)sizeof(((struct signature *)NULL)->bits) * 8)
#define FEWEST_OCTETS 32

static uint32_t fold(unsigned char octet)
{
    return octet >= 'A' && octet <= 'Z' ? octet | 0x20U : octet;
}

/* A number below BITS for three octets (a multiplicative hash). */
static uint32_t bit_of(const unsigned char *at)
{
    uint32_t three = fold(at[0]) << 16 | fold(at[1]) << 8 | fold(at[2]);
    return (three * 2654435761U) >> 16;
}

void signature_add(struct signature *signature, const char *text)
{
    struct bytes run = bytes_of(text);
    for (size_t i = 0; i + 3 <= run.size; i++) {
        uint32_t bit = bit_of(run.at + i) % BITS;
        signature->bits[bit / 8] |= (unsigned char)(1U << (bit % 8));
    }
}

static size_t count_bits(const struct signature *signature)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof(signature->bits); i++) {
        count += (size_t)__builtin_popcount(signature->bits[i]);
    }
    return count;
}

/* Halves are laid over each other while at most a quarter of the bits is set.
 */
void signature_pack(const struct signature *signature, struct buffer *out)
{
    struct signature folded = *signature;
    size_t size = sizeof(folded.bits);
    size_t wanted = count_bits(signature) / 2;
    while (size / 2 >= FEWEST_OCTETS && size / 2 >= wanted) {
        size /= 2;
        for (size_t i = 0; i < size; i++) {
            folded.bits[i] |= folded.bits[i + size];
        }
    }
    buffer_add(out, (struct bytes){folded.bits, size});
}

/* Beside ASCII there are letters that fold to k and s (U+212A, U+017F), and
 * others have cases of their own: such places say nothing. */
static bool is_plain(const unsigned char *at)
{
    for (size_t i = 0; i < 3; i++) {
        uint32_t octet = fold(at[i]);
        if (octet >= 0x80 || octet == 'k' || octet == 's') {
            return false;
        }
    }
    return true;
}

bool signature_may_hold(struct bytes packed, struct bytes text)
{
    uint32_t bits = (uint32_t)packed.size * 8;
    for (size_t i = 0; bits > 0 && i + 3 <= text.size; i++) {
        uint32_t bit = bit_of(text.at + i) % bits;
        bool is_set = (packed.at[bit / 8] & (1U << (bit % 8))) != 0;
        if (!is_set && is_plain(text.at + i)) {
            return false;
        }
    }
    return true;
}

bool signature_can_tell(struct bytes text)
{
    for (size_t i = 0; i + 3 <= text.size; i++) {
        if (is_plain(text.at + i)) {
            return true;
        }
    }
    return false;
}
