/* SPDX-License-Identifier: MIT */
#ifndef INBOX_UPKEEP_CHANGE_H
#define INBOX_UPKEEP_CHANGE_H

#include "inbox/store/store.h"

/* What goes, or is marked, in one step. */
struct removal {
    const uint64_t *messages;
    size_t message_count;
    const uint64_t *sessions;
    size_t session_count;
    bool is_retiring; /* the oldest that there are (of `box`, 0: of all): the
                       * pieces of their sessions go as well */
    uint32_t box;
};

/* What went. */
struct removed {
    uint64_t messages;
    uint64_t sessions;
    uint64_t alone; /* of these: entries of activity, without a message */
};

/* Deletes them with the sessions that go with them: one record, index, events.
 * Returns how many messages and sessions went, -1 failed with `reason`.
 * `removed_out` may be NULL. */
int64_t change_remove(struct inbox *inbox, const struct removal *removal,
                      struct removed *removed_out, char *reason);

/* Gives up the older half of what the open session without a message keeps that
 * keeps most, when that is at least `least` octets. True: something went. */
bool change_trim_open(struct inbox *inbox, uint64_t least);

/* Applies a DELETED record to the index, for replay; of one that the index has
 * already (`is_old`) only what open sessions lost. 0; -1 failed. */
int change_apply_deleted(struct inbox *inbox, struct bytes octets, bool is_old);

/* Tells whoever follows that the entry of `row` went; takes a number. */
void change_tell_gone(struct inbox *inbox, const struct index_row *row,
                      enum inbox_list_kind kind);

#endif
