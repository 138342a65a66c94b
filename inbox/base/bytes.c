/* SPDX-License-Identifier: MIT */
#include "inbox/base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"

#define SHORT_PRINT 64

struct bytes bytes_of(const char *text)
{
    if (text == NULL) {
        return (struct bytes){0};
    }
    return (struct bytes){(const unsigned char *)text, strlen(text)};
}

struct bytes bytes_part(struct bytes run, size_t offset, size_t size)
{
    if (offset >= run.size) {
        return (struct bytes){0};
    }
    size_t rest = run.size - offset;
    return (struct bytes){run.at + offset, size < rest ? size : rest};
}

bool bytes_equal(struct bytes one, struct bytes other)
{
    return one.size == other.size &&
           (one.size == 0 || memcmp(one.at, other.at, one.size) == 0);
}

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

unsigned char *buffer_room(struct buffer *buffer, size_t size)
{
    if (buffer->capacity - buffer->size < size) {
        size_t wanted = buffer->size + size;
        /* Small ones are many and stay, such as an idle connection's: they
         * grow by half. */
        size_t capacity = buffer->capacity < 32     ? 64
                          : buffer->capacity < 4096 ? buffer->capacity * 3 / 2
                                                    : buffer->capacity * 2;
        buffer->capacity = capacity < wanted ? wanted : capacity;
        buffer->at = memory_resize(buffer->at, buffer->capacity);
    }
    return buffer->at + buffer->size;
}

void buffer_add(struct buffer *buffer, struct bytes run)
{
    if (run.size == 0) {
        return;
    }
    memcpy(buffer_room(buffer, run.size), run.at, run.size);
    buffer->size += run.size;
}

void buffer_add_byte(struct buffer *buffer, unsigned char octet)
{
    *buffer_room(buffer, 1) = octet;
    buffer->size++;
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

struct bytes buffer_bytes(const struct buffer *buffer)
{
    return (struct bytes){buffer->at, buffer->size};
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->at);
    *buffer = (struct buffer){0};
}
