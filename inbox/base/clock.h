/* SPDX-License-Identifier: MIT */
#ifndef INBOX_BASE_CLOCK_H
#define INBOX_BASE_CLOCK_H

#include <stdint.h>

/* Microseconds since 1970 in UTC. */
int64_t clock_now_us(void);

/* Microseconds of a clock that never steps back; only differences mean
 * anything. */
int64_t clock_steady_us(void);

#endif
