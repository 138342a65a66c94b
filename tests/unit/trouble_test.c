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
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "tests/support/store.h"

/* What happens when the disk does not: full, broken, or slow to take all. The
 * functions below stand before libc's, for the journal and for SQLite. */

enum trouble { NONE, FAILS, TAKES_LITTLE, TEARS, HANGS };

static _Atomic int journal_trouble;
static _Atomic int index_trouble;
static _Atomic int reason = ENOSPC;
static _Atomic bool is_hanging;

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset);
ssize_t pwrite(int file, const void *octets, size_t size, off_t offset);
ssize_t pwrite64(int file, const void *octets, size_t size, off_t offset);
int fdatasync(int file);

static ssize_t write_really(int file, const void *octets, size_t size,
                            off_t offset)
{
    return syscall(SYS_pwrite64, file, octets, size, offset);
}

/* Until it is over; 30 seconds at most. */
static void hang(void)
{
    atomic_store(&is_hanging, true);
    for (int i = 0; i < 30000 && atomic_load(&journal_trouble) == HANGS; i++) {
        (void)usleep(1000);
    }
    atomic_store(&is_hanging, false);
    atomic_store(&journal_trouble, NONE);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset)
{
    if (atomic_load(&journal_trouble) == HANGS) {
        hang();
    }
    int trouble = atomic_load(&journal_trouble);
    if (trouble == FAILS) {
        errno = atomic_load(&reason);
        return -1;
    }
    if (trouble == NONE) {
        return syscall(SYS_pwritev, file, parts, count, offset, 0);
    }
    /* A part of it; torn means that nothing follows that. */
    for (int i = 0; i < count; i++) {
        size_t some = parts[i].iov_len > 7 ? 7 : parts[i].iov_len;
        if (some > 0) {
            atomic_store(&journal_trouble,
                         trouble == TEARS ? FAILS : TAKES_LITTLE);
            return write_really(file, parts[i].iov_base, some, offset);
        }
        offset += (off_t)parts[i].iov_len;
    }
    return 0;
}

static ssize_t write_index(int file, const void *octets, size_t size,
                           off_t offset)
{
    if (atomic_load(&index_trouble) == FAILS) {
        errno = atomic_load(&reason);
        return -1;
    }
    return write_really(file, octets, size, offset);
}

ssize_t pwrite(int file, const void *octets, size_t size, off_t offset)
{
    return write_index(file, octets, size, offset);
}

ssize_t pwrite64(int file, const void *octets, size_t size, off_t offset)
{
    return write_index(file, octets, size, offset);
}

int fdatasync(int file)
{
    if (atomic_load(&journal_trouble) == FAILS) {
        errno = atomic_load(&reason);
        return -1;
    }
    return (int)syscall(SYS_fdatasync, file);
}

/* ---- */

static int store_power(void **state)
{
    const struct inbox_options options = {.durability = INBOX_POWER};
    *state = store_new(&options, true);
    return 0;
}

static int end(void **state)
{
    atomic_store(&journal_trouble, NONE);
    atomic_store(&index_trouble, NONE);
    atomic_store(&reason, ENOSPC);
    return store_close(state);
}

static void expect_refused(struct store *store, enum inbox_verdict verdict)
{
    uint64_t session = inbox_session_id(store->inbox);
    struct inbox_state now;
    store_message(store, session, 1, "a@x.test", BYTES("\r\nrefused\r\n"));
    assert_int_equal(store->answer.verdict, verdict);
    assert_true(store->answer.reason[0] != '\0');
    inbox_state(store->inbox, &now);
    assert_true(now.is_failing);
    assert_true(now.failure[0] != '\0');
}

static void expect_works(struct store *store)
{
    struct inbox_state now;
    (void)store_deliver(store, "a@x.test", "\r\nkept\r\n");
    assert_int_equal(store->answer.verdict, INBOX_KEPT);
    inbox_state(store->inbox, &now);
    assert_false(now.is_failing);
}

static void a_full_disk_refuses_and_recovers(void **state)
{
    struct store *store = *state;
    expect_works(store);
    atomic_store(&journal_trouble, FAILS);
    expect_refused(store, INBOX_FULL);
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 1);
    atomic_store(&journal_trouble, NONE);
    expect_works(store);
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 2);
    store_forget_index(store);
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 2);
}

static void a_broken_disk_refuses_with_its_reason(void **state)
{
    struct store *store = *state;
    atomic_store(&reason, EIO);
    atomic_store(&journal_trouble, FAILS);
    expect_refused(store, INBOX_FAILED);
    assert_non_null(strstr(store->answer.reason, "nput/output error"));
    atomic_store(&journal_trouble, NONE);
    expect_works(store);
}

static void a_write_in_pieces_is_a_write(void **state)
{
    struct store *store = *state;
    atomic_store(&journal_trouble, TAKES_LITTLE);
    expect_works(store);
    atomic_store(&journal_trouble, NONE);
    store_forget_index(store);
    struct inbox_state now;
    inbox_state(store->inbox, &now);
    assert_int_equal(now.damaged_records, 0);
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 1);
}

static void nothing_is_half_kept(void **state)
{
    struct store *store = *state;
    expect_works(store);
    for (int i = 0; i < 5; i++) {
        atomic_store(&journal_trouble, TEARS);
        expect_refused(store, INBOX_FULL);
        atomic_store(&journal_trouble, NONE);
        expect_works(store);
    }
    store_forget_index(store);
    struct inbox_state now;
    inbox_state(store->inbox, &now);
    assert_int_equal(now.damaged_records, 0);
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 6);
}

static void what_was_said_is_kept_later(void **state)
{
    struct store *store = *state;
    atomic_store(&journal_trouble, FAILS);
    expect_refused(store, INBOX_FULL);
    uint64_t session = store_begin(store, "late", NULL);
    store_end(store, session, "refused", "later");
    atomic_store(&journal_trouble, NONE);
    expect_works(store);
    struct arena arena = {0};
    struct inbox_pieces pieces;
    assert_int_equal(inbox_pieces(store->inbox, session, &arena, &pieces),
                     INBOX_OK);
    assert_int_equal(pieces.count, 2);
    assert_true(bytes_equal(pieces.items[0], BYTES("late")));
    arena_free(&arena);
}

/* Waits until queries are answered again. */
static void expect_indexed(struct store *store)
{
    char words[INBOX_ERROR_SIZE];
    assert_int_equal(
        inbox_wait_indexed(store->inbox, inbox_seq(store->inbox), 60000, words),
        0);
}

/* What all threads computed so far. */
static int64_t computed_us(void)
{
    struct timespec used;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used), 0);
    return used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

/* It is tried again now and then, however long somebody waits for it. */
static void a_failing_index_rests(void **state)
{
    struct store *store = *state;
    char words[INBOX_ERROR_SIZE] = "";
    expect_works(store);
    atomic_store(&index_trouble, FAILS);
    store_message_unseen(store, inbox_session_id(store->inbox), "a@x.test",
                         BYTES("\r\nkept\r\n"));
    int64_t before = computed_us();
    assert_int_equal(
        inbox_wait_indexed(store->inbox, inbox_seq(store->inbox), 1500, words),
        -1);
    assert_true(computed_us() - before < 400000);
    atomic_store(&index_trouble, NONE);
    expect_indexed(store);
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 2);
}

static void a_failing_index_does_not_stop_capture(void **state)
{
    struct store *store = *state;
    expect_works(store);
    uint64_t open = store_begin(store, "before", NULL);
    char words[INBOX_ERROR_SIZE] = "";
    atomic_store(&index_trouble, FAILS);
    uint64_t session = inbox_session_id(store->inbox);
    store_message_unseen(store, session, "a@x.test", BYTES("\r\nkept\r\n"));
    assert_int_equal(store->answer.verdict, INBOX_KEPT);
    assert_int_equal(
        inbox_wait_indexed(store->inbox, inbox_seq(store->inbox), 300, words),
        -1);
    assert_true(words[0] != '\0');
    atomic_store(&index_trouble, NONE);
    expect_indexed(store);
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 2);
    store_end(store, session, "delivered", "x");
    store_end(store, open, "empty", "after");
    assert_int_equal(store_total(store, INBOX_SESSIONS, NULL), 3);
    expect_works(store);
    struct arena arena = {0};
    struct inbox_pieces pieces;
    assert_int_equal(inbox_pieces(store->inbox, open, &arena, &pieces),
                     INBOX_OK);
    assert_int_equal(pieces.count, 2);
    arena_free(&arena);
    store_again(store);
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 3);
}

static void a_full_disk_still_deletes(void **state)
{
    struct store *store = *state;
    char words[INBOX_ERROR_SIZE] = "";
    expect_works(store);
    const struct inbox_change change = {.kind = INBOX_MESSAGES,
                                        .id = store->answer.message};
    atomic_store(&journal_trouble, FAILS);
    assert_int_equal(inbox_delete(store->inbox, &change, words), -1);
    assert_true(words[0] != '\0');
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 1);
    atomic_store(&journal_trouble, NONE);
    assert_int_equal(inbox_delete(store->inbox, &change, words), 1);
    expect_works(store);
}

/* ---- A write that takes seconds */

struct asker {
    pthread_t thread;
    struct store *store;
    int64_t result;
    char words[INBOX_ERROR_SIZE];
};

static void *deletes(void *context)
{
    struct asker *asker = context;
    const struct inbox_change all = {.kind = INBOX_MESSAGES,
                                     .up_to = UINT64_MAX};
    asker->result = inbox_delete(asker->store->inbox, &all, asker->words);
    return NULL;
}

static void *posts(void *context)
{
    struct asker *asker = context;
    struct store *store = asker->store;
    store_message_unseen(store, inbox_session_id(store->inbox), "b@x.test",
                         BYTES("\r\nbehind\r\n"));
    asker->result = store->answer.verdict == INBOX_KEPT ? 0 : -1;
    text_copy(asker->words, sizeof(asker->words), store->answer.reason);
    return NULL;
}

static void *settles(void *context)
{
    struct asker *asker = context;
    inbox_settle(asker->store->inbox);
    return NULL;
}

static void start(struct asker *asker, void *(*run)(void *))
{
    assert_int_equal(pthread_create(&asker->thread, NULL, run, asker), 0);
}

static void expect_told(struct asker *asker)
{
    assert_int_equal(pthread_join(asker->thread, NULL), 0);
    assert_true(atomic_load(&is_hanging));
    assert_int_equal(asker->result, -1);
    assert_non_null(strstr(asker->words, "disk is slow"));
}

/* They are as many as the readers: nothing could be read if they waited. */
static void who_comes_behind_a_stuck_write_is_told(void **state)
{
    struct store *store = *state;
    struct asker deleter = {.store = store};
    struct asker poster = {.store = store};
    struct asker reader = {.store = store, .result = -1};
    expect_works(store);
    expect_works(store);
    atomic_store(&journal_trouble, HANGS);
    store->is_loop = true;
    uint64_t session = store_begin(store, "hello", NULL);
    store->is_loop = false;
    while (!atomic_load(&is_hanging)) {
        (void)usleep(1000);
    }
    start(&deleter, deletes);
    start(&poster, posts);
    start(&reader, settles);
    expect_told(&deleter);
    expect_told(&poster);
    assert_int_equal(pthread_join(reader.thread, NULL), 0);
    assert_true(atomic_load(&is_hanging));
    atomic_store(&journal_trouble, NONE);
    while (inbox_is_stuck(store->inbox)) {
        (void)usleep(1000);
    }
    store_end(store, session, "empty", "bye");
    assert_int_equal(store_total(store, INBOX_MESSAGES, NULL), 2);
    assert_int_equal(store_total(store, INBOX_SESSIONS, NULL), 3);
    expect_works(store);
    (void)deletes(&deleter);
    assert_int_equal(deleter.result, 3);
    store_forget_index(store);
    assert_int_equal(store_total(store, INBOX_ACTIVITY, NULL), 1);
}

int main(void)
{
#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, store_disk, end)
#define POWER(test) cmocka_unit_test_setup_teardown(test, store_power, end)
    const struct CMUnitTest tests[] = {
        ON_DISK(a_full_disk_refuses_and_recovers),
        POWER(a_full_disk_refuses_and_recovers),
        ON_DISK(a_broken_disk_refuses_with_its_reason),
        POWER(a_broken_disk_refuses_with_its_reason),
        ON_DISK(a_write_in_pieces_is_a_write),
        POWER(a_write_in_pieces_is_a_write),
        ON_DISK(nothing_is_half_kept),
        POWER(nothing_is_half_kept),
        ON_DISK(what_was_said_is_kept_later),
        ON_DISK(a_failing_index_rests),
        ON_DISK(a_failing_index_does_not_stop_capture),
        ON_DISK(a_full_disk_still_deletes),
        ON_DISK(who_comes_behind_a_stuck_write_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
