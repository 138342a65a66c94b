/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_COMMIT_H
#define INBOX_STORE_COMMIT_H

#include "inbox/store/store.h"

/* The index becomes visible, or fails. */

/* Makes what is indexed visible to readers. 0; -1 failed. */
int commit_index(struct inbox *inbox);

/* The index failed: its transaction is lost, it is caught up later. */
void commit_failed(struct inbox *inbox);

/* Is there anything that readers cannot see yet? */
bool commit_has_news(struct inbox *inbox);

#endif
