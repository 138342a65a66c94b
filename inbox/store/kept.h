/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_KEPT_H
#define INBOX_STORE_KEPT_H

#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/journal/journal.h"
#include "inbox/store/live.h"

struct inbox;
struct inbox_draft;
struct job;

/* What the journal holds and the index is to have: a message, or a session that
 * ended. */
struct kept {
    uint64_t id;
    uint64_t seq;
    uint32_t box;
    struct live *ended; /* the session; NULL: a message */
    struct journal_place place;
    struct bytes said; /* the record's octets before the mail; of a session:
                        * its scalars */
    struct bytes mail; /* its beginning, unless it is in `draft` */
    const struct inbox_draft *draft;
    uint64_t size; /* of the mail */
};

struct kept_list {
    struct kept *items;
    size_t count;
    size_t capacity;
};

/* Notes for the index what the job in the batch written last has brought. */
void kept_note(struct inbox *inbox, const struct job *job);

/* Indexes what was noted. With `is_shared` more may be appended meanwhile, and
 * is left over. */
void kept_index(struct inbox *inbox, bool is_shared);

/* Indexes all that was noted; then nothing is until `writing` is given up. */
void kept_settle(struct inbox *inbox);

#endif
