/* SPDX-License-Identifier: MIT */
#include "server/smtp/lines.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Nearly all octets of all mail are in such lines, so this decides what a
 * large message costs: sixteen octets are looked at together. */

#define LINE_MIN_OCTETS 2
#define LINE_MAX_OCTETS 998

static bool is_plain(unsigned char octet, bool is_8bit)
{
    return (octet >= 0x20 && (octet < 0x80 || is_8bit)) || octet == '\t';
}

#ifdef __SSE2__
/* The place of the first octet from `i` on that is not plain, or one after
 * which fewer than sixteen octets are left. */
static size_t skip_sixteens(struct bytes input, size_t i, bool is_8bit)
{
    const __m128i space = _mm_set1_epi8(0x20);
    const __m128i tab = _mm_set1_epi8('\t');
    for (; input.size - i >= 16; i += 16) {
        __m128i octets = _mm_loadu_si128((const void *)(input.at + i));
        /* The larger of octet and space is the octet: no control character. */
        __m128i plain =
            _mm_or_si128(_mm_cmpeq_epi8(_mm_max_epu8(octets, space), octets),
                         _mm_cmpeq_epi8(octets, tab));
        unsigned odd = (unsigned)_mm_movemask_epi8(plain) ^ 0xffffU;
        if (!is_8bit) {
            odd |= (unsigned)_mm_movemask_epi8(octets);
        }
        if (odd != 0) {
            return i + (unsigned)__builtin_ctz(odd);
        }
    }
    return i;
}
#else
static size_t skip_sixteens(struct bytes input, size_t i, bool is_8bit)
{
    (void)input;
    (void)is_8bit;
    return i;
}
#endif

size_t lines_pass(struct bytes input, bool is_8bit)
{
    size_t start = 0;
    while (start < input.size && input.at[start] != '.') {
        size_t end = skip_sixteens(input, start, is_8bit);
        while (end < input.size && is_plain(input.at[end], is_8bit)) {
            end++;
        }
        size_t octets = end - start;
        if (input.size - end < 2 || input.at[end] != '\r' ||
            input.at[end + 1] != '\n' || octets < LINE_MIN_OCTETS ||
            octets > LINE_MAX_OCTETS) {
            return start;
        }
        start = end + 2;
    }
    return start;
}
