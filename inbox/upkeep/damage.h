/* SPDX-License-Identifier: MIT */
#ifndef INBOX_UPKEEP_DAMAGE_H
#define INBOX_UPKEEP_DAMAGE_H

#include "inbox/store/store.h"

/* Records that cannot be read any more. */

/* The octets of `message` are not what was written at `place`. Any thread. */
void damage_found(struct inbox *inbox, uint64_t message,
                  struct journal_place place);

/* What stands at `from` and before `until` is no record. Any thread. */
void damage_hole(struct inbox *inbox, struct journal_place from,
                 struct journal_place until);

/* The keeper: takes such messages out of the index, unless they moved since. */
void damage_take(struct inbox *inbox, const struct job *job);

/* The same for all whose record begins in `span`, in the index's open
 * transaction. How many; -1 the index failed. */
int64_t damage_between(struct inbox *inbox, struct index_span span);

#endif
