/* SPDX-License-Identifier: MIT */
/* threads: yes */
#include "inbox/inbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/store.h"

/* Kept sessions, whatever comes and goes in whatever order: nothing that is
 * there lacks anything, and nothing that went is counted. */

#define OPEN 5
#define STEPS 250

struct course {
    uint32_t seed;
    uint64_t open[OPEN]; /* sessions, 0 none */
    uint32_t said[OPEN]; /* transactions of each */
    uint64_t newest;     /* message */
};

static uint32_t chance(struct course *course, uint32_t below)
{
    course->seed = course->seed * 1664525U + 1013904223U;
    return (course->seed >> 8) % below;
}

static void speak(struct store *store, struct course *course, uint32_t at,
                  struct bytes body)
{
    const char *to = chance(course, 4) == 0 ? "a+small@x.test" : "a@x.test";
    if (chance(course, 6) == 0) {
        store_refuse(store, course->open[at], ++course->said[at], body);
    } else {
        store_message(store, course->open[at], ++course->said[at], to, body);
        course->newest = store->answer.message;
    }
}

static void one_step(struct store *store, struct course *course,
                     struct bytes body)
{
    char reason[INBOX_ERROR_SIZE];
    uint32_t at = chance(course, OPEN);
    uint32_t what = chance(course, 20);
    if (course->open[at] == 0) {
        course->open[at] = store_begin(store, "hello", NULL);
        course->said[at] = 0;
    } else if (what == 0) {
        store_end(store, course->open[at], "delivered", "bye");
        course->open[at] = 0;
    } else if (what <= 3 && course->newest > 10) {
        const struct inbox_change gone = {
            .kind = INBOX_MESSAGES, .id = course->newest - chance(course, 10)};
        assert_true(inbox_delete(store->inbox, &gone, reason) >= 0);
    } else {
        speak(store, course, at, body);
    }
}

static void end_all(struct store *store, struct course *course)
{
    for (uint32_t i = 0; i < OPEN; i++) {
        if (course->open[i] != 0) {
            store_end(store, course->open[i], "delivered", "bye");
        }
        course->open[i] = 0;
    }
}

/* Is the message whole, and does its session say what it is to say of it? */
static bool is_told(struct store *store, const struct inbox_message *message)
{
    struct arena arena = {0};
    struct inbox_session session = {0};
    struct inbox_body *body = inbox_body_open(store->inbox, message->id);
    bool is_good = body != NULL && inbox_body_size(body) == message->size;
    inbox_body_close(body);
    is_good = inbox_session(store->inbox, message->session, &arena, &session) ==
                  INBOX_OK &&
              is_good && message->transaction > session.retired_transactions;
    uint32_t at = message->transaction - session.first_transaction;
    is_good = is_good && at < session.transaction_count &&
              session.transactions[at].message == message->id;
    arena_free(&arena);
    return is_good;
}

/* Retention goes on meanwhile: what went is not asked for. */
static void check_all(struct store *store)
{
    struct arena arena = {0};
    struct inbox_list list;
    struct inbox_message again;
    const struct inbox_list_request all = store_request(INBOX_MESSAGES, 500);
    store_settle(store);
    assert_int_equal(inbox_list(store->inbox, &all, &arena, &list), INBOX_OK);
    for (size_t i = 0; i < list.count; i++) {
        const struct inbox_message *message = list.entries[i].message;
        bool is_good = is_told(store, message);
        assert_true(is_good || inbox_message(store->inbox, message->id, &arena,
                                             &again) == INBOX_NOT_FOUND);
    }
    arena_free(&arena);
}

/* Octets that are alive, once nothing is to be retired any more. */
static uint64_t still_bytes(struct store *store)
{
    uint64_t before = 0;
    uint64_t bytes = store_state(store).bytes;
    do {
        before = bytes;
        inbox_settle(store->inbox); /* a turn of the keeper */
        inbox_settle(store->inbox);
        bytes = store_state(store).bytes;
    } while (bytes != before);
    return bytes;
}

/* What is there takes at least its own octets and two records' heads: what went
 * was given up once. */
static void expect_no_less(struct store *store)
{
    struct arena arena = {0};
    struct inbox_list list;
    const struct inbox_list_request all = store_request(INBOX_MESSAGES, 500);
    uint64_t bytes = still_bytes(store);
    uint64_t least = 0;
    assert_int_equal(inbox_list(store->inbox, &all, &arena, &list), INBOX_OK);
    for (size_t i = 0; i < list.count; i++) {
        least += list.entries[i].message->size + 64;
    }
    assert_true(bytes >= least);
    arena_free(&arena);
}

/* What was counted all along is what a restart counts: with the index, which
 * keeps the numbers, and without, from the journal alone. */
static void expect_right_count(struct store *store)
{
    store_again(store); /* sessions that were open have an end now */
    uint64_t counted = still_bytes(store);
    store_again(store);
    assert_int_equal(still_bytes(store), counted);
    store_forget_index(store);
    assert_int_equal(still_bytes(store), counted);
}

static void go_through(uint32_t seed, bool on_disk)
{
    struct course course = {.seed = seed};
    const struct inbox_options options = {
        .max_messages = 10 + chance(&course, 40),
        .max_bytes = seed % 2 == 0 ? (uint64_t)200 << 10 : 0};
    const struct inbox_box small = {.name = "small",
                                    .max_messages = 1 + chance(&course, 6)};
    struct store *store = store_new(&options, on_disk);
    struct buffer body = {0};
    char reason[INBOX_ERROR_SIZE];
    assert_int_equal(inbox_box_create(store->inbox, &small, reason), 0);
    memset(buffer_room(&body, 5000), 'x', 5000);
    memcpy(body.at, "\r\n", 2);
    for (int i = 0; i < STEPS; i++) {
        body.size = 10 + chance(&course, seed % 5 == 0 ? 20 : 4990);
        one_step(store, &course, buffer_bytes(&body));
        if (i % 50 == 49) {
            check_all(store);
        }
        if (on_disk && i % 100 == 99) {
            expect_right_count(store);
            expect_no_less(store);
            memset(course.open, 0, sizeof(course.open));
            i % 200 == 99 ? store_again(store) : store_forget_index(store);
            check_all(store);
        }
    }
    end_all(store, &course);
    check_all(store);
    expect_no_less(store);
    if (on_disk) {
        expect_right_count(store);
    }
    store_empty(store);
    buffer_free(&body);
    void *end = store;
    (void)store_close(&end);
}

static void nothing_is_lost_and_nothing_stays(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 12; seed++) {
        go_through(seed * 7919, seed % 3 == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_and_nothing_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
