/* SPDX-License-Identifier: MIT */
#ifndef INBOX_UPKEEP_NAMING_H
#define INBOX_UPKEEP_NAMING_H

#include "inbox/store/store.h"

/* Removes boxes whose time is over, step by step. True: there is more. */
bool naming_expire(struct inbox *inbox);

#endif
