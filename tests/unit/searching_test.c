/* SPDX-License-Identifier: MIT */
#include "inbox/query/query.h"
#include "inbox/store/store.h"
#include "tests/support/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The index may leave out of a search only what judging would refuse: a query
 * and its double negation, of which the index can tell nothing, find the same
 * messages. */

static const char *const subjects[] = {
    "Welcome",   "welcome back",     "Kiosk sale K", "GRÜßE",  "grüße",
    "",          "folded\r\n\there", "100% off_now", "a'b\"c", "Привет",
    "maſende ü", "worKer ö"};

static const char *const people[] = {
    "ann@x.test",           "Bob Kiss <bob@X.test>",
    "\"K, S\" <ks@y.test>", "=?utf-8?Q?J=C3=BCrgen?= <j@z.test>",
    "ask@kiosk.test",       "Sk <s@k>"};

static const char *const names[] = {"a.txt",     "K.TXT",  "ab cab.txt",
                                    "a.txt.exe", "ſk.txt", "a*b"};

/* Words that a message may or may not hold, in every kind of term. */
static const char *const terms[] = {"subject:welcome",
                                    "subject:WELCOME",
                                    "subject:=welcome",
                                    "subject:k",
                                    "subject:kiosk",
                                    "subject:\"sale k\"",
                                    "subject:\"GRüße\"",
                                    "subject:%",
                                    "subject:_",
                                    "subject:\"'\"",
                                    "subject:прИ",
                                    "subject:\"masende ü\"",
                                    "subject:\"worker ö\"",
                                    "header.subject:\"masende ü\"",
                                    "header.subject:\"worker ö\"",
                                    "subject:\"K\"",
                                    "subject:sal",
                                    "subject:\"folded here\"",
                                    "header.subject:\"folded here\"",
                                    "from:ann",
                                    "from:bob",
                                    "from:KISS",
                                    "from:=bob@x.TEST",
                                    "from:jÜrgen",
                                    "from:ks",
                                    "from:sk",
                                    "from:\"k, s\"",
                                    "to:ask",
                                    "to:kiosk",
                                    "to:y.test",
                                    "cc:ann",
                                    "bcc:rcpt",
                                    "rcpt:rcpt1",
                                    "rcpt:RCPT",
                                    "mailfrom:app",
                                    "mailfrom:APP@",
                                    "body:text",
                                    "body:k",
                                    "body:\"enclosed words\"",
                                    "body:inside",
                                    "size:>150",
                                    "size:<=150",
                                    "size:150",
                                    "is:read",
                                    "is:unread",
                                    "id:3",
                                    "id:>20",
                                    "session:4",
                                    "session:>10",
                                    "has:cc",
                                    "has:bcc",
                                    "has:attachment",
                                    "inbox:default",
                                    "after:2026-01-01",
                                    "before:2026-01-01",
                                    "client:127",
                                    "ehlo:client",
                                    "ehlo:CLIENT.test",
                                    "kiosk",
                                    "ann",
                                    "welcome",
                                    "app@x.test",
                                    "tag:ci",
                                    "duration:>500ms",
                                    "finding:x",
                                    "finding:MAIL",
                                    "code:250",
                                    "code:550",
                                    "code:5xx",
                                    "code:2xx",
                                    "code:>=400",
                                    "cmd:rcpt",
                                    "cmd:=VRFY",
                                    "reply:mailbox",
                                    "reply:\"no such\"",
                                    "auth:plain",
                                    "tls:v1.3",
                                    "slow:>1ms",
                                    "is:refused",
                                    "is:failed",
                                    "header.subject:welcome",
                                    "header.from:ann",
                                    "header.x-tags:ci",
                                    "header.x-none:ci",
                                    "client:9.9.9",
                                    "client:127.0.0.0/8",
                                    "client:10.0.0.0/8",
                                    "filename:*.txt",
                                    "filename:a*.txt",
                                    "filename:*sk.txt",
                                    "filename:*CAB*",
                                    "filename:*.tx",
                                    "filename:a*b*",
                                    "filename:*",
                                    "part:*/plain",
                                    "part:text/*",
                                    "part:text/plain",
                                    "is:tagged",
                                    "is:plaintext",
                                    "is:tls",
                                    "has:inline",
                                    "has:link",
                                    "addressed:ann",
                                    "addressed:rcpt1",
                                    "message-id:x",
                                    "reply-to:x"};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t seed = 1;

static uint32_t chance(size_t below)
{
    seed = seed * 1664525U + 1013904223U;
    return (uint32_t)((seed >> 8) % below);
}

/* Waits until all was read whole, so that the index has its say. */
static void wait_read(struct store *store)
{
    char reason[INBOX_ERROR_SIZE];
    const struct inbox_change nothing = {
        .kind = INBOX_MESSAGES, .id = UINT64_MAX, .set_read = true};
    uint64_t newest = atomic_load(&store->inbox->next_session) - 1;

    while (atomic_load(&store->inbox->talk_from) < newest) {
        (void)usleep(1000);
    }
    /* What the filler gave before was taken when this is answered. */
    assert_int_equal(inbox_mark(store->inbox, &nothing, reason), 0);
}

static void fill(struct store *store)
{
    struct arena arena = {0};

    for (size_t i = 0; i < 60; i++) {
        const char *octets = arena_print(
            &arena,
            "From: %s\r\nTo: %s\r\n%s%s"
            "Content-Disposition: inline; filename=\"%s\"\r\n"
            "Subject: %s\r\n\r\n%.*s\r\n",
            people[chance(COUNT_OF(people))], people[chance(COUNT_OF(people))],
            chance(3) ? "" : "Cc: ann@x.test\r\n",
            chance(4) ? "" : "X-Tags: ci\r\n", names[chance(COUNT_OF(names))],
            subjects[chance(COUNT_OF(subjects))], (int)chance(40),
            "some text for a body, with a k in it and an s");

        store_deliver(store, arena_print(&arena, "rcpt%u@x.test", chance(3)),
                      octets);
    }
    store_deliver(store, "rcpt1@x.test",
                  "Content-Type: message/rfc822\r\n\r\n"
                  "Subject: inside\r\nContent-Transfer-Encoding: base64\r\n"
                  "\r\nZW5jbG9zZWQgd29yZHM=\r\n");
    store_end(store, store_begin(store, "hi", NULL), "refused", "bye");
    store_settle(store);
    wait_read(store);
    arena_free(&arena);
}

/* A random query of at most `depth` levels. */
static void add_query(struct buffer *out, int depth)
{
    if (depth == 0 || chance(3) == 0) {
        buffer_add(out, chance(5) ? BYTES("") : BYTES("-"));
        buffer_add(out, bytes_of(terms[chance(COUNT_OF(terms))]));
        return;
    }
    buffer_add(out, chance(6) ? BYTES("(") : BYTES("-("));
    add_query(out, depth - 1);
    buffer_add(out, chance(2) ? BYTES(" OR ") : BYTES(" "));
    add_query(out, depth - 1);
    buffer_add_byte(out, ')');
}

static struct inbox_list find(struct store *store, enum inbox_list_kind kind,
                              struct arena *arena, const char *text)
{
    struct inbox_list_request request = store_request(kind, 500);
    struct query_error error;
    struct inbox_list list;

    if (query_read((struct query_asked){.text = text}, arena, &request.query,
                   &error) != 0) {
        fail_msg("%s: %s", text, error.words);
    }
    /* A search that was cut for its time, on a machine that stood still,
     * gives no count: it is asked again. */
    do {
        assert_int_equal(inbox_list(store->inbox, &request, arena, &list),
                         INBOX_OK);
    } while (list.total == UINT64_MAX);
    return list;
}

static uint64_t seq_of(const struct inbox_entry *entry)
{
    return entry->message != NULL ? entry->message->seq : entry->session->seq;
}

static void compare(struct store *store, enum inbox_list_kind kind,
                    const char *text)
{
    struct arena arena = {0};
    struct inbox_list one = find(store, kind, &arena, text);
    struct inbox_list other =
        find(store, kind, &arena, arena_print(&arena, "-(-(%s))", text));

    if (one.count != other.count) {
        fail_msg("%s in %d: %zu and %zu", text, (int)kind, one.count,
                 other.count);
    }
    for (size_t i = 0; i < one.count; i++) {
        assert_true(seq_of(&one.entries[i]) == seq_of(&other.entries[i]));
    }
    arena_free(&arena);
}

static void compare_all(struct store *store, const char *text)
{
    compare(store, INBOX_MESSAGES, text);
    compare(store, INBOX_SESSIONS, text);
    compare(store, INBOX_ACTIVITY, text);
}

static void the_index_leaves_nothing_out(void **state)
{
    struct store *store = *state;

    fill(store);
    for (size_t i = 0; i < COUNT_OF(terms); i++) {
        compare_all(store, terms[i]);
    }
    for (int i = 0; i < 150; i++) {
        struct buffer text = {0};

        add_query(&text, 3);
        buffer_add_byte(&text, '\0');
        compare_all(store, (char *)text.at);
        buffer_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_index_leaves_nothing_out,
                                        store_memory, store_close),
        cmocka_unit_test_setup_teardown(the_index_leaves_nothing_out,
                                        store_disk, store_close),
    };

    return cmocka_run_group_tests_name("searching", tests, NULL, NULL);
}
