/* SPDX-License-Identifier: MIT */
#ifndef INBOX_UPKEEP_RENEW_H
#define INBOX_UPKEEP_RENEW_H

#include "inbox/upkeep/change.h"

/* Deletes everything by a new generation when `change` asks for that. 1 done,
 * 0 it asks for less, -1 failed. Of `gone_out` the sessions that had messages
 * are not counted. */
int renew_everything(struct inbox *inbox, const struct inbox_change *change,
                     struct removed *gone_out, char *reason);

#endif
