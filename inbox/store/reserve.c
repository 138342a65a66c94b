/* SPDX-License-Identifier: MIT */
#include "inbox/store/reserve.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"

/* On a full disk nothing could be read or deleted either: the index lacks rows,
 * and a deletion is written down first. So a file of some megabytes stands by,
 * and goes when one of them finds no room; mail is taken only while it stands. */

#define RESERVE_BYTES ((off_t)4 << 20)
#define AGAIN_US 200000

static char *path_of(const struct reserve *reserve)
{
    return memory_print("%s/reserve", reserve->dir);
}

/* Has the disk less room than this? */
static bool has_less(const struct reserve *reserve, uint64_t octets)
{
    struct statvfs about;
    return statvfs(reserve->dir, &about) == 0 &&
           (uint64_t)about.f_bavail * about.f_frsize < octets;
}

void reserve_find(struct reserve *reserve)
{
    struct stat about;
    if (reserve->dir == NULL) {
        return;
    }
    char *path = path_of(reserve);
    reserve->is_made =
        stat(path, &about) == 0 && about.st_size == RESERVE_BYTES;
    free(path);
    if (reserve->is_made && has_less(reserve, RESERVE_BYTES)) {
        (void)reserve_release(reserve);
    }
}

void reserve_make(struct reserve *reserve)
{
    if (reserve->dir == NULL || reserve->is_made) {
        return;
    }
    /* Whoever was given the room of the last one needs it for a while. */
    if (has_less(reserve, 2 * RESERVE_BYTES)) {
        return;
    }
    char *path = path_of(reserve);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    reserve->is_made =
        file >= 0 && posix_fallocate(file, 0, RESERVE_BYTES) == 0;
    if (file >= 0) {
        (void)close(file);
    }
    if (!reserve->is_made) {
        (void)unlink(path);
    }
    free(path);
}

bool reserve_stands(struct reserve *reserve)
{
    int64_t now = clock_steady_us();
    if (reserve->dir == NULL || reserve->is_made) {
        return true;
    }
    if (now >= reserve->again_at_us) {
        reserve_make(reserve);
        reserve->again_at_us = reserve->is_made ? 0 : now + AGAIN_US;
    }
    return reserve->is_made;
}

bool reserve_release(struct reserve *reserve)
{
    if (!reserve->is_made) {
        return false;
    }
    char *path = path_of(reserve);
    reserve->is_made = false;
    bool is_gone = unlink(path) == 0;
    free(path);
    return is_gone;
}
