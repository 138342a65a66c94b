/* SPDX-License-Identifier: MIT */
#ifndef INBOX_READING_H
#define INBOX_READING_H

#include "inbox/store/store.h"

/* Reads an ended or a live session with the pieces of its transcript. */
enum inbox_result reading_whole(struct inbox *inbox, uint64_t id,
                                struct arena *arena,
                                struct inbox_session *session_out,
                                struct bytes **pieces_out, size_t *count_out);

#endif
