/* SPDX-License-Identifier: MIT */
#include "webui/http/admission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct row {
    const char *title;
    struct admission asked;
    bool refused;
};

static const char *const names[] = {"mail.example.com"};

static const struct row hosts[] = {
    {"no Host", {.host = NULL}, true},
    {"empty", {.host = ""}, true},
    {"only a port", {.host = ":8025"}, true},
    {"IPv4", {.host = "127.0.0.1:8025"}, false},
    {"IPv4 of a LAN", {.host = "192.168.1.5"}, false},
    {"IPv6", {.host = "[::1]:8025"}, false},
    {"IPv6 without end", {.host = "[::1"}, true},
    {"localhost", {.host = "localhost:8025"}, false},
    {"below localhost", {.host = "app.localhost"}, false},
    {"only the tail", {.host = ".localhost"}, true},
    {"a Compose service", {.host = "mailscope:8025"}, false},
    {"another site", {.host = "evil.example"}, true},
    {"a numeric trick", {.host = "127.0.0.1.evil.example"}, true},
    {"a trailing dot", {.host = "evil."}, true},
    {"a space", {.host = "local host"}, true},
    {"named",
     {.host = "MAIL.example.com:1", .names = names, .name_count = 1},
     false},
    {"below named",
     {.host = "x.mail.example.com", .names = names, .name_count = 1},
     true},
};

static const struct row origins[] = {
    {"same",
     {.host = "127.0.0.1:8025", .origin = "http://127.0.0.1:8025"},
     false},
    {"same behind TLS",
     {.host = "localhost:8025", .origin = "https://localhost:8025"},
     false},
    {"another port",
     {.host = "127.0.0.1:8025", .origin = "http://127.0.0.1:3000"},
     true},
    {"null", {.host = "127.0.0.1:8025", .origin = "null"}, true},
    {"null for a preview",
     {.host = "127.0.0.1:8025", .origin = "null", .skip_origin = true},
     false},
    {"another site",
     {.host = "127.0.0.1", .origin = "http://evil.example"},
     true},
    {"named",
     {.host = "127.0.0.1",
      .origin = "https://mail.example.com",
      .names = names,
      .name_count = 1},
     false},
    {"a prefix", {.host = "a", .origin = "http://a.evil.example"}, true},
};

static const struct row sites[] = {
    {"a change from here",
     {.host = "a", .fetch_site = "same-origin", .is_change = true},
     false},
    {"a change by hand",
     {.host = "a", .fetch_site = "none", .is_change = true},
     false},
    {"a change by no browser", {.host = "a", .is_change = true}, false},
    {"a change from another site",
     {.host = "a", .fetch_site = "cross-site", .is_change = true},
     true},
    {"a change from another port",
     {.host = "a", .fetch_site = "same-site", .is_change = true},
     true},
    {"reading by a link", {.host = "a", .fetch_site = "cross-site"}, false},
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *refusal = admission_refusal(&rows[i].asked);
        if ((refusal != NULL) != rows[i].refused) {
            fail_msg("%s: %s", rows[i].title,
                     refusal == NULL ? "let in" : refusal);
        }
    }
}

static void hosts_must_be_ours(void **state)
{
    (void)state;
    check(hosts, sizeof hosts / sizeof *hosts);
}

static void origins_must_be_the_host(void **state)
{
    (void)state;
    check(origins, sizeof origins / sizeof *origins);
}

static void changes_must_not_come_from_other_sites(void **state)
{
    (void)state;
    check(sites, sizeof sites / sizeof *sites);
}

static void a_star_names_every_host(void **state)
{
    static const char *const any[] = {"*"};
    struct admission asked = {
        .host = "any.example", .names = any, .name_count = 1};

    (void)state;
    assert_null(admission_refusal(&asked));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_must_be_ours),
        cmocka_unit_test(origins_must_be_the_host),
        cmocka_unit_test(changes_must_not_come_from_other_sites),
        cmocka_unit_test(a_star_names_every_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
