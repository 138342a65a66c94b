/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_CAPTURE_H
#define INBOX_STORE_CAPTURE_H

#include "inbox/store/store.h"

/* Writes and acknowledges deliveries, and indexes them; frees them. The
 * keeper. */
void capture(struct inbox *inbox, struct job *jobs);

/* Cuts a batch of bounded size off `*jobs`, which are all deliveries. */
struct job *capture_cut(const struct inbox *inbox, struct job **jobs);

/* The loop: the same without indexing, if it can be done without waiting.
 * Returns the deliveries that are left to the keeper, all, some or NULL. */
struct job *capture_at_once(struct inbox *inbox, struct job *jobs);

#endif
