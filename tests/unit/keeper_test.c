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
#include <sys/wait.h>
#include <unistd.h>

#include "inbox/base/memory.h"
#include "tests/support/store.h"

/* What is there after a restart, however the program ended. */

/* Everything that a list shows, as text, to compare before and after. */
static char *picture(struct store *store, struct arena *arena)
{
    struct buffer text = {0};
    struct inbox_list list;
    struct inbox_list_request request = store_request(INBOX_ACTIVITY, 500);
    store_settle(store);
    assert_int_equal(inbox_list(store->inbox, &request, arena, &list),
                     INBOX_OK);
    buffer_print(&text, "total %llu\n", (unsigned long long)list.total);
    for (size_t i = 0; i < list.count; i++) {
        const struct inbox_message *m = list.entries[i].message;
        const struct inbox_session *s = list.entries[i].session;
        if (m != NULL) {
            buffer_print(&text, "m%llu seq%llu %s s%llu %s %s %d %d %s\n",
                         (unsigned long long)m->id, (unsigned long long)m->seq,
                         m->inbox, (unsigned long long)m->session,
                         m->subject == NULL ? "-" : m->subject, m->snippet,
                         m->is_read, (int)m->tag_count, m->envelope_to[0]);
        } else {
            buffer_print(&text, "s%llu seq%llu %s %s %s\n",
                         (unsigned long long)s->id, (unsigned long long)s->seq,
                         s->inbox, s->outcome, s->close_reason);
        }
    }
    char *copy = arena_text(arena, buffer_bytes(&text));
    buffer_free(&text);
    return copy;
}

/* Are both the same? Else from the first difference on. */
static void assert_same(const char *now, const char *before)
{
    size_t at = 0;
    while (now[at] != '\0' && now[at] == before[at]) {
        at++;
    }
    while (at > 0 && now[at - 1] != '\n') {
        at--;
    }
    char one[100];
    char other[100];
    (void)snprintf(one, sizeof(one), "%.90s", now + at);
    (void)snprintf(other, sizeof(other), "%.90s", before + at);
    assert_string_equal(one, other);
}

/* Mail in two inboxes, barren and mixed sessions, marks and deletions. */
static void fill(struct store *store)
{
    char reason[INBOX_ERROR_SIZE];
    const struct inbox_box box = {.name = "t1", .max_messages = 50};
    assert_int_equal(inbox_box_create(store->inbox, &box, reason), 0);
    for (int i = 0; i < 20; i++) {
        char mail[64];
        (void)snprintf(mail, sizeof(mail), "Subject: n%d\r\n\r\ntext %d\r\n", i,
                       i);
        uint64_t session =
            store_deliver(store, i % 3 == 0 ? "a+t1@x.test" : "b@x.test", mail);
        if (i % 5 == 0) {
            const struct inbox_change mark = {.kind = INBOX_MESSAGES,
                                              .id = store->answer.message,
                                              .set_read = true,
                                              .read = true};
            assert_int_equal(inbox_mark(store->inbox, &mark, reason), 1);
        }
        if (i % 7 == 3) {
            const struct inbox_change gone = {.kind = INBOX_SESSIONS,
                                              .id = session};
            assert_true(inbox_delete(store->inbox, &gone, reason) >= 1);
        }
        store_end(store, store_begin(store, "hi", NULL), "refused", "bye");
    }
    uint64_t many = inbox_session_id(store->inbox);
    for (uint32_t i = 1; i <= 5; i++) {
        store_message(store, many, i, "c@x.test", BYTES("\r\nmany\r\n"));
    }
    store_end(store, many, "delivered", "bye");
}

static void all_is_there_after_a_restart(void **state)
{
    struct store *store = *state;
    struct arena arena = {0};
    fill(store);
    const char *before = picture(store, &arena);
    uint64_t seq = inbox_seq(store->inbox);
    store_again(store);
    assert_same(picture(store, &arena), before);
    assert_true(inbox_seq(store->inbox) == seq);
    (void)store_deliver(store, "d@x.test", "\r\n");
    assert_true(inbox_seq(store->inbox) == seq + 2);
    arena_free(&arena);
}

static void the_index_is_built_again_from_the_journal(void **state)
{
    struct store *store = *state;
    struct arena arena = {0};
    struct inbox_state now;
    struct inbox_state then;
    fill(store);
    const char *before = picture(store, &arena);
    inbox_state(store->inbox, &now);
    store_forget_index(store);
    assert_same(picture(store, &arena), before);
    inbox_state(store->inbox, &then);
    assert_true(now.bytes == then.bytes);
    assert_true(now.sessions == then.sessions);
    assert_true(now.messages == then.messages);
    arena_free(&arena);
}

static void a_broken_index_is_built_again(void **state)
{
    struct store *store = *state;
    struct arena arena = {0};
    fill(store);
    const char *before = picture(store, &arena);
    inbox_close(store->inbox);
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/index.db", store->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("this is no database, but it is where one was expected", file);
    (void)fclose(file);
    char error[INBOX_ERROR_SIZE] = "";
    store->inbox = inbox_open(&store->options, error);
    assert_non_null(store->inbox);
    assert_same(picture(store, &arena), before);
    arena_free(&arena);
}

/* What a killed program leaves: in a child, which ends without closing. */
static void all_that_was_acknowledged_survives_a_kill(void **state)
{
    struct store *store = *state;
    struct arena arena = {0};
    inbox_close(store->inbox);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char error[INBOX_ERROR_SIZE];
        store->inbox = inbox_open(&store->options, error);
        fill(store);
        uint64_t open = inbox_session_id(store->inbox);
        store_message(store, open, 1, "open@x.test", BYTES("\r\nopen\r\n"));
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    char error[INBOX_ERROR_SIZE] = "";
    store->inbox = inbox_open(&store->options, error);
    assert_non_null(store->inbox);
    const char *after = picture(store, &arena);
    assert_non_null(strstr(after, "open@x.test"));
    assert_non_null(strstr(after, "c@x.test"));
    struct inbox_list list;
    struct inbox_list_request request = store_request(INBOX_SESSIONS, 1);
    assert_int_equal(inbox_list(store->inbox, &request, &arena, &list),
                     INBOX_OK);
    assert_string_equal(list.entries[0].session->outcome, "lost");
    assert_string_equal(list.entries[0].session->close_reason, "crash");
    assert_int_equal(list.entries[0].session->message_count, 1);
    struct inbox_session whole;
    assert_int_equal(inbox_session(store->inbox, list.entries[0].session->id,
                                   &arena, &whole),
                     INBOX_OK);
    assert_int_equal(whole.transaction_count, 1);
    assert_int_equal(whole.accepted, 1);
    arena_free(&arena);
}

static void reindexing_finds_every_message_again(void **state)
{
    struct store *store = *state;
    struct arena arena = {0};
    char error[INBOX_ERROR_SIZE] = "";
    fill(store);
    const char *before = picture(store, &arena);
    uint64_t total = store_total(store, INBOX_MESSAGES, NULL);
    assert_int_equal(inbox_reindex(store->dir, error), -1);
    assert_non_null(strstr(error, "held by another"));
    inbox_close(store->inbox);
    assert_int_equal(inbox_reindex(store->dir, error), total);
    store->inbox = inbox_open(&store->options, error);
    assert_non_null(store->inbox);
    assert_same(picture(store, &arena), before);
    assert_int_equal(inbox_reindex("/nonexistent", error), -1);
    arena_free(&arena);
}

/* Octets that change where they lie are not shown as if they had been sent. */
static void a_damaged_message_costs_itself_alone(void **state)
{
    struct store *store = *state;
    char path[256];
    char octets[8192];
    (void)store_deliver(store, "a@x.test", "\r\nfirst mail\r\n");
    uint64_t first = store->answer.message;
    (void)store_deliver(store, "a@x.test", "\r\nother mail\r\n");
    (void)snprintf(path, sizeof(path), "%s/journal/0000000001.log", store->dir);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    size_t size = fread(octets, 1, sizeof(octets), file);
    char *at = memmem(octets, size, "first mail", 10);
    assert_non_null(at);
    assert_int_equal(fseek(file, at - octets, SEEK_SET), 0);
    assert_true(fputc('F', file) == 'F');
    (void)fclose(file);
    assert_null(inbox_body_open(store->inbox, first));
    struct inbox_body *body =
        inbox_body_open(store->inbox, store->answer.message);
    assert_non_null(body);
    inbox_body_close(body);
    struct inbox_state now;
    while (store_total(store, INBOX_MESSAGES, NULL) != 1) {
        (void)usleep(1000); /* the keeper takes its row away */
    }
    assert_int_equal(store_total(store, INBOX_ACTIVITY, NULL), 2);
    store_forget_index(store);
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 1);
    assert_int_equal(store_total(store, INBOX_SESSIONS, NULL), 2);
    inbox_state(store->inbox, &now);
    assert_int_equal(now.damaged_records, 1);
}

static void a_second_opener_hears_who_holds_it(void **state)
{
    struct store *store = *state;
    char error[INBOX_ERROR_SIZE] = "";
    char pid[32];
    (void)snprintf(pid, sizeof(pid), "pid %ld", (long)getpid());
    assert_null(inbox_open(&store->options, error));
    assert_non_null(strstr(error, pid));
    assert_null(strchr(error, '\n'));
}

static void numbers_are_never_used_twice(void **state)
{
    struct store *store = *state;
    char reason[INBOX_ERROR_SIZE];
    (void)store_deliver(store, "a@x.test", "\r\n");
    uint64_t session = store_deliver(store, "a@x.test", "\r\n");
    uint64_t message = store->answer.message;
    const struct inbox_change all = {.kind = INBOX_ACTIVITY,
                                     .up_to = UINT64_MAX};
    assert_true(inbox_delete(store->inbox, &all, reason) >= 2);
    store_again(store);
    assert_true(store_deliver(store, "a@x.test", "\r\n") > session);
    assert_true(store->answer.message == message + 1);
}

int main(void)
{
#define ON_DISK(test) \
    cmocka_unit_test_setup_teardown(test, store_disk, store_close)
    const struct CMUnitTest tests[] = {
        ON_DISK(all_is_there_after_a_restart),
        ON_DISK(the_index_is_built_again_from_the_journal),
        ON_DISK(a_broken_index_is_built_again),
        ON_DISK(all_that_was_acknowledged_survives_a_kill),
        ON_DISK(reindexing_finds_every_message_again),
        ON_DISK(a_damaged_message_costs_itself_alone),
        ON_DISK(a_second_opener_hears_who_holds_it),
        ON_DISK(numbers_are_never_used_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
