/* SPDX-License-Identifier: MIT */
#include "inbox/mail/text.h"

#include <string.h>
#include <strings.h>

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
    int month;
    int year;
    int hour;
    int minute;
    int second;
    int zone; /* hhmm */
    bool is_west;
};

static bool is_sound(const struct stamp *stamp)
{
    return stamp->day >= 1 && stamp->day <= 31 && stamp->year >= 1900 &&
           stamp->year <= 9999 && stamp->hour >= 0 && stamp->hour <= 23 &&
           stamp->minute >= 0 && stamp->minute <= 59 && stamp->second >= 0 &&
           stamp->second <= 60 && stamp->month > 0 && stamp->zone >= 0 &&
           stamp->zone <= 9959 && stamp->zone % 100 < 60;
}

static const char *behind_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t') {
        at++;
    }
    return at;
}

/* One to `most` digits at `*at`, which moves behind them. */
static bool take_number(const char **at, int most, int *out)
{
    int size = 0;

    *out = 0;
    *at = behind_blanks(*at);
    for (; size < most && **at >= '0' && **at <= '9'; size++, (*at)++) {
        *out = *out * 10 + (**at - '0');
    }
    return size > 0;
}

static bool take_month(const char **at, int *out)
{
    *at = behind_blanks(*at);
    *out = month_of(*at);
    *at += *out > 0 ? 3 : 0;
    return *out > 0;
}

static bool take_mark(const char **at, char mark)
{
    bool is_there = **at == mark;

    *at += is_there;
    return is_there;
}

static bool take_zone(const char **at, struct stamp *stamp)
{
    *at = behind_blanks(*at);
    stamp->is_west = take_mark(at, '-');
    return (stamp->is_west || take_mark(at, '+')) &&
           take_number(at, 4, &stamp->zone);
}

/* [day-name ","] day month year hh:mm:ss zone, as nearly everybody writes it;
 * the rest of the grammar is GMime's. */
static bool read_usual(const char *text, int64_t *time_us_out)
{
    struct stamp stamp = {0};
    const char *comma = strchr(text, ',');
    const char *at = comma ? comma + 1 : text;
    int64_t seconds;
    int64_t east;

    if (!take_number(&at, 2, &stamp.day) || !take_month(&at, &stamp.month) ||
        !take_number(&at, 4, &stamp.year) ||
        !take_number(&at, 2, &stamp.hour) || !take_mark(&at, ':') ||
        !take_number(&at, 2, &stamp.minute) || !take_mark(&at, ':') ||
        !take_number(&at, 2, &stamp.second) || !take_zone(&at, &stamp) ||
        !is_sound(&stamp)) {
        return false;
    }
    seconds = calendar_days(stamp.year, stamp.month, stamp.day) * 86400 +
              stamp.hour * 3600 + stamp.minute * 60 + stamp.second;
    east = stamp.zone / 100 * 3600 + stamp.zone % 100 * 60;
    seconds -= stamp.is_west ? -east : east;
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
