/* SPDX-License-Identifier: MIT */
#ifndef INBOX_READING_FILL_H
#define INBOX_READING_FILL_H

#include "inbox/store/store.h"

/* Reads messages whole while nothing else is to be done. */

/* Starts its thread. 0; -1 failed. */
int fill_start(struct inbox *inbox);

/* Ends it. */
void fill_stop(struct inbox *inbox);

/* Reads the message whole, sets snippet and attachments in it, and has the
 * index keep them. */
void fill_message(struct inbox *inbox, struct inbox_message *message,
                  struct arena *arena);

#endif
