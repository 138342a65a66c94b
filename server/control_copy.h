/* SPDX-License-Identifier: MIT */
#ifndef SERVER_CONTROL_COPY_H
#define SERVER_CONTROL_COPY_H

#include "server/recorder.h"
#include "webui/webui.h"

/* Copies the summary of an open session into `arena`, strings and all, so that
 * another thread may read it while the session goes on. */
void control_copy_session(const struct recorder *recorder, struct arena *arena,
                          struct inbox_session *session_out);

/* Mails a test message to ourselves, through the first SMTP listener, as any
 * client would. Blocks; a reader thread. 0; -1 with one line in `error_out`. */
int control_send_test(const struct webui_listener *listeners, size_t count,
                      const char *inbox, char error_out[WEBUI_ERROR_SIZE]);

#endif
