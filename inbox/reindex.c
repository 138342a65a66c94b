/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inbox/directory.h"
#include "inbox/inbox.h"
#include "inbox/index/index.h"

/* Only a directory that is a store already is touched. */
static int hold(const char *dir, char *error_out)
{
    char path[4096];
    struct stat about;
    (void)snprintf(path, sizeof(path), "%s/journal", dir);
    if (stat(path, &about) != 0) {
        (void)snprintf(error_out, INBOX_ERROR_SIZE,
                       "%.400s holds no store: give the --data directory", dir);
        return -1;
    }
    return directory_open(dir, error_out);
}

int64_t inbox_reindex(const char *dir, char error_out[INBOX_ERROR_SIZE])
{
    int held = hold(dir, error_out);
    if (held < 0) {
        return -1;
    }
    index_remove(dir);
    (void)close(held);
    const struct inbox_options options = {.dir = dir};
    struct inbox *inbox = inbox_open(&options, error_out);
    if (inbox == NULL) {
        return -1;
    }
    struct inbox_state state;
    inbox_state(inbox, &state);
    inbox_close(inbox);
    return (int64_t)state.messages;
}
