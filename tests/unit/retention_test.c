/* SPDX-License-Identifier: MIT */
/* threads: yes */
#include "inbox/inbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "tests/support/store.h"

/* What is too many, too much or too old goes, oldest first. */

#define PATIENCE_US ((int64_t)60 * 1000000)

/* Waits until there are `total` entries of activity. */
static void expect_total(struct store *store, uint64_t total)
{
    int64_t until = clock_steady_us() + PATIENCE_US;
    while (store_total(store, INBOX_ACTIVITY, NULL) != total &&
           clock_steady_us() < until) {
        (void)usleep(2000);
    }
    assert_int_equal(store_total(store, INBOX_ACTIVITY, NULL), total);
}

static struct store *bounded(const struct inbox_options *options, bool on_disk)
{
    return store_new(options, on_disk);
}

static void the_oldest_go_beyond_the_number(bool on_disk)
{
    const struct inbox_options options = {.max_messages = 20};
    struct store *store = bounded(&options, on_disk);
    for (int i = 0; i < 50; i++) {
        (void)store_deliver(store, "a@x.test", "\r\n");
        if (i % 2 == 0) {
            store_end(store, store_begin(store, "x", NULL), "empty", "y");
        }
    }
    expect_total(store, 20);
    struct arena arena = {0};
    struct inbox_message message;
    struct inbox_state now;
    assert_int_equal(
        inbox_message(store->inbox, store->answer.message, &arena, &message),
        INBOX_OK);
    assert_int_equal(inbox_message(store->inbox, 1, &arena, &message),
                     INBOX_NOT_FOUND);
    inbox_state(store->inbox, &now);
    assert_int_equal(now.messages + now.retired_messages, 50);
    assert_int_equal(now.sessions + now.retired_sessions, 75);
    assert_int_equal(
        store_total(store, INBOX_MESSAGES, NULL) + now.retired_messages, 50);
    arena_free(&arena);
    void *state = store;
    (void)store_close(&state);
}

static void memory_keeps_to_the_number(void **state)
{
    (void)state;
    the_oldest_go_beyond_the_number(false);
}

static void a_directory_keeps_to_the_number(void **state)
{
    (void)state;
    the_oldest_go_beyond_the_number(true);
}

static void space_stays_within_the_octets(bool on_disk)
{
    const struct inbox_options options = {.max_bytes = (uint64_t)20 << 20};
    struct store *store = bounded(&options, on_disk);
    size_t size = (size_t)1 << 20;
    char *mail = memory_new(size + 1);
    memset(mail, 'x', size);
    memcpy(mail, "\r\n", 2);
    for (int i = 0; i < 200; i++) {
        (void)store_deliver(store, "a@x.test", mail);
    }
    struct inbox_state now;
    int64_t until = clock_steady_us() + PATIENCE_US;
    do {
        (void)usleep(2000);
        inbox_state(store->inbox, &now);
    } while (now.bytes > options.max_bytes && clock_steady_us() < until);
    assert_true(now.bytes <= options.max_bytes);
    assert_true(now.messages >= 15);
    assert_true(store_space(store) < (uint64_t)200 << 20);
    free(mail);
    void *state = store;
    (void)store_close(&state);
}

static void memory_keeps_to_the_octets(void **state)
{
    (void)state;
    space_stays_within_the_octets(false);
}

static void a_directory_gives_space_back(void **state)
{
    (void)state;
    space_stays_within_the_octets(true);
}

/* Not even the segment that is appended to keeps it. */
static void a_directory_with_little_gives_it_back(void **state)
{
    (void)state;
    const struct inbox_options options = {0};
    struct store *store = bounded(&options, true);
    size_t size = (size_t)1 << 20;
    char *mail = memory_new(size + 1);
    memset(mail, 'x', size);
    memcpy(mail, "\r\n", 2);
    (void)store_deliver(store, "a@x.test", mail);
    uint64_t first = store->answer.message;
    for (uint64_t i = 1; i < 20; i++) {
        char reason[INBOX_ERROR_SIZE];
        const struct inbox_change gone = {.kind = INBOX_MESSAGES,
                                          .id = first + i};
        (void)store_deliver(store, "a@x.test", mail);
        assert_int_equal(inbox_delete(store->inbox, &gone, reason), 1);
    }
    struct inbox_state now;
    int64_t until = clock_steady_us() + PATIENCE_US;
    do {
        (void)usleep(2000);
        inbox_state(store->inbox, &now);
    } while (now.space > (uint64_t)8 << 20 && clock_steady_us() < until);
    assert_true(now.space <= (uint64_t)8 << 20);
    struct inbox_body *body = inbox_body_open(store->inbox, first);
    assert_non_null(body);
    assert_int_equal(inbox_body_size(body), size);
    inbox_body_close(body);
    free(mail);
    void *ended = store;
    (void)store_close(&ended);
}

static void kept_by_tens(struct store *store, const char *mail, int count)
{
    for (int i = 0; i < count; i++) {
        (void)store_deliver(store, "a@x.test", mail);
    }
    for (uint64_t i = 0; i < (uint64_t)count; i++) {
        char reason[INBOX_ERROR_SIZE];
        const struct inbox_change gone = {.kind = INBOX_MESSAGES,
                                          .id = store->answer.message - i};
        if (i % 10 < 7) {
            (void)inbox_delete(store->inbox, &gone, reason);
        }
    }
}

/* Wherever the holes are, dead octets do not add up. */
static void memory_with_holes_stays_small(void **state)
{
    (void)state;
    const struct inbox_options options = {.max_bytes = (uint64_t)32 << 20};
    struct store *store = bounded(&options, false);
    size_t size = (size_t)100 << 10;
    char *mail = memory_new(size + 1);
    memset(mail, 'x', size);
    memcpy(mail, "\r\n", 2);
    for (int i = 0; i < 4; i++) {
        kept_by_tens(store, mail, 300);
    }
    struct inbox_state now;
    int64_t until = clock_steady_us() + PATIENCE_US;
    do {
        (void)usleep(2000);
        inbox_state(store->inbox, &now);
    } while (now.space > ((uint64_t)42 << 20) && clock_steady_us() < until);
    assert_true(now.space <= (uint64_t)42 << 20);
    assert_true(now.bytes <= now.space);
    assert_int_equal(now.messages + now.retired_messages, 1200 - 840);
    free(mail);
    void *ended = store;
    (void)store_close(&ended);
}

static void the_old_go_by_themselves(void **state)
{
    (void)state;
    const struct inbox_options options = {.max_age_us = 1000};
    struct store *store = bounded(&options, false);
    for (int i = 0; i < 10; i++) {
        (void)store_deliver(store, "a@x.test", "\r\n");
    }
    expect_total(store, 0);
    void *end = store;
    (void)store_close(&end);
}

static void a_session_counts_in_its_inbox(void **state)
{
    (void)state;
    const struct inbox_options options = {0};
    struct store *store = bounded(&options, false);
    char reason[INBOX_ERROR_SIZE];
    const struct inbox_box small = {.name = "small", .max_messages = 3};
    assert_int_equal(inbox_box_create(store->inbox, &small, reason), 0);
    (void)store_deliver(store, "a+small@x.test", "\r\n");
    for (int i = 0; i < 5; i++) {
        store_end(store, store_begin(store, "x", "small"), "empty", "y");
    }
    expect_total(store, 3);
    assert_int_equal(store_total(store, INBOX_MESSAGES, "small"), 0);
    void *end = store;
    (void)store_close(&end);
}

/* Each leaves 4 of the messages that come. */
static const struct inbox_box limits[] = {
    {.name = "small", .max_messages = 4},
    {.name = "small", .max_bytes = 4500},
};

static void limit_an_inbox(const struct inbox_box *small, bool on_disk)
{
    const struct inbox_options options = {0};
    struct store *store = bounded(&options, on_disk);
    char reason[INBOX_ERROR_SIZE];
    char octets[1001];
    memset(octets, 'a', sizeof(octets) - 1);
    octets[sizeof(octets) - 1] = '\0';
    assert_int_equal(inbox_box_create(store->inbox, small, reason), 0);
    for (int i = 0; i < 10; i++) {
        (void)store_deliver(store, "a+small@x.test", octets);
        (void)store_deliver(store, "a@x.test", octets);
    }
    expect_total(store, 14);
    assert_int_equal(store_total(store, INBOX_MESSAGES, "default"), 10);
    if (on_disk) { /* the limit and the count outlive a start */
        store_again(store);
        (void)store_deliver(store, "a+small@x.test", octets);
        expect_total(store, 14);
        store_forget_index(store);
        (void)store_deliver(store, "a+small@x.test", octets);
        expect_total(store, 14);
    }
    assert_int_equal(store_total(store, INBOX_MESSAGES, "small"), 4);
    void *end = store;
    (void)store_close(&end);
}

static void an_inbox_has_its_own_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        limit_an_inbox(&limits[i], false);
        limit_an_inbox(&limits[i], true);
    }
}

static void an_inbox_has_its_own_age(void **state)
{
    (void)state;
    const struct inbox_options options = {0};
    struct store *store = bounded(&options, false);
    char reason[INBOX_ERROR_SIZE];
    const struct inbox_box brief = {.name = "brief", .max_age_us = 1};
    assert_int_equal(inbox_box_create(store->inbox, &brief, reason), 0);
    (void)store_deliver(store, "a@x.test", "\r\n");
    (void)store_deliver(store, "a+brief@x.test", "\r\n");
    expect_total(store, 1);
    assert_int_equal(store_total(store, INBOX_MESSAGES, "default"), 1);
    void *end = store;
    (void)store_close(&end);
}

/* ---- Whatever comes and goes in whatever order, the newest stay */

#define SENT 150

struct history {
    uint64_t ids[SENT];
    bool is_small[SENT]; /* in the box that has a limit of its own */
    bool is_deleted[SENT];
    uint64_t deleted;
    uint32_t seed;
};

static uint32_t chance(struct history *history, uint32_t below)
{
    history->seed = history->seed * 1664525U + 1013904223U;
    return (history->seed >> 8) % below;
}

static void live_through(struct store *store, struct history *history)
{
    char reason[INBOX_ERROR_SIZE];
    for (uint32_t i = 0; i < SENT; i++) {
        bool is_small = chance(history, 3) == 0;
        (void)store_deliver(store, is_small ? "a+small@x.test" : "a@x.test",
                            "\r\n");
        history->ids[i] = store->answer.message;
        history->is_small[i] = is_small;
        if (chance(history, 4) == 0) {
            store_end(store, store_begin(store, "x", NULL), "empty", "y");
        }
        uint32_t at = i - chance(history, i < 10 ? i + 1 : 10);
        const struct inbox_change gone = {.kind = INBOX_MESSAGES,
                                          .id = history->ids[at]};
        if (chance(history, 5) == 0 &&
            inbox_delete(store->inbox, &gone, reason) == 1) {
            history->is_deleted[at] = true;
            history->deleted++;
        }
    }
}

/* Of one box: what is there is newer than all that retention took. */
static uint64_t check_newest(struct store *store, const struct history *history,
                             bool is_small)
{
    struct arena arena = {0};
    struct inbox_message message;
    uint64_t kept = 0;
    bool is_past = false;
    for (uint32_t i = SENT; i > 0; i--) {
        if (history->is_small[i - 1] != is_small ||
            history->is_deleted[i - 1]) {
            continue;
        }
        bool is_there = inbox_message(store->inbox, history->ids[i - 1], &arena,
                                      &message) == INBOX_OK;
        assert_false(is_there && is_past);
        is_past = is_past || !is_there;
        kept += is_there ? 1 : 0;
    }
    arena_free(&arena);
    return kept;
}

static void live_with(uint32_t seed, bool on_disk)
{
    struct history *history = memory_new(sizeof(*history));
    history->seed = seed;
    const struct inbox_options options = {.max_messages =
                                              10 + chance(history, 60)};
    const struct inbox_box small = {.name = "small",
                                    .max_messages = 1 + chance(history, 9)};
    struct store *store = bounded(&options, on_disk);
    char reason[INBOX_ERROR_SIZE];
    assert_int_equal(inbox_box_create(store->inbox, &small, reason), 0);
    live_through(store, history);
    int64_t until = clock_steady_us() + PATIENCE_US;
    while ((store_total(store, INBOX_ACTIVITY, NULL) > options.max_messages ||
            store_total(store, INBOX_MESSAGES, "small") > small.max_messages) &&
           clock_steady_us() < until) {
        (void)usleep(2000);
    }
    assert_true(store_total(store, INBOX_ACTIVITY, NULL) <=
                options.max_messages);
    uint64_t in_small = check_newest(store, history, true);
    assert_true(in_small <= small.max_messages);
    uint64_t kept = in_small + check_newest(store, history, false);
    struct inbox_state now;
    inbox_state(store->inbox, &now);
    assert_int_equal(kept, now.messages);
    assert_int_equal(kept + history->deleted + now.retired_messages, SENT);
    void *ended = store;
    (void)store_close(&ended);
    free(history);
}

static void the_newest_stay_whatever_happens(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 12; seed++) {
        live_with(seed * 7919, seed % 4 == 0);
    }
}

static void read_one_clear_other(struct store *store, uint64_t one,
                                 uint64_t other)
{
    char reason[INBOX_ERROR_SIZE];
    const struct inbox_change mark = {
        .kind = INBOX_MESSAGES, .id = one, .set_read = true, .read = true};
    const struct inbox_change clear = {
        .kind = INBOX_MESSAGES, .id = other, .set_tags = true};
    assert_int_equal(inbox_mark(store->inbox, &mark, reason), 1);
    assert_int_equal(inbox_mark(store->inbox, &clear, reason), 1);
}

/* The few that stay are spread over all segments: their space is given back
 * all the same, and they are whole. */
static void what_stays_is_copied_forward(void **state)
{
    (void)state;
    const struct inbox_options options = {0};
    struct store *store = bounded(&options, true);
    char reason[INBOX_ERROR_SIZE];
    size_t size = (size_t)1 << 20;
    char *mail = memory_new(size + 1);
    memset(mail, 'x', size);
    uint64_t ids[200];
    for (int i = 0; i < 200; i++) {
        memcpy(mail, i == 20 ? "X-Tags: ci\r\n\r\n" : "\r\nxxxxxxxxxxxx", 14);
        (void)store_deliver(store, "a@x.test", mail);
        ids[i] = store->answer.message;
    }
    read_one_clear_other(store, ids[0], ids[20]);
    for (int i = 0; i < 200; i++) {
        const struct inbox_change gone = {.kind = INBOX_MESSAGES, .id = ids[i]};
        if (i % 20 != 0) {
            assert_int_equal(inbox_delete(store->inbox, &gone, reason), 1);
        }
    }
    int64_t until = clock_steady_us() + PATIENCE_US;
    while (store_space(store) > (uint64_t)80 << 20 &&
           clock_steady_us() < until) {
        (void)usleep(10000);
    }
    assert_true(store_space(store) <= (uint64_t)80 << 20);
    struct arena arena = {0};
    for (int again = 0; again < 2; again++) {
        struct inbox_message message;
        assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 10);
        assert_int_equal(store_total(store, INBOX_SESSIONS, NULL), 10);
        for (int i = 0; i < 200; i += 20) {
            assert_int_equal(
                inbox_message(store->inbox, ids[i], &arena, &message),
                INBOX_OK);
            assert_int_equal(message.tag_count, 0);
            struct inbox_body *body = inbox_body_open(store->inbox, ids[i]);
            assert_non_null(body);
            assert_int_equal(inbox_body_size(body), size);
            inbox_body_close(body);
            struct inbox_session session;
            assert_int_equal(
                inbox_session(store->inbox, message.session, &arena, &session),
                INBOX_OK);
            assert_int_equal(session.transaction_count, 1);
        }
        assert_int_equal(inbox_message(store->inbox, ids[0], &arena, &message),
                         INBOX_OK);
        assert_true(message.is_read);
        store_forget_index(store);
    }
    arena_free(&arena);
    free(mail);
    void *end = store;
    (void)store_close(&end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_keeps_to_the_number),
        cmocka_unit_test(a_directory_keeps_to_the_number),
        cmocka_unit_test(memory_keeps_to_the_octets),
        cmocka_unit_test(a_directory_with_little_gives_it_back),
        cmocka_unit_test(memory_with_holes_stays_small),
        cmocka_unit_test(a_directory_gives_space_back),
        cmocka_unit_test(the_old_go_by_themselves),
        cmocka_unit_test(an_inbox_has_its_own_limits),
        cmocka_unit_test(a_session_counts_in_its_inbox),
        cmocka_unit_test(an_inbox_has_its_own_age),
        cmocka_unit_test(what_stays_is_copied_forward),
        cmocka_unit_test(the_newest_stay_whatever_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
