/* SPDX-License-Identifier: MIT */
#include "inbox/base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void what_an_arena_gives_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena = {0};
    unsigned char *last = NULL;
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *at = arena_new(&arena, size);
        assert_int_equal((uintptr_t)at % sizeof(void *), 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(at[i], 0);
        }
        memset(at, 0xff, size);
        assert_ptr_not_equal(at, last);
        last = at;
    }
    arena_free(&arena);
    assert_null(arena.blocks);
}

static void copies_end_with_a_nul_and_survive_large_neighbours(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *small = arena_text(&arena, BYTES("a\0b"));
    struct bytes large = {arena_new(&arena, 1000000), 1000000};
    struct bytes copy = arena_bytes(&arena, large);
    char *text = arena_print(&arena, "%d of %s", 3, "many");
    assert_memory_equal(small, "a\0b", 4);
    assert_true(bytes_equal(copy, large));
    assert_string_equal(text, "3 of many");
    arena_free(&arena);
}

static void text_of_nothing_is_nothing(void **state)
{
    (void)state;
    assert_null(memory_text(NULL));
    char *text = memory_text("here");
    text = memory_resize(text, 100);
    assert_string_equal(text, "here");
    free(text);
}

static void copies_end_in_nul(void **state)
{
    (void)state;
    char *copy = memory_copy(BYTES("a\0b"));
    char *none = memory_copy((struct bytes){NULL, 0});
    char *printed = memory_print("%s-%d", "x", 7);
    assert_memory_equal(copy, "a\0b", 4);
    assert_string_equal(none, "");
    assert_string_equal(printed, "x-7");
    free(copy);
    free(none);
    free(printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_end_in_nul),
        cmocka_unit_test(what_an_arena_gives_is_zeroed_aligned_and_apart),
        cmocka_unit_test(copies_end_with_a_nul_and_survive_large_neighbours),
        cmocka_unit_test(text_of_nothing_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
