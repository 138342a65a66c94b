/* SPDX-License-Identifier: MIT */
#include "server/smtp/sasl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inbox/base/base64.h"

struct row {
    const char *mechanism;
    struct bytes message;
    enum sasl_outcome want;
    const char *user;
    const char *secret;
};

static void check(const struct row *row)
{
    struct sasl_exchange exchange = {.mechanism =
                                         sasl_find(bytes_of(row->mechanism))};
    struct smtp_login login = {0};
    assert_non_null(exchange.mechanism);
    buffer_add(&exchange.message, row->message);
    enum sasl_outcome got = exchange.mechanism->read(&exchange, &login);
    if (got != row->want) {
        fail_msg("%s %.*s: %d", row->mechanism, (int)row->message.size,
                 (const char *)row->message.at, got);
    }
    if (row->user != NULL) {
        assert_true(bytes_equal(login.user, bytes_of(row->user)));
        assert_true(bytes_equal(login.secret, bytes_of(row->secret)));
    }
    sasl_free(&exchange);
}

static void messages_are_read(void **state)
{
    static const struct row rows[] = {
        {"PLAIN", {0}, SASL_MALFORMED, NULL, NULL},
        {"PLAIN", BYTES("\0user\0pass"), SASL_COMPLETE, "user", "pass"},
        {"plain", BYTES("zid\0user\0"), SASL_COMPLETE, "user", ""},
        {"PLAIN", BYTES("\0user\0pa\0ss"), SASL_MALFORMED, NULL, NULL},
        {"PLAIN", BYTES("user\0pass"), SASL_MALFORMED, NULL, NULL},
        {"PLAIN", BYTES("\0\0pass"), SASL_NO_USER, NULL, NULL},
        {"PLAIN", BYTES("\0\xff\0pass"), SASL_MALFORMED, NULL, NULL},
        {"CRAM-MD5", BYTES("tim b913a602c7eda7a495b4e6e7334d3890"),
         SASL_COMPLETE, "tim", "b913a602c7eda7a495b4e6e7334d3890"},
        {"CRAM-MD5", BYTES("a b b913a602c7eda7a495b4e6e7334d3890"),
         SASL_COMPLETE, "a b", "b913a602c7eda7a495b4e6e7334d3890"},
        {"CRAM-MD5", BYTES("tim b913"), SASL_MALFORMED, NULL, NULL},
        {"CRAM-MD5", BYTES("tim g913a602c7eda7a495b4e6e7334d3890"),
         SASL_MALFORMED, NULL, NULL},
        {"XOAUTH2", BYTES("user=a@x.test\1auth=Bearer t\1\1"), SASL_COMPLETE,
         "a@x.test", "t"},
        {"XOAUTH2", BYTES("user=\1auth=Bearer t\1\1"), SASL_NO_USER, NULL,
         NULL},
        {"XOAUTH2", BYTES("user=a\1auth=Basic t\1\1"), SASL_MALFORMED, NULL,
         NULL},
        {"OAUTHBEARER", BYTES("n,a=u,\1host=h\1auth=Bearer t\1\1"),
         SASL_COMPLETE, "u", "t"},
        {"OAUTHBEARER", BYTES("y,,\1auth=bearer t\1\1"), SASL_COMPLETE, "",
         "t"},
        {"OAUTHBEARER", BYTES("p=x,,\1auth=Bearer t\1\1"), SASL_MALFORMED, NULL,
         NULL},
        {"OAUTHBEARER", BYTES("n,\1auth=Bearer t\1\1"), SASL_COMPLETE, "", "t"},
        {"ANONYMOUS", BYTES("trace"), SASL_COMPLETE, "anonymous", "trace"},
        {"EXTERNAL", BYTES("\xff"), SASL_MALFORMED, NULL, NULL},
        {"SCRAM-SHA-256", BYTES("n,,n=u,r=x"), SASL_STEP, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(&rows[i]);
    }
}

static void login_asks_for_the_password(void **state)
{
    struct sasl_exchange exchange = {.mechanism = sasl_find(BYTES("LOGIN"))};
    struct smtp_login login = {0};
    (void)state;
    buffer_add(&exchange.message, BYTES("user"));
    assert_int_equal(exchange.mechanism->read(&exchange, &login), SASL_ASK);
    assert_true(bytes_equal(exchange.challenge, BYTES("Password:")));
    exchange.message.size = 0;
    buffer_add(&exchange.message, BYTES("pass"));
    assert_int_equal(exchange.mechanism->read(&exchange, &login),
                     SASL_COMPLETE);
    assert_true(bytes_equal(login.user, BYTES("user")));
    assert_true(bytes_equal(login.secret, BYTES("pass")));
    sasl_free(&exchange);
}

static void missing_separators_are_noticed(void **state)
{
    struct sasl_exchange exchange = {.mechanism = sasl_find(BYTES("XOAUTH2"))};
    struct smtp_login login = {0};
    (void)state;
    buffer_add(&exchange.message, BYTES("user=a\1auth=Bearer t\1"));
    assert_int_equal(exchange.mechanism->read(&exchange, &login),
                     SASL_COMPLETE);
    assert_true(exchange.is_sloppy);
    sasl_free(&exchange);
}

static void unknown_mechanisms_are_not_found(void **state)
{
    (void)state;
    assert_null(sasl_find(BYTES("NTLM")));
    assert_null(sasl_find(BYTES("PLAI")));
    assert_null(sasl_find((struct bytes){0}));
}

static void base64_is_strict(void **state)
{
    static const struct {
        const char *text;
        const char *want; /* NULL: refused */
    } rows[] = {
        {"", ""},        {"YQ==", "a"},        {"YWI=", "ab"},
        {"YWJj", "abc"}, {"YWJjZA==", "abcd"}, {"YQ=", NULL},
        {"YQ", NULL},    {"YR==", NULL},       {"YWJ=", NULL},
        {"Y===", NULL},  {"====", NULL},       {"YQ==YQ==", NULL},
        {"YW Jj", NULL}, {"YWJ-", NULL},       {"YWJj\n", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer got = {0};
        int status = base64_decode(bytes_of(rows[i].text), &got);
        if ((status == 0) != (rows[i].want != NULL)) {
            fail_msg("%s: %d", rows[i].text, status);
        }
        if (status == 0) {
            struct buffer again = {0};
            assert_true(
                bytes_equal(buffer_bytes(&got), bytes_of(rows[i].want)));
            base64_encode(buffer_bytes(&got), &again);
            assert_true(
                bytes_equal(buffer_bytes(&again), bytes_of(rows[i].text)));
            buffer_free(&again);
        }
        buffer_free(&got);
    }
}

static void odd_credentials_are_noticed(void **state)
{
    (void)state;
    assert_true(sasl_has_space(BYTES("pass\n")));
    assert_true(sasl_has_space(BYTES(" pass")));
    assert_false(sasl_has_space(BYTES("pass word")));
    assert_false(sasl_has_space((struct bytes){0}));
    assert_true(sasl_is_placeholder(BYTES("${SMTP_PASSWORD}")));
    assert_true(sasl_is_placeholder(BYTES("ChangeMe")));
    assert_false(sasl_is_placeholder(BYTES("pass")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_read),
        cmocka_unit_test(login_asks_for_the_password),
        cmocka_unit_test(missing_separators_are_noticed),
        cmocka_unit_test(unknown_mechanisms_are_not_found),
        cmocka_unit_test(base64_is_strict),
        cmocka_unit_test(odd_credentials_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
