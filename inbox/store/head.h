/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_HEAD_H
#define INBOX_STORE_HEAD_H

#include "inbox/store/store.h"

/* What stands at the head of every segment. */

/* Octets that this may take. */
uint64_t head_size(const struct inbox *inbox);

/* Makes room for `size` octets: begins a segment, with what stands at its head,
 * when needed or with `is_forced`. 0 or an errno. */
int head_make_room(struct inbox *inbox, uint64_t size, bool is_forced);

/* Writes the numbers that are to be gone on with at the next start. */
int head_save_numbers(struct inbox *inbox);

#endif
