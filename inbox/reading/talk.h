/* SPDX-License-Identifier: MIT */
#ifndef INBOX_READING_TALK_H
#define INBOX_READING_TALK_H

#include "inbox/store/store.h"

/* Signs what was said in sessions, in the filler's idle time. */

/* Reads a few more. How many; 0: none are left. */
int talk_some(struct inbox *inbox);

#endif
