/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_RESERVE_H
#define INBOX_STORE_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

/* Room for deletions on a full disk. */
struct reserve {
    const char *dir; /* NULL in memory: then it always stands */
    bool is_made;
    int64_t again_at_us; /* when it may be tried again */
};

/* At a start: takes over the reserve of the run before. On a full disk gives it
 * up, for the index must be caught up. */
void reserve_find(struct reserve *reserve);

/* Makes the reserve when it is not there and there is room. */
void reserve_make(struct reserve *reserve);

/* May mail be taken? Not while the reserve was given up and no room is for a
 * new one. */
bool reserve_stands(struct reserve *reserve);

/* Gives it up. True: there may be room now. */
bool reserve_release(struct reserve *reserve);

#endif
