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
#include <unistd.h>

#include "inbox/base/clock.h"
#include "tests/support/store.h"

/* A connection that is kept for thousands of messages: what it said goes with
 * the messages that are retired, and it lives on in the others. */

#define PATIENCE_US ((int64_t)60 * 1000000)

static struct inbox_state state_of(struct store *store)
{
    struct inbox_state now;
    store_settle(store);
    inbox_state(store->inbox, &now);
    return now;
}

static void expect_messages(struct store *store, uint64_t count)
{
    int64_t until = clock_steady_us() + PATIENCE_US;
    while (state_of(store).messages != count && clock_steady_us() < until) {
        (void)usleep(2000);
    }
    assert_int_equal(state_of(store).messages, count);
}

static void send(struct store *store, uint64_t session, uint32_t from,
                 uint32_t to)
{
    for (uint32_t number = from; number <= to; number++) {
        store_message(store, session, number, "a@x.test",
                      BYTES("\r\nhello\r\n"));
    }
}

/* How many pieces there are, and what was retired before them. */
static size_t pieces_of(struct store *store, uint64_t id, uint32_t *retired_out)
{
    struct arena arena = {0};
    struct inbox_session session;
    struct inbox_pieces pieces;
    assert_int_equal(inbox_session(store->inbox, id, &arena, &session),
                     INBOX_OK);
    assert_int_equal(session.first_transaction,
                     session.retired_transactions + 1);
    *retired_out = session.retired_transactions;
    assert_int_equal(inbox_pieces(store->inbox, id, &arena, &pieces), INBOX_OK);
    for (size_t i = 0; i < session.message_count && !session.is_live; i++) {
        struct inbox_message message;
        assert_int_equal(
            inbox_message(store->inbox, session.messages[i], &arena, &message),
            INBOX_OK);
    }
    arena_free(&arena);
    return pieces.count;
}

/* Every octet is given back in the end: what was counted as given up went
 * once, and not twice. */
static void expect_nothing_left(struct store *store)
{
    struct arena arena = {0};
    struct inbox_list list;
    char reason[INBOX_ERROR_SIZE];
    const struct inbox_list_request all = store_request(INBOX_ACTIVITY, 500);
    assert_int_equal(inbox_list(store->inbox, &all, &arena, &list), INBOX_OK);
    for (size_t i = 0; i < list.count; i++) {
        bool is_message = list.entries[i].message != NULL;
        const struct inbox_change gone = {
            .kind = is_message ? INBOX_MESSAGES : INBOX_SESSIONS,
            .id = is_message ? list.entries[i].message->id
                             : list.entries[i].session->id};
        assert_true(inbox_delete(store->inbox, &gone, reason) >= 0);
    }
    arena_free(&arena);
    int64_t until = clock_steady_us() + PATIENCE_US;
    while (state_of(store).bytes > 0 && clock_steady_us() < until) {
        (void)usleep(2000);
    }
    assert_int_equal(store_total(store, INBOX_ACTIVITY, NULL), 0);
    assert_int_equal(store_total(store, INBOX_SESSIONS, NULL), 0);
    assert_int_equal(state_of(store).bytes, 0);
}

static void what_was_retired_is_not_kept(bool on_disk)
{
    const struct inbox_options options = {.max_messages = 20};
    struct store *store = store_new(&options, on_disk);
    uint64_t open = store_begin(store, "hello", NULL);
    uint32_t retired = 0;
    send(store, open, 1, 20);
    uint64_t full = state_of(store).bytes;
    send(store, open, 21, 200);
    expect_messages(store, 20);
    assert_true(pieces_of(store, open, &retired) <= 21);
    assert_int_equal(retired, 180);
    assert_true(state_of(store).bytes <= full + 200);
    /* The same when it has ended. */
    store_end(store, open, "delivered", "bye");
    uint64_t next = store_begin(store, "hello", NULL);
    send(store, next, 1, 15);
    expect_messages(store, 20);
    assert_true(pieces_of(store, open, &retired) <= 6);
    assert_int_equal(retired, 195);
    store_end(store, next, "delivered", "bye");
    expect_nothing_left(store);
    void *state = store;
    (void)store_close(&state);
}

static void memory_gives_up_what_was_retired(void **state)
{
    (void)state;
    what_was_retired_is_not_kept(false);
}

static void a_directory_gives_up_what_was_retired(void **state)
{
    (void)state;
    what_was_retired_is_not_kept(true);
}

/* A restart, with the index or without, knows what went. */
static void a_restart_knows_what_went(void **state)
{
    (void)state;
    const struct inbox_options options = {.max_messages = 10};
    struct store *store = store_new(&options, true);
    uint64_t one = store_begin(store, "hello", NULL);
    send(store, one, 1, 30);
    store_end(store, one, "delivered", "bye");
    uint64_t open = store_begin(store, "hello", NULL);
    send(store, open, 1, 5);
    expect_messages(store, 10);
    for (int again = 0; again < 3; again++) {
        uint32_t retired = 0;
        uint64_t bytes = state_of(store).bytes;
        assert_int_equal(pieces_of(store, one, &retired), 6);
        assert_int_equal(retired, 25);
        assert_int_equal(pieces_of(store, open, &retired), again == 0 ? 6 : 7);
        assert_int_equal(retired, 0);
        if (again == 1) {
            store_forget_index(store);
        } else {
            store_again(store);
        }
        assert_true(again == 0 || state_of(store).bytes == bytes);
    }
    expect_nothing_left(store);
    void *end = store;
    (void)store_close(&end);
}

/* So does one that cut an open session off. */
static void a_session_that_was_cut_off_stays_short(void **state)
{
    (void)state;
    const struct inbox_options options = {.max_messages = 10};
    struct store *store = store_new(&options, true);
    uint64_t open = store_begin(store, "hello", NULL);
    send(store, open, 1, 30);
    expect_messages(store, 10);
    for (int again = 0; again < 3; again++) {
        uint32_t retired = 0;
        again < 2 ? store_again(store) : store_forget_index(store);
        assert_int_equal(pieces_of(store, open, &retired), 11);
        assert_int_equal(retired, 20);
    }
    expect_nothing_left(store);
    void *end = store;
    (void)store_close(&end);
}

/* All it brought went while it was open: it is no entry by itself. */
static void it_goes_with_its_end_when_all_was_retired(void **state)
{
    (void)state;
    const struct inbox_options options = {.max_messages = 10};
    struct store *store = store_new(&options, false);
    uint64_t open = store_begin(store, "hello", NULL);
    send(store, open, 1, 5);
    for (int i = 0; i < 10; i++) {
        (void)store_deliver(store, "a@x.test", "\r\n");
    }
    expect_messages(store, 10);
    store_end(store, open, "delivered", "bye");
    struct arena arena = {0};
    struct inbox_session session;
    int64_t until = clock_steady_us() + PATIENCE_US;
    while (inbox_session(store->inbox, open, &arena, &session) == INBOX_OK &&
           clock_steady_us() < until) {
        (void)usleep(2000);
    }
    assert_int_equal(inbox_session(store->inbox, open, &arena, &session),
                     INBOX_NOT_FOUND);
    assert_int_equal(state_of(store).messages, 10);
    arena_free(&arena);
    void *end = store;
    (void)store_close(&end);
}

/* What a person deletes leaves the conversation as it was. */
static void deleting_leaves_the_transcript(void **state)
{
    (void)state;
    const struct inbox_options options = {0};
    struct store *store = store_new(&options, false);
    char reason[INBOX_ERROR_SIZE];
    uint64_t open = store_begin(store, "hello", NULL);
    uint32_t retired = 0;
    send(store, open, 1, 10);
    for (uint64_t id = 1; id <= 9; id++) {
        const struct inbox_change gone = {.kind = INBOX_MESSAGES, .id = id};
        assert_int_equal(inbox_delete(store->inbox, &gone, reason), 1);
    }
    assert_int_equal(pieces_of(store, open, &retired), 11);
    assert_int_equal(retired, 0);
    void *end = store;
    (void)store_close(&end);
}

/* The limit of one inbox takes nothing that another one's message needs. */
static void a_limit_spares_what_other_inboxes_need(void **state)
{
    (void)state;
    const struct inbox_options options = {0};
    struct store *store = store_new(&options, false);
    char reason[INBOX_ERROR_SIZE];
    const struct inbox_box small = {.name = "small", .max_messages = 2};
    assert_int_equal(inbox_box_create(store->inbox, &small, reason), 0);
    uint64_t open = store_begin(store, "hello", NULL);
    uint32_t retired = 0;
    send(store, open, 1, 1);
    for (uint32_t number = 2; number <= 20; number++) {
        store_message(store, open, number, "a+small@x.test", BYTES("\r\n"));
    }
    expect_messages(store, 3);
    assert_int_equal(pieces_of(store, open, &retired), 21);
    assert_int_equal(retired, 0);
    /* Nothing older stays: what the limit takes goes whole. */
    const struct inbox_change first = {.kind = INBOX_MESSAGES, .id = 1};
    assert_int_equal(inbox_delete(store->inbox, &first, reason), 1);
    store_message(store, open, 21, "a+small@x.test", BYTES("\r\n"));
    expect_messages(store, 2);
    assert_int_equal(pieces_of(store, open, &retired), 2);
    assert_int_equal(retired, 19);
    store_end(store, open, "delivered", "bye");
    expect_nothing_left(store);
    void *end = store;
    (void)store_close(&end);
}

/* A body that was refused, from a connection that stays. */
static void refuse(struct store *store, uint64_t id, uint32_t number,
                   struct bytes octets)
{
    const struct inbox_transaction transaction = {.from = "a@x.test",
                                                  .from_raw = "<a@x.test>",
                                                  .mail_code = 250,
                                                  .code = 554,
                                                  .body = number,
                                                  .size = octets.size};
    const struct inbox_session now = {.id = id,
                                      .is_live = true,
                                      .listener = "127.0.0.1:2525",
                                      .peer = "127.0.0.1:40000",
                                      .transactions = &transaction,
                                      .transaction_count = 1,
                                      .first_transaction = number,
                                      .is_lossless = true};
    struct inbox_delivery delivery = {.draft = inbox_draft_new(store->inbox, 0),
                                      .session = &now,
                                      .piece = BYTES("refused"),
                                      .transaction = number,
                                      .body = number,
                                      .envelope = &transaction};
    assert_int_equal(inbox_draft_add(delivery.draft, octets, NULL, 0), 0);
    inbox_keep_now(store->inbox, &delivery, &store->answer);
}

/* Nothing of it is an entry: the octets are bounded all the same. */
static void an_open_session_alone_is_bounded(void **state)
{
    (void)state;
    const struct inbox_options options = {.max_bytes = (uint64_t)4 << 20};
    struct store *store = store_new(&options, false);
    struct buffer body = {0};
    uint32_t retired = 0;
    memset(buffer_room(&body, 100000), 'x', 100000);
    body.size = 100000;
    (void)store_deliver(store, "a@x.test", "\r\nkept\r\n");
    uint64_t open = store_begin(store, "hello", NULL);
    for (uint32_t number = 1; number <= 400; number++) {
        refuse(store, open, number, buffer_bytes(&body));
    }
    int64_t until = clock_steady_us() + PATIENCE_US;
    while (state_of(store).bytes > options.max_bytes &&
           clock_steady_us() < until) {
        (void)usleep(2000);
    }
    assert_true(state_of(store).bytes <= options.max_bytes);
    assert_true(pieces_of(store, open, &retired) > 0);
    assert_true(retired > 300);
    store_end(store, open, "rejected", "bye");
    expect_nothing_left(store);
    buffer_free(&body);
    void *end = store;
    (void)store_close(&end);
}

/* ---- Whatever comes and goes in whatever order */

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
        refuse(store, course->open[at], ++course->said[at], body);
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
    uint64_t bytes = state_of(store).bytes;
    do {
        before = bytes;
        inbox_settle(store->inbox); /* a turn of the keeper */
        inbox_settle(store->inbox);
        bytes = state_of(store).bytes;
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
    expect_nothing_left(store);
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
        cmocka_unit_test(memory_gives_up_what_was_retired),
        cmocka_unit_test(a_directory_gives_up_what_was_retired),
        cmocka_unit_test(a_restart_knows_what_went),
        cmocka_unit_test(a_session_that_was_cut_off_stays_short),
        cmocka_unit_test(it_goes_with_its_end_when_all_was_retired),
        cmocka_unit_test(deleting_leaves_the_transcript),
        cmocka_unit_test(a_limit_spares_what_other_inboxes_need),
        cmocka_unit_test(an_open_session_alone_is_bounded),
        cmocka_unit_test(nothing_is_lost_and_nothing_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
