/* SPDX-License-Identifier: MIT */
#ifndef INBOX_UPKEEP_MARK_H
#define INBOX_UPKEEP_MARK_H

#include "inbox/store/store.h"

/* Read and tags of messages. All on the keeper's thread. */

/* What is to be marked, and how. */
struct marking {
    const struct index_mark *mark;
    const uint64_t *ids;
    size_t count;
};

/* Marks those of `ids` that exist: a record, rows, events. Returns how many;
 * -1 failed, with `reason` (INBOX_ERROR_SIZE). */
int64_t mark_messages(struct inbox *inbox, const struct marking *marking,
                      char *reason);

/* Writes the marks that the messages of `ids` have now once more: they must
 * outlive the segment that says so, and stand behind the message. 0 or an
 * errno. */
int mark_again(struct inbox *inbox, const uint64_t *ids, size_t count);

/* The ids that a MARKED record speaks of. Returns how many. */
size_t mark_ids(struct bytes octets, struct arena *arena, uint64_t **ids_out);

/* Applies a MARKED record to the index; used by replay too. 0; -1 failed. */
int mark_apply(struct inbox *inbox, struct bytes octets);

#endif
