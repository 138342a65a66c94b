/* SPDX-License-Identifier: MIT */
#include "server/peer/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/conversation/receiving.h"
#include "server/peer/networks.h"
#include "server/peer/slots.h"

static void the_port_does_not_count(void **state)
{
    (void)state;
    assert_int_equal(limits_key("192.0.2.1:1"), limits_key("192.0.2.1:2"));
    assert_int_not_equal(limits_key("192.0.2.1:1"), limits_key("192.0.2.2:1"));
    assert_int_equal(limits_key("[::1]:1"), limits_key("[::1]:22"));
}

static void one_too_many_is_told_and_counted(void **state)
{
    (void)state;
    struct limits limits = {.max_connections = 2};
    assert_null(limits_enter(&limits, 1));
    assert_null(limits_enter(&limits, 1));
    const struct smtp_reply *reply = limits_enter(&limits, 1);
    assert_non_null(reply);
    assert_int_equal(reply->code, 421);
    assert_int_equal(reply->text.size, strlen((const char *)reply->text.at));
    limits_leave(&limits, 1);
    limits_leave(&limits, 1);
    assert_null(limits_enter(&limits, 1));
    limits_free(&limits);
}

static void each_address_has_its_own_count(void **state)
{
    (void)state;
    struct limits limits = {.max_per_address = 1};
    for (uint32_t key = 1; key < 1000; key++) {
        assert_null(limits_enter(&limits, key));
    }
    for (uint32_t key = 1; key < 1000; key++) {
        const struct smtp_reply *reply = limits_enter(&limits, key);
        assert_non_null(reply);
        assert_int_equal(reply->text.size,
                         strlen((const char *)reply->text.at));
        limits_leave(&limits, key);
        limits_leave(&limits, key);
    }
    assert_int_equal(limits.count, 0);
    for (uint32_t key = 5000; key < 20000; key++) {
        assert_null(limits_enter(&limits, key));
        limits_leave(&limits, key);
    }
    limits_free(&limits);
}

static void a_network_has_its_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *network;
        const char *peer;
        bool is_in;
    } rows[] = {
        {"10.0.0.0/8", "10.1.2.3:4711", true},
        {"10.0.0.0/8", "11.1.2.3:4711", false},
        {"192.0.2.0/25", "192.0.2.127:1", true},
        {"192.0.2.0/25", "192.0.2.128:1", false},
        {"192.0.2.7", "192.0.2.7:1", true},
        {"192.0.2.7", "192.0.2.8:1", false},
        {"0.0.0.0/0", "8.8.8.8:1", true},
        {"0.0.0.0/0", "[::1]:1", false},
        {"2001:db8::/32", "[2001:db8:1::1]:25", true},
        {"2001:db8::/32", "[2001:db9::1]:25", false},
        {"::1", "[::1]:25", true},
        {"unix", "unix", true},
        {"unix", "127.0.0.1:1", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct networks *networks = networks_new();
        assert_int_equal(networks_add(networks, rows[i].network), 0);
        assert_int_equal(networks_have(networks, rows[i].peer), rows[i].is_in);
        networks_free(networks);
    }
}

static void what_is_no_network_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {"",
                                       "10.0.0.0/33",
                                       "10.0.0/8",
                                       "10.0.0.0/",
                                       "host.test",
                                       "::/129",
                                       "10.0.0.0/8x",
                                       "10.0.0.0/ 8",
                                       "10.0.0.0/+8",
                                       "10.0.0.0/-0",
                                       "10.0.0.0/0000000008"};
    struct networks *networks = networks_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(networks_add(networks, rows[i]), -1);
    }
    networks_free(networks);
}

static void a_ticket_finds_nobody_after_its_thing_went(void **state)
{
    (void)state;
    struct slots slots = {0};
    int things[300];
    uint64_t tickets[300];
    for (size_t i = 0; i < 300; i++) {
        tickets[i] = slots_take(&slots, &things[i]);
        assert_true(tickets[i] != 0);
    }
    for (size_t i = 0; i < 300; i++) {
        assert_ptr_equal(slots_find(&slots, tickets[i]), &things[i]);
        slots_leave(&slots, tickets[i]);
        assert_null(slots_find(&slots, tickets[i]));
        slots_leave(&slots, tickets[i]);
    }
    assert_int_equal(slots.count, 0);
    uint64_t again = slots_take(&slots, &things[0]);
    for (size_t i = 0; i < 300; i++) {
        assert_null(slots_find(&slots, tickets[i]));
    }
    assert_ptr_equal(slots_find(&slots, again), &things[0]);
    assert_null(slots_find(&slots, 0));
    slots_free(&slots);
}

static void a_transaction_counts_for_where_it_may_go(void **state)
{
    (void)state;
    struct receiving *receiving = receiving_new();
    assert_false(receiving_is(receiving, NULL));
    struct receiving_mail *one = receiving_begin(receiving, NULL, NULL);
    assert_true(receiving_is(receiving, NULL));
    assert_true(receiving_is(receiving, "t42"));
    receiving_recipient(receiving, one, BYTES("ann+t1@x.test"));
    assert_false(receiving_is(receiving, "t42"));
    assert_true(receiving_is(receiving, "t1"));
    assert_true(receiving_is(receiving, "default"));
    struct receiving_mail *two = receiving_begin(receiving, "t42", NULL);
    struct receiving_mail *three =
        receiving_begin(receiving, NULL, "inbox+t3@x.test");
    receiving_recipient(receiving, three, BYTES("bob@x.test"));
    assert_true(receiving_is(receiving, "t42"));
    assert_true(receiving_is(receiving, "t3"));
    receiving_end(receiving, two);
    assert_false(receiving_is(receiving, "t42"));
    receiving_end(receiving, one);
    assert_false(receiving_is(receiving, "t1"));
    receiving_end(receiving, three);
    assert_false(receiving_is(receiving, NULL));
    receiving_free(receiving);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_port_does_not_count),
        cmocka_unit_test(one_too_many_is_told_and_counted),
        cmocka_unit_test(each_address_has_its_own_count),
        cmocka_unit_test(a_network_has_its_addresses),
        cmocka_unit_test(what_is_no_network_is_refused),
        cmocka_unit_test(a_ticket_finds_nobody_after_its_thing_went),
        cmocka_unit_test(a_transaction_counts_for_where_it_may_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
