/* SPDX-License-Identifier: MIT */
#include "server/smtp/wire.h"

#include <string.h>

#include "server/smtp/lines.h"

/* The one machine that finds the end of a message (RFC 5321 4.1.1.4, 4.5.2).
 * Only CRLF ends a line; a dot behind anything else is an ordinary octet.
 *
 *   LINE     at the start of a line
 *   DOT      a dot began the line; it is held until the next octet
 *   DOT_CR   dot and CR are held: LF makes them the end
 *   MIDDLE   inside a line
 *   CR       a CR came; LF will end the line */
enum { LINE, DOT, DOT_CR, MIDDLE, CR };

/* Octets of a text line without its CRLF (RFC 5321 4.5.3.1.6; a stuffing dot
 * does not count). */
#define LINE_MAX_OCTETS 998

#define EACH 0x0101010101010101ULL

void wire_message(struct wire *wire, bool is_dotted, bool may_be_8bit)
{
    wire->state = LINE;
    wire->signs = 0;
    wire->line_octets = 0;
    wire->blank_lines = 0;
    wire->is_dotted = is_dotted;
    wire->may_be_8bit = may_be_8bit;
    eod_begin(&wire->eod);
}

size_t wire_held(const struct wire *wire)
{
    return wire->state == DOT ? 1 : wire->state == DOT_CR ? 2 : 0;
}

bool wire_at_line_start(const struct wire *wire)
{
    return wire->state == LINE;
}

static void sign(struct wire *wire, enum wire_sign bit, enum smtp_check check,
                 uint64_t offset)
{
    if ((wire->signs & bit) != 0) {
        return;
    }
    wire->signs = (uint16_t)(wire->signs | bit);
    smtp_remark_add(
        wire->remarks,
        &(struct smtp_remark){.place = {offset, 1}, .check = (uint8_t)check});
}

static void sign_end(struct wire *wire, const char *name, uint64_t offset)
{
    if (name == NULL) {
        return;
    }
    smtp_remark_add(wire->remarks,
                    &(struct smtp_remark){.place = {offset, 1},
                                          .check = CHECK_NONSTANDARD_EOD,
                                          .detail = name});
}

/* Adds to the line under way. The sign stands at the first octet too many,
 * however the line was cut. */
static void lengthen(struct wire *wire, size_t size, uint64_t offset)
{
    uint64_t before = wire->line_octets;
    wire->line_octets += size;
    if (before <= LINE_MAX_OCTETS && wire->line_octets > LINE_MAX_OCTETS) {
        sign(wire, SIGN_LONG, CHECK_LINE_LONG,
             offset + (LINE_MAX_OCTETS - before));
    }
}

/* An octet that the fast path does not pass over. */
static void odd_octet(struct wire *wire, unsigned char octet, uint64_t offset)
{
    if (octet == '\0') {
        sign(wire, SIGN_NUL, CHECK_NUL, offset);
    } else if (octet < 0x20 && octet != '\t') {
        sign(wire, SIGN_CONTROL, CHECK_CONTROL, offset);
    } else if (octet >= 0x80 && wire->may_be_8bit) {
        wire->signs |= SIGN_8BIT;
    } else if (octet >= 0x80) {
        sign(wire, SIGN_8BIT, CHECK_8BIT_UNDECLARED, offset);
    }
}

static void watch(struct wire *wire, unsigned char octet, uint64_t offset)
{
    if (!wire->is_dotted) {
        return;
    }
    sign_end(wire, eod_octet(&wire->eod, octet), offset);
    if (eod_watches(&wire->eod) && eod_embedded(&wire->eod, octet)) {
        sign(wire, SIGN_EMBEDDED, CHECK_EMBEDDED, offset);
    }
}

static void line_feed(struct wire *wire, uint64_t offset)
{
    if (wire->state == CR) {
        wire->blank_lines = wire->line_octets == 0 ? wire->blank_lines + 1 : 0;
        wire->line_octets = 0;
        wire->state = LINE;
        return;
    }
    sign(wire, SIGN_BARE_LF,
         wire->is_dotted ? CHECK_BARE_LF : CHECK_BDAT_BARE_LF, offset);
    lengthen(wire, 1, offset);
    wire->state = MIDDLE;
}

/* One octet of the message, in LINE, MIDDLE or CR; it is always emitted. */
static void message_octet(struct wire *wire, unsigned char octet,
                          uint64_t offset)
{
    if (wire->state == CR && octet != '\n') {
        sign(wire, SIGN_BARE_CR, CHECK_BARE_CR, offset - 1);
        sign_end(wire, wire->is_dotted ? eod_settle(&wire->eod) : NULL,
                 offset - 1);
        lengthen(wire, 1, offset - 1);
        wire->state = MIDDLE;
    }
    watch(wire, octet, offset);
    if (octet == '\n') {
        line_feed(wire, offset);
    } else if (octet == '\r') {
        wire->state = CR;
    } else {
        odd_octet(wire, octet, offset);
        lengthen(wire, 1, offset);
        wire->state = MIDDLE;
    }
}

/* How many octets from `at` on mean nothing special, eight at a time: none
 * below 32, and none above 127 unless such were seen already. */
static size_t plain_size(const unsigned char *at, size_t size, bool saw_8bit)
{
    uint64_t high = saw_8bit ? 0 : EACH * 0x80;
    size_t i = 0;
    for (; size - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, at + i, 8);
        uint64_t low = (word - EACH * 0x20) & ~word & EACH * 0x80;
        if ((low | (word & high)) != 0) {
            break;
        }
    }
    while (i < size && at[i] >= 0x20 && (at[i] < 0x80 || saw_8bit)) {
        i++;
    }
    return i;
}

/* Passes over what means nothing; returns how many octets. */
static size_t skip_plain(struct wire *wire, struct bytes input, uint64_t offset)
{
    bool is_watching = wire->is_dotted && eod_watches(&wire->eod) &&
                       wire->eod.head_size < sizeof(wire->eod.head);
    if (wire->state != MIDDLE || is_watching) {
        return 0;
    }
    size_t size =
        plain_size(input.at, input.size, (wire->signs & SIGN_8BIT) != 0);
    if (size > 0) {
        eod_plain(&wire->eod, input.at, size);
        lengthen(wire, size, offset);
    }
    return size;
}

/* Passes over whole lines that mean nothing; returns how many octets. */
static size_t skip_lines(struct wire *wire, struct bytes input)
{
    if (wire->state != LINE || eod_watches(&wire->eod)) {
        return 0;
    }
    size_t size = lines_pass(input, (wire->signs & SIGN_8BIT) != 0);
    if (size > 0) {
        eod_line_end(&wire->eod);
        wire->blank_lines = 0;
    }
    return size;
}

static void body_unit(const struct wire *wire, struct wire_unit *unit_out,
                      struct bytes run, uint64_t end)
{
    size_t dot = unit_out->has_dot ? 1 : 0;
    unit_out->kind = run.size > 0 ? WIRE_BODY : WIRE_NONE;
    unit_out->octets = run;
    unit_out->place.size = run.size + dot;
    unit_out->place.offset = wire->taken + end - unit_out->place.size;
}

/* The octet behind a held dot. True when it joins the run that begins. */
static bool after_dot(struct wire *wire, unsigned char octet, uint64_t offset)
{
    if (octet == '\r') {
        wire->state = DOT_CR;
        watch(wire, octet, offset);
        return false;
    }
    if (octet != '.') {
        sign(wire, SIGN_DOT, CHECK_DOT_NOT_STUFFED, offset - 1);
    }
    wire->state = MIDDLE;
    return true;
}

/* The held dot and CR were no end: CR belongs to the message. When it came
 * with an earlier feed, it goes out with `octet` from memory of our own. */
static size_t held_run(struct wire *wire, unsigned char octet,
                       struct wire_unit *unit_out)
{
    wire->held[0] = '\r';
    wire->held[1] = octet;
    message_octet(wire, octet, wire->taken);
    unit_out->has_dot = true;
    body_unit(wire, unit_out, (struct bytes){wire->held, 2}, 1);
    wire->taken++;
    return 1;
}

static size_t final_dot(struct wire *wire, size_t taken,
                        struct wire_unit *unit_out)
{
    wire->taken += taken;
    wire->state = LINE;
    *unit_out = (struct wire_unit){
        .kind = WIRE_END,
        .octets = BYTES(".\r\n"),
        .place = {wire->taken - 3, 3},
    };
    return taken;
}

/* What stands at the start of a line: dot, dot CR, dot CR LF. Returns how many
 * of `input` that used up; the run that may follow begins behind them, or at
 * the CR. */
static size_t line_start(struct wire *wire, struct bytes input,
                         struct wire_unit *unit_out)
{
    size_t i = 0;
    if (wire->state == LINE && i < input.size && input.at[i] == '.') {
        wire->state = DOT;
        watch(wire, '.', wire->taken + i);
        i++;
    }
    if (wire->state == DOT && i < input.size) {
        unit_out->has_dot = after_dot(wire, input.at[i], wire->taken + i);
        i += unit_out->has_dot ? 0 : 1;
    }
    if (wire->state != DOT_CR || i == input.size) {
        return i;
    }
    if (input.at[i] == '\n') {
        return final_dot(wire, i + 1, unit_out);
    }
    sign(wire, SIGN_DOT, CHECK_DOT_NOT_STUFFED, wire->taken + i - 2);
    wire->state = CR;
    if (i == 0) {
        return held_run(wire, input.at[0], unit_out);
    }
    unit_out->has_dot = true;
    return i - 1;
}

/* The end of the run that begins at `start`: before the next dot that begins a
 * line, or the end of the input. */
static size_t run_end(struct wire *wire, struct bytes input, size_t start,
                      bool has_dot)
{
    /* Behind a dot only a CR that was held can stand: it is known already. */
    size_t i = has_dot && wire->state == CR ? start + 1 : start;
    while (i < input.size) {
        i += skip_lines(wire, bytes_part(input, i, input.size));
        struct bytes rest = {input.at + i, input.size - i};
        i += skip_plain(wire, rest, wire->taken + i);
        if (i == input.size || (wire->state == LINE && input.at[i] == '.')) {
            return i;
        }
        message_octet(wire, input.at[i], wire->taken + i);
        i++;
    }
    return i;
}

size_t wire_dotted(struct wire *wire, struct bytes input,
                   struct wire_unit *unit_out)
{
    *unit_out = (struct wire_unit){.kind = WIRE_NONE};
    size_t start = line_start(wire, input, unit_out);
    if (unit_out->kind != WIRE_NONE) {
        return start;
    }
    size_t end = run_end(wire, input, start, unit_out->has_dot);
    body_unit(wire, unit_out, bytes_part(input, start, end - start), end);
    wire->taken += end;
    return end;
}

size_t wire_chunk(struct wire *wire, struct bytes input, struct wire_rest rest,
                  struct wire_unit *unit_out)
{
    struct bytes run = input;
    if (rest.left < run.size) {
        run.size = (size_t)rest.left;
    }
    for (size_t i = 0; !rest.is_binary && i < run.size; i++) {
        i += skip_lines(wire, bytes_part(run, i, run.size));
        i += skip_plain(wire, bytes_part(run, i, run.size), wire->taken + i);
        if (i < run.size) {
            message_octet(wire, run.at[i], wire->taken + i);
        }
    }
    *unit_out = (struct wire_unit){.kind = WIRE_NONE};
    body_unit(wire, unit_out, run, run.size);
    wire->taken += run.size;
    return run.size;
}

void wire_stalled(struct wire *wire)
{
    uint64_t last = wire->taken == 0 ? 0 : wire->taken - 1;
    sign_end(wire, eod_settle(&wire->eod), last);
    if (eod_at_end(&wire->eod)) {
        smtp_remark_add(wire->remarks,
                        &(struct smtp_remark){.place = {last, 1},
                                              .check = CHECK_EOD_STALL});
    }
}
