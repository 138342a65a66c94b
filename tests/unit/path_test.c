/* SPDX-License-Identifier: MIT */
#include "server/smtp/host.h"
#include "server/smtp/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void hosts_are_told_apart(void **state)
{
    static const struct {
        const char *name;
        enum path_host want;
    } rows[] = {
        {"client.test", HOST_DOMAIN},
        {"a-b.c9.test", HOST_DOMAIN},
        {"localhost", HOST_SINGLE},
        {"10.0.0.1", HOST_ADDRESS},
        {"::1", HOST_ADDRESS},
        {"[10.0.0.1]", HOST_LITERAL},
        {"[IPv6:2001:db8::1]", HOST_LITERAL},
        {"[ipv6:::1]", HOST_LITERAL},
        {"[x-tag:anything]", HOST_LITERAL},
        {"[10.0.0.1] text", HOST_LITERAL},
        {"[10.0.0.256]", HOST_INVALID},
        {"[IPv6:10.0.0.1]", HOST_INVALID},
        {"[]", HOST_INVALID},
        {"[10.0.0.1", HOST_INVALID},
        {"[tag-:x]", HOST_INVALID},
        {"[tag:a b]", HOST_INVALID},
        {"my_host.test", HOST_INVALID},
        {"-a.test", HOST_INVALID},
        {"a-.test", HOST_INVALID},
        {"a..test", HOST_INVALID},
        {".test", HOST_INVALID},
        {"test.", HOST_INVALID},
        {"", HOST_INVALID},
        {"b\xc3\xbc"
         "cher.test",
         HOST_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum path_host got = host_plain_kind(bytes_of(rows[i].name));
        if (got != rows[i].want) {
            fail_msg("%s: %d, not %d", rows[i].name, got, rows[i].want);
        }
    }
}

static void mailboxes_have_the_faults_they_have(void **state)
{
    static const struct {
        const char *inner;
        const char *address; /* NULL: all of it */
        uint32_t want;
    } rows[] = {
        {"a@client.test", NULL, 0},
        {"a.b+c=d/e@client.test", NULL, 0},
        {"a@[10.0.0.1]", NULL, 0},
        {"a@[IPv6:::1]", NULL, 0},
        {"\"a@b\"@client.test", NULL, PATH_QUOTED},
        {"\"a\\\"b\"@client.test", NULL, PATH_QUOTED},
        {"\"\"@client.test", NULL, PATH_QUOTED},
        {"\"a@client.test", NULL, PATH_QUOTED | PATH_SYNTAX},
        {"\"a\"b@client.test", NULL, PATH_QUOTED | PATH_SYNTAX},
        {"@one.test,@two.test:a@client.test", "a@client.test", PATH_ROUTE},
        {"@one.test:", "", PATH_ROUTE | PATH_SYNTAX},
        {"a..b@client.test", NULL, PATH_SYNTAX},
        {".a@client.test", NULL, PATH_SYNTAX},
        {"a.@client.test", NULL, PATH_SYNTAX},
        {"a b@client.test", NULL, PATH_SYNTAX},
        {"a,b@client.test", NULL, PATH_SYNTAX},
        {"a<b@client.test", NULL, PATH_SYNTAX},
        {"a@b@client.test", NULL, PATH_SYNTAX},
        {"root", NULL, PATH_SYNTAX | PATH_NO_DOMAIN},
        {"root@", NULL, PATH_SYNTAX | PATH_NO_DOMAIN},
        {"@client.test", NULL, PATH_SYNTAX},
        {"a@localhost", NULL, PATH_SINGLE_LABEL},
        {"a@my_host.test", NULL, PATH_DOMAIN_INVALID},
        {"a@10.0.0.1", NULL, PATH_DOMAIN_INVALID},
        {"a@client.test.", NULL, PATH_DOMAIN_INVALID},
        {"a@[10.0.0.1] ", NULL, PATH_DOMAIN_INVALID},
        {"\xc3\xa9@client.test", NULL, PATH_NOT_ASCII},
        {"a@b\xc3\xbc"
         "cher.test",
         NULL, PATH_NOT_ASCII},
        {"\xff@client.test", NULL, PATH_BAD_UTF8},
        {"\xed\xa0\x80@client.test", NULL, PATH_BAD_UTF8},
        {"\xf4\x90\x80\x80@client.test", NULL, PATH_BAD_UTF8},
        {"a\x01@client.test", NULL, PATH_SYNTAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes address;
        uint32_t got = path_check(bytes_of(rows[i].inner), &address);
        if (got != rows[i].want) {
            fail_msg("%s: %x, not %x", rows[i].inner, got, rows[i].want);
        }
        assert_true(bytes_equal(address, bytes_of(rows[i].address == NULL
                                                      ? rows[i].inner
                                                      : rows[i].address)));
    }
}

static void long_parts_are_found_at_their_limits(void **state)
{
    char text[400];
    struct bytes address;
    (void)state;
    memset(text, 'l', sizeof(text));
    memcpy(text + 64, "@a.test", 8);
    assert_int_equal(path_check(bytes_of(text), &address), 0);
    memset(text, 'l', 65);
    memcpy(text + 65, "@a.test", 8);
    assert_int_equal(path_check(bytes_of(text), &address), PATH_LOCAL_LONG);
    memcpy(text, "a@", 2);
    for (size_t i = 2; i < 300; i++) {
        text[i] = i % 60 == 0 ? '.' : 'd';
    }
    text[254] = '\0';
    assert_int_equal(path_check(bytes_of(text), &address), 0);
    text[254] = 'd';
    text[257] = '\0';
    assert_int_equal(path_check(bytes_of(text), &address), PATH_LONG);
    text[257] = 'd';
    text[258] = '\0';
    assert_int_equal(path_check(bytes_of(text), &address),
                     PATH_LONG | PATH_DOMAIN_LONG);
}

static void paths_are_found_in_arguments(void **state)
{
    static const struct {
        const char *text;
        const char *inner;
        const char *rest;
        bool has_brackets;
        bool has_name;
        bool is_glued;
        bool is_open;
    } rows[] = {
        {"<a@b.test>", "a@b.test", "", true, false, false, false},
        {"<> SIZE=1", "", "SIZE=1", true, false, false, false},
        {"<\">\"@b.test> X", "\">\"@b.test", "X", true, false, false, false},
        {"<a@b.test>SIZE=1", "a@b.test", "SIZE=1", true, false, true, false},
        {"<a@b.test", "a@b.test", "", true, false, false, true},
        {"a@b.test X", "a@b.test", "X", false, false, false, false},
        {"Joe <a@b.test>", "a@b.test", "", true, true, false, false},
        {"\"<x>\" <a@b.test>", "a@b.test", "", true, true, false, false},
        {"<", "", "", true, false, false, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct path_found got;
        assert_int_equal(path_find(bytes_of(rows[i].text), &got), 0);
        bool fits = bytes_equal(got.inner, bytes_of(rows[i].inner)) &&
                    bytes_equal(got.rest, bytes_of(rows[i].rest)) &&
                    got.has_brackets == rows[i].has_brackets &&
                    got.has_name == rows[i].has_name &&
                    got.is_glued == rows[i].is_glued &&
                    got.is_open == rows[i].is_open;
        if (!fits) {
            fail_msg("%s is found otherwise", rows[i].text);
        }
    }
}

static void nothing_is_no_path(void **state)
{
    struct path_found found;
    (void)state;
    assert_int_equal(path_find((struct bytes){0}, &found), -1);
}

static void the_domain_is_behind_the_last_at(void **state)
{
    (void)state;
    assert_true(bytes_equal(path_domain(BYTES("\"a@b\"@client.test")),
                            BYTES("client.test")));
    assert_int_equal(path_domain(BYTES("root")).size, 0);
    assert_int_equal(path_domain((struct bytes){0}).size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_told_apart),
        cmocka_unit_test(mailboxes_have_the_faults_they_have),
        cmocka_unit_test(long_parts_are_found_at_their_limits),
        cmocka_unit_test(paths_are_found_in_arguments),
        cmocka_unit_test(nothing_is_no_path),
        cmocka_unit_test(the_domain_is_behind_the_last_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
