/* SPDX-License-Identifier: MIT */
#ifndef INBOX_CHANGE_H
#define INBOX_CHANGE_H

#include "inbox/store/store.h"

/* What goes, or is marked, in one step. */
struct removal {
    const uint64_t *messages;
    size_t message_count;
    const uint64_t *sessions;
    size_t session_count;
};

/* Deletes them with the sessions that go with them: one record, index, events.
 * Returns how many entries went (`messages_out`: messages), -1 failed with
 * `reason`. */
int64_t change_remove(struct inbox *inbox, const struct removal *removal,
                      uint64_t *messages_out, char *reason);

/* Applies a DELETED record to the index; used by replay too. 0; -1 failed. */
int change_apply_deleted(struct inbox *inbox, struct bytes octets);

/* Tells whoever follows that the entry of `row` went; takes a number. */
void change_tell_gone(struct inbox *inbox, const struct index_row *row,
                      enum inbox_list_kind kind);

#endif
