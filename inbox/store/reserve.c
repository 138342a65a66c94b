/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "inbox/base/clock.h"
#include "inbox/store/store.h"

/* On a full disk nothing could be read or deleted either: the index lacks rows,
 * and a deletion is written down first. So a file of some megabytes stands by,
 * and goes when one of them finds no room; mail is taken only while it stands. */

#define RESERVE_BYTES ((off_t)4 << 20)
#define AGAIN_US 200000

static char *path_of(const struct inbox *inbox)
{
    return memory_print("%s/reserve", inbox->dir);
}

void reserve_make(struct inbox *inbox)
{
    struct statvfs about;
    if (inbox->dir == NULL || inbox->has_reserve) {
        return;
    }
    /* Whoever was given the room of the last one needs it for a while. */
    if (statvfs(inbox->dir, &about) == 0 &&
        (uint64_t)about.f_bavail * about.f_frsize < 2 * RESERVE_BYTES) {
        return;
    }
    char *path = path_of(inbox);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    inbox->has_reserve =
        file >= 0 && posix_fallocate(file, 0, RESERVE_BYTES) == 0;
    if (file >= 0) {
        (void)close(file);
    }
    if (!inbox->has_reserve) {
        (void)unlink(path);
    }
    free(path);
}

bool reserve_stands(struct inbox *inbox)
{
    int64_t now = clock_steady_us();
    if (inbox->dir == NULL || inbox->has_reserve) {
        return true;
    }
    if (now >= inbox->reserve_at_us) {
        reserve_make(inbox);
        inbox->reserve_at_us = inbox->has_reserve ? 0 : now + AGAIN_US;
    }
    return inbox->has_reserve;
}

bool reserve_release(struct inbox *inbox)
{
    if (!inbox->has_reserve) {
        return false;
    }
    char *path = path_of(inbox);
    inbox->has_reserve = false;
    bool is_gone = unlink(path) == 0;
    free(path);
    return is_gone;
}
