/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_ROUTE_H
#define INBOX_STORE_ROUTE_H

#include "inbox/store/store.h"

/* Which box a delivery goes to. The keeper. */

/* The box of that name, made when it is not there (a listener's). */
struct box *route_need(struct inbox *inbox, const char *name);

/* Where a delivery goes, by the rules of the API. */
uint32_t route_delivery(struct inbox *inbox, const struct job *job,
                        const struct live *live);

/* Names all boxes in the index. 0; -1 failed. */
int route_index(struct inbox *inbox);

#endif
