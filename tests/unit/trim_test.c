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

static void expect_messages(struct store *store, uint64_t count)
{
    int64_t until = clock_steady_us() + PATIENCE_US;
    while (store_state(store).messages != count && clock_steady_us() < until) {
        (void)usleep(2000);
    }
    assert_int_equal(store_state(store).messages, count);
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

static void what_was_retired_is_not_kept(bool on_disk)
{
    const struct inbox_options options = {.max_messages = 20};
    struct store *store = store_new(&options, on_disk);
    uint64_t open = store_begin(store, "hello", NULL);
    uint32_t retired = 0;
    send(store, open, 1, 20);
    uint64_t full = store_state(store).bytes;
    send(store, open, 21, 200);
    expect_messages(store, 20);
    assert_true(pieces_of(store, open, &retired) <= 21);
    assert_int_equal(retired, 180);
    assert_true(store_state(store).bytes <= full + 200);
    /* The same when it has ended. */
    store_end(store, open, "delivered", "bye");
    uint64_t next = store_begin(store, "hello", NULL);
    send(store, next, 1, 15);
    expect_messages(store, 20);
    assert_true(pieces_of(store, open, &retired) <= 6);
    assert_int_equal(retired, 195);
    store_end(store, next, "delivered", "bye");
    store_empty(store);
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
        uint64_t bytes = store_state(store).bytes;
        assert_int_equal(pieces_of(store, one, &retired), 6);
        assert_int_equal(retired, 25);
        assert_int_equal(pieces_of(store, open, &retired), again == 0 ? 6 : 7);
        assert_int_equal(retired, 0);
        if (again == 1) {
            store_forget_index(store);
        } else {
            store_again(store);
        }
        assert_true(again == 0 || store_state(store).bytes == bytes);
    }
    store_empty(store);
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
    store_empty(store);
    void *end = store;
    (void)store_close(&end);
}

/* Mail of others fills the segment, so that the journal turns to the next. */
static void fill_segment(struct store *store, bool is_deleted)
{
    char reason[INBOX_ERROR_SIZE];
    struct buffer mail = {0};
    size_t size = (size_t)17 << 20;
    memset(buffer_room(&mail, size), '\n', size);
    mail.size = size;
    for (int i = 0; i < 4; i++) {
        uint64_t other = inbox_session_id(store->inbox);
        store_message(store, other, 1, "b@x.test", buffer_bytes(&mail));
        const struct inbox_change gone = {.kind = INBOX_MESSAGES,
                                          .id = store->answer.message};
        if (is_deleted) {
            assert_int_equal(inbox_delete(store->inbox, &gone, reason), 1);
        }
        store_end(store, other, "delivered", "bye");
    }
    buffer_free(&mail);
}

/* Deletes the newest, so that the limit is out of reach. */
static void make_room(struct store *store, uint64_t count)
{
    char reason[INBOX_ERROR_SIZE];
    for (uint64_t i = 0; i < count; i++) {
        const struct inbox_change gone = {.kind = INBOX_MESSAGES,
                                          .id = store->answer.message - i};
        assert_int_equal(inbox_delete(store->inbox, &gone, reason), 1);
    }
}

static void expect_no_segment(const struct store *store, const char *name)
{
    char path[512];
    int64_t until = clock_steady_us() + PATIENCE_US;
    (void)snprintf(path, sizeof(path), "%s/journal/%s", store->dir, name);
    while (access(path, F_OK) == 0 && clock_steady_us() < until) {
        (void)usleep(2000);
    }
    assert_int_not_equal(access(path, F_OK), 0);
}

/* The head of the next segment says from where on an open session is kept; so
 * does what is copied when the segment goes. */
static void what_went_is_known_in_the_next_segment(bool is_copied)
{
    const struct inbox_options options = {.max_messages = 20};
    struct store *store = store_new(&options, true);
    uint32_t retired = 0;
    uint64_t open = store_begin(store, "hello", NULL);
    send(store, open, 1, 60);
    expect_messages(store, 20);
    make_room(store, 8);
    fill_segment(store, is_copied);
    if (is_copied) {
        expect_no_segment(store, "0000000001.log");
    }
    (void)pieces_of(store, open, &retired);
    assert_int_equal(retired, 40);
    for (int again = 0; again < 3; again++) {
        again < 2 ? store_again(store) : store_forget_index(store);
        (void)pieces_of(store, open, &retired);
        assert_int_equal(retired, 40);
    }
    store_empty(store);
    void *end = store;
    (void)store_close(&end);
}

static void the_next_segment_knows_what_went(void **state)
{
    (void)state;
    what_went_is_known_in_the_next_segment(false);
}

static void what_is_copied_knows_what_went(void **state)
{
    (void)state;
    what_went_is_known_in_the_next_segment(true);
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
    assert_int_equal(store_state(store).messages, 10);
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
    store_empty(store);
    void *end = store;
    (void)store_close(&end);
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
        store_refuse(store, open, number, buffer_bytes(&body));
    }
    int64_t until = clock_steady_us() + PATIENCE_US;
    while (store_state(store).bytes > options.max_bytes &&
           clock_steady_us() < until) {
        (void)usleep(2000);
    }
    assert_true(store_state(store).bytes <= options.max_bytes);
    assert_true(pieces_of(store, open, &retired) > 0);
    assert_true(retired > 300);
    store_end(store, open, "rejected", "bye");
    store_empty(store);
    buffer_free(&body);
    void *end = store;
    (void)store_close(&end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_gives_up_what_was_retired),
        cmocka_unit_test(a_directory_gives_up_what_was_retired),
        cmocka_unit_test(a_restart_knows_what_went),
        cmocka_unit_test(a_session_that_was_cut_off_stays_short),
        cmocka_unit_test(the_next_segment_knows_what_went),
        cmocka_unit_test(what_is_copied_knows_what_went),
        cmocka_unit_test(it_goes_with_its_end_when_all_was_retired),
        cmocka_unit_test(deleting_leaves_the_transcript),
        cmocka_unit_test(a_limit_spares_what_other_inboxes_need),
        cmocka_unit_test(an_open_session_alone_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
