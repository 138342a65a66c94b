/* SPDX-License-Identifier: MIT */
#include "inbox/index/signature.h"

#include <stdint.h>
#include <string.h>

#define BITS ((uint32_t)sizeof(((struct signature *)NULL)->bits) * 8)
#define FEWEST_OCTETS 32

/* Without a branch: this is done for every octet of every text. */
static uint32_t fold(unsigned char octet)
{
    return octet | (uint32_t)((unsigned)octet - 'A' < 26) << 5;
}

/* A number below BITS for three folded octets (a multiplicative hash). */
static uint32_t hash(uint32_t three)
{
    return (three * 2654435761U) >> 16;
}

static uint32_t bit_of(const unsigned char *at)
{
    return hash(fold(at[0]) << 16 | fold(at[1]) << 8 | fold(at[2]));
}

void signature_add(struct signature *signature, const char *text)
{
    struct bytes run = bytes_of(text);
    uint32_t three = 0;
    for (size_t i = 0; i < 2 && i < run.size; i++) {
        three = three << 8 | fold(run.at[i]);
    }
    for (size_t i = 2; i < run.size; i++) {
        three = (three << 8 | fold(run.at[i])) & 0xffffff;
        uint32_t bit = hash(three) % BITS;
        signature->bits[bit / 8] |= (unsigned char)(1U << (bit % 8));
    }
}

/* Bit by bit: an ordinary mail sets few hundred of them. */
static size_t count_bits(const struct signature *signature)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof(signature->bits); i += 8) {
        uint64_t word = 0;
        memcpy(&word, signature->bits + i, sizeof(word));
        for (; word != 0; word &= word - 1) {
            count++;
        }
    }
    return count;
}

/* The first `size` octets of `from`, and as many behind them, in one row. */
static void lay_over(unsigned char *to, const unsigned char *from, size_t size)
{
    for (size_t i = 0; i < size; i += 8) {
        uint64_t one = 0;
        uint64_t other = 0;
        memcpy(&one, from + i, sizeof(one));
        memcpy(&other, from + size + i, sizeof(other));
        one |= other;
        memcpy(to + i, &one, sizeof(one));
    }
}

/* Halves are laid over each other while the bits that are set would be less
 * than half of it; as some fall together that is a third. A word of six letters
 * is then looked for in vain in one text of a hundred. At a quarter it would be
 * one of two hundred and fifty, and a message would take 190 octets more. */
void signature_pack(const struct signature *signature, struct buffer *out)
{
    struct signature folded;
    const unsigned char *from = signature->bits;
    size_t size = sizeof(folded.bits);
    size_t wanted = count_bits(signature) * 2 / 7;
    while (size / 2 >= FEWEST_OCTETS && size / 2 >= wanted) {
        size /= 2;
        lay_over(folded.bits, from, size);
        from = folded.bits;
    }
    buffer_add(out, (struct bytes){from, size});
}

/* Beside ASCII there are letters that fold to k and s (U+212A, U+017F), and
 * others have cases of their own; a blank is any white space: such places say
 * nothing. */
static bool is_plain(const unsigned char *at)
{
    for (size_t i = 0; i < 3; i++) {
        uint32_t octet = fold(at[i]);
        if (octet >= 0x80 || octet == 'k' || octet == 's' || octet <= ' ') {
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
