/* SPDX-License-Identifier: MIT */
#ifndef INBOX_BASE_CLOCK_H
#define INBOX_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Microseconds since 1970 in UTC. */
int64_t clock_now_us(void);

/* Microseconds of a clock that never steps back; only differences mean
 * anything. */
int64_t clock_steady_us(void);

#define CLOCK_TEXT_SIZE 32

/* Writes `time_us` (since 1970, UTC) as RFC 3339 with microseconds:
 * 2026-11-21T10:00:00.412311Z. Returns `text_out`. */
char *clock_text(int64_t time_us, char text_out[CLOCK_TEXT_SIZE]);

/* Reads RFC 3339 (offset or Z; date alone is midnight UTC) into
 * `time_us_out`. Returns 0, or -1 when it is none. */
int clock_read(const char *text, int64_t *time_us_out);

#endif
