/* SPDX-License-Identifier: MIT */
#ifndef INBOX_DIRECTORY_H
#define INBOX_DIRECTORY_H

#include "inbox/inbox.h"

/* The store's directory: made when it is missing, its format known, and held
 * by one program at a time. */

/* Returns a descriptor that holds the directory until it is closed; -1 with a
 * line in `error_out`. */
int directory_open(const char *dir, char error_out[INBOX_ERROR_SIZE]);

#endif
