/* SPDX-License-Identifier: MIT */
#include "inbox/index/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buffer packed_of(const char *text)
{
    struct buffer out = {0};
    struct signature signature = {{0}};
    signature_add(&signature, text);
    signature_pack(&signature, &out);
    return out;
}

static void what_is_in_the_text_may_be_held(void **state)
{
    (void)state;
    static const char text[] = "Hello World, your code is 4711. Gr\xc3\xbc\xc3"
                               "\x9f"
                               "e, SKY";
    struct buffer packed = packed_of(text);
    for (size_t begin = 0; begin < sizeof(text) - 1; begin++) {
        for (size_t end = begin; end < sizeof(text); end++) {
            struct bytes part = bytes_part(bytes_of(text), begin, end - begin);
            assert_true(signature_may_hold(buffer_bytes(&packed), part));
        }
    }
    assert_true(signature_may_hold(buffer_bytes(&packed), BYTES("wORLD")));
    buffer_free(&packed);
}

static void what_is_not_there_is_mostly_told(void **state)
{
    (void)state;
    struct buffer packed = packed_of("a short mail about nothing much at all");
    assert_false(signature_may_hold(buffer_bytes(&packed), BYTES("invoice")));
    assert_false(signature_may_hold(buffer_bytes(&packed), BYTES("4711")));
    assert_true(packed.size <= 64);
    buffer_free(&packed);
}

static void other_cases_of_letters_are_not_decided(void **state)
{
    (void)state;
    /* U+212A folds to k, U+017F to s. */
    struct buffer packed = packed_of("\xe2\x84\xaa"
                                     "elvin, \xc5\xbf"
                                     "aw");
    assert_true(signature_may_hold(buffer_bytes(&packed), BYTES("kelvin")));
    assert_true(signature_may_hold(buffer_bytes(&packed), BYTES("saw")));
    assert_false(signature_can_tell(BYTES("sks")));
    assert_false(signature_can_tell(BYTES("ab")));
    assert_true(signature_can_tell(BYTES("abc")));
    buffer_free(&packed);
}

static void a_large_text_fills_no_more_than_8_kb(void **state)
{
    (void)state;
    size_t size = 300000;
    char *text = malloc(size + 1);
    uint32_t seed = 1;
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1103515245U + 12345U;
        text[i] = (char)('!' + (seed >> 16) % 90);
    }
    text[size] = '\0';
    struct buffer packed = packed_of(text);
    assert_int_equal(packed.size, 8192);
    assert_true(signature_may_hold(buffer_bytes(&packed),
                                   bytes_part(bytes_of(text), 5000, 20)));
    buffer_free(&packed);
    free(text);
}

static void no_text_is_no_match(void **state)
{
    (void)state;
    struct buffer packed = packed_of(NULL);
    assert_false(signature_may_hold(buffer_bytes(&packed), BYTES("abc")));
    assert_true(signature_may_hold((struct bytes){0}, BYTES("abc")));
    buffer_free(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_the_text_may_be_held),
        cmocka_unit_test(what_is_not_there_is_mostly_told),
        cmocka_unit_test(other_cases_of_letters_are_not_decided),
        cmocka_unit_test(a_large_text_fills_no_more_than_8_kb),
        cmocka_unit_test(no_text_is_no_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
