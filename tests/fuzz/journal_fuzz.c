/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inbox/base/log.h"
#include "inbox/base/memory.h"
#include "inbox/inbox.h"
#include "tests/support/store.h"

/* A journal with any octets in it opens, keeps new mail and opens again with
 * the same: damage costs records, never the store. Behind the head of a
 * segment stands what the fuzzer makes up. */

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

static void write_segment(const char *dir, const uint8_t *octets, size_t size)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/journal", dir);
    int result = mkdir(path, 0700);
    assert(result == 0);
    (void)snprintf(path, sizeof(path), "%s/journal/0000000001.log", dir);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert(file >= 0);
    ssize_t done = write(file, octets, size);
    assert(done == (ssize_t)size);
    (void)close(file);
}

static uint64_t messages(struct store *store)
{
    return store_total(store, INBOX_MESSAGES, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    char dir[] = "/tmp/mailscope-fuzz-XXXXXX";
    const char *made = mkdtemp(dir);
    assert(made != NULL);
    log_set_level(LOG_ERROR);
    write_segment(dir, octets, size);
    char error[INBOX_ERROR_SIZE] = "";
    struct store store = {.options = {.dir = dir}, .dir = dir};
    store.inbox = inbox_open(&store.options, error);
    /* Only what says that it is newer is refused. */
    if (store.inbox == NULL) {
        assert(error[0] != '\0');
        store_remove(dir);
        return 0;
    }
    uint64_t before = messages(&store);
    (void)store_deliver(&store, "a@x.test", "\r\nnew\r\n");
    assert(store.answer.verdict == INBOX_KEPT);
    assert(messages(&store) == before + 1);
    store_again(&store);
    assert(messages(&store) == before + 1);
    inbox_close(store.inbox);
    store_remove(dir);
    return 0;
}
