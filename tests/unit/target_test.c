/* SPDX-License-Identifier: MIT */
#include "webui/http/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "inbox/base/bytes.h"

/* "a|b ? x=1 y=" or the reason. */
static const char *shown(const char *text, struct arena *arena)
{
    struct target target;
    const char *why;
    struct buffer out = {0};

    if (target_read(text, arena, &target, &why) != 0) {
        return "wrong";
    }
    for (size_t i = 0; i < target.segment_count; i++) {
        buffer_print(&out, "%s%s", i == 0 ? "" : "|", target.segments[i]);
    }
    for (size_t i = 0; i < target.param_count; i++) {
        buffer_print(&out, " %s=%s", target.params[i].name,
                     target.params[i].value);
    }
    const char *shown_text = arena_text(arena, buffer_bytes(&out));
    buffer_free(&out);
    return shown_text;
}

static void targets_are_split_before_they_are_decoded(void **state)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"/", ""},
        {"/api/info", "api|info"},
        {"/api/", "api|"},
        {"/api//info", "api||info"},
        {"/a%2Fb", "a/b"},
        {"/%2e%2e/x", "..|x"},
        {"/a+b", "a+b"},
        {"/x?q=a+b&limit=5", "x q=a b limit=5"},
        {"/x?q=a%2Bb%26c", "x q=a+b&c"},
        {"/x?q", "x q="},
        {"/x?q=a=b", "x q=a=b"},
        {"/x?&&q=1&", "x q=1"},
        {"/x?%C3%A9=%c3%a9", "x \xc3\xa9=\xc3\xa9"},
        {"/x?a?b=1", "x a?b=1"},
        {"api", "wrong"},
        {"*", "wrong"},
        {"http://127.0.0.1/x", "wrong"},
        {"/%", "wrong"},
        {"/%4", "wrong"},
        {"/%zz", "wrong"},
        {"/%00", "wrong"},
        {"/x?q=%00", "wrong"},
        {"/1/2/3/4/5/6/7/8/9/10/11/12/13", "wrong"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = {0};
        assert_string_equal(shown(rows[i].text, &arena), rows[i].want);
        arena_free(&arena);
    }
}

static void too_many_parameters_are_refused(void **state)
{
    struct arena arena = {0};
    struct buffer text = {0};

    (void)state;
    buffer_print(&text, "/x?");
    for (int i = 0; i < 1000; i++) {
        buffer_print(&text, "a%d=1&", i);
    }
    buffer_add_byte(&text, '\0');
    assert_string_equal(shown((const char *)text.at, &arena), "wrong");
    buffer_free(&text);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_split_before_they_are_decoded),
        cmocka_unit_test(too_many_parameters_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
