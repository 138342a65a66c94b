/* SPDX-License-Identifier: MIT */
#ifndef INBOX_READING_SCRUB_H
#define INBOX_READING_SCRUB_H

#include "inbox/store/store.h"

/* Checks what is on the disk, once per start, in the filler's idle time. */

/* Checks some megabytes more. False: all was checked. */
bool scrub_some(struct inbox *inbox);

#endif
