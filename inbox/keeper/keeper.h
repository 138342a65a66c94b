/* SPDX-License-Identifier: MIT */
#ifndef INBOX_KEEPER_KEEPER_H
#define INBOX_KEEPER_KEEPER_H

#include "inbox/store/store.h"

/* Starts the keeper's thread. 0; -1 failed. */
int keeper_start(struct inbox *inbox);

/* Lets it write what waits, and ends it. */
void keeper_stop(struct inbox *inbox);

#endif
