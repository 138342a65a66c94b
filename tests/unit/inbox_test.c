/* SPDX-License-Identifier: MIT */
/* threads: yes */
#include "inbox/inbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "inbox/query/query.h"
#include "inbox/transcript/transcript.h"
#include "tests/support/store.h"

/* Everything is said of a store in memory and of one in a directory. */

static void what_was_kept_is_found_and_read(void **state)
{
    struct store *store = *state;
    uint64_t session = store_deliver(store, "ann@x.test",
                                     "Subject: hello\r\n"
                                     "\r\nbody\r\n");
    struct arena arena = {0};
    struct inbox_message message;
    assert_int_equal(
        inbox_message(store->inbox, store->answer.message, &arena, &message),
        INBOX_OK);
    assert_string_equal(message.subject, "hello");
    assert_string_equal(message.inbox, "default");
    assert_string_equal(message.envelope_to[0], "ann@x.test");
    assert_int_equal(message.session, session);
    assert_int_equal(message.attachments, 0);
    assert_string_equal(message.snippet, "body");
    assert_false(message.is_read);
    unsigned char raw[100];
    struct inbox_body *body = inbox_body_open(store->inbox, message.id);
    assert_int_equal(inbox_body_read(body, 0, raw, sizeof(raw)), 24);
    assert_memory_equal(raw, "Subject: hello\r\n\r\nbody\r\n", 24);
    inbox_body_close(body);
    arena_free(&arena);
}

static void a_session_says_what_its_pieces_said(void **state)
{
    struct store *store = *state;
    uint64_t id = store_deliver(store, "ann@x.test", "\r\nx\r\n");
    struct arena arena = {0};
    struct inbox_session session;
    assert_int_equal(inbox_session(store->inbox, id, &arena, &session),
                     INBOX_OK);
    assert_false(session.is_live);
    assert_string_equal(session.outcome, "delivered");
    assert_int_equal(session.transaction_count, 1);
    assert_int_equal(session.transactions[0].message, store->answer.message);
    assert_int_equal(session.message_count, 1);
    assert_int_equal(session.accepted, 1);
    struct inbox_pieces pieces;
    assert_int_equal(inbox_pieces(store->inbox, id, &arena, &pieces), INBOX_OK);
    assert_int_equal(pieces.count, 2);
    assert_true(bytes_equal(pieces.items[0], BYTES("first")));
    assert_true(bytes_equal(pieces.items[1], BYTES("last")));
    arena_free(&arena);
}

static void expect_listed(struct store *store, uint64_t session,
                          const uint64_t *ids, size_t count)
{
    struct arena arena = {0};
    struct inbox_session read;
    assert_int_equal(inbox_session(store->inbox, session, &arena, &read),
                     INBOX_OK);
    assert_true(read.is_live);
    assert_int_equal(read.message_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(read.messages[i], ids[i]);
    }
    arena_free(&arena);
}

static void a_live_session_lists_what_was_not_deleted(void **state)
{
    struct store *store = *state;
    uint64_t ids[3];
    char reason[INBOX_ERROR_SIZE];
    uint64_t session = store_begin(store, "live", NULL);
    for (uint32_t i = 0; i < 3; i++) {
        store_message(store, session, i + 1, "ann@x.test", BYTES("\r\n"));
        ids[i] = store->answer.message;
    }
    expect_listed(store, session, ids, 3);
    for (size_t left = 3; left > 0; left--) {
        const struct inbox_change change = {.kind = INBOX_MESSAGES,
                                            .id = ids[left - 1]};
        assert_int_equal(inbox_delete(store->inbox, &change, reason), 1);
        expect_listed(store, session, ids, left - 1);
    }
    store_message(store, session, 4, "ann@x.test", BYTES("\r\n"));
    expect_listed(store, session, &store->answer.message, 1);
    store_end(store, session, "delivered", "bye");
}

static void a_live_session_can_be_read(void **state)
{
    struct store *store = *state;
    struct arena arena = {0};
    struct inbox_session session;
    uint64_t id = store_begin(store, "live", NULL);
    store_settle(store);
    assert_int_equal(inbox_session(store->inbox, id, &arena, &session),
                     INBOX_OK);
    assert_true(session.is_live);
    assert_int_equal(store_total(store, INBOX_SESSIONS, NULL), 0);
    store_end(store, id, "empty", "gone");
    assert_int_equal(store_total(store, INBOX_SESSIONS, NULL), 1);
    assert_int_equal(store_total(store, INBOX_ACTIVITY, NULL), 1);
    arena_free(&arena);
}

static void lists_page_both_ways_and_count(void **state)
{
    struct store *store = *state;
    for (int i = 0; i < 30; i++) {
        (void)store_deliver(store, "ann@x.test", "\r\n");
    }
    struct arena arena = {0};
    struct inbox_list list;
    struct inbox_list_request request = store_request(INBOX_MESSAGES, 10);
    assert_int_equal(inbox_list(store->inbox, &request, &arena, &list),
                     INBOX_OK);
    assert_int_equal(list.count, 10);
    assert_int_equal(list.total, 30);
    uint64_t newest = list.entries[0].message->id;
    assert_int_equal(list.entries[9].message->id, newest - 9);
    assert_int_equal(list.next, newest - 9);
    request.before = list.next;
    assert_int_equal(inbox_list(store->inbox, &request, &arena, &list),
                     INBOX_OK);
    assert_int_equal(list.entries[0].message->id, newest - 10);
    request.before = 0;
    request.after = newest - 20;
    assert_int_equal(inbox_list(store->inbox, &request, &arena, &list),
                     INBOX_OK);
    assert_int_equal(list.entries[0].message->id, newest - 10);
    assert_int_equal(list.entries[9].message->id, newest - 19);
    assert_int_equal(list.next, newest - 10);
    request.after = UINT64_MAX;
    request.at = 17;
    assert_int_equal(inbox_list(store->inbox, &request, &arena, &list),
                     INBOX_OK);
    assert_int_equal(list.entries[0].message->id, newest - 17);
    arena_free(&arena);
}

static void activity_holds_messages_and_barren_sessions(void **state)
{
    struct store *store = *state;
    (void)store_deliver(store, "ann@x.test", "\r\n");
    uint64_t barren = store_begin(store, "x", NULL);
    store_end(store, barren, "refused", "y");
    (void)store_deliver(store, "ann@x.test", "\r\n");
    struct arena arena = {0};
    struct inbox_list list;
    struct inbox_list_request request = store_request(INBOX_ACTIVITY, 10);
    assert_int_equal(inbox_list(store->inbox, &request, &arena, &list),
                     INBOX_OK);
    assert_int_equal(list.total, 3);
    assert_int_equal(list.count, 3);
    assert_non_null(list.entries[0].message);
    assert_int_equal(list.entries[1].session->id, barren);
    assert_int_equal(list.entries[1].session->accepted, 0);
    assert_non_null(list.entries[2].message);
    request.before = list.entries[0].message->seq;
    assert_int_equal(inbox_list(store->inbox, &request, &arena, &list),
                     INBOX_OK);
    assert_int_equal(list.count, 2);
    request.before = 0;
    request.since = list.entries[1].message->seq;
    assert_int_equal(inbox_list(store->inbox, &request, &arena, &list),
                     INBOX_OK);
    assert_int_equal(list.count, 2);
    arena_free(&arena);
}

static void a_deleted_message_takes_its_session_along(void **state)
{
    struct store *store = *state;
    char reason[INBOX_ERROR_SIZE];
    uint64_t session = store_deliver(store, "ann@x.test", "\r\n");
    uint64_t message = store->answer.message;
    (void)store_deliver(store, "bob@x.test", "\r\n");
    const struct inbox_change change = {
        .kind = INBOX_MESSAGES, .id = message, .up_to = UINT64_MAX};
    assert_int_equal(inbox_delete(store->inbox, &change, reason), 1);
    assert_int_equal(inbox_delete(store->inbox, &change, reason), 0);
    struct arena arena = {0};
    struct inbox_message gone;
    struct inbox_session with_it;
    assert_int_equal(inbox_message(store->inbox, message, &arena, &gone),
                     INBOX_NOT_FOUND);
    assert_int_equal(inbox_session(store->inbox, session, &arena, &with_it),
                     INBOX_NOT_FOUND);
    assert_null(inbox_body_open(store->inbox, message));
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 1);
    assert_int_equal(store_total(store, INBOX_SESSIONS, NULL), 1);
    arena_free(&arena);
}

static void an_open_session_that_lost_its_mail_goes_with_its_end(void **state)
{
    struct store *store = *state;
    struct arena arena = {0};
    struct inbox_session found;
    char reason[INBOX_ERROR_SIZE];
    uint64_t session = inbox_session_id(store->inbox);
    int patience = 60000;
    store_message(store, session, 1, "a@x.test", BYTES("\r\n"));
    const struct inbox_change change = {.kind = INBOX_MESSAGES,
                                        .id = store->answer.message,
                                        .up_to = UINT64_MAX};
    assert_int_equal(inbox_delete(store->inbox, &change, reason), 1);
    assert_int_equal(inbox_session(store->inbox, session, &arena, &found),
                     INBOX_OK);
    store_end(store, session, "delivered", "bye");
    while (inbox_session(store->inbox, session, &arena, &found) == INBOX_OK &&
           patience-- > 0) {
        (void)usleep(1000);
    }
    assert_int_equal(store_total(store, INBOX_SESSIONS, NULL), 0);
    assert_int_equal(store_total(store, INBOX_ACTIVITY, NULL), 0);
    arena_free(&arena);
}

/* Few go one by one, many at once. */
static void as_many_go_as_were_listed(void **state)
{
    struct store *store = *state;
    static const enum inbox_list_kind kinds[] = {INBOX_MESSAGES, INBOX_SESSIONS,
                                                 INBOX_ACTIVITY};
    char reason[INBOX_ERROR_SIZE];
    for (size_t i = 0; i < 6; i++) {
        const struct inbox_change all = {.kind = kinds[i % 3],
                                         .up_to = UINT64_MAX};
        for (int number = 0; number < (i < 3 ? 3 : 120); number++) {
            (void)store_deliver(store, "ann@x.test", "\r\n");
            store_end(store, store_begin(store, "x", NULL), "refused", "y");
        }
        uint64_t listed = store_total(store, all.kind, NULL);
        assert_int_equal(inbox_delete(store->inbox, &all, reason), listed);
        assert_int_equal(store_total(store, all.kind, NULL), 0);
    }
}

static void everything_goes_at_once_and_numbers_go_on(void **state)
{
    struct store *store = *state;
    char reason[INBOX_ERROR_SIZE];
    for (int i = 0; i < 250; i++) {
        (void)store_deliver(store, "ann@x.test", "\r\n");
    }
    uint64_t before = store->answer.message;
    uint64_t barren = store_begin(store, "x", NULL);
    store_end(store, barren, "refused", "y");
    uint64_t open = store_begin(store, "open", NULL);
    uint64_t seq = inbox_seq(store->inbox);
    const struct inbox_change change = {.kind = INBOX_MESSAGES,
                                        .up_to = UINT64_MAX};
    assert_int_equal(inbox_delete(store->inbox, &change, reason), 250);
    struct inbox_event event;
    struct inbox_events events = {.items = &event, .size = 1};
    assert_int_equal(inbox_events(store->inbox, seq, &events), 0);
    assert_true(events.has_gap);
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 0);
    assert_int_equal(store_total(store, INBOX_SESSIONS, NULL), 1);
    assert_int_equal(store_total(store, INBOX_ACTIVITY, NULL), 1);
    struct arena arena = {0};
    struct inbox_session session;
    assert_int_equal(inbox_session(store->inbox, barren, &arena, &session),
                     INBOX_OK);
    assert_string_equal(session.outcome, "refused");
    (void)store_deliver(store, "ann@x.test", "\r\n");
    assert_int_equal(store->answer.message, before + 1);
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 1);
    store_end(store, open, "empty", "shut");
    struct inbox_pieces pieces;
    assert_int_equal(inbox_pieces(store->inbox, open, &arena, &pieces),
                     INBOX_OK);
    assert_int_equal(pieces.count, 2);
    assert_true(bytes_equal(pieces.items[0], BYTES("open")));
    assert_int_equal(store_total(store, INBOX_SESSIONS, NULL), 3);
    if (store->dir != NULL) {
        store_forget_index(store);
        assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 1);
        assert_int_equal(store_total(store, INBOX_SESSIONS, NULL), 3);
    }
    arena_free(&arena);
}

static void read_and_tags_are_set(void **state)
{
    struct store *store = *state;
    char reason[INBOX_ERROR_SIZE];
    const char *const tags[] = {"a", "b"};
    (void)store_deliver(store, "ann@x.test", "\r\n");
    const struct inbox_change change = {.kind = INBOX_MESSAGES,
                                        .id = store->answer.message,
                                        .up_to = UINT64_MAX,
                                        .set_read = true,
                                        .read = true,
                                        .set_tags = true,
                                        .tags = tags,
                                        .tag_count = 2};
    uint64_t seq = inbox_seq(store->inbox);
    assert_int_equal(inbox_mark(store->inbox, &change, reason), 1);
    struct arena arena = {0};
    struct inbox_message message;
    assert_int_equal(inbox_message(store->inbox, change.id, &arena, &message),
                     INBOX_OK);
    assert_true(message.is_read);
    assert_int_equal(message.tag_count, 2);
    assert_string_equal(message.tags[1], "b");
    struct inbox_event event;
    struct inbox_events events = {.items = &event, .size = 1, .has_gap = true};
    assert_int_equal(inbox_events(store->inbox, seq, &events), 1);
    assert_false(events.has_gap);
    assert_int_equal(event.happening, INBOX_HAPPENED_CHANGED);
    assert_int_equal(event.id, change.id);
    arena_free(&arena);
}

static void mail_goes_to_the_inbox_that_was_made_for_it(void **state)
{
    struct store *store = *state;
    char reason[INBOX_ERROR_SIZE];
    const struct inbox_box box = {.name = "t42"};
    (void)store_deliver(store, "ann+t42@x.test", "\r\n");
    assert_string_equal(store->answer.inbox, "default");
    assert_int_equal(inbox_box_create(store->inbox, &box, reason), 0);
    (void)store_deliver(store, "ann+t42@x.test", "\r\n");
    assert_string_equal(store->answer.inbox, "t42");
    assert_int_equal(store_total(store, INBOX_MESSAGES, "t42"), 1);
    assert_int_equal(store_total(store, INBOX_SESSIONS, "t42"), 1);
    assert_int_equal(store_total(store, INBOX_MESSAGES, "default"), 1);
    assert_int_equal(inbox_box_delete(store->inbox, "t42", reason), 1);
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 1);
    (void)store_deliver(store, "ann+t42@x.test", "\r\n");
    assert_string_equal(store->answer.inbox, "default");
}

static void a_kept_connection_may_carry_many(void **state)
{
    struct store *store = *state;
    struct arena arena = {0};
    struct inbox_session session;
    uint64_t id = inbox_session_id(store->inbox);
    for (uint32_t i = 1; i <= 600; i++) {
        store_message(store, id, i, "a@x.test", BYTES("\r\n"));
    }
    assert_int_equal(inbox_session(store->inbox, id, &arena, &session),
                     INBOX_OK);
    assert_true(session.is_live);
    store_end(store, id, "delivered", "bye");
    assert_int_equal(inbox_session(store->inbox, id, &arena, &session),
                     INBOX_OK);
    assert_int_equal(session.transaction_count, 600);
    assert_int_equal(session.message_count, 600);
    assert_int_equal(session.accepted, 600);
    for (size_t i = 0; i < 600; i++) {
        assert_true(session.transactions[i].body == i + 1);
        assert_true(session.transactions[i].message == session.messages[i]);
    }
    struct inbox_body *body = inbox_session_body(store->inbox, id, 300);
    assert_non_null(body);
    inbox_body_close(body);
    arena_free(&arena);
}

static void a_query_finds_what_matches(void **state)
{
    struct store *store = *state;
    (void)store_deliver(store, "ann@x.test", "Subject: Welcome\r\n\r\none\r\n");
    (void)store_deliver(store, "bob@x.test", "Subject: Other\r\n\r\ntwo\r\n");
    assert_int_equal(store_found(store, "subject:welcome"), 1);
    assert_int_equal(store_found(store, "rcpt:bob@x.test"), 1);
    assert_int_equal(store_found(store, "rcpt:x.test"), 2);
    assert_int_equal(store_found(store, "body:two"), 1);
    assert_int_equal(store_found(store, "one OR two"), 2);
    assert_int_equal(store_found(store, "-subject:welcome"), 1);
    assert_int_equal(store_found(store, "size:>1M"), 0);
    assert_int_equal(store_found(store, "is:unread"), 2);
}

/* Nobody has read it whole yet. */
static void fresh_mail_is_asked_for_its_attachments(void **state)
{
    struct store *store = *state;
    static const char *const queries[] = {
        "has:attachment", "subject:bill has:attachment",
        "has:attachment subject:bill", "subject:zzz OR has:attachment",
        "-(-has:attachment)"};
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        (void)store_deliver(store, "ann@x.test",
                            "Subject: bill\r\nContent-Type: application/pdf\r\n"
                            "Content-Disposition: attachment\r\n\r\nx\r\n");
        assert_int_equal(store_found(store, queries[i]), i + 1);
        assert_int_equal(store_found(store, "subject:bill -has:attachment"), 0);
    }
}

static void a_place_beyond_the_end_is_an_empty_page(void **state)
{
    struct store *store = *state;
    struct arena arena = {0};
    struct inbox_list list;
    struct inbox_list_request request = store_request(INBOX_MESSAGES, 10);
    (void)store_deliver(store, "ann@x.test", "\r\n");
    store_settle(store);
    request.at = 0;
    assert_int_equal(inbox_list(store->inbox, &request, &arena, &list),
                     INBOX_OK);
    assert_int_equal(list.count, 1);
    request.at = 1;
    assert_int_equal(inbox_list(store->inbox, &request, &arena, &list),
                     INBOX_OK);
    assert_int_equal(list.count, 0);
    assert_int_equal(list.total, 1);
    arena_free(&arena);
}

#define BOTH(test)                                                    \
    cmocka_unit_test_setup_teardown(test, store_memory, store_close), \
        cmocka_unit_test_setup_teardown(test, store_disk, store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(what_was_kept_is_found_and_read),
        BOTH(a_session_says_what_its_pieces_said),
        BOTH(a_live_session_can_be_read),
        BOTH(a_live_session_lists_what_was_not_deleted),
        BOTH(lists_page_both_ways_and_count),
        BOTH(activity_holds_messages_and_barren_sessions),
        BOTH(a_deleted_message_takes_its_session_along),
        BOTH(an_open_session_that_lost_its_mail_goes_with_its_end),
        BOTH(as_many_go_as_were_listed),
        BOTH(everything_goes_at_once_and_numbers_go_on),
        BOTH(read_and_tags_are_set),
        BOTH(mail_goes_to_the_inbox_that_was_made_for_it),
        BOTH(a_kept_connection_may_carry_many),
        BOTH(a_query_finds_what_matches),
        BOTH(fresh_mail_is_asked_for_its_attachments),
        BOTH(a_place_beyond_the_end_is_an_empty_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
