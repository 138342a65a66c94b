/* SPDX-License-Identifier: MIT */
#ifndef INBOX_UPKEEP_RETENTION_H
#define INBOX_UPKEEP_RETENTION_H

#include "inbox/store/store.h"

/* Removes what is beyond the limits: one bounded step. True: there is more to do at once. */
bool retention_step(struct inbox *inbox);

#endif
