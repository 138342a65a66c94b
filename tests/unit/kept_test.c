/* SPDX-License-Identifier: MIT */
/* threads: yes */
#include "inbox/inbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <assert.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/support/store.h"

/* In memory the loop keeps mail itself, and rows follow later: nobody sees the
 * difference, whatever else is done to the store meanwhile. */

#define SESSIONS 200
#define EACH 3

static const char mail[] = "Subject: kept\r\n\r\nbody\r\n";

/* One session after the other, as the loop brings them. */
static void bring(struct store *store, const char *box)
{
    store->is_loop = true;
    store->box = box;
    for (uint32_t i = 0; i < SESSIONS; i++) {
        uint64_t before = store->answer.message;
        uint64_t session = store_begin(store, "first", NULL);
        for (uint32_t number = 1; number <= EACH; number++) {
            store_message(store, session, number, "ann@x.test", bytes_of(mail));
            assert_int_equal(store->answer.verdict, INBOX_KEPT);
            assert_true(store->answer.message > before);
            before = store->answer.message;
        }
        store_end(store, session, "delivered", "last");
    }
    store->is_loop = false;
    inbox_settle(store->inbox);
}

/* The newest session has its messages, in order, and each is there. */
static void check_newest(struct store *store, const char *box)
{
    struct arena arena = {0};
    struct inbox_list list;
    struct inbox_list_request request = store_request(INBOX_SESSIONS, 1);
    assert_int_equal(inbox_list(store->inbox, &request, &arena, &list),
                     INBOX_OK);
    assert_int_equal(list.count, 1);
    const struct inbox_session *session = list.entries[0].session;
    assert_int_equal(session->message_count, EACH);
    for (size_t i = 0; i < EACH; i++) {
        struct inbox_message message;
        assert_int_equal(
            inbox_message(store->inbox, session->messages[i], &arena, &message),
            INBOX_OK);
        assert_string_equal(message.inbox, box);
        assert_string_equal(message.subject, "kept");
        assert_int_equal(message.transaction, i + 1);
        assert_int_equal(message.size, sizeof(mail) - 1);
    }
    arena_free(&arena);
}

static void what_the_loop_brings_is_found(void **state)
{
    static struct inbox_event events[SESSIONS * (EACH + 1)];
    struct store *store = *state;
    struct inbox_state now;
    struct inbox_events all = {.items = events, .size = SESSIONS * (EACH + 1)};
    bring(store, NULL);
    inbox_state(store->inbox, &now);
    assert_int_equal(now.messages, SESSIONS * EACH);
    assert_int_equal(now.sessions, SESSIONS);
    assert_int_equal(inbox_events(store->inbox, 0, &all),
                     SESSIONS * (EACH + 1));
    assert_false(all.has_gap);
    for (size_t i = 0; i < SESSIONS * (EACH + 1); i++) {
        bool is_end = i % (EACH + 1) == EACH;
        assert_int_equal(events[i].seq, i + 1);
        assert_int_equal(events[i].kind,
                         is_end ? INBOX_SESSIONS : INBOX_MESSAGES);
    }
    check_newest(store, "default");
}

/* The keeper makes the inbox that a listener names; then the loop goes on. */
static void an_inbox_that_is_not_there_yet_is_made(void **state)
{
    struct store *store = *state;
    bring(store, "shop");
    assert_string_equal(store->answer.inbox, "shop");
    check_newest(store, "shop");
}

/* ---- While others change it */

struct others {
    struct store *store;
    _Atomic bool is_over;
};

/* Reads what was answered last, marks, deletes, follows. */
static void *disturb(void *context)
{
    struct others *others = context;
    struct inbox *inbox = others->store->inbox;
    char reason[INBOX_ERROR_SIZE];
    while (!others->is_over) {
        struct arena arena = {0};
        struct inbox_list list;
        struct inbox_list_request request = store_request(INBOX_MESSAGES, 20);
        const struct inbox_change mark = {.kind = INBOX_MESSAGES,
                                          .up_to = UINT64_MAX,
                                          .set_read = true,
                                          .read = true};
        const struct inbox_change all = {.kind = INBOX_MESSAGES,
                                         .up_to = UINT64_MAX};
        inbox_follow(inbox, 1);
        uint64_t seq = inbox_seq(inbox);
        assert(inbox_wait_indexed(inbox, seq, 60000, reason) == 0);
        assert(inbox_list(inbox, &request, &arena, &list) == INBOX_OK);
        inbox_follow(inbox, -1);
        assert(inbox_mark(inbox, &mark, reason) >= 0);
        assert(inbox_delete(inbox, &all, reason) >= 0);
        arena_free(&arena);
    }
    return NULL;
}

static void others_may_change_it_meanwhile(void **state)
{
    struct store *store = *state;
    struct others others = {.store = store};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, disturb, &others), 0);
    bring(store, NULL);
    others.is_over = true;
    (void)pthread_join(thread, NULL);
    const struct inbox_change all = {.kind = INBOX_ACTIVITY,
                                     .up_to = UINT64_MAX};
    char reason[INBOX_ERROR_SIZE];
    struct inbox_state now;
    assert_true(inbox_delete(store->inbox, &all, reason) >= 0);
    inbox_state(store->inbox, &now);
    assert_int_equal(now.messages, 0);
    assert_int_equal(now.sessions, 0);
    assert_int_equal(now.bytes, 0);
    bring(store, NULL);
    check_newest(store, "default");
}

static int store_of_fifty(void **state)
{
    const struct inbox_options options = {.max_messages = 50};
    *state = store_new(&options, false);
    return 0;
}

static void limits_hold_meanwhile(void **state)
{
    struct store *store = *state;
    struct inbox_state now;
    bring(store, NULL);
    do {
        inbox_settle(store->inbox);
        inbox_state(store->inbox, &now);
    } while (now.messages > 50);
    assert_int_equal(now.messages, 50);
    assert_int_equal(now.retired_messages, SESSIONS * EACH - 50);
    check_newest(store, "default");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_loop_brings_is_found,
                                        store_memory, store_close),
        cmocka_unit_test_setup_teardown(an_inbox_that_is_not_there_yet_is_made,
                                        store_memory, store_close),
        cmocka_unit_test_setup_teardown(others_may_change_it_meanwhile,
                                        store_memory, store_close),
        cmocka_unit_test_setup_teardown(limits_hold_meanwhile, store_of_fifty,
                                        store_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
