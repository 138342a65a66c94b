/* SPDX-License-Identifier: MIT */
#ifndef INBOX_RECORD_CHAIN_H
#define INBOX_RECORD_CHAIN_H

#include "inbox/record/record.h"

/* The records of one session, newest first. */

struct chain {
    struct journal *journal; /* where they are */
    struct arena *arena;     /* of all that comes out */
    struct journal_found *found;
    size_t count;
    bool is_cut;    /* there were older ones, which were given up */
    bool has_start; /* the walk came to a record with none before it */
};

/* Follows the records of `session` from its tip back; journal and arena are
 * set. */
void chain_follow(struct chain *chain, uint64_t session, struct record_tip tip);

/* The id of the newest message in the pieces of `found`; 0: none. */
uint64_t chain_message(struct journal *journal,
                       const struct journal_found *found);

/* Reads the session as its pieces say it, with the ids of its messages; the
 * pieces' transcripts (oldest first) when `pieces_out` is not NULL. 0; -1
 * nothing is readable. */
int chain_session(const struct chain *chain, struct inbox_session *session_out,
                  struct inbox_pieces *pieces_out);

#endif
