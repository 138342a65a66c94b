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
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "tests/support/store.h"

/* Many apps and parallel tests share one store and do not see each other. */

static struct inbox_box *find_box(struct store *store, const char *name,
                                  struct arena *arena)
{
    struct inbox_box *boxes = NULL;
    size_t count = 0;
    assert_int_equal(inbox_boxes(store->inbox, arena, &boxes, &count),
                     INBOX_OK);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(boxes[i].name, name) == 0) {
            return &boxes[i];
        }
    }
    return NULL;
}

static void boxes_are_listed_with_their_mail(void **state)
{
    struct store *store = *state;
    struct arena arena = {0};
    char reason[INBOX_ERROR_SIZE];
    const struct inbox_box box = {.name = "t1", .max_messages = 7};
    assert_int_equal(inbox_box_create(store->inbox, &box, reason), 0);
    (void)store_deliver(store, "a+t1@x.test", "\r\n");
    assert_int_equal(find_box(store, "t1", &arena)->messages, 1);
    assert_int_equal(find_box(store, "t1", &arena)->max_messages, 7);
    assert_true(find_box(store, "t1", &arena)->is_created);
    assert_int_equal(find_box(store, "default", &arena)->messages, 0);
    assert_false(find_box(store, "default", &arena)->is_created);
    assert_null(find_box(store, "t2", &arena));
    arena_free(&arena);
}

static void a_listeners_box_takes_all_it_hears(void **state)
{
    struct store *store = *state;
    uint64_t session = store_begin(store, "x", "bound");
    store_end(store, session, "empty", "y");
    assert_int_equal(store_total(store, INBOX_SESSIONS, "bound"), 1);
    struct arena arena = {0};
    assert_false(find_box(store, "bound", &arena)->is_created);
    /* Nobody made it: a plus does not lead there. */
    (void)store_deliver(store, "a+bound@x.test", "\r\n");
    assert_int_equal(store_total(store, INBOX_MESSAGES, "bound"), 0);
    assert_int_equal(store_total(store, INBOX_MESSAGES, "default"), 1);
    arena_free(&arena);
}

static const char *inbox_of(struct store *store, uint64_t id,
                            struct arena *arena)
{
    struct inbox_session session;
    store_settle(store);
    assert_int_equal(inbox_session(store->inbox, id, arena, &session),
                     INBOX_OK);
    return session.inbox;
}

/* Whatever inboxes the later ones go to, also when the program dies. */
static void a_session_belongs_to_the_inbox_of_its_first_message(void **state)
{
    struct store *store = *state;
    struct arena arena = {0};
    char reason[INBOX_ERROR_SIZE];
    const struct inbox_box box = {.name = "t1"};
    assert_int_equal(inbox_box_create(store->inbox, &box, reason), 0);
    uint64_t first = inbox_session_id(store->inbox);
    store_message(store, first, 1, "a@x.test", BYTES("\r\n"));
    store_message(store, first, 2, "a+t1@x.test", BYTES("\r\n"));
    store_end(store, first, "delivered", "bye");
    uint64_t second = inbox_session_id(store->inbox);
    store_message(store, second, 1, "a+t1@x.test", BYTES("\r\n"));
    store_message(store, second, 2, "a@x.test", BYTES("\r\n"));
    store_end(store, second, "delivered", "bye");
    assert_string_equal(inbox_of(store, first, &arena), "default");
    assert_string_equal(inbox_of(store, second, &arena), "t1");
    assert_int_equal(store_total(store, INBOX_MESSAGES, "t1"), 2);
    if (store->dir != NULL) {
        uint64_t third = inbox_session_id(store->inbox);
        store_message(store, third, 1, "a+t1@x.test", BYTES("\r\n"));
        store_message(store, third, 2, "a@x.test", BYTES("\r\n"));
        store_forget_index(store);
        assert_string_equal(inbox_of(store, first, &arena), "default");
        assert_string_equal(inbox_of(store, second, &arena), "t1");
        assert_string_equal(inbox_of(store, third, &arena), "t1");
    }
    arena_free(&arena);
}

static void a_name_must_be_plain(void **state)
{
    struct store *store = *state;
    static const char *const bad[] = {
        "",
        "a b",
        "a/b",
        "\xc3\xa4",
        "a+b",
        ("12345678901234567890123456789012345678901234567890123456789"
         "012345")};
    char reason[INBOX_ERROR_SIZE];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct inbox_box box = {.name = bad[i]};
        assert_int_equal(inbox_box_create(store->inbox, &box, reason), -1);
        assert_true(reason[0] != '\0');
    }
}

static void a_box_goes_when_its_time_is_over(void **state)
{
    struct store *store = *state;
    struct arena arena = {0};
    char reason[INBOX_ERROR_SIZE];
    const struct inbox_box box = {.name = "brief",
                                  .expires_at_us = clock_now_us() + 1};
    assert_int_equal(inbox_box_create(store->inbox, &box, reason), 0);
    int64_t until = clock_steady_us() + (int64_t)60 * 1000000;
    while (find_box(store, "brief", &arena) != NULL &&
           clock_steady_us() < until) {
        (void)usleep(10000);
    }
    assert_null(find_box(store, "brief", &arena));
    (void)store_deliver(store, "a+brief@x.test", "\r\n");
    assert_string_equal(store->answer.inbox, "default");
    arena_free(&arena);
}

static void the_default_one_is_emptied_and_stays(void **state)
{
    struct store *store = *state;
    struct arena arena = {0};
    char reason[INBOX_ERROR_SIZE];
    (void)store_deliver(store, "a@x.test", "\r\n");
    (void)store_deliver(store, "a@x.test", "\r\n");
    assert_int_equal(inbox_box_delete(store->inbox, "default", reason), 2);
    assert_int_equal(find_box(store, "default", &arena)->messages, 0);
    assert_int_equal(inbox_box_delete(store->inbox, "nobody", reason), 0);
    arena_free(&arena);
}

/* ---- Two hundred at once */

#define TESTS 200
#define THREADS 8
#define MAILS 10

struct worker {
    struct store *store;
    pthread_t thread;
    int first;
    const char *failure;
};

/* One test: an inbox of its own, mail in, exactly that mail found, gone. */
static const char *one_test(struct store *shared, int number)
{
    struct store store = *shared;
    char name[32];
    char to[64];
    char reason[INBOX_ERROR_SIZE];
    (void)snprintf(name, sizeof(name), "t%d", number);
    (void)snprintf(to, sizeof(to), "a+t%d@x.test", number);
    const struct inbox_box box = {.name = name};
    if (inbox_box_create(store.inbox, &box, reason) != 0) {
        return "create";
    }
    for (uint64_t i = 1; i <= MAILS; i++) {
        (void)store_deliver(&store, to, "\r\n");
        if (strcmp(store.answer.inbox, name) != 0) {
            return "routed";
        }
        if (store_total(&store, INBOX_MESSAGES, name) != i ||
            store_total(&store, INBOX_SESSIONS, name) != i) {
            return "found";
        }
    }
    struct arena arena = {0};
    struct inbox_list list;
    struct inbox_list_request request = store_request(INBOX_MESSAGES, 100);
    request.inbox = name;
    bool is_good = inbox_list(store.inbox, &request, &arena, &list) == INBOX_OK;
    for (size_t i = 0; is_good && i < list.count; i++) {
        is_good = strcmp(list.entries[i].message->inbox, name) == 0 &&
                  strcmp(list.entries[i].message->envelope_to[0], to) == 0;
    }
    arena_free(&arena);
    if (!is_good) {
        return "listed";
    }
    return inbox_box_delete(store.inbox, name, reason) == MAILS ? NULL
                                                                : "deleted";
}

static void *work(void *context)
{
    struct worker *worker = context;
    for (int i = worker->first; i < TESTS && worker->failure == NULL;
         i += THREADS) {
        worker->failure = one_test(worker->store, i);
    }
    return NULL;
}

static void two_hundred_tests_do_not_disturb_each_other(void **state)
{
    struct store *store = *state;
    struct worker workers[THREADS];
    (void)store_deliver(store, "a@x.test", "\r\nstays\r\n");
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.store = store, .first = i};
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(workers[i].thread, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_string_equal(
            workers[i].failure == NULL ? "" : workers[i].failure, "");
    }
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 1);
    assert_int_equal(store_total(store, INBOX_ACTIVITY, NULL), 1);
}

int main(void)
{
#define BOTH(test)                                                    \
    cmocka_unit_test_setup_teardown(test, store_memory, store_close), \
        cmocka_unit_test_setup_teardown(test, store_disk, store_close)
    const struct CMUnitTest tests[] = {
        BOTH(boxes_are_listed_with_their_mail),
        BOTH(a_listeners_box_takes_all_it_hears),
        BOTH(a_session_belongs_to_the_inbox_of_its_first_message),
        BOTH(a_name_must_be_plain),
        BOTH(a_box_goes_when_its_time_is_over),
        BOTH(the_default_one_is_emptied_and_stays),
        BOTH(two_hundred_tests_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
