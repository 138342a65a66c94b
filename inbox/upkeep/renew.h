/* SPDX-License-Identifier: MIT */
#ifndef INBOX_UPKEEP_RENEW_H
#define INBOX_UPKEEP_RENEW_H

#include "inbox/store/store.h"

/* Deletes everything by a new generation when `change` asks for that. 1 done,
 * 0 it asks for less, -1 failed. */
int renew_everything(struct inbox *inbox, const struct inbox_change *change,
                     uint64_t *gone_out, char *reason);

#endif
