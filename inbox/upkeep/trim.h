/* SPDX-License-Identifier: MIT */
#ifndef INBOX_UPKEEP_TRIM_H
#define INBOX_UPKEEP_TRIM_H

#include "inbox/store/store.h"

/* Sessions lose the pieces of messages that were retired. */

/* Up to where a session's records go. */
struct trim {
    uint64_t session;
    uint64_t message; /* the newest of its messages that went, 0 none */
    struct journal_place cut;
};

/* Where the records of a session are, open or ended. 1 found, 0 not, -1
 * failed. */
int trim_tip(struct inbox *inbox, uint64_t session, struct record_tip *tip_out);

/* Sets where the records end that went with the message of `row`: 1; 0: none
 * go, -1 failed. */
int trim_find(struct inbox *inbox, const struct index_row *row,
              struct trim *trim_out);

/* Sets the older half of what an open session without a message keeps: of the
 * one that keeps most, at least `least` octets. False: there is none. */
bool trim_find_open(struct inbox *inbox, uint64_t least, struct trim *trim_out);

/* They go: counters, the session's row. 0; -1 the index failed. */
int trim_apply(struct inbox *inbox, const struct trim *trim);

/* The same, only for an open session: of the others the index knows. */
void trim_apply_live(struct inbox *inbox, const struct trim *trim);

#endif
