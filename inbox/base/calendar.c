/* SPDX-License-Identifier: MIT */
#include "inbox/base/calendar.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define SECOND_US 1000000
#define DAY_S 86400

/* Counted in years that begin in March, so that the leap day comes last. */
int64_t calendar_days(int64_t year, int64_t month, int64_t day)
{
    int64_t march_year = month > 2 ? year : year - 1;
    int64_t era = (march_year >= 0 ? march_year : march_year - 399) / 400;
    int64_t year_of_era = march_year - era * 400;
    int64_t month_index = (month + 9) % 12;
    int64_t day_of_year = (153 * month_index + 2) / 5 + day - 1;
    int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

char *calendar_text(int64_t time_us, char text_out[CALENDAR_TEXT_SIZE])
{
    int64_t second = time_us / SECOND_US;
    int64_t micro = time_us % SECOND_US;
    if (micro < 0) {
        micro += SECOND_US;
        second--;
    }
    time_t when = (time_t)second;
    struct tm parts;
    /* RFC 3339 has four digits for a year and no more. */
    if (gmtime_r(&when, &parts) == NULL || parts.tm_year < -900 ||
        parts.tm_year > 9999 - 1900) {
        (void)snprintf(text_out, CALENDAR_TEXT_SIZE, "%s",
                       time_us < 0 ? "0000-01-01T00:00:00.000000Z"
                                   : "9999-12-31T23:59:59.999999Z");
        return text_out;
    }
    size_t end =
        strftime(text_out, CALENDAR_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(text_out + end, CALENDAR_TEXT_SIZE - end, ".%06dZ",
                   (int)micro);
    return text_out;
}

/* Reads exactly `digits` digits; -1 when they are not there. */
static int64_t read_digits(const char **at, int digits)
{
    int64_t number = 0;
    for (int i = 0; i < digits; i++) {
        if (**at < '0' || **at > '9') {
            return -1;
        }
        number = number * 10 + (**at - '0');
        (*at)++;
    }
    return number;
}

static bool read_sign(const char **at, char sign)
{
    if (**at != sign) {
        return false;
    }
    (*at)++;
    return true;
}

static int64_t read_fraction_us(const char **at)
{
    int64_t micro = 0;
    int64_t weight = SECOND_US / 10;
    if (**at < '0' || **at > '9') {
        return -1;
    }
    while (**at >= '0' && **at <= '9') {
        micro += (**at - '0') * weight;
        weight /= 10;
        (*at)++;
    }
    return micro;
}

/* time-offset = "Z" / ("+" / "-") 2DIGIT ":" 2DIGIT (RFC 3339 5.6) */
static int read_offset(const char **at, int64_t *seconds_out)
{
    if (**at == 'Z' || **at == 'z') {
        (*at)++;
        return 0;
    }
    int64_t sign = **at == '-' ? -1 : 1;
    if (**at != '+' && **at != '-') {
        return -1;
    }
    (*at)++;
    int64_t hours = read_digits(at, 2);
    if (hours < 0 || hours > 23 || !read_sign(at, ':')) {
        return -1;
    }
    int64_t minutes = read_digits(at, 2);
    if (minutes < 0 || minutes > 59) {
        return -1;
    }
    *seconds_out = sign * (hours * 3600 + minutes * 60);
    return 0;
}

static int read_time(const char **at, int64_t *time_us)
{
    int64_t hour = read_digits(at, 2);
    if (hour < 0 || hour > 23 || !read_sign(at, ':')) {
        return -1;
    }
    int64_t minute = read_digits(at, 2);
    if (minute < 0 || minute > 59 || !read_sign(at, ':')) {
        return -1;
    }
    int64_t second = read_digits(at, 2);
    if (second < 0 || second > 60) {
        return -1;
    }
    int64_t micro = 0;
    if (read_sign(at, '.')) {
        micro = read_fraction_us(at);
    }
    int64_t offset = 0;
    if (micro < 0 || read_offset(at, &offset) != 0) {
        return -1;
    }
    *time_us += (hour * 3600 + minute * 60 + second - offset) * SECOND_US;
    *time_us += micro;
    return 0;
}

static int64_t month_days(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (is_leap && month == 2 ? 1 : 0);
}

int calendar_read(const char *text, int64_t *time_us_out)
{
    const char *at = text;
    int64_t year = read_digits(&at, 4);
    if (year < 0 || !read_sign(&at, '-')) {
        return -1;
    }
    int64_t month = read_digits(&at, 2);
    if (month < 1 || month > 12 || !read_sign(&at, '-')) {
        return -1;
    }
    int64_t day = read_digits(&at, 2);
    if (day < 1 || day > month_days(year, month)) {
        return -1;
    }
    int64_t time_us = calendar_days(year, month, day) * DAY_S * SECOND_US;
    if (*at == 'T' || *at == 't' || *at == ' ') {
        at++;
        if (read_time(&at, &time_us) != 0) {
            return -1;
        }
    }
    if (*at != '\0') {
        return -1;
    }
    *time_us_out = time_us;
    return 0;
}
