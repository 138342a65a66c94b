/* SPDX-License-Identifier: MIT */

/* The store alone, without sockets: fills one with many small messages and
 * says what each kind of question takes then. Run it with the number of
 * messages and, for a store on disk, a directory. */

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/inbox.h"

static struct inbox *store;

static struct inbox *open_store(const char *dir)
{
    char error[INBOX_ERROR_SIZE] = "";
    const struct inbox_options options = {.dir = dir};
    int64_t from = clock_steady_us();
    struct inbox *inbox = inbox_open(&options, error);
    if (inbox == NULL) {
        (void)fprintf(stderr, "keeper_bench: %s\n", error);
        exit(1);
    }
    (void)printf("open_us %" PRId64 "\n", clock_steady_us() - from);
    return inbox;
}

static const char mail[] =
    "From: App <app@x.test>\r\nTo: Ann <ann@x.test>\r\n"
    "Subject: Welcome to the bench\r\n"
    "Message-ID: <1@x.test>\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n\r\n";

static const struct inbox_recipient recipient = {
    .address = "ann@x.test", .raw = "<ann@x.test>", .code = 250};
static const struct inbox_transaction transaction = {.from = "app@x.test",
                                                     .from_raw = "<app@x.test>",
                                                     .recipients = &recipient,
                                                     .recipient_count = 1,
                                                     .mail_code = 250,
                                                     .code = 250,
                                                     .body = 1};

static void give(uint64_t id, bool is_live, uint64_t ticket)
{
    static unsigned char body[1024];
    struct inbox_session session = {.id = id,
                                    .is_live = is_live,
                                    .listener = "127.0.0.1:2525",
                                    .peer = "127.0.0.1:40000",
                                    .local = "127.0.0.1:2525",
                                    .opened_at_us = 1,
                                    .closed_at_us = is_live ? 0 : 2,
                                    .outcome = is_live ? NULL : "delivered",
                                    .close_reason = is_live ? NULL : "quit",
                                    .helo = "client.test",
                                    .helo_verb = "EHLO",
                                    .is_lossless = true,
                                    .first_transaction = is_live ? 1 : 2,
                                    .transactions = &transaction,
                                    .transaction_count = is_live ? 1 : 0};
    struct inbox_delivery delivery = {
        .session = &session, .piece = {body, 200}, .ticket = ticket};
    if (is_live) {
        memset(body, 'x', sizeof(body));
        delivery.draft = inbox_draft_new(store, 1500);
        delivery.is_message = true;
        delivery.transaction = 1;
        delivery.body = 1;
        delivery.envelope = &transaction;
        int result = inbox_draft_add(delivery.draft, bytes_of(mail), NULL, 0);
        assert(result == 0);
        result = inbox_draft_add(delivery.draft,
                                 (struct bytes){body, sizeof(body)}, NULL, 0);
        assert(result == 0);
    }
    inbox_keep_soon(store, &delivery);
    inbox_push(store);
}

/* At most 100 wait for their answer, as connections do. */
static void fill(uint64_t count)
{
    struct inbox_answer answers[128];
    uint64_t waiting = 0;
    int64_t from = clock_steady_us();
    for (uint64_t i = 0; i < count; i++) {
        uint64_t id = inbox_session_id(store);
        give(id, true, i + 1);
        give(id, false, 0);
        waiting++;
        while (waiting > 100 || (waiting > 0 && i + 1 == count)) {
            waiting -= inbox_answers(store, answers, 128);
            if (waiting > 100 || i + 1 == count) {
                (void)usleep(50);
            }
        }
    }
    char reason[INBOX_ERROR_SIZE];
    int result = inbox_wait_indexed(store, inbox_seq(store), 60000, reason);
    assert(result == 0);
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    int64_t took = clock_steady_us() - from;
    (void)printf(
        "keep_us_each %.2f cpu_us_each %.2f rss_kb %ld\n",
        (double)took / (double)count,
        (double)(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec +
                 usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec) /
            (double)count,
        usage.ru_maxrss);
}

static int by_time(const void *one, const void *other)
{
    int64_t a = *(const int64_t *)one;
    int64_t b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

static void lists(const char *what, struct inbox_list_request request,
                  uint64_t total)
{
    int64_t times[400];
    for (int i = 0; i < 400; i++) {
        struct arena arena = {0};
        struct inbox_list list;
        uint64_t somewhere = (uint64_t)random() % total + 1;
        if (request.before != 0) {
            request.before = somewhere;
        }
        if (request.at != UINT64_MAX) {
            request.at = somewhere - 1;
        }
        int64_t from = clock_steady_us();
        enum inbox_result result = inbox_list(store, &request, &arena, &list);
        times[i] = clock_steady_us() - from;
        assert(result == INBOX_OK);
        arena_free(&arena);
    }
    qsort(times, 400, sizeof(times[0]), by_time);
    (void)printf("%s p50_us %" PRId64 " p99_us %" PRId64 "\n", what, times[200],
                 times[396]);
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
    const char *dir = argc > 2 ? argv[2] : NULL;
    char reason[INBOX_ERROR_SIZE];
    store = open_store(dir);
    fill(count);
    struct inbox_list_request request = {.kind = INBOX_MESSAGES,
                                         .limit = 50,
                                         .after = UINT64_MAX,
                                         .at = UINT64_MAX};
    lists("newest", request, count);
    request.before = 1;
    lists("before", request, count);
    request.before = 0;
    request.at = 0;
    lists("at", request, count);
    request.kind = INBOX_ACTIVITY;
    lists("activity-at", request, count);
    if (dir != NULL) {
        int64_t from = clock_steady_us();
        inbox_close(store);
        (void)printf("close_us %" PRId64 "\n", clock_steady_us() - from);
        store = open_store(dir);
    }
    const struct inbox_change all = {.kind = INBOX_MESSAGES,
                                     .up_to = UINT64_MAX};
    int64_t from = clock_steady_us();
    int64_t gone = inbox_delete(store, &all, reason);
    (void)printf("delete_all %" PRId64 " us %" PRId64 "\n", gone,
                 clock_steady_us() - from);
    inbox_close(store);
    return 0;
}
