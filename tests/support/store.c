/* SPDX-License-Identifier: MIT */
#include "tests/support/store.h"

#include <assert.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/query/query.h"

#define PATIENCE_US ((int64_t)60 * 1000000)

static void open_store(struct store *store)
{
    char error[INBOX_ERROR_SIZE] = "";
    store->options.dir = store->dir;
    store->inbox = inbox_open(&store->options, error);
    if (store->inbox == NULL) {
        (void)fprintf(stderr, "store: %s\n", error);
        abort();
    }
}

struct store *store_new(const struct inbox_options *options, bool on_disk)
{
    struct store *store = memory_new(sizeof(*store));
    store->options = *options;
    if (on_disk) {
        const char *base = getenv("TMPDIR");
        struct buffer path = {0};
        buffer_print(&path, "%s/mailscope-test-XXXXXX",
                     base == NULL ? "/tmp" : base);
        buffer_add_byte(&path, '\0');
        store->dir = mkdtemp((char *)path.at);
        assert(store->dir != NULL);
    }
    open_store(store);
    return store;
}

int store_memory(void **state)
{
    *state = store_new(&(struct inbox_options){0}, false);
    return 0;
}

int store_disk(void **state)
{
    *state = store_new(&(struct inbox_options){0}, true);
    return 0;
}

static int on_file(const char *path, const struct stat *about, int kind,
                   struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

void store_remove(const char *dir)
{
    (void)nftw(dir, on_file, 16, FTW_DEPTH | FTW_PHYS);
}

int store_close(void **state)
{
    struct store *store = *state;
    inbox_close(store->inbox);
    if (store->dir != NULL) {
        store_remove(store->dir);
        free(store->dir);
    }
    free(store);
    return 0;
}

void store_again(struct store *store)
{
    inbox_close(store->inbox);
    open_store(store);
}

void store_forget_index(struct store *store)
{
    static const char *const tails[] = {"", "-wal", "-shm"};
    inbox_close(store->inbox);
    for (size_t i = 0; i < 3; i++) {
        char path[256];
        (void)snprintf(path, sizeof(path), "%s/index.db%s", store->dir,
                       tails[i]);
        (void)unlink(path);
    }
    open_store(store);
}

static uint64_t space;

static int on_size(const char *path, const struct stat *about, int kind,
                   struct FTW *walk)
{
    (void)path;
    (void)walk;
    space += kind == FTW_F ? (uint64_t)about->st_size : 0;
    return 0;
}

uint64_t store_space(const struct store *store)
{
    space = 0;
    if (store->dir != NULL) {
        (void)nftw(store->dir, on_size, 16, FTW_PHYS);
    }
    return space;
}

void store_settle(struct store *store)
{
    char reason[INBOX_ERROR_SIZE];
    assert(inbox_wait_indexed(store->inbox, inbox_seq(store->inbox), 60000,
                              reason) == 0);
}

static struct inbox_session session_of(uint64_t id, bool is_live)
{
    return (struct inbox_session){.id = id,
                                  .is_live = is_live,
                                  .listener = "127.0.0.1:2525",
                                  .peer = "127.0.0.1:40000",
                                  .local = "127.0.0.1:2525",
                                  .opened_at_us = 1000000,
                                  .closed_at_us = is_live ? 0 : 2000000,
                                  .helo = "client.test",
                                  .helo_verb = "EHLO",
                                  .is_lossless = true,
                                  .first_transaction = 1};
}

/* Gathers it as the loop does; a message waits for its answer. */
static void keep_as_loop(struct store *store, struct inbox_delivery *delivery)
{
    bool is_message = delivery->is_message;
    delivery->ticket = is_message ? 1 : 0;
    delivery->inbox = store->box;
    inbox_keep_soon(store->inbox, delivery);
    inbox_push(store->inbox);
    while (is_message && inbox_answers(store->inbox, &store->answer, 1) == 0) {
        (void)usleep(50);
    }
}

/* Hands it over and waits until it is written and seen. */
static void keep(struct store *store, struct inbox_delivery *delivery)
{
    if (store->is_loop) {
        keep_as_loop(store, delivery);
        return;
    }
    inbox_keep_now(store->inbox, delivery, &store->answer);
    if (!store->is_unseen) {
        store_settle(store);
    }
}

uint64_t store_begin(struct store *store, const char *said, const char *box)
{
    uint64_t id = inbox_session_id(store->inbox);
    struct inbox_session session = session_of(id, true);
    struct inbox_delivery delivery = {
        .session = &session, .piece = bytes_of(said), .inbox = box};
    keep(store, &delivery);
    return id;
}

void store_message(struct store *store, uint64_t session, uint32_t number,
                   const char *to, struct bytes octets)
{
    const struct inbox_recipient recipient = {
        .address = to, .raw = to, .code = 250};
    const struct inbox_transaction transaction = {.from = "app@x.test",
                                                  .from_raw = "<app@x.test>",
                                                  .recipients = &recipient,
                                                  .recipient_count = 1,
                                                  .mail_code = 250,
                                                  .code = 250,
                                                  .body = number,
                                                  .size = octets.size};
    struct inbox_session now = session_of(session, true);
    now.transactions = &transaction;
    now.transaction_count = 1;
    now.first_transaction = number;
    struct inbox_delivery delivery = {.draft = inbox_draft_new(store->inbox, 0),
                                      .is_message = true,
                                      .session = &now,
                                      .piece = BYTES("first"),
                                      .transaction = number,
                                      .body = number,
                                      .envelope = &transaction,
                                      .wire_size = octets.size + 3};
    assert(inbox_draft_add(delivery.draft, octets, NULL, 0) == 0);
    keep(store, &delivery);
}

void store_message_unseen(struct store *store, uint64_t session, const char *to,
                          struct bytes octets)
{
    store->is_unseen = true;
    store_message(store, session, 1, to, octets);
    store->is_unseen = false;
}

void store_end(struct store *store, uint64_t session, const char *outcome,
               const char *said)
{
    struct inbox_session now = session_of(session, false);
    now.outcome = outcome;
    now.close_reason = "quit";
    now.first_transaction = 1000000;
    struct inbox_delivery delivery = {.session = &now, .piece = bytes_of(said)};
    struct inbox_answer kept = store->answer;
    keep(store, &delivery);
    store->answer = kept;
}

uint64_t store_deliver(struct store *store, const char *to, const char *octets)
{
    uint64_t session = inbox_session_id(store->inbox);
    store_message(store, session, 1, to, bytes_of(octets));
    store_end(store, session, "delivered", "last");
    return session;
}

struct inbox_list_request store_request(enum inbox_list_kind kind,
                                        unsigned limit)
{
    return (struct inbox_list_request){
        .kind = kind, .limit = limit, .after = UINT64_MAX, .at = UINT64_MAX};
}

static uint64_t total(struct store *store,
                      const struct inbox_list_request *request)
{
    struct arena arena = {0};
    struct inbox_list list;
    store_settle(store);
    enum inbox_result result = inbox_list(store->inbox, request, &arena, &list);
    arena_free(&arena);
    return result == INBOX_OK ? list.total : UINT64_MAX;
}

uint64_t store_total(struct store *store, enum inbox_list_kind kind,
                     const char *box)
{
    struct inbox_list_request request = store_request(kind, 1);
    request.inbox = box;
    return total(store, &request);
}

uint64_t store_found(struct store *store, const char *query)
{
    struct arena arena = {0};
    struct query_error error;
    struct inbox_list_request request = store_request(INBOX_MESSAGES, 500);
    assert(query_read((struct query_asked){.text = query}, &arena,
                      &request.query, &error) == 0);
    uint64_t found = total(store, &request);
    arena_free(&arena);
    return found;
}

void store_refuse(struct store *store, uint64_t id, uint32_t number,
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
    assert(inbox_draft_add(delivery.draft, octets, NULL, 0) == 0);
    inbox_keep_now(store->inbox, &delivery, &store->answer);
}

struct inbox_state store_state(struct store *store)
{
    struct inbox_state now;
    store_settle(store);
    inbox_state(store->inbox, &now);
    return now;
}

void store_empty(struct store *store)
{
    struct arena arena = {0};
    struct inbox_list list;
    char reason[INBOX_ERROR_SIZE];
    const struct inbox_list_request all = store_request(INBOX_ACTIVITY, 500);
    assert(inbox_list(store->inbox, &all, &arena, &list) == INBOX_OK);
    for (size_t i = 0; i < list.count; i++) {
        bool is_message = list.entries[i].message != NULL;
        const struct inbox_change gone = {
            .kind = is_message ? INBOX_MESSAGES : INBOX_SESSIONS,
            .id = is_message ? list.entries[i].message->id
                             : list.entries[i].session->id};
        assert(inbox_delete(store->inbox, &gone, reason) >= 0);
    }
    arena_free(&arena);
    int64_t until = clock_steady_us() + PATIENCE_US;
    while (store_state(store).bytes > 0 && clock_steady_us() < until) {
        (void)usleep(2000);
    }
    assert(store_total(store, INBOX_ACTIVITY, NULL) == 0);
    assert(store_total(store, INBOX_SESSIONS, NULL) == 0);
    assert(store_state(store).bytes == 0);
}
