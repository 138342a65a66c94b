/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/options/address.h"

struct row {
    const char *text;
    const char *again; /* address_text(), or NULL: refused */
};

static const struct row rows[] = {
    {"127.0.0.1:2525", "127.0.0.1:2525"},
    {"localhost:0", "localhost:0"},
    {"2525", "127.0.0.1:2525"},
    {"[::1]:25", "[::1]:25"},
    {"unix:/run/smtp.sock", "unix:/run/smtp.sock"},
    {"*:25", "*:25"},
    {"0.0.0.0:65535", "0.0.0.0:65535"},
    {"127.0.0.1:25,role=mx", "127.0.0.1:25"},
    {"", NULL},
    {"localhost", NULL},
    {":25", NULL},
    {"::1:25", NULL},
    {"[]:25", NULL},
    {"h:65536", NULL},
    {"h:-1", NULL},
    {"h:1x", NULL},
    {"unix:", NULL},
    {"h:1,", NULL},
    {"h:1,role", NULL},
    {"h:1,role=king", NULL},
    {"h:1,inbox=a b", NULL},
    {"h:1,inbox=", NULL},
    {"h:1,proxy=maybe", NULL},
    {"h:1,colour=red", NULL},
};

static void an_address_is_read_and_written_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct address address;
        char why[ADDRESS_WHY_SIZE] = "";
        char text[ADDRESS_TEXT_SIZE];
        int got = address_read(rows[i].text, &address, why);
        if (rows[i].again == NULL) {
            assert_int_equal(got, -1);
            assert_true(strlen(why) > 0);
        } else {
            assert_int_equal(got, 0);
            assert_string_equal(address_text(&address, text), rows[i].again);
        }
    }
}

static void keys_say_what_a_listener_is(void **state)
{
    (void)state;
    struct address address;
    char why[ADDRESS_WHY_SIZE];
    const char *text = "127.0.0.1:2587,role=submission,without=CHUNKING,"
                       "without=DSN,inbox=t42,proxy=on";
    assert_int_equal(address_read(text, &address, why), 0);
    assert_int_equal(address.role, ROLE_SUBMISSION);
    assert_string_equal(address.without, "CHUNKING+DSN");
    assert_string_equal(address.inbox, "t42");
    assert_true(address.proxy && address.has_proxy);
}

static void a_socket_path_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char text[200] = "unix:/";
    memset(text + 6, 'a', 120);
    struct address address;
    char why[ADDRESS_WHY_SIZE];
    assert_int_equal(address_read(text, &address, why), -1);
}

static void loopback_is_this_machine_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_loopback;
    } hosts[] = {{"127.0.0.1:1", true}, {"[::1]:1", true},
                 {"localhost:1", true}, {"unix:/x", true},
                 {"0.0.0.0:1", false},  {"192.0.2.1:1", false},
                 {"[::]:1", false},     {"mail.test:1", false},
                 {"127.1:1", true},     {"127.0.0.1.evil.test:1", false}};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct address address;
        char why[ADDRESS_WHY_SIZE];
        assert_int_equal(address_read(hosts[i].text, &address, why), 0);
        assert_int_equal(address_is_loopback(&address), hosts[i].is_loopback);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_read_and_written_again),
        cmocka_unit_test(keys_say_what_a_listener_is),
        cmocka_unit_test(a_socket_path_that_is_too_long_is_refused),
        cmocka_unit_test(loopback_is_this_machine_only),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
