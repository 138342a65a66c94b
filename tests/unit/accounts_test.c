/* SPDX-License-Identifier: MIT */
#include "server/login/accounts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char LIST[] = "# people\n"
                           "\n"
                           "tim:tanstaaftanstaaf\n"
                           "ann:pass: with colon \r\n"
                           "caf\xc3\xa9:I\xc2\xadX\n"
                           "bell:\a\n"
                           "empty:\n";

static struct accounts *list(void)
{
    size_t line = 99;
    struct accounts *accounts =
        accounts_read(bytes_of(LIST), BYTES("seed"), &line);
    assert_non_null(accounts);
    return accounts;
}

static const struct {
    struct smtp_login login;
    bool want;
} logins[] = {
    {{.mechanism = BYTES("PLAIN"),
      .user = BYTES("tim"),
      .secret = BYTES("tanstaaftanstaaf")},
     true},
    {{.mechanism = BYTES("PLAIN"),
      .user = BYTES("tim"),
      .secret = BYTES("tanstaaftanstaa")},
     false},
    {{.mechanism = BYTES("PLAIN"),
      .user = BYTES("TIM"),
      .secret = BYTES("tanstaaftanstaaf")},
     false},
    {{.mechanism = BYTES("LOGIN"),
      .user = BYTES("ann"),
      .secret = BYTES("pass: with colon ")},
     true},
    {{.mechanism = BYTES("PLAIN"),
      .user = BYTES("nobody"),
      .secret = BYTES("")},
     false},
    /* SASLprep: composed, a soft hyphen is nothing, U+2168 is the letters IX
     * (RFC 4013 3) */
    {{.mechanism = BYTES("PLAIN"),
      .user = BYTES("cafe\xcc\x81"),
      .secret = BYTES("IX")},
     true},
    {{.mechanism = BYTES("LOGIN"),
      .user = BYTES("caf\xc3\xa9"),
      .secret = BYTES("\xe2\x85\xa8")},
     true},
    {{.mechanism = BYTES("PLAIN"),
      .user = BYTES("caf\xc3\xa9"),
      .secret = BYTES("ix")},
     false},
    /* what it forbids fits itself only */
    {{.mechanism = BYTES("PLAIN"),
      .user = BYTES("bell"),
      .secret = BYTES("\a")},
     true},
    {{.mechanism = BYTES("PLAIN"),
      .user = BYTES("tim\0"),
      .secret = BYTES("tanstaaftanstaaf")},
     false},
    {{.mechanism = BYTES("PLAIN"),
      .user = BYTES("tim\xff"),
      .secret = BYTES("tanstaaftanstaaf")},
     false},
    {{.mechanism = BYTES("PLAIN"), .user = BYTES("empty"), .secret = BYTES("")},
     true},
    {{.mechanism = BYTES("PLAIN"),
      .authzid = BYTES("tim"),
      .user = BYTES("tim"),
      .secret = BYTES("tanstaaftanstaaf")},
     true},
    {{.mechanism = BYTES("PLAIN"),
      .authzid = BYTES("ann"),
      .user = BYTES("tim"),
      .secret = BYTES("tanstaaftanstaaf")},
     false},
    /* the exchange of RFC 2195 2 */
    {{.mechanism = BYTES("CRAM-MD5"),
      .user = BYTES("tim"),
      .challenge = BYTES("<1896.697170952@postoffice.reston.mci.net>"),
      .secret = BYTES("b913a602c7eda7a495b4e6e7334d3890")},
     true},
    {{.mechanism = BYTES("CRAM-MD5"),
      .user = BYTES("tim"),
      .challenge = BYTES("<1896.697170952@postoffice.reston.mci.net>"),
      .secret = BYTES("B913A602C7EDA7A495B4E6E7334D3890")},
     true},
    {{.mechanism = BYTES("CRAM-MD5"),
      .user = BYTES("tim"),
      .challenge = BYTES("<1896.697170952@elsewhere.test>"),
      .secret = BYTES("b913a602c7eda7a495b4e6e7334d3890")},
     false},
    {{.mechanism = BYTES("XOAUTH2"),
      .user = BYTES("tim"),
      .secret = BYTES("tanstaaftanstaaf")},
     true},
    {{.mechanism = BYTES("OAUTHBEARER"), .secret = BYTES("tanstaaftanstaaf")},
     true},
    {{.mechanism = BYTES("OAUTHBEARER"), .secret = BYTES("x")}, false},
    {{.mechanism = BYTES("EXTERNAL")}, true},
    {{.mechanism = BYTES("ANONYMOUS"), .user = BYTES("anonymous")}, false},
};

static void logins_are_judged_by_the_list(void **state)
{
    (void)state;
    struct accounts *accounts = list();
    for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
        if (accounts_allow(accounts, &logins[i].login) != logins[i].want) {
            fail_msg("row %zu: %s", i, logins[i].want ? "refused" : "let in");
        }
    }
    accounts_free(accounts);
}

static void wrong_lists_are_refused_with_the_line(void **state)
{
    static const struct {
        struct bytes text;
        size_t want;
    } rows[] = {
        {BYTES("a:b\nno colon\n"), 2},
        {BYTES(":password\n"), 1},
        {BYTES("a:b\0c\n"), 1},
        {BYTES("# nobody\n\n"), 0},
        {{0}, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t line = 99;
        assert_null(accounts_read(rows[i].text, BYTES("seed"), &line));
        assert_int_equal(line, rows[i].want);
    }
}

static void nobody_has_a_salt_like_anybody(void **state)
{
    struct accounts_keys one;
    struct accounts_keys other;
    struct accounts_keys again;
    struct accounts *accounts = list();
    (void)state;
    assert_false(accounts_scram(accounts, BYTES("nobody"), true, &one));
    assert_false(accounts_scram(accounts, BYTES("nobody"), true, &again));
    assert_true(accounts_scram(accounts, BYTES("tim"), true, &other));
    assert_memory_equal(one.salt, again.salt, sizeof(one.salt));
    assert_memory_not_equal(one.salt, other.salt, sizeof(one.salt));
    assert_int_equal(one.iterations, other.iterations);
    accounts_free(accounts);
}

static void scram_finds_a_name_however_it_was_typed(void **state)
{
    struct accounts *accounts = list();
    struct accounts_keys one;
    struct accounts_keys other;
    (void)state;
    assert_true(accounts_scram(accounts, BYTES("caf\xc3\xa9"), true, &one));
    assert_true(accounts_scram(accounts, BYTES("cafe\xcc\x81"), true, &other));
    assert_memory_equal(&one, &other, sizeof(one));
    accounts_free(accounts);
}

static void freeing_nothing_is_allowed(void **state)
{
    (void)state;
    accounts_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logins_are_judged_by_the_list),
        cmocka_unit_test(wrong_lists_are_refused_with_the_line),
        cmocka_unit_test(nobody_has_a_salt_like_anybody),
        cmocka_unit_test(scram_finds_a_name_however_it_was_typed),
        cmocka_unit_test(freeing_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
