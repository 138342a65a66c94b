/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inbox/base/memory.h"
#include "inbox/checksum.h"
#include "inbox/journal_inside.h"
#include "inbox/pack.h"

/* Which segments a directory holds, and which of them count. */

struct candidate {
    uint32_t number;
    uint64_t generation;
    struct segment *segment;
};

struct candidates {
    struct candidate *rows;
    size_t count;
};

static char *path_of(const char *dir, const char *name)
{
    struct buffer path = {0};
    buffer_print(&path, "%s/%s", dir, name);
    buffer_add_byte(&path, '\0');
    return (char *)path.at;
}

/* name = 10DIGIT ".log"; 0: it is none of ours. */
static uint32_t number_of(const char *name)
{
    if (strlen(name) != 14 || strcmp(name + 10, ".log") != 0) {
        return 0;
    }
    char *end = NULL;
    unsigned long number = strtoul(name, &end, 10);
    return end == name + 10 && number <= UINT32_MAX ? (uint32_t)number : 0;
}

enum head_kind { HEAD_GOOD, HEAD_BROKEN, HEAD_NEWER };

static enum head_kind read_segment_head(struct segment *segment,
                                        uint64_t *generation_out)
{
    unsigned char head[JOURNAL_SEGMENT_HEAD];
    size_t got = segment_read(segment, 0, head, sizeof(head));
    uint32_t check =
        checksum_add(0, (struct bytes){head, JOURNAL_SEGMENT_HEAD - 4});
    if (got < sizeof(head) || memcmp(head, "mailscope journal\n", 18) != 0 ||
        unpack_u32(head + JOURNAL_SEGMENT_HEAD - 4) != check) {
        return HEAD_BROKEN;
    }
    *generation_out = unpack_u64(head + 28);
    return unpack_u32(head + 20) > JOURNAL_VERSION ? HEAD_NEWER : HEAD_GOOD;
}

static int add_candidate(struct candidates *all, char *path, uint32_t number,
                         char *error_out)
{
    struct segment *segment = segment_open(number, path);
    if (segment == NULL) {
        (void)snprintf(error_out, JOURNAL_ERROR_SIZE,
                       "journal segment %u cannot be opened: %s", number,
                       strerror(errno));
        return -1;
    }
    uint64_t generation = 0;
    enum head_kind kind = read_segment_head(segment, &generation);
    if (kind == HEAD_NEWER) {
        (void)snprintf(error_out, JOURNAL_ERROR_SIZE,
                       "%s was written by a newer mailscope: use that one, or "
                       "another directory",
                       segment->path);
        segment_free(segment, NULL);
        return -1;
    }
    all->rows =
        memory_resize(all->rows, (all->count + 1) * sizeof(all->rows[0]));
    all->rows[all->count++] = (struct candidate){
        number, kind == HEAD_GOOD ? generation : UINT64_MAX, segment};
    return 0;
}

static int by_number(const void *one, const void *other)
{
    uint32_t a = ((const struct candidate *)one)->number;
    uint32_t b = ((const struct candidate *)other)->number;
    return (a > b) - (a < b);
}

static uint64_t newest_generation(const struct candidates *all)
{
    uint64_t newest = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct candidate *row = &all->rows[i];
        if (row->generation != UINT64_MAX && row->generation > newest) {
            newest = row->generation;
        }
    }
    return newest;
}

/* Keeps the newest generation and unlinks the others. A segment whose head is
 * broken stays: its records may still be whole, and they say so themselves. */
static void choose(struct journal *journal, struct candidates *all)
{
    if (all->count == 0) {
        return;
    }
    qsort(all->rows, all->count, sizeof(all->rows[0]), by_number);
    journal->generation = newest_generation(all);
    uint32_t first = UINT32_MAX;
    for (size_t i = 0; i < all->count; i++) {
        const struct candidate *row = &all->rows[i];
        if (row->generation == journal->generation && row->number < first) {
            first = row->number;
        }
    }
    for (size_t i = 0; i < all->count; i++) {
        const struct candidate *row = &all->rows[i];
        bool counts = row->generation == journal->generation ||
                      (row->generation == UINT64_MAX && row->number > first &&
                       i + 1 < all->count);
        if (counts) {
            row->segment->used = row->segment->room;
            journal_adopt(journal, row->segment);
        } else {
            (void)unlink(row->segment->path);
            segment_free(row->segment, NULL);
        }
    }
}

static int read_directory(struct journal *journal, char *error_out)
{
    DIR *listing = opendir(journal->dir);
    if (listing == NULL) {
        (void)snprintf(error_out, JOURNAL_ERROR_SIZE, "%s cannot be read: %s",
                       journal->dir, strerror(errno));
        return -1;
    }
    struct candidates all = {0};
    int result = 0;
    const struct dirent *entry = readdir(listing);
    while (entry != NULL && result == 0) {
        uint32_t number = number_of(entry->d_name);
        if (number != 0) {
            result = add_candidate(&all, path_of(journal->dir, entry->d_name),
                                   number, error_out);
        }
        entry = readdir(listing);
    }
    (void)closedir(listing);
    if (result == 0) {
        choose(journal, &all);
    } else {
        for (size_t i = 0; i < all.count; i++) {
            segment_free(all.rows[i].segment, NULL);
        }
    }
    free(all.rows);
    return result;
}

struct journal *journal_open(const char *dir, bool is_power,
                             char error_out[JOURNAL_ERROR_SIZE])
{
    struct journal *journal = memory_new(sizeof(*journal));
    (void)pthread_mutex_init(&journal->lock, NULL);
    if (dir == NULL) {
        return journal;
    }
    journal->is_power = is_power;
    journal->dir = path_of(dir, "journal");
    int result = 0;
    if (mkdir(journal->dir, 0700) != 0 && errno != EEXIST) {
        (void)snprintf(error_out, JOURNAL_ERROR_SIZE, "%s cannot be made: %s",
                       journal->dir, strerror(errno));
        result = -1;
    }
    if (result != 0 || read_directory(journal, error_out) != 0) {
        journal_close(journal);
        return NULL;
    }
    return journal;
}

int64_t journal_written_at_us(struct journal *journal)
{
    struct stat about;
    if (journal->count == 0) {
        return 0;
    }
    const struct segment *last = journal->segments[journal->count - 1];
    if (last->file < 0 || fstat(last->file, &about) != 0) {
        return 0;
    }
    return (int64_t)about.st_mtim.tv_sec * 1000000 +
           about.st_mtim.tv_nsec / 1000;
}
