/* SPDX-License-Identifier: MIT */
#ifndef INBOX_BASE_BYTES_H
#define INBOX_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run of octets that somebody else owns. NUL octets are ordinary. */
struct bytes {
    const unsigned char *at;
    size_t size;
};

/* A string literal as bytes. */
#define BYTES(literal) \
    ((struct bytes){(const unsigned char *)(literal), sizeof(literal) - 1})

/* The octets of `text` up to its NUL; NULL gives no octets. */
struct bytes bytes_of(const char *text);

/* At most `size` octets of `run` from `offset` on; what lies outside is left
 * out. */
struct bytes bytes_part(struct bytes run, size_t offset, size_t size);

/* Are both runs the same octets? */
bool bytes_equal(struct bytes one, struct bytes other);

/* The same, where ASCII letters of either case are equal. */
bool bytes_equal_nocase(struct bytes one, struct bytes other);

/* Does `run` begin with `start` (ASCII case ignored)? */
bool bytes_start_nocase(struct bytes run, struct bytes start);

/* A run of octets that grows and is owned. {0} is empty and ready. */
struct buffer {
    unsigned char *at;
    size_t size;
    size_t capacity;
};

/* Appends `run` to `buffer`. */
void buffer_add(struct buffer *buffer, struct bytes run);

/* Appends one octet. */
void buffer_add_byte(struct buffer *buffer, unsigned char octet);

/* Appends formatted text (printf's rules), without a NUL. */
void buffer_print(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Makes room for `size` further octets and returns where they go; the caller
 * adds to buffer->size what it wrote. */
unsigned char *buffer_room(struct buffer *buffer, size_t size);

/* Removes the first `size` octets (all, when there are fewer). */
void buffer_drop(struct buffer *buffer, size_t size);

/* The octets held now; valid until the next change. */
struct bytes buffer_bytes(const struct buffer *buffer);

/* Frees what is held and makes the buffer empty and ready again. */
void buffer_free(struct buffer *buffer);

#endif
