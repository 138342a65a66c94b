/* SPDX-License-Identifier: MIT */
#ifndef INBOX_BASE_PACK_H
#define INBOX_BASE_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/base/memory.h"

/* Values packed one behind the other: numbers in seven-bit groups, texts with
 * their length. What journal records, index rows and transcripts are made of. */

#define PACK_NUMBER_MOST 10

/* Writes a number at `at`, where PACK_NUMBER_MOST octets fit: 1 octet below
 * 128. Returns its end. */
static inline unsigned char *pack_number_at(unsigned char *at, uint64_t number)
{
    while (number >= 0x80) {
        *at++ = (unsigned char)(number | 0x80);
        number >>= 7;
    }
    *at++ = (unsigned char)number;
    return at;
}

/* Appends a number. */
static inline void pack_number(struct buffer *out, uint64_t number)
{
    unsigned char *at = buffer_room(out, PACK_NUMBER_MOST);
    out->size += (size_t)(pack_number_at(at, number) - at);
}

/* Appends a signed number; small ones of either sign are short. */
void pack_signed(struct buffer *out, int64_t number);

/* Appends a text; NULL is kept apart from "". */
void pack_text(struct buffer *out, const char *text);

/* Octets that are read from the front. Once something was missing or wrong
 * every further read gives nothing and `is_broken` stays. */
struct unpack {
    struct bytes rest;
    bool is_broken;
};

/* The next octet; 0 when broken. */
unsigned char unpack_octet(struct unpack *from);

/* The next `size` octets, where they are; nothing when broken. */
struct bytes unpack_octets(struct unpack *from, uint64_t size);

/* Nothing more can be believed: every further read gives nothing. */
void unpack_give_up(struct unpack *from);

/* The next number; 0 when broken. */
uint64_t unpack_number(struct unpack *from);

/* The next signed number; 0 when broken. */
int64_t unpack_signed(struct unpack *from);

/* The next text, copied to `arena`; NULL was packed as NULL, or broken. */
char *unpack_text(struct unpack *from, struct arena *arena);

/* How many things follow: a number that is no larger than the octets left, so
 * that damage cannot ask for memory; 0 when broken. */
size_t unpack_count(struct unpack *from);

/* Writes `number` at `at` in 4 or 8 octets, lowest first. */
void pack_u32(unsigned char at[4], uint32_t number);
void pack_u64(unsigned char at[8], uint64_t number);

/* Reads what pack_u32() and pack_u64() wrote. */
uint32_t unpack_u32(const unsigned char at[4]);
uint64_t unpack_u64(const unsigned char at[8]);

#endif
