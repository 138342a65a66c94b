/* SPDX-License-Identifier: MIT */
#ifndef SERVER_LOOP_CONTROL_TEST_H
#define SERVER_LOOP_CONTROL_TEST_H

#include <stddef.h>

#include "webui/webui.h"

/* Mails a test message to ourselves, through the first SMTP listener, as any
 * client would. Blocks; a reader thread. 0; -1 with one line in `error_out`. */
int control_send_test(const struct webui_listener *listeners, size_t count,
                      const char *inbox, char error_out[WEBUI_ERROR_SIZE]);

#endif
