/* SPDX-License-Identifier: MIT */
#ifndef INBOX_UPKEEP_COMPACT_H
#define INBOX_UPKEEP_COMPACT_H

#include "inbox/store/store.h"

/* Gives space back: one bounded step. True: there is more to do at once. */
bool compact_step(struct inbox *inbox);

/* Writes a session's records anew at the journal's end; `tip` is that of the
 * old ones, then of the new. 0 or an errno. */
int compact_session(struct inbox *inbox, uint64_t id, struct record_tip *tip);

#endif
