/* SPDX-License-Identifier: MIT */
#ifndef SERVER_LOOP_CONTROL_COPY_H
#define SERVER_LOOP_CONTROL_COPY_H

#include "inbox/base/memory.h"
#include "server/recorder/recorder.h"

/* Copies the summary of an open session into `arena`, strings and all, so that
 * another thread may read it while the session goes on. */
void control_copy_session(const struct recorder *recorder, struct arena *arena,
                          struct inbox_session *session_out);

#endif
