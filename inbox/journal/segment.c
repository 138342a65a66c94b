/* SPDX-License-Identifier: MIT */
#include "inbox/journal/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inbox/base/memory.h"

#define IOV_MOST 1024
/* Overwriting written blocks syncs 1.6 times faster than growing the file. */
#define ZERO_STEP ((uint64_t)4 << 20)
#define ZERO_SIZE ((size_t)256 << 10)

static struct segment *segment_of(uint32_t number, char *path)
{
    struct segment *segment = memory_new(sizeof(*segment));
    segment->number = number;
    segment->path = path;
    segment->file = -1;
    segment->refers_to = UINT32_MAX;
    return segment;
}

static int map_memory(struct segment *segment, uint64_t room,
                      struct segment_pool *pool)
{
    if (room <= pool->size && pool->count > 0) {
        segment->memory = pool->free[--pool->count];
        segment->room = pool->size;
        return 0;
    }
    segment->room = room < pool->size ? pool->size : room;
    void *memory = mmap(NULL, segment->room, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return -1;
    }
    /* Fresh memory costs a fault for each page: large ones are five times
     * cheaper. Where there are none, small ones do. */
    (void)madvise(memory, segment->room, MADV_HUGEPAGE);
    segment->memory = memory;
    return 0;
}

struct segment *segment_new(uint32_t number, char *path, uint64_t room,
                            struct segment_pool *pool)
{
    struct segment *segment = segment_of(number, path);
    int result = 0;
    if (path == NULL) {
        result = map_memory(segment, room, pool);
    } else {
        segment->file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        result = segment->file < 0 ? -1 : 0;
    }
    if (result != 0) {
        int reason = errno;
        free(segment->path);
        free(segment);
        errno = reason;
        return NULL;
    }
    return segment;
}

struct segment *segment_open(uint32_t number, char *path)
{
    struct segment *segment = segment_of(number, path);
    struct stat about;
    segment->file = open(path, O_RDWR | O_CLOEXEC);
    if (segment->file < 0 || fstat(segment->file, &about) != 0) {
        int reason = errno;
        segment_free(segment);
        errno = reason;
        return NULL;
    }
    segment->room = (uint64_t)about.st_size;
    return segment;
}

static size_t parts_size(const struct iovec *parts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += parts[i].iov_len;
    }
    return size;
}

static int write_memory(struct segment *segment, const struct iovec *parts,
                        size_t count)
{
    if (segment->room - segment->used < parts_size(parts, count)) {
        return ENOSPC;
    }
    unsigned char *at = segment->memory + segment->used;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].iov_len > 0) {
            memcpy(at, parts[i].iov_base, parts[i].iov_len);
            at += parts[i].iov_len;
        }
    }
    segment->used = (uint64_t)(at - segment->memory);
    return 0;
}

/* Zero-fills ahead of `end`. Failing is no harm: then the file just grows. */
static void fill_ahead(struct segment *segment, uint64_t end)
{
    static const unsigned char zeros[ZERO_SIZE];
    uint64_t wanted = (end / ZERO_STEP + 1) * ZERO_STEP;
    while (segment->room < wanted) {
        uint64_t left = wanted - segment->room;
        size_t size = left < ZERO_SIZE ? (size_t)left : ZERO_SIZE;
        ssize_t done = pwrite(segment->file, zeros, size, (off_t)segment->room);
        if (done <= 0) {
            return;
        }
        segment->room += (uint64_t)done;
    }
}

/* Writes all parts at `offset`, however the system cuts them. */
static int write_parts(int file, struct iovec *parts, size_t count,
                       uint64_t offset)
{
    while (count > 0) {
        int most = count > IOV_MOST ? IOV_MOST : (int)count;
        ssize_t done = pwritev(file, parts, most, (off_t)offset);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done < 0) {
            return errno;
        }
        if (done == 0 && parts_size(parts, (size_t)most) > 0) {
            return EIO;
        }
        offset += (uint64_t)done;
        size_t left = (size_t)done;
        while (count > 0 && left >= parts->iov_len) {
            left -= parts->iov_len;
            parts++;
            count--;
        }
        if (left > 0) {
            parts->iov_base = (unsigned char *)parts->iov_base + left;
            parts->iov_len -= left;
        }
    }
    return 0;
}

static int write_file(struct segment *segment, struct iovec *parts,
                      size_t count, bool is_power)
{
    uint64_t end = segment->used + parts_size(parts, count);
    if (is_power && end > segment->room) {
        fill_ahead(segment, end);
    }
    int result = write_parts(segment->file, parts, count, segment->used);
    if (result == 0 && is_power && fdatasync(segment->file) != 0) {
        result = errno;
    }
    if (result != 0) {
        /* Nothing half-kept: what got there must not be read as a record. */
        (void)segment_cut(segment, segment->used);
        return result;
    }
    segment->used = end;
    segment->room = segment->room < end ? end : segment->room;
    return 0;
}

int segment_write(struct segment *segment, struct iovec *parts, size_t count,
                  bool is_power)
{
    if (segment->memory != NULL) {
        return write_memory(segment, parts, count);
    }
    return write_file(segment, parts, count, is_power);
}

size_t segment_read(const struct segment *segment, uint64_t offset,
                    unsigned char *into, size_t size)
{
    if (segment->memory != NULL) {
        uint64_t left = offset < segment->room ? segment->room - offset : 0;
        size_t most = size < left ? size : (size_t)left;
        memcpy(into, segment->memory + offset, most);
        return most;
    }
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(segment->file, into + done, size - done,
                            (off_t)(offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        done += (size_t)got;
    }
    return done;
}

int segment_cut(struct segment *segment, uint64_t end)
{
    segment->used = end;
    if (segment->memory != NULL) {
        return 0;
    }
    if (ftruncate(segment->file, (off_t)end) != 0) {
        return errno;
    }
    segment->room = end;
    return 0;
}

void segment_leave(struct segment *segment, struct segment_pool *pool)
{
    if (segment->memory != NULL && segment->room == pool->size &&
        pool->count < sizeof(pool->free) / sizeof(pool->free[0])) {
        pool->free[pool->count++] = segment->memory;
        segment->memory = NULL;
    }
}

void segment_free(struct segment *segment)
{
    if (segment->memory != NULL) {
        (void)munmap(segment->memory, segment->room);
    }
    if (segment->file >= 0) {
        (void)close(segment->file);
    }
    free(segment->path);
    free(segment);
}

void segment_pool_empty(struct segment_pool *pool)
{
    while (pool->count > 0) {
        (void)munmap(pool->free[--pool->count], pool->size);
    }
}
