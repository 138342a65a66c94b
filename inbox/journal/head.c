/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "inbox/base/checksum.h"
#include "inbox/base/pack.h"
#include "inbox/journal/inside.h"

/* The first octets of a segment: format, own number, generation, store.
 *
 *   magic[18] 0[2] version[4] number[4] generation[8] store[8] 0[16] check[4]
 *
 * Version 1 had zeros where the store's number is now; all else is the same,
 * so a segment is carried over by writing its head anew. */

static const char magic[] = "mailscope journal\n";

enum {
    AT_VERSION = 20,
    AT_NUMBER = 24,
    AT_GENERATION = 28,
    AT_STORE = 36,
    AT_CHECK = JOURNAL_SEGMENT_HEAD - 4
};

void journal_head_write(const struct journal *journal, uint32_t number,
                        unsigned char head_out[JOURNAL_SEGMENT_HEAD])
{
    memset(head_out, 0, JOURNAL_SEGMENT_HEAD);
    memcpy(head_out, magic, sizeof(magic) - 1);
    pack_u32(head_out + AT_VERSION, JOURNAL_VERSION);
    pack_u32(head_out + AT_NUMBER, number);
    pack_u64(head_out + AT_GENERATION, journal->generation);
    pack_u64(head_out + AT_STORE, journal->store);
    uint32_t check = checksum_add(0, (struct bytes){head_out, AT_CHECK});
    pack_u32(head_out + AT_CHECK, check);
}

enum journal_head_kind journal_head_read(const struct segment *segment,
                                         struct journal_head *head_out)
{
    unsigned char head[JOURNAL_SEGMENT_HEAD];
    size_t got = segment_read(segment, 0, head, sizeof(head));
    *head_out = (struct journal_head){0};
    if (got < sizeof(head) || memcmp(head, magic, sizeof(magic) - 1) != 0 ||
        unpack_u32(head + AT_CHECK) !=
            checksum_add(0, (struct bytes){head, AT_CHECK})) {
        return HEAD_BROKEN;
    }
    *head_out = (struct journal_head){
        .version = unpack_u32(head + AT_VERSION),
        .number = unpack_u32(head + AT_NUMBER),
        .generation = unpack_u64(head + AT_GENERATION),
        .store = unpack_u64(head + AT_STORE),
    };
    return head_out->version > JOURNAL_VERSION ? HEAD_NEWER : HEAD_GOOD;
}

int journal_head_mend(const struct journal *journal,
                      const struct segment *segment)
{
    unsigned char head[JOURNAL_SEGMENT_HEAD];
    journal_head_write(journal, segment->number, head);
    ssize_t done = pwrite(segment->file, head, sizeof(head), 0);
    if (done != (ssize_t)sizeof(head)) {
        return done < 0 ? errno : EIO;
    }
    return journal->is_power && fdatasync(segment->file) != 0 ? errno : 0;
}
