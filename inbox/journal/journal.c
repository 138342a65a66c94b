/* SPDX-License-Identifier: MIT */
#include "inbox/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inbox/base/checksum.h"
#include "inbox/base/memory.h"
#include "inbox/base/pack.h"
#include "inbox/journal/inside.h"

static const unsigned char mark[3] = {0xb5, 'm', 's'};

/* ---- A record's head */

static void write_head(unsigned char *head, const struct journal_entry *entry,
                       uint32_t body_check, bool is_checked)
{
    memcpy(head, mark, sizeof(mark));
    head[3] = entry->type;
    pack_u32(head + 8, body_check);
    pack_u32(head + 12, (uint32_t)entry->size);
    pack_u64(head + 16, entry->key[0]);
    pack_u64(head + 24, entry->key[1]);
    uint32_t check = 0;
    if (is_checked) {
        check = checksum_add(0, (struct bytes){head, 4});
        check = checksum_add(check, (struct bytes){head + 8, 24});
    }
    pack_u32(head + 4, check);
}

int journal_read_head(const unsigned char head[JOURNAL_RECORD_HEAD],
                      struct journal_found *found_out)
{
    if (memcmp(head, mark, sizeof(mark)) != 0 || head[3] == 0) {
        return -1;
    }
    found_out->type = head[3];
    found_out->size = unpack_u32(head + 12);
    found_out->key[0] = unpack_u64(head + 16);
    found_out->key[1] = unpack_u64(head + 24);
    return 0;
}

/* ---- The batch */

void journal_begin(const struct journal *journal, struct journal_batch *batch)
{
    batch->count = 0;
    batch->part_count = 0;
    batch->size = 0;
    batch->next = (struct journal_place){0};
    if (journal->count > 0) {
        const struct segment *last = journal->segments[journal->count - 1];
        batch->next.segment = last->number;
        batch->next.offset = (uint32_t)last->used;
    }
}

/* Where the record begun last ends, that is where the next one begins. */
static struct journal_place batch_end(const struct journal_batch *batch)
{
    struct journal_place place = batch->next;
    place.offset += (uint32_t)batch->size;
    return place;
}

size_t journal_entry(struct journal_batch *batch, uint8_t type, uint64_t key,
                     uint64_t other_key)
{
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity == 0 ? 64 : batch->capacity * 2;
        batch->entries = memory_resize(
            batch->entries, batch->capacity * sizeof(batch->entries[0]));
    }
    batch->entries[batch->count] = (struct journal_entry){
        .type = type,
        .key = {key, other_key},
        .first_part = batch->part_count,
        .place = batch_end(batch),
    };
    batch->size += JOURNAL_RECORD_HEAD;
    return batch->count++;
}

void journal_part(struct journal_batch *batch, struct bytes part)
{
    if (part.size == 0) {
        return;
    }
    if (batch->part_count == batch->part_capacity) {
        batch->part_capacity =
            batch->part_capacity == 0 ? 256 : batch->part_capacity * 2;
        batch->parts = memory_resize(batch->parts, batch->part_capacity *
                                                       sizeof(batch->parts[0]));
    }
    batch->parts[batch->part_count++] = part;
    batch->entries[batch->count - 1].size += part.size;
    batch->size += part.size;
}

void journal_batch_free(struct journal_batch *batch)
{
    free(batch->entries);
    free(batch->parts);
    *batch = (struct journal_batch){0};
}

/* ---- Appending */

/* The system's vectors for the batch: each record's head and parts. */
static size_t fill_vectors(struct journal *journal,
                           const struct journal_batch *batch)
{
    size_t wanted = batch->count + batch->part_count;
    if (journal->vector_capacity < wanted) {
        journal->vector_capacity = wanted * 2;
        journal->vectors =
            memory_resize(journal->vectors, journal->vector_capacity *
                                                sizeof(journal->vectors[0]));
    }
    if (journal->head_capacity < batch->count) {
        journal->head_capacity = batch->count * 2;
        journal->heads = memory_resize(journal->heads, journal->head_capacity *
                                                           JOURNAL_RECORD_HEAD);
    }
    bool is_checked = journal->dir != NULL;
    struct iovec *to = journal->vectors;
    for (size_t i = 0; i < batch->count; i++) {
        const struct journal_entry *entry = &batch->entries[i];
        size_t end =
            i + 1 < batch->count ? entry[1].first_part : batch->part_count;
        unsigned char *head = journal->heads + i * JOURNAL_RECORD_HEAD;
        struct iovec *first = to++;
        uint32_t check = 0;
        for (size_t p = entry->first_part; p < end; p++) {
            struct bytes part = batch->parts[p];
            check = is_checked ? checksum_add(check, part) : 0;
            *to++ = (struct iovec){(void *)(uintptr_t)part.at, part.size};
        }
        write_head(head, entry, check, is_checked);
        *first = (struct iovec){head, JOURNAL_RECORD_HEAD};
    }
    return (size_t)(to - journal->vectors);
}

int journal_append(struct journal *journal, struct journal_batch *batch)
{
    if (batch->count == 0) {
        return 0;
    }
    struct segment *last =
        journal->count > 0 ? journal->segments[journal->count - 1] : NULL;
    if (last == NULL || last->number != batch->next.segment ||
        last->used + batch->size > UINT32_MAX) {
        return EFBIG;
    }
    size_t count = fill_vectors(journal, batch);
    return segment_write(last, journal->vectors, count, journal->is_power);
}

struct bytes journal_memory(struct journal *journal,
                            const struct journal_entry *entry)
{
    const struct segment *segment =
        journal_segment(journal, entry->place.segment);
    struct bytes octets = {0};
    if (segment->memory != NULL) {
        octets.at = segment->memory + entry->place.offset + JOURNAL_RECORD_HEAD;
        octets.size = entry->size;
    }
    return octets;
}

bool journal_is_full(const struct journal *journal, uint64_t size)
{
    if (journal->count == 0) {
        return true;
    }
    const struct segment *last = journal->segments[journal->count - 1];
    uint64_t room = last->memory != NULL ? last->room : SEGMENT_SIZE;
    return last->used + size > room;
}

/* A directory entry is durable when the directory was synced. */
static int sync_directory(const char *dir)
{
    int result = 0;
    int file = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0 || fsync(file) != 0) {
        result = errno;
    }
    if (file >= 0) {
        (void)close(file);
    }
    return result;
}

static char *segment_path(const struct journal *journal, uint32_t number)
{
    return memory_print("%s/%010u.log", journal->dir, number);
}

/* A segment that could not be begun must not be found at the next start. */
static int give_up(struct segment *segment, int why)
{
    if (segment->path != NULL) {
        (void)unlink(segment->path);
    }
    segment_free(segment);
    return why;
}

int journal_turn(struct journal *journal, uint64_t size)
{
    uint32_t number = journal_active(journal) + 1;
    char *path = journal->dir != NULL ? segment_path(journal, number) : NULL;
    (void)pthread_mutex_lock(&journal->lock);
    struct segment *segment =
        segment_new(number, path, size + JOURNAL_SEGMENT_HEAD, &journal->pool);
    (void)pthread_mutex_unlock(&journal->lock);
    if (segment == NULL) {
        return errno;
    }
    unsigned char head[JOURNAL_SEGMENT_HEAD];
    journal_head_write(journal, number, head);
    struct iovec part = {head, sizeof(head)};
    int result = segment_write(segment, &part, 1, journal->is_power);
    if (result == 0 && journal->is_power) {
        result = sync_directory(journal->dir);
    }
    if (result != 0) {
        return give_up(segment, result);
    }
    segment->is_changed = true; /* it is there, even with nothing alive */
    journal_adopt(journal, segment);
    return 0;
}

int journal_renew(struct journal *journal)
{
    uint32_t active = journal_active(journal);
    const struct segment *segment = journal_segment(journal, active);
    journal->generation++;
    if (journal->dir != NULL) {
        int result = journal_head_mend(journal, segment);
        if (result != 0) {
            /* It may be on the disk, and would condemn what comes next. */
            journal->generation--;
            (void)journal_head_mend(journal, segment);
            return result;
        }
    }
    journal_condemn(journal);
    return 0;
}
