/* SPDX-License-Identifier: MIT */
#include "server/smtp/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A second definition of a message: split at the first CRLF.CRLF, split what
 * stands before it at CRLF, drop one leading dot of each line. Returns where
 * the end is, 0 when there is none. */
static size_t unstuff(struct bytes wire, struct buffer *message)
{
    struct buffer whole = {0};
    buffer_add(&whole, BYTES("\r\n"));
    buffer_add(&whole, wire);
    const unsigned char *end = memmem(whole.at, whole.size, "\r\n.\r\n", 5);
    size_t size = end == NULL ? 0 : (size_t)(end - whole.at);
    for (size_t i = 2; end != NULL && i < size + 2; i++) {
        bool is_start = whole.at[i - 1] == '\n' && whole.at[i - 2] == '\r';
        if (!is_start || whole.at[i] != '.') {
            buffer_add_byte(message, whole.at[i]);
        }
    }
    buffer_free(&whole);
    return end == NULL ? 0 : size + 3;
}

struct reading {
    struct wire wire;
    struct smtp_remarks remarks;
    struct buffer message;
    struct buffer stuffed; /* the wire octets, put together again */
    size_t end;
};

static void take(struct reading *reading, const struct wire_unit *unit)
{
    assert_int_equal(unit->place.offset, reading->stuffed.size);
    if (unit->has_dot) {
        buffer_add_byte(&reading->stuffed, '.');
    }
    buffer_add(&reading->stuffed, unit->octets);
    if (unit->kind == WIRE_BODY) {
        buffer_add(&reading->message, unit->octets);
    } else if (unit->kind == WIRE_END) {
        reading->end = reading->wire.taken;
    }
}

static void read_pieces(struct reading *reading, struct bytes wire,
                        uint32_t *seed)
{
    reading->wire.remarks = &reading->remarks;
    wire_message(&reading->wire, true, false);
    while (wire.size > 0 && reading->end == 0) {
        *seed = *seed * 1664525U + 1013904223U;
        size_t size = *seed >> 28 == 0 ? wire.size : (*seed >> 20) % 5 + 1;
        struct wire_unit unit;
        size_t taken =
            wire_dotted(&reading->wire, bytes_part(wire, 0, size), &unit);
        assert_true(taken > 0 || unit.kind != WIRE_NONE);
        if (unit.kind != WIRE_NONE) {
            take(reading, &unit);
        }
        wire = bytes_part(wire, taken, wire.size);
    }
}

static void compare(struct bytes wire, uint32_t *seed)
{
    struct reading reading = {0};
    struct buffer want = {0};
    size_t end = unstuff(wire, &want);
    read_pieces(&reading, wire, seed);
    assert_int_equal(reading.end, end);
    if (end > 0) {
        assert_true(
            bytes_equal(buffer_bytes(&reading.message), buffer_bytes(&want)));
        assert_true(bytes_equal(buffer_bytes(&reading.stuffed),
                                bytes_part(wire, 0, end)));
    }
    buffer_free(&want);
    buffer_free(&reading.message);
    buffer_free(&reading.stuffed);
    smtp_remark_free(&reading.remarks);
    wire_free(&reading.wire);
}

static void random_messages_are_read_as_defined(void **state)
{
    static const struct bytes words[] = {
        BYTES("\r"),
        BYTES("\n"),
        BYTES("."),
        BYTES("\r\n"),
        BYTES("\r\n."),
        BYTES("\r\n.\r\n"),
        BYTES("a"),
        BYTES("\0"),
        BYTES(".."),
        BYTES("\xc3"),
        BYTES("plain line\r\n"),
        BYTES("\t"),
        BYTES("a line of more than sixteen octets\r\n"),
    };
    uint32_t seed = 20261122;
    (void)state;
    for (size_t run = 0; run < 30000; run++) {
        struct buffer wire = {0};
        seed = seed * 1664525U + 1013904223U;
        for (size_t left = (seed >> 16) % 24; left > 0; left--) {
            seed = seed * 1664525U + 1013904223U;
            buffer_add(
                &wire,
                words[(seed >> 16) % (sizeof(words) / sizeof(words[0]))]);
        }
        compare(buffer_bytes(&wire), &seed);
        buffer_free(&wire);
    }
}

static size_t read_line(struct wire *wire, struct bytes input,
                        struct wire_unit *unit)
{
    return wire_line(wire, input, 20, unit);
}

static void lines_end_at_crlf(void **state)
{
    struct smtp_remarks remarks = {0};
    struct wire wire = {.remarks = &remarks};
    struct wire_unit unit;
    (void)state;
    assert_int_equal(read_line(&wire, BYTES("NO"), &unit), 2);
    assert_int_equal(unit.kind, WIRE_NONE);
    assert_int_equal(read_line(&wire, BYTES("OP\r\nmore"), &unit), 4);
    assert_int_equal(unit.kind, WIRE_LINE);
    assert_true(bytes_equal(unit.octets, BYTES("NOOP\r\n")));
    assert_int_equal(unit.place.offset, 0);
    assert_int_equal(unit.place.size, 6);
    assert_false(unit.is_bare);
    wire_line_done(&wire);
    assert_int_equal(remarks.count, 0);
    wire_free(&wire);
}

static void a_bare_lf_ends_a_line_unless_strict(void **state)
{
    struct smtp_remarks remarks = {0};
    struct wire wire = {.remarks = &remarks};
    struct wire_unit unit;
    (void)state;
    assert_int_equal(read_line(&wire, BYTES("NOOP\nX\r\n"), &unit), 5);
    assert_true(unit.is_bare);
    assert_int_equal(remarks.count, 1);
    wire.is_strict = true;
    assert_int_equal(read_line(&wire, BYTES("NOOP\nX\r\n"), &unit), 8);
    assert_false(unit.is_bare);
    assert_int_equal(remarks.count, 2);
    smtp_remark_free(&remarks);
}

/* However long it gets, no more than the limit is ever held. */
static void a_line_without_end_costs_its_limit(void **state)
{
    static unsigned char octets[65536];
    struct smtp_remarks remarks = {0};
    struct wire wire = {.remarks = &remarks};
    struct wire_unit unit;
    (void)state;
    memset(octets, 'x', sizeof(octets));
    assert_int_equal(
        read_line(&wire, (struct bytes){octets, sizeof(octets)}, &unit), 20);
    assert_int_equal(unit.kind, WIRE_LONG);
    for (int i = 0; i < 1600; i++) { /* 100 MB */
        struct bytes input = {octets, sizeof(octets)};
        assert_int_equal(read_line(&wire, input, &unit), sizeof(octets));
        assert_int_equal(unit.kind, WIRE_DISCARD);
    }
    assert_true(wire.line.capacity <= 64);
    assert_int_equal(read_line(&wire, BYTES("\n\r"), &unit), 2);
    assert_int_equal(read_line(&wire, BYTES("\nNOOP\r\n"), &unit), 1);
    assert_int_equal(read_line(&wire, BYTES("NOOP\r\n"), &unit), 6);
    assert_int_equal(unit.kind, WIRE_LINE);
    wire_free(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_messages_are_read_as_defined),
        cmocka_unit_test(lines_end_at_crlf),
        cmocka_unit_test(a_bare_lf_ends_a_line_unless_strict),
        cmocka_unit_test(a_line_without_end_costs_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
