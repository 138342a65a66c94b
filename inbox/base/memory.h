/* SPDX-License-Identifier: MIT */
#ifndef INBOX_BASE_MEMORY_H
#define INBOX_BASE_MEMORY_H

#include <stddef.h>

#include "inbox/base/bytes.h"

/* Allocation that cannot fail: out of memory ends the program with one line.
 * What a peer can make grow is bounded elsewhere, by options. */

/* Ends the program as these do: for a library that could not allocate. */
_Noreturn void memory_out(void);

/* `size` zeroed octets; freed with free(). */
void *memory_new(size_t size);

/* `memory` made `size` octets large (contents kept); freed with free(). */
void *memory_resize(void *memory, size_t size);

/* A copy of `text` with its NUL; NULL gives NULL. Freed with free(). */
char *memory_text(const char *text);

/* A copy of `run` with a NUL behind it; freed with free(). */
char *memory_copy(struct bytes run);

/* Formatted text (printf's rules); freed with free(). */
char *memory_print(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* A lifetime: everything taken from an arena goes with it. {0} is ready. */
struct arena {
    struct arena_block *blocks;
};

/* `size` zeroed octets, aligned for any type, until arena_free(). */
void *arena_new(struct arena *arena, size_t size);

/* A copy of `run` with a NUL behind it. */
char *arena_text(struct arena *arena, struct bytes run);

/* A copy of `run`. */
struct bytes arena_bytes(struct arena *arena, struct bytes run);

/* Formatted text (printf's rules). */
char *arena_print(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Frees all of it; the arena is ready again. */
void arena_free(struct arena *arena);

#endif
