/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_FAILURE_H
#define INBOX_STORE_FAILURE_H

#include <pthread.h>
#include <stdbool.h>

#include "inbox/inbox.h"

/* Why writing fails. The keeper says it and may look at it; others under the
 * lock. */
struct failure {
    pthread_mutex_t lock;
    const char *where; /* the directory, or "memory" */
    bool is_failing;
    char reason[INBOX_ERROR_SIZE];
};

/* Notes why writing fails; `reason` NULL: it works again. Logged when it
 * changes. */
void failure_say(struct failure *failure, const char *reason);

/* Sets in `state_out` whether it fails and why. Any thread. */
void failure_read(struct failure *failure, struct inbox_state *state_out);

#endif
