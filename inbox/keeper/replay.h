/* SPDX-License-Identifier: MIT */
#ifndef INBOX_KEEPER_REPLAY_H
#define INBOX_KEEPER_REPLAY_H

#include "inbox/store/store.h"

/* The index is caught up with the journal. */

/* ---- replay.c */

/* Brings numbers, boxes, open sessions and the index up to the journal. 0; -1
 * failed. */
int replay(struct inbox *inbox, bool is_start,
           char error_out[INBOX_ERROR_SIZE]);

/* Reads all that an open session said so far, its row in the table too when
 * that was not done. 0; -1 nothing is readable. */
int replay_past(struct inbox *inbox, struct live *live, struct arena *arena,
                struct inbox_session *session_out);

/* ---- replay_from.c */

/* Sets the first segment to read: the one that the index has reached, or 0,
 * with the index made anew, when it cannot be gone on with. 0; -1 failed. */
int replay_from(struct inbox *inbox, uint32_t *first_out);

/* ---- replay_start.c */

/* The end of a start. 0; -1 failed with a line in `error_out`. */
int replay_start(struct inbox *inbox, char *error_out);

#endif
