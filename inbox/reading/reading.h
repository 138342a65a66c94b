/* SPDX-License-Identifier: MIT */
#ifndef INBOX_READING_READING_H
#define INBOX_READING_READING_H

#include "inbox/store/store.h"

/* A session as its records say it. */
struct reading_session {
    bool wants_pieces; /* set before: with its transcript */
    struct inbox_session session;
    struct inbox_pieces pieces;
};

/* Reads an ended or a live session. */
enum inbox_result reading_whole(struct inbox *inbox, uint64_t id,
                                struct arena *arena,
                                struct reading_session *session_out);

/* Takes what is deleted out of the messages of an open session. */
void reading_leave_out_deleted(struct inbox *inbox, struct arena *arena,
                               struct inbox_session *session);

#endif
