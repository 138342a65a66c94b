/* SPDX-License-Identifier: MIT */
#ifndef INBOX_BASE_CALENDAR_H
#define INBOX_BASE_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

/* Times of the calendar as text, without asking what time it is. */

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar; the
 * month is 1 to 12. */
int64_t calendar_days(int64_t year, int64_t month, int64_t day);

#define CALENDAR_TEXT_SIZE 32

/* Writes `time_us` (since 1970, UTC) as RFC 3339 with microseconds:
 * 2026-11-21T10:00:00.412311Z. Returns `text_out`. */
char *calendar_text(int64_t time_us, char text_out[CALENDAR_TEXT_SIZE]);

/* Reads RFC 3339 (offset or Z; date alone is midnight UTC) into
 * `time_us_out`. Returns 0, or -1 when it is none. */
int calendar_read(const char *text, int64_t *time_us_out);

#endif
