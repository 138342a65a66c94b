/* SPDX-License-Identifier: MIT */
#include "inbox/base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"

#define SHORT_PRINT 64

/* Not tolower(): the locale must have no say (RFC 5321 2.4 means ASCII). */
static unsigned char lower(unsigned char octet)
{
    return octet >= 'A' && octet <= 'Z' ? (unsigned char)(octet | 0x20) : octet;
}

bool bytes_equal_nocase(struct bytes one, struct bytes other)
{
    return one.size == other.size && bytes_start_nocase(one, other);
}

bool bytes_start_nocase(struct bytes run, struct bytes start)
{
    if (run.size < start.size) {
        return false;
    }
    for (size_t i = 0; i < start.size; i++) {
        if (lower(run.at[i]) != lower(start.at[i])) {
            return false;
        }
    }
    return true;
}

unsigned char *buffer_grow(struct buffer *buffer, size_t size)
{
    size_t wanted = buffer->size + size;
    /* Small ones are many and stay, such as an idle connection's: they grow by
     * half. */
    size_t capacity = buffer->capacity < 32     ? 64
                      : buffer->capacity < 4096 ? buffer->capacity * 3 / 2
                                                : buffer->capacity * 2;
    buffer->capacity = capacity < wanted ? wanted : capacity;
    buffer->at = memory_resize(buffer->at, buffer->capacity);
    return buffer->at + buffer->size;
}

#define DIGITS_MOST 20

unsigned char *text_number(unsigned char *at, uint64_t number)
{
    unsigned char digits[DIGITS_MOST];
    size_t first = DIGITS_MOST;
    do {
        digits[--first] = (unsigned char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    memcpy(at, digits + first, DIGITS_MOST - first);
    return at + DIGITS_MOST - first;
}

void buffer_add_number(struct buffer *buffer, uint64_t number)
{
    const unsigned char *end =
        text_number(buffer_room(buffer, DIGITS_MOST), number);
    buffer->size = (size_t)(end - buffer->at);
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    va_list again;
    va_copy(again, values);
    /* Most of what is printed is short: the first try nearly always fits. */
    size_t room = buffer->capacity - buffer->size;
    unsigned char *at = room < SHORT_PRINT ? buffer_room(buffer, SHORT_PRINT)
                                           : buffer->at + buffer->size;
    room = buffer->capacity - buffer->size;
    int length = vsnprintf((char *)at, room, format, values);
    va_end(values);
    if (length > 0) {
        size_t size = (size_t)length;
        if (size >= room) {
            at = buffer_room(buffer, size + 1);
            (void)vsnprintf((char *)at, size + 1, format, again);
        }
        buffer->size += size;
    }
    va_end(again);
}

void buffer_drop(struct buffer *buffer, size_t size)
{
    if (size >= buffer->size) {
        buffer->size = 0;
        return;
    }
    if (size == 0) {
        return;
    }
    memmove(buffer->at, buffer->at + size, buffer->size - size);
    buffer->size -= size;
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->at);
    *buffer = (struct buffer){0};
}
