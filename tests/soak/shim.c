/* SPDX-License-Identifier: MIT */

/* Preloaded into mailscope by the soak: makes writing to files under a folder
 * go wrong. SOAK_FOLDER says which folder, SOAK_CONTROL a file whose first
 * octet says what happens: '-' nothing, 'N' no space, 'E' an I/O error, 'S'
 * short writes, 'D' an error of fdatasync, 'W' writes that wait until that is
 * over, 'T' half a write and then the end of the program as by kill -9. Every 'N', 'E', 'S', 'T' strikes one call in
 * three, so that what follows a failed call is tried as well. */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define PIECES_MAX 1024

static const volatile char *control;
static const char *folder;
static atomic_uint calls;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("SOAK_CONTROL");
    folder = getenv("SOAK_FOLDER");
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0 || folder == NULL) {
        return;
    }
    void *mapped = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED) {
        control = mapped;
    }
}

/* The octet that rules now if the file lies in the folder, else '-'. */
static char rule_for(int fd)
{
    char link[64];
    char path[4096];
    if (control == NULL || *control == '-') {
        return '-';
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) {
        return '-';
    }
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0 ? *control : '-';
}

static bool strikes(void)
{
    return atomic_fetch_add(&calls, 1) % 3 == 0;
}

/* What a write of `length` octets comes to: -1 with errno set, or how many of
 * them are to be written. */
static ssize_t judge(int fd, size_t length, bool *ends_out)
{
    char rule = rule_for(fd);
    *ends_out = false;
    while (rule == 'W') {
        (void)usleep(20000);
        rule = rule_for(fd);
    }
    if (rule == '-' || rule == 'D' || length == 0 || !strikes()) {
        return (ssize_t)length;
    }
    if (rule == 'N' || rule == 'E') {
        errno = rule == 'N' ? ENOSPC : EIO;
        return -1;
    }
    *ends_out = rule == 'T';
    return (ssize_t)(length > 1 ? length / 2 : length);
}

static void end(void)
{
    raise(SIGKILL);
}

#define REAL(name)                                 \
    static __typeof__(&name) real;                 \
    if (real == NULL) {                            \
        *(void **)&real = dlsym(RTLD_NEXT, #name); \
    }

EXPORT ssize_t write(int fd, const void *octets, size_t length)
{
    REAL(write)
    bool ends;
    ssize_t allowed = judge(fd, length, &ends);
    ssize_t written = allowed < 0 ? -1 : real(fd, octets, (size_t)allowed);
    if (ends) {
        end();
    }
    return written;
}

EXPORT ssize_t pwrite(int fd, const void *octets, size_t length, off_t at)
{
    REAL(pwrite)
    bool ends;
    ssize_t allowed = judge(fd, length, &ends);
    ssize_t written = allowed < 0 ? -1 : real(fd, octets, (size_t)allowed, at);
    if (ends) {
        end();
    }
    return written;
}

EXPORT ssize_t pwrite64(int fd, const void *octets, size_t length, off64_t at)
{
    return pwrite(fd, octets, length, at);
}

/* Cuts a list of pieces to so many octets; how many pieces are left. */
static int cut(struct iovec *pieces, int count, size_t length)
{
    for (int i = 0; i < count; i++) {
        if (pieces[i].iov_len >= length) {
            pieces[i].iov_len = length;
            return i + 1;
        }
        length -= pieces[i].iov_len;
    }
    return count;
}

EXPORT ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t at)
{
    REAL(pwritev)
    struct iovec own[PIECES_MAX];
    size_t length = 0;
    bool ends;
    if (count < 0 || count > PIECES_MAX) {
        errno = EINVAL;
        return -1;
    }
    memcpy(own, pieces, (size_t)count * sizeof *own);
    for (int i = 0; i < count; i++) {
        length += own[i].iov_len;
    }
    ssize_t allowed = judge(fd, length, &ends);
    if (allowed < 0) {
        return -1;
    }
    ssize_t written = real(fd, own, cut(own, count, (size_t)allowed), at);
    if (ends) {
        end();
    }
    return written;
}

EXPORT ssize_t pwritev64(int fd, const struct iovec *pieces, int count,
                         off64_t at)
{
    return pwritev(fd, pieces, count, at);
}

EXPORT ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    REAL(writev)
    struct iovec own[PIECES_MAX];
    size_t length = 0;
    bool ends;
    if (count < 0 || count > PIECES_MAX) {
        errno = EINVAL;
        return -1;
    }
    memcpy(own, pieces, (size_t)count * sizeof *own);
    for (int i = 0; i < count; i++) {
        length += own[i].iov_len;
    }
    ssize_t allowed = judge(fd, length, &ends);
    if (allowed < 0) {
        return -1;
    }
    ssize_t written = real(fd, own, cut(own, count, (size_t)allowed));
    if (ends) {
        end();
    }
    return written;
}

EXPORT int fdatasync(int fd)
{
    REAL(fdatasync)
    if (rule_for(fd) == 'D') {
        errno = EIO;
        return -1;
    }
    return real(fd);
}

EXPORT int fsync(int fd)
{
    REAL(fsync)
    if (rule_for(fd) == 'D') {
        errno = EIO;
        return -1;
    }
    return real(fd);
}
