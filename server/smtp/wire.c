/* SPDX-License-Identifier: MIT */
#include "server/smtp/wire.h"

#include <string.h>

static void unit_set(struct wire_unit *unit_out, enum wire_unit_kind kind,
                     struct bytes octets, uint64_t offset)
{
    *unit_out = (struct wire_unit){
        .kind = (uint8_t)kind,
        .octets = octets,
        .place = {offset, octets.size},
    };
}

size_t wire_discard(struct wire *wire, struct bytes input,
                    struct wire_unit *unit_out)
{
    enum wire_unit_kind kind = input.size == 0 ? WIRE_NONE : WIRE_DISCARD;
    unit_set(unit_out, kind, input, wire->taken);
    wire->taken += input.size;
    return input.size;
}

/* The end of the line that was too long: its CRLF, however it is cut. */
static size_t skip_line(struct wire *wire, struct bytes input,
                        struct wire_unit *unit_out)
{
    size_t size = 0;
    while (wire->is_skipping && size < input.size) {
        bool is_end = input.at[size] == '\n' && wire->after_cr;
        wire->after_cr = input.at[size] == '\r';
        wire->is_skipping = !is_end;
        size++;
    }
    return wire_discard(wire, bytes_part(input, 0, size), unit_out);
}

static void remark_bare_lf(struct wire *wire, uint64_t offset)
{
    if (wire->saw_line_bare) {
        return;
    }
    wire->saw_line_bare = true;
    smtp_remark_add(wire->remarks,
                    &(struct smtp_remark){.place = {offset, 1},
                                          .check = CHECK_COMMAND_BARE_LF});
}

/* The octets up to the line's end, or 0 when it is not among them. */
static size_t line_end(struct wire *wire, struct bytes input, bool *is_bare_out)
{
    const struct buffer *part = &wire->line;
    size_t from = 0;
    const unsigned char *lf;
    while (from < input.size &&
           (lf = memchr(input.at + from, '\n', input.size - from)) != NULL) {
        size_t at = (size_t)(lf - input.at);
        unsigned char before = at > 0           ? lf[-1]
                               : part->size > 0 ? part->at[part->size - 1]
                                                : '\0';
        *is_bare_out = before != '\r';
        if (*is_bare_out) {
            remark_bare_lf(wire, wire->taken + at);
        }
        if (!*is_bare_out || !wire->is_strict) {
            return at + 1;
        }
        from = at + 1;
    }
    return 0;
}

size_t wire_line(struct wire *wire, struct bytes input, size_t limit,
                 struct wire_unit *unit_out)
{
    if (wire->is_skipping) {
        return skip_line(wire, input, unit_out);
    }
    size_t before = wire->line.size;
    size_t room = limit > before ? limit - before : 0;
    struct bytes window = bytes_part(input, 0, room);
    bool is_bare = false;
    size_t end = line_end(wire, window, &is_bare);
    struct bytes line = end > 0 ? bytes_part(window, 0, end) : window;
    bool is_long = end == 0 && window.size == room;
    bool is_whole = end > 0 || is_long;
    uint64_t offset = wire->taken - before;
    wire->taken += line.size;
    size_t size = line.size;
    if (before > 0 || !is_whole) {
        buffer_add(&wire->line, line);
        line = buffer_bytes(&wire->line);
    }
    if (!is_whole) {
        unit_set(unit_out, WIRE_NONE, (struct bytes){0}, offset);
        return size;
    }
    unit_set(unit_out, is_long ? WIRE_LONG : WIRE_LINE, line, offset);
    unit_out->is_bare = is_bare && !is_long;
    wire->is_skipping = is_long;
    wire->after_cr = is_long && line.size > 0 && line.at[line.size - 1] == '\r';
    wire->saw_line_bare = false;
    return size;
}

void wire_line_done(struct wire *wire)
{
    if (wire->line.at != NULL) {
        buffer_free(&wire->line);
    }
}

void wire_rest(struct wire *wire, bool in_message, struct wire_unit *unit_out)
{
    size_t size = wire->line.size;
    if (in_message) {
        size = wire_held(wire);
        unit_set(unit_out, size > 0 ? WIRE_DISCARD : WIRE_NONE,
                 bytes_part(BYTES(".\r"), 0, size), wire->taken - size);
        return;
    }
    unit_set(unit_out, size > 0 ? WIRE_DISCARD : WIRE_NONE,
             buffer_bytes(&wire->line), wire->taken - size);
}

void wire_free(struct wire *wire)
{
    buffer_free(&wire->line);
}
