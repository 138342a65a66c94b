/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inbox/base/log.h"
#include "inbox/inbox.h"

/* A journal with any octets in it opens, keeps new mail and opens again with
 * the same: damage costs records, never the store. */

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

static int on_file(const char *path, const struct stat *about, int kind,
                   struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

/* Keeps one message as POST does; returns how many there are then. */
static uint64_t keep_one(struct inbox *inbox)
{
    struct inbox_answer answer;
    struct inbox_state state;
    struct inbox_delivery delivery = {.draft = inbox_draft_new(inbox, 0),
                                      .is_message = true};
    (void)inbox_draft_add(delivery.draft, BYTES("\r\nnew\r\n"), NULL, 0);
    inbox_keep_now(inbox, &delivery, &answer);
    assert(answer.verdict == INBOX_KEPT);
    inbox_state(inbox, &state);
    return state.messages;
}

static uint64_t count(struct inbox *inbox)
{
    struct inbox_state state;
    inbox_state(inbox, &state);
    return state.messages;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    /* In memory where there is such a place: closing an index syncs it. */
    bool has_shm = access("/dev/shm", W_OK) == 0;
    char dir[64];
    char error[INBOX_ERROR_SIZE] = "";
    (void)snprintf(dir, sizeof(dir), "%s/mailscope-fuzz-XXXXXX",
                   has_shm ? "/dev/shm" : "/tmp");
    const char *made = mkdtemp(dir);
    assert(made != NULL);
    log_set_level(LOG_ERROR);
    write_segment(dir, octets, size);
    const struct inbox_options options = {.dir = dir};
    struct inbox *inbox = inbox_open(&options, error);
    if (inbox != NULL) {
        uint64_t before = count(inbox);
        uint64_t after = keep_one(inbox);
        assert(after == before + 1);
        inbox_close(inbox);
        inbox = inbox_open(&options, error);
        assert(inbox != NULL && count(inbox) == after);
        inbox_close(inbox);
    } else {
        /* Only what says that it is newer is refused, and it says so. */
        assert(error[0] != '\0');
    }
    (void)nftw(dir, on_file, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
