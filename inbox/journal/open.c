/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inbox/base/clock.h"
#include "inbox/base/log.h"
#include "inbox/base/memory.h"
#include "inbox/journal/inside.h"

/* Which segments a directory holds, and which of them count. */

struct candidate {
    struct segment *segment;
    struct journal_head head;
    bool is_broken; /* the head is: then it says nothing */
};

struct candidates {
    struct candidate *rows;
    size_t count;
};

static char *path_of(const char *dir, const char *name)
{
    return memory_print("%s/%s", dir, name);
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

static int refuse(char *error_out, const struct segment *segment,
                  const char *why)
{
    (void)snprintf(error_out, JOURNAL_ERROR_SIZE, "%.300s %s", segment->path,
                   why);
    return -1;
}

static int add_candidate(struct candidates *all, char *path, uint32_t number,
                         char *error_out)
{
    int end = snprintf(error_out, JOURNAL_ERROR_SIZE,
                       "%.300s cannot be opened: ", path);
    struct segment *segment = segment_open(number, path);
    if (segment == NULL) {
        (void)snprintf(error_out + end, JOURNAL_ERROR_SIZE - (size_t)end, "%s",
                       strerror(errno));
        return -1;
    }
    all->rows =
        memory_resize(all->rows, (all->count + 1) * sizeof(all->rows[0]));
    struct candidate *row = &all->rows[all->count++];
    *row = (struct candidate){.segment = segment};
    enum journal_head_kind kind = journal_head_read(segment, &row->head);
    row->is_broken = kind == HEAD_BROKEN;
    return kind == HEAD_NEWER
               ? refuse(error_out, segment,
                        "was written by a newer mailscope: use that one, or "
                        "another directory")
               : 0;
}

static int by_number(const void *one, const void *other)
{
    uint32_t a = ((const struct candidate *)one)->segment->number;
    uint32_t b = ((const struct candidate *)other)->segment->number;
    return (a > b) - (a < b);
}

/* Files that somebody copied or renamed are no damage, and guessing which of
 * them to believe could cost mail: whoever did it is told. */
static int check_belonging(struct journal *journal,
                           const struct candidates *all, char *error_out)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct candidate *row = &all->rows[i];
        const struct journal_head *head = &row->head;
        if (row->is_broken) {
            continue;
        }
        if (head->number != row->segment->number) {
            char why[100];
            (void)snprintf(why, sizeof(why),
                           "says that it is segment %u: give it its name "
                           "back, or move it away",
                           head->number);
            return refuse(error_out, row->segment, why);
        }
        if (journal->store == 0) {
            journal->store = head->store;
        } else if (head->store != 0 && head->store != journal->store) {
            return refuse(error_out, row->segment,
                          "is of another store than those before it: move "
                          "away what does not belong here");
        }
    }
    return 0;
}

static uint64_t newest_generation(const struct candidates *all)
{
    uint64_t newest = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct candidate *row = &all->rows[i];
        newest = row->head.generation > newest ? row->head.generation : newest;
    }
    return newest;
}

/* A segment with nothing of ours in it: one that was just being begun, which
 * goes; or something else, which is kept out of the way. */
static void set_aside(struct segment *segment)
{
    if (segment->room <= JOURNAL_SEGMENT_HEAD) {
        (void)unlink(segment->path);
    } else {
        char *away = memory_print("%s~", segment->path);
        log_line(LOG_WARN, "event=segment-unreadable segment=%u moved-to=%s",
                 segment->number, away);
        (void)rename(segment->path, away);
        free(away);
    }
    segment_free(segment);
}

/* Takes the segment over, its head as this version writes it. */
static int take(struct journal *journal, const struct candidate *row,
                char *error_out)
{
    struct segment *segment = row->segment;
    segment->used = segment->room;
    journal_adopt(journal, segment);
    if (!row->is_broken && row->head.version == JOURNAL_VERSION) {
        return 0;
    }
    if (row->is_broken) {
        journal->damaged_heads++;
        log_line(LOG_WARN, "event=segment-head-damaged segment=%u",
                 segment->number);
    }
    int result = journal_head_mend(journal, segment);
    if (result != 0) {
        errno = result;
        return refuse(error_out, segment, strerror(result));
    }
    return 0;
}

/* Keeps the newest generation and unlinks the others. A segment whose head is
 * broken stays: its records may still be whole, and they say so themselves. */
static int choose(struct journal *journal, struct candidates *all,
                  char *error_out)
{
    int result = 0;
    journal->generation = newest_generation(all);
    for (size_t i = 0; i < all->count; i++) {
        struct candidate *row = &all->rows[i];
        if (row->is_broken && !journal_has_record(row->segment)) {
            set_aside(row->segment);
        } else if (!row->is_broken &&
                   row->head.generation != journal->generation) {
            (void)unlink(row->segment->path);
            segment_free(row->segment);
        } else if (result == 0) {
            result = take(journal, row, error_out);
        } else {
            segment_free(row->segment);
        }
    }
    all->count = 0;
    return result;
}

/* A number that no other store has. */
static uint64_t new_store(void)
{
    uint64_t number = 0;
    if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number)) {
        number = (uint64_t)clock_now_us();
    }
    return number | 1;
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
    if (all.count > 0) {
        qsort(all.rows, all.count, sizeof(all.rows[0]), by_number);
    }
    result = result == 0 ? check_belonging(journal, &all, error_out) : result;
    journal->store = journal->store == 0 ? new_store() : journal->store;
    result = result == 0 ? choose(journal, &all, error_out) : result;
    for (size_t i = 0; i < all.count; i++) {
        segment_free(all.rows[i].segment);
    }
    free(all.rows);
    return result;
}

struct journal *journal_open(const char *dir, bool is_power,
                             char error_out[JOURNAL_ERROR_SIZE])
{
    struct journal *journal = memory_new(sizeof(*journal));
    (void)pthread_mutex_init(&journal->lock, NULL);
    journal->pool.size = SEGMENT_SIZE;
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
