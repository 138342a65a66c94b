/* SPDX-License-Identifier: MIT */
#include "inbox/inbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <stdlib.h>

#include "inbox/base/memory.h"
#include "tests/support/store.h"

/* Whatever happens in whatever order, the store says what a list on paper
 * says: property tests with a fixed seed, in memory, on disk, with restarts and
 * with the index built anew. */

#define MOST 600
#define BOXES 3

struct paper_message {
    uint64_t id;
    size_t session; /* index in sessions */
    int box;
    bool is_there;
    bool is_read;
};

struct paper_session {
    uint64_t id;
    int box;
    unsigned alive;
    bool is_there;
};

struct paper {
    struct paper_message messages[MOST];
    size_t message_count;
    struct paper_session sessions[MOST];
    size_t session_count;
    uint32_t seed;
};

static const char *const names[BOXES] = {"default", "one", "two"};
static const char *const to[BOXES] = {"a@x.test", "a+one@x.test",
                                      "a+two@x.test"};

static uint32_t chance(struct paper *paper, uint32_t below)
{
    paper->seed = paper->seed * 1664525U + 1013904223U;
    return (paper->seed >> 8) % below;
}

static void deliver(struct store *store, struct paper *paper)
{
    int box = (int)chance(paper, BOXES);
    uint32_t count = chance(paper, 4);
    size_t at = paper->session_count++;
    uint64_t id = inbox_session_id(store->inbox);
    paper->sessions[at] = (struct paper_session){id, box, count, true};
    for (uint32_t i = 1; i <= count; i++) {
        store_message(store, id, i, to[box], BYTES("Subject: x\r\n\r\nx\r\n"));
        paper->messages[paper->message_count++] =
            (struct paper_message){store->answer.message, at, box, true, false};
    }
    if (count == 0) {
        paper->sessions[at].box = 0;
    }
    store_end(store, id, count == 0 ? "empty" : "delivered", "bye");
}

static void cross_out(struct paper *paper, struct paper_message *message)
{
    struct paper_session *session = &paper->sessions[message->session];
    if (message->is_there) {
        message->is_there = false;
        session->alive--;
        session->is_there = session->alive > 0;
    }
}

static void delete_message(struct store *store, struct paper *paper)
{
    char reason[INBOX_ERROR_SIZE];
    if (paper->message_count == 0) {
        return;
    }
    struct paper_message *one =
        &paper->messages[chance(paper, (uint32_t)paper->message_count)];
    const struct inbox_change change = {
        .kind = INBOX_MESSAGES, .id = one->id, .up_to = UINT64_MAX};
    assert_int_equal(inbox_delete(store->inbox, &change, reason),
                     one->is_there ? 1 : 0);
    cross_out(paper, one);
}

static void delete_session(struct store *store, struct paper *paper)
{
    char reason[INBOX_ERROR_SIZE];
    if (paper->session_count == 0) {
        return;
    }
    size_t at = chance(paper, (uint32_t)paper->session_count);
    const struct inbox_change change = {.kind = INBOX_SESSIONS,
                                        .id = paper->sessions[at].id,
                                        .up_to = UINT64_MAX};
    assert_true(inbox_delete(store->inbox, &change, reason) >= 0);
    for (size_t i = 0; i < paper->message_count; i++) {
        if (paper->messages[i].session == at) {
            cross_out(paper, &paper->messages[i]);
        }
    }
    paper->sessions[at].is_there = false;
}

static void delete_box(struct store *store, struct paper *paper)
{
    char reason[INBOX_ERROR_SIZE];
    int box = (int)chance(paper, BOXES);
    const struct inbox_change change = {
        .kind = INBOX_MESSAGES, .inbox = names[box], .up_to = UINT64_MAX};
    assert_true(inbox_delete(store->inbox, &change, reason) >= 0);
    for (size_t i = 0; i < paper->message_count; i++) {
        if (paper->messages[i].box == box) {
            cross_out(paper, &paper->messages[i]);
        }
    }
}

static void mark(struct store *store, struct paper *paper)
{
    char reason[INBOX_ERROR_SIZE];
    if (paper->message_count == 0) {
        return;
    }
    struct paper_message *one =
        &paper->messages[chance(paper, (uint32_t)paper->message_count)];
    const struct inbox_change change = {.kind = INBOX_MESSAGES,
                                        .id = one->id,
                                        .up_to = UINT64_MAX,
                                        .set_read = true,
                                        .read = chance(paper, 2) == 0};
    assert_int_equal(inbox_mark(store->inbox, &change, reason),
                     one->is_there ? 1 : 0);
    one->is_read = change.read;
}

static void check_totals(struct store *store, const struct paper *paper,
                         int box)
{
    uint64_t messages = 0;
    uint64_t sessions = 0;
    uint64_t alone = 0;
    for (size_t i = 0; i < paper->message_count; i++) {
        const struct paper_message *one = &paper->messages[i];
        messages += one->is_there && (box < 0 || one->box == box) ? 1 : 0;
    }
    for (size_t i = 0; i < paper->session_count; i++) {
        const struct paper_session *one = &paper->sessions[i];
        bool counts = one->is_there && (box < 0 || one->box == box);
        sessions += counts ? 1 : 0;
        alone += counts && one->alive == 0 ? 1 : 0;
    }
    const char *name = box < 0 ? NULL : names[box];
    assert_int_equal(store_total(store, INBOX_MESSAGES, name), messages);
    assert_int_equal(store_total(store, INBOX_SESSIONS, name), sessions);
    assert_int_equal(store_total(store, INBOX_ACTIVITY, name),
                     messages + alone);
}

static void check_rows(struct store *store, const struct paper *paper)
{
    struct arena arena = {0};
    for (size_t i = 0; i < paper->message_count; i++) {
        const struct paper_message *one = &paper->messages[i];
        struct inbox_message message;
        enum inbox_result result =
            inbox_message(store->inbox, one->id, &arena, &message);
        assert_int_equal(result, one->is_there ? INBOX_OK : INBOX_NOT_FOUND);
        if (one->is_there) {
            assert_true(message.is_read == one->is_read);
            assert_string_equal(message.inbox, names[one->box]);
        }
    }
    for (size_t i = 0; i < paper->session_count; i++) {
        const struct paper_session *one = &paper->sessions[i];
        struct inbox_session session;
        enum inbox_result result =
            inbox_session(store->inbox, one->id, &arena, &session);
        assert_int_equal(result, one->is_there ? INBOX_OK : INBOX_NOT_FOUND);
        if (one->is_there) {
            assert_int_equal(session.message_count, one->alive);
        }
    }
    arena_free(&arena);
}

/* Every place of the list, asked for by its number, is the one before it in
 * the list as a whole. */
static void check_places(struct store *store, enum inbox_list_kind kind)
{
    struct arena arena = {0};
    struct inbox_list all;
    struct inbox_list one;
    struct inbox_list_request request = store_request(kind, 500);
    assert_int_equal(inbox_list(store->inbox, &request, &arena, &all),
                     INBOX_OK);
    for (size_t i = 0; i < all.count; i += 7) {
        request = store_request(kind, 1);
        request.at = i;
        assert_int_equal(inbox_list(store->inbox, &request, &arena, &one),
                         INBOX_OK);
        assert_int_equal(one.count, 1);
        const struct inbox_entry *want = &all.entries[i];
        const struct inbox_entry *got = &one.entries[0];
        assert_true((want->message == NULL) == (got->message == NULL));
        assert_true(want->message == NULL
                        ? want->session->id == got->session->id
                        : want->message->id == got->message->id);
    }
    arena_free(&arena);
}

static void check(struct store *store, const struct paper *paper)
{
    for (int box = -1; box < BOXES; box++) {
        check_totals(store, paper, box);
    }
    check_rows(store, paper);
    check_places(store, INBOX_MESSAGES);
    check_places(store, INBOX_SESSIONS);
    check_places(store, INBOX_ACTIVITY);
}

static void act(struct store *store, struct paper *paper)
{
    switch (chance(paper, 12)) {
    case 0:
    case 1:
        delete_message(store, paper);
        break;
    case 2:
        delete_session(store, paper);
        break;
    case 3:
        mark(store, paper);
        break;
    case 4:
        if (chance(paper, 8) == 0) {
            delete_box(store, paper);
        }
        break;
    case 5:
        if (store->dir != NULL && chance(paper, 3) == 0) {
            store_again(store);
        } else if (store->dir != NULL) {
            store_forget_index(store);
        }
        break;
    default:
        deliver(store, paper);
    }
}

static void the_store_says_what_the_paper_says(void **state)
{
    struct store *store = *state;
    struct paper *paper = memory_new(sizeof(*paper));
    char reason[INBOX_ERROR_SIZE];
    paper->seed = 20261122;
    for (int i = 1; i < BOXES; i++) {
        const struct inbox_box box = {.name = names[i]};
        assert_int_equal(inbox_box_create(store->inbox, &box, reason), 0);
    }
    while (paper->message_count < MOST - 4 && paper->session_count < 200) {
        act(store, paper);
        if (chance(paper, 20) == 0) {
            check(store, paper);
        }
    }
    check(store, paper);
    struct inbox_state before;
    inbox_state(store->inbox, &before);
    if (store->dir != NULL) {
        store_forget_index(store);
        struct inbox_state after;
        inbox_state(store->inbox, &after);
        assert_int_equal(after.bytes, before.bytes);
        check(store, paper);
    }
    free(paper);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_store_says_what_the_paper_says,
                                        store_memory, store_close),
        cmocka_unit_test_setup_teardown(the_store_says_what_the_paper_says,
                                        store_disk, store_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
