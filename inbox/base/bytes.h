/* SPDX-License-Identifier: MIT */
#ifndef INBOX_BASE_BYTES_H
#define INBOX_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What is small and called for every line of every mail stands here whole, so
 * that no call is left of it. */

/* A run of octets that somebody else owns. NUL octets are ordinary. */
struct bytes {
    const unsigned char *at;
    size_t size;
};

/* Where octets may be put. */
struct room {
    unsigned char *at;
    size_t size;
};

/* A string literal as bytes. */
#define BYTES(literal) \
    ((struct bytes){(const unsigned char *)(literal), sizeof(literal) - 1})

/* The octets of `text` up to its NUL; NULL gives no octets. */
static inline struct bytes bytes_of(const char *text)
{
    return text == NULL
               ? (struct bytes){0}
               : (struct bytes){(const unsigned char *)text, strlen(text)};
}

/* At most `size` octets of `run` from `offset` on; what lies outside is left
 * out. */
static inline struct bytes bytes_part(struct bytes run, size_t offset,
                                      size_t size)
{
    if (offset >= run.size) {
        return (struct bytes){0};
    }
    size_t rest = run.size - offset;
    return (struct bytes){run.at + offset, size < rest ? size : rest};
}

/* Are both runs the same octets? */
static inline bool bytes_equal(struct bytes one, struct bytes other)
{
    return one.size == other.size &&
           (one.size == 0 || memcmp(one.at, other.at, one.size) == 0);
}

/* The same, where ASCII letters of either case are equal. */
bool bytes_equal_nocase(struct bytes one, struct bytes other);

/* Does `run` begin with `start` (ASCII case ignored)? */
bool bytes_start_nocase(struct bytes run, struct bytes start);

/* Copies `text` (NULL is like "") with its NUL into `to`, cut where `room`
 * ends. */
static inline void text_copy(char *to, size_t room, const char *text)
{
    size_t size = text == NULL ? 0 : strnlen(text, room - 1);
    memcpy(to, size == 0 ? "" : text, size);
    to[size] = '\0';
}

/* A run of octets that grows and is owned. {0} is empty and ready. */
struct buffer {
    unsigned char *at;
    size_t size;
    size_t capacity;
};

/* The same as buffer_room() when there is too little of it. */
unsigned char *buffer_grow(struct buffer *buffer, size_t size);

/* Makes room for `size` further octets and returns where they go; the caller
 * adds to buffer->size what it wrote. */
static inline unsigned char *buffer_room(struct buffer *buffer, size_t size)
{
    return buffer->capacity - buffer->size < size || buffer->at == NULL
               ? buffer_grow(buffer, size)
               : buffer->at + buffer->size;
}

/* Appends `run` to `buffer`. */
static inline void buffer_add(struct buffer *buffer, struct bytes run)
{
    if (run.size > 0) {
        memcpy(buffer_room(buffer, run.size), run.at, run.size);
        buffer->size += run.size;
    }
}

/* Appends one octet. */
static inline void buffer_add_byte(struct buffer *buffer, unsigned char octet)
{
    *buffer_room(buffer, 1) = octet;
    buffer->size++;
}

/* Writes `number` in decimal, at most 20 octets and no NUL. Returns behind
 * it. Replies have numbers, and printf() costs more than all of a reply. */
unsigned char *text_number(unsigned char *at, uint64_t number);

/* Appends `number` in decimal. */
void buffer_add_number(struct buffer *buffer, uint64_t number);

/* Appends formatted text (printf's rules), without a NUL. */
void buffer_print(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Removes the first `size` octets (all, when there are fewer). */
void buffer_drop(struct buffer *buffer, size_t size);

/* The octets held now; valid until the next change. */
static inline struct bytes buffer_bytes(const struct buffer *buffer)
{
    return (struct bytes){buffer->at, buffer->size};
}

/* Frees what is held and makes the buffer empty and ready again. */
void buffer_free(struct buffer *buffer);

#endif
