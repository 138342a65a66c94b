/* SPDX-License-Identifier: MIT */
#include "inbox/base/pack.h"

void pack_signed(struct buffer *out, int64_t number)
{
    uint64_t bits = (uint64_t)number << 1;
    pack_number(out, number < 0 ? ~bits : bits);
}

void pack_text(struct buffer *out, const char *text)
{
    if (text == NULL) {
        pack_number(out, 0);
        return;
    }
    struct bytes run = bytes_of(text);
    pack_number(out, (uint64_t)run.size + 1);
    buffer_add(out, run);
}

void unpack_give_up(struct unpack *from)
{
    from->rest = (struct bytes){0};
    from->is_broken = true;
}

struct bytes unpack_octets(struct unpack *from, uint64_t size)
{
    struct bytes octets = {0};
    if (size > from->rest.size) {
        unpack_give_up(from);
        return octets;
    }
    octets = bytes_part(from->rest, 0, (size_t)size);
    from->rest = bytes_part(from->rest, (size_t)size, SIZE_MAX);
    return octets;
}

unsigned char unpack_octet(struct unpack *from)
{
    struct bytes octet = unpack_octets(from, 1);
    return octet.size == 0 ? 0 : octet.at[0];
}

uint64_t unpack_number(struct unpack *from)
{
    uint64_t number = 0;
    for (size_t i = 0; i < 10 && i < from->rest.size; i++) {
        unsigned char octet = from->rest.at[i];
        number |= (uint64_t)(octet & 0x7f) << (7 * i);
        if ((octet & 0x80) == 0) {
            from->rest = bytes_part(from->rest, i + 1, SIZE_MAX);
            return number;
        }
    }
    unpack_give_up(from);
    return 0;
}

int64_t unpack_signed(struct unpack *from)
{
    uint64_t bits = unpack_number(from);
    uint64_t half = bits >> 1;
    return (int64_t)((bits & 1) != 0 ? ~half : half);
}

char *unpack_text(struct unpack *from, struct arena *arena)
{
    uint64_t size = unpack_number(from);
    if (size == 0) {
        return NULL;
    }
    struct bytes octets = unpack_octets(from, size - 1);
    return from->is_broken ? NULL : arena_text(arena, octets);
}

size_t unpack_count(struct unpack *from)
{
    uint64_t count = unpack_number(from);
    if (count > from->rest.size) {
        unpack_give_up(from);
        return 0;
    }
    return (size_t)count;
}

void pack_u32(unsigned char at[4], uint32_t number)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (unsigned char)(number >> (8 * i));
    }
}

void pack_u64(unsigned char at[8], uint64_t number)
{
    pack_u32(at, (uint32_t)number);
    pack_u32(at + 4, (uint32_t)(number >> 32));
}

uint32_t unpack_u32(const unsigned char at[4])
{
    uint32_t number = 0;
    for (int i = 0; i < 4; i++) {
        number |= (uint32_t)at[i] << (8 * i);
    }
    return number;
}

uint64_t unpack_u64(const unsigned char at[8])
{
    return unpack_u32(at) | (uint64_t)unpack_u32(at + 4) << 32;
}
