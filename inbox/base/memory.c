/* SPDX-License-Identifier: MIT */
#include "inbox/base/memory.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* First blocks are small since most requests need little, and since malloc()
 * keeps up to 1032 octets at hand for each thread; later ones grow. */
#define BLOCK_MIN 1000
#define BLOCK_MAX 64000
#define SMALL_MAX 1032

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char octets[];
};

void memory_out(void)
{
    (void)fputs("mailscope: out of memory\n", stderr);
    abort();
}

static void *checked(void *memory)
{
    if (memory == NULL) {
        memory_out();
    }
    return memory;
}

/* calloc() passes by what malloc() keeps at hand. */
void *memory_new(size_t size)
{
    if (size > SMALL_MAX) {
        return checked(calloc(1, size));
    }
    return memset(checked(malloc(size == 0 ? 1 : size)), 0, size);
}

void *memory_resize(void *memory, size_t size)
{
    return checked(realloc(memory, size == 0 ? 1 : size));
}

char *memory_text(const char *text)
{
    return text == NULL ? NULL : checked(strdup(text));
}

char *memory_copy(struct bytes run)
{
    char *text = checked(malloc(run.size + 1));
    if (run.size > 0) {
        memcpy(text, run.at, run.size);
    }
    text[run.size] = '\0';
    return text;
}

char *memory_print(const char *format, ...)
{
    char *text = NULL;
    va_list values;
    va_start(values, format);
    int length = vasprintf(&text, format, values);
    va_end(values);
    return checked(length < 0 ? NULL : text);
}

static struct arena_block *block_new(struct arena *arena, size_t size)
{
    size_t room = BLOCK_MIN;
    if (arena->blocks != NULL) {
        room = arena->blocks->size * 2;
        room = room > BLOCK_MAX ? BLOCK_MAX : room;
    }
    room = room < size ? size : room;
    struct arena_block *block = checked(malloc(sizeof(*block) + room));
    block->used = 0;
    block->size = room;
    /* A large piece of its own goes second: the first still has room. */
    if (arena->blocks != NULL && size > BLOCK_MAX / 4) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
        return block;
    }
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

static void *arena_take(struct arena *arena, size_t size)
{
    const size_t step = alignof(max_align_t);
    size_t rounded = (size + step - 1) / step * step;
    if (rounded < size) {
        (void)checked(NULL);
    }
    struct arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < rounded) {
        block = block_new(arena, rounded);
    }
    void *memory = block->octets + block->used;
    block->used += rounded;
    return memory;
}

void *arena_new(struct arena *arena, size_t size)
{
    size_t wanted = size == 0 ? 1 : size;
    return memset(arena_take(arena, wanted), 0, wanted);
}

char *arena_text(struct arena *arena, struct bytes run)
{
    char *text = arena_take(arena, run.size + 1);
    if (run.size > 0) {
        memcpy(text, run.at, run.size);
    }
    text[run.size] = '\0';
    return text;
}

struct bytes arena_bytes(struct arena *arena, struct bytes run)
{
    return (struct bytes){(unsigned char *)arena_text(arena, run), run.size};
}

char *arena_print(struct arena *arena, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    va_list again;
    va_copy(again, values);
    int length = vsnprintf(NULL, 0, format, values);
    va_end(values);
    size_t size = length < 0 ? 1 : (size_t)length + 1;
    char *text = arena_take(arena, size);
    text[0] = '\0';
    (void)vsnprintf(text, size, format, again);
    va_end(again);
    return text;
}

void arena_free(struct arena *arena)
{
    struct arena_block *block = arena->blocks;
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    arena->blocks = NULL;
}
