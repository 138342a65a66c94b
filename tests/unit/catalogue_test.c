/* SPDX-License-Identifier: MIT */
#include "inbox/diagnosis/catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void rows_are_ordered_by_id_and_complete(void **state)
{
    size_t count;
    const struct diagnosis_check *checks = diagnosis_checks(&count);

    (void)state;
    assert_int_equal(count, 261);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || strcmp(checks[i - 1].id, checks[i].id) < 0);
        assert_true(checks[i].title[0] && checks[i].source[0] &&
                    checks[i].fix[0] && checks[i].group[0]);
        assert_ptr_equal(diagnosis_find(checks[i].id), &checks[i]);
    }
}

static void an_id_that_is_none_is_not_found(void **state)
{
    (void)state;
    assert_null(diagnosis_find("data-bare"));
    assert_null(diagnosis_find(""));
}

static void severities_are_the_words_of_the_api(void **state)
{
    (void)state;
    assert_string_equal(
        diagnosis_word(diagnosis_find("data-bare-lf")->severity), "error");
    assert_string_equal(
        diagnosis_word(diagnosis_find("conn-no-quit")->severity), "warning");
    assert_string_equal(
        diagnosis_word(diagnosis_find("conn-no-command")->severity), "info");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_ordered_by_id_and_complete),
        cmocka_unit_test(an_id_that_is_none_is_not_found),
        cmocka_unit_test(severities_are_the_words_of_the_api),
    };

    return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
