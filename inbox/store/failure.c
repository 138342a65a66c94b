/* SPDX-License-Identifier: MIT */
#include "inbox/store/failure.h"

#include <stdio.h>

#include "inbox/base/log.h"

void failure_say(struct failure *failure, const char *reason)
{
    bool was_failing = failure->is_failing;
    if (reason == NULL && !was_failing) {
        return;
    }
    (void)pthread_mutex_lock(&failure->lock);
    failure->is_failing = reason != NULL;
    (void)snprintf(failure->reason, sizeof(failure->reason), "%s",
                   reason == NULL ? "" : reason);
    (void)pthread_mutex_unlock(&failure->lock);
    if (reason == NULL) {
        log_line(LOG_WARN, "event=store-works dir=%s", failure->where);
    } else if (!was_failing) {
        log_line(LOG_ERROR, "event=store-fails dir=%s reason=\"%s\"",
                 failure->where, reason);
    }
}

void failure_read(struct failure *failure, struct inbox_state *state_out)
{
    (void)pthread_mutex_lock(&failure->lock);
    state_out->is_failing = failure->is_failing;
    (void)snprintf(state_out->failure, sizeof(state_out->failure), "%s",
                   failure->reason);
    (void)pthread_mutex_unlock(&failure->lock);
}
