/* SPDX-License-Identifier: MIT */
#include "inbox/mail/text.h"

#include <stdio.h>
#include <string.h>

#include <gmime/gmime.h>

#include "inbox/base/calendar.h"

static int month_of(const char *name)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    for (int month = 0; month < 12; month++) {
        if (strncasecmp(names + 3L * month, name, 3) == 0) {
            return month + 1;
        }
    }
    return 0;
}

struct stamp {
    int day;
    int year;
    int hour;
    int minute;
    int second;
    int zone; /* hhmm */
    char month[4];
    char sign[2];
};

static bool is_sound(const struct stamp *stamp)
{
    return stamp->day >= 1 && stamp->day <= 31 && stamp->year >= 1900 &&
           stamp->year <= 9999 && stamp->hour >= 0 && stamp->hour <= 23 &&
           stamp->minute >= 0 && stamp->minute <= 59 && stamp->second >= 0 &&
           stamp->second <= 60 && month_of(stamp->month) > 0 &&
           stamp->zone >= 0 && stamp->zone <= 9959 && stamp->zone % 100 < 60;
}

/* [day-name ","] day month year hh:mm:ss zone, as nearly everybody writes it;
 * the rest of the grammar is GMime's. */
static bool read_usual(const char *text, int64_t *time_us_out)
{
    struct stamp stamp = {0};
    const char *comma = strchr(text, ',');
    int64_t seconds;
    int64_t east;

    if (strlen(text) > 60) {
        return false;
    }
    if (sscanf(comma ? comma + 1 : text,
               "%2d %3[A-Za-z] %4d %2d:%2d:%2d %1[+-]%4d", &stamp.day,
               stamp.month, &stamp.year, &stamp.hour, &stamp.minute,
               &stamp.second, stamp.sign, &stamp.zone) < 8 ||
        !is_sound(&stamp)) {
        return false;
    }
    seconds =
        calendar_days(stamp.year, month_of(stamp.month), stamp.day) * 86400 +
        stamp.hour * 3600 + stamp.minute * 60 + stamp.second;
    east = stamp.zone / 100 * 3600 + stamp.zone % 100 * 60;
    seconds -= stamp.sign[0] == '-' ? -east : east;
    *time_us_out = seconds * 1000000;
    return true;
}

int64_t text_date(struct bytes raw, struct arena *arena)
{
    char *text = text_unfolded(bytes_part(raw, 0, 1000), arena);
    int64_t time_us = INT64_MIN;
    GDateTime *date;

    if (read_usual(text, &time_us)) {
        return time_us;
    }
    text_begin();
    date = g_mime_utils_header_decode_date(text);
    if (date) {
        time_us = g_date_time_to_unix(date) * 1000000;
        g_date_time_unref(date);
    }
    return time_us;
}
