/* SPDX-License-Identifier: MIT */
#include "inbox/base/calendar.h"
#include "inbox/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct row {
    const char *text;
    int64_t time_us;
    const char *again; /* NULL: as `text` */
};

static const struct row good[] = {
    {"1970-01-01T00:00:00.000000Z", 0, NULL},
    {"2026-11-21T10:00:00.412311Z", 1795255200412311, NULL},
    {"2026-11-21T12:00:00+02:00", 1795255200000000,
     "2026-11-21T10:00:00.000000Z"},
    {"2024-02-29", 1709164800000000, "2024-02-29T00:00:00.000000Z"},
    {"1969-12-31T23:59:59.5Z", -500000, "1969-12-31T23:59:59.500000Z"},
    {"2000-01-01t00:00:00.1234567z", 946684800123456,
     "2000-01-01T00:00:00.123456Z"},
};

static void a_time_reads_and_writes_as_rfc_3339(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t time_us = 1;
        char text[CALENDAR_TEXT_SIZE];
        assert_int_equal(calendar_read(good[i].text, &time_us), 0);
        assert_int_equal(time_us, good[i].time_us);
        const char *again = good[i].again ? good[i].again : good[i].text;
        assert_string_equal(calendar_text(time_us, text), again);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-13-01",
                                      "2026-02-29",
                                      "2026-11-21T",
                                      "2026-11-21T25:00:00Z",
                                      "2026-11-21T10:00:00",
                                      "2026-11-21T10:00:00.Z",
                                      "2026-11-21T10:00:00Z ",
                                      "2026-11-21T10:00:00+2:00",
                                      "yesterday"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t time_us = 7;
        assert_int_equal(calendar_read(bad[i], &time_us), -1);
        assert_int_equal(time_us, 7);
    }
}

static void times_out_of_range_are_still_text(void **state)
{
    (void)state;
    char text[CALENDAR_TEXT_SIZE];
    assert_string_equal(calendar_text(INT64_MAX, text),
                        "9999-12-31T23:59:59.999999Z");
    assert_string_equal(calendar_text(INT64_MIN, text),
                        "0000-01-01T00:00:00.000000Z");
}

static void the_steady_clock_does_not_step_back(void **state)
{
    (void)state;
    int64_t before = clock_steady_us();
    assert_true(clock_steady_us() >= before);
    assert_true(clock_now_us() > 1700000000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_reads_and_writes_as_rfc_3339),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(times_out_of_range_are_still_text),
        cmocka_unit_test(the_steady_clock_does_not_step_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
