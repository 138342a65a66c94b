/* SPDX-License-Identifier: MIT */
#include "server/smtp/params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    enum smtp_verb verb;
    const char *text;
    enum param_judgement want;
} values[] = {
    {SMTP_VERB_MAIL, "SIZE=0", PARAM_FINE},
    {SMTP_VERB_MAIL, "size=18446744073709551616", PARAM_FINE},
    {SMTP_VERB_MAIL, "SIZE=", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "SIZE=1k", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "SIZE", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "BODY=8bitmime", PARAM_FINE},
    {SMTP_VERB_MAIL, "BODY=8", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "SMTPUTF8", PARAM_FINE},
    {SMTP_VERB_MAIL, "SMTPUTF8=1", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "AUTH=<>", PARAM_FINE},
    {SMTP_VERB_MAIL, "AUTH=a+3Db", PARAM_FINE},
    {SMTP_VERB_MAIL, "AUTH=a=b", PARAM_BAD_XTEXT},
    {SMTP_VERB_MAIL, "ENVID=", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "ENVID=a+", PARAM_BAD_XTEXT},
    {SMTP_VERB_MAIL, "ENVID=a+4", PARAM_BAD_XTEXT},
    {SMTP_VERB_MAIL, "RET=BODY", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "BY=120;R", PARAM_FINE},
    {SMTP_VERB_MAIL, "BY=+120;rt", PARAM_FINE},
    {SMTP_VERB_MAIL, "BY=0;N", PARAM_FINE},
    {SMTP_VERB_MAIL, "BY=0;R", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "BY=;R", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "BY=120", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "HOLDFOR=999999999", PARAM_FINE},
    {SMTP_VERB_MAIL, "HOLDFOR=1000000000", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "HOLDUNTIL=2030-01-01T00:00:00Z", PARAM_FINE},
    {SMTP_VERB_MAIL, "HOLDUNTIL=2030-01-01", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "MT-PRIORITY=9", PARAM_FINE},
    {SMTP_VERB_MAIL, "MT-PRIORITY=-10", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "MTRK=YWJj:0", PARAM_FINE},
    {SMTP_VERB_MAIL, "MTRK=", PARAM_BAD_VALUE},
    {SMTP_VERB_MAIL, "NOTIFY=NEVER", PARAM_UNKNOWN},
    {SMTP_VERB_RCPT, "NOTIFY=SUCCESS,DELAY", PARAM_FINE},
    {SMTP_VERB_RCPT, "NOTIFY=SUCCESS,", PARAM_BAD_VALUE},
    {SMTP_VERB_RCPT, "NOTIFY=NEVER,NEVER", PARAM_BAD_VALUE},
    {SMTP_VERB_RCPT, "ORCPT=rfc822;a@b.test", PARAM_FINE},
    {SMTP_VERB_RCPT, "ORCPT=;a", PARAM_BAD_VALUE},
    {SMTP_VERB_RCPT, "ORCPT=rfc822;a b", PARAM_BAD_XTEXT},
    {SMTP_VERB_RCPT, "ORCPT=utf-8;\xc3\xa9", PARAM_FINE},
    {SMTP_VERB_RCPT, "RRVS=2014-04-03T23:01:00Z;r", PARAM_FINE},
    {SMTP_VERB_RCPT, "RRVS=2014-04-03T23:01:00Z;X", PARAM_BAD_VALUE},
};

static void values_are_judged_by_their_grammar(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct bytes text = bytes_of(values[i].text);
        const unsigned char *sign = memchr(text.at, '=', text.size);
        size_t size = sign == NULL ? text.size : (size_t)(sign - text.at);
        struct smtp_param param = {
            .keyword = bytes_part(text, 0, size),
            .value = bytes_part(text, size + 1, text.size),
            .has_value = sign != NULL,
        };
        enum param_judgement got =
            param_judge(param_find(param.keyword, values[i].verb), &param);
        if (got != values[i].want) {
            fail_msg("%s: %d, not %d", values[i].text, got, values[i].want);
        }
    }
}

static void parameters_are_split_at_spaces(void **state)
{
    struct smtp_param params[PARAM_MAX];
    (void)state;
    assert_int_equal(param_split(BYTES("SIZE=1  SMTPUTF8 X=a=b "), params), 3);
    assert_true(bytes_equal(params[0].value, BYTES("1")));
    assert_false(params[1].has_value);
    assert_true(bytes_equal(params[2].value, BYTES("a=b")));
    assert_int_equal(param_split((struct bytes){0}, params), 0);
}

static void too_many_parameters_are_refused(void **state)
{
    struct smtp_param params[PARAM_MAX];
    char text[2 * PARAM_MAX + 3];
    (void)state;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = i % 2 == 0 ? 'X' : ' ';
    }
    struct bytes most = {(const unsigned char *)text, 2 * PARAM_MAX};
    assert_int_equal(param_split(most, params), PARAM_MAX);
    most.size += 1;
    assert_int_equal(param_split(most, params), -1);
}

static void numbers_that_do_not_fit_are_the_largest(void **state)
{
    uint64_t number = 0;
    (void)state;
    assert_int_equal(param_number(BYTES("18446744073709551614"), &number), 0);
    assert_true(number == UINT64_MAX - 1);
    assert_int_equal(param_number(BYTES("99999999999999999999"), &number), 0);
    assert_true(number == UINT64_MAX);
    assert_int_equal(param_number(BYTES("184467440737095516140"), &number), -1);
    assert_int_equal(param_number(BYTES("-1"), &number), -1);
    assert_int_equal(param_number((struct bytes){0}, &number), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_judged_by_their_grammar),
        cmocka_unit_test(parameters_are_split_at_spaces),
        cmocka_unit_test(too_many_parameters_are_refused),
        cmocka_unit_test(numbers_that_do_not_fit_are_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
