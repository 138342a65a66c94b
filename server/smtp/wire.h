/* SPDX-License-Identifier: MIT */
#ifndef SERVER_SMTP_WIRE_H
#define SERVER_SMTP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "server/smtp/eod.h"
#include "server/smtp/remark.h"
#include "server/smtp/session.h"

/* The only code that ever sees half a line: octets -> lines, runs of a
 * message, the end of the data. Each call takes octets until one unit is made
 * or the input is used up. */

enum wire_unit_kind {
    WIRE_NONE,    /* more octets are needed */
    WIRE_LINE,    /* a whole line with its end */
    WIRE_LONG,    /* the first octets of a line that is too long */
    WIRE_BODY,    /* a run of message octets */
    WIRE_END,     /* the final dot */
    WIRE_DISCARD, /* octets without meaning */
};

struct wire_unit {
    struct bytes octets;
    struct smtp_place place; /* its wire octets */
    uint8_t kind;            /* enum wire_unit_kind */
    bool has_dot;            /* WIRE_BODY: a stuffing dot stood before it */
    bool is_bare;            /* WIRE_LINE: ended by LF alone */
};

/* What was seen in a message, each remarked on once. */
enum wire_sign {
    SIGN_BARE_LF = 1 << 0,
    SIGN_BARE_CR = 1 << 1,
    SIGN_NUL = 1 << 2,
    SIGN_8BIT = 1 << 3,
    SIGN_CONTROL = 1 << 4,
    SIGN_DOT = 1 << 5,
    SIGN_LONG = 1 << 6,
    SIGN_EMBEDDED = 1 << 7
};

struct wire {
    struct smtp_remarks *remarks; /* where signs are told; not owned */
    struct buffer line;           /* the part of a line that is there */
    uint64_t taken;               /* octets of the stream so far */
    uint64_t line_octets;         /* of the message's line under way */
    struct eod eod;
    uint32_t blank_lines; /* empty lines in a row, for the end of data */
    uint16_t signs;       /* enum wire_sign bits of this message */
    uint8_t state;        /* of the machine of RFC 5321 4.5.2, in body.c */
    unsigned char held[2];
    bool is_skipping; /* the rest of a line that was too long */
    bool after_cr;
    bool is_strict;     /* an LF alone ends no command line */
    bool is_dotted;     /* the message comes by DATA */
    bool may_be_8bit;   /* 8-bit octets were declared */
    bool saw_line_bare; /* cmd-bare-lf was told for the line under way */
};

/* Takes octets of a command line of at most `limit` octets with its end.
 * Returns how many; `unit_out` says what they made. */
size_t wire_line(struct wire *wire, struct bytes input, size_t limit,
                 struct wire_unit *unit_out);

/* The line of the last unit was read; its memory may go. */
void wire_line_done(struct wire *wire);

/* A message begins (its signs are forgotten): `is_dotted` by DATA, else by
 * BDAT. */
void wire_message(struct wire *wire, bool is_dotted, bool may_be_8bit);

/* Takes octets of a message that a lone dot ends. */
size_t wire_dotted(struct wire *wire, struct bytes input,
                   struct wire_unit *unit_out);

/* A BDAT chunk under way. */
struct wire_rest {
    uint64_t left;  /* octets to come */
    bool is_binary; /* which mean nothing */
};

/* Takes octets of a BDAT chunk. */
size_t wire_chunk(struct wire *wire, struct bytes input, struct wire_rest rest,
                  struct wire_unit *unit_out);

/* Takes everything as octets without meaning. */
size_t wire_discard(struct wire *wire, struct bytes input,
                    struct wire_unit *unit_out);

/* What was held back when the input ended: WIRE_DISCARD or WIRE_NONE. */
void wire_rest(struct wire *wire, bool in_message, struct wire_unit *unit_out);

/* No octet came for a while inside a message: has the client just sent what
 * some take for its end? */
void wire_stalled(struct wire *wire);

/* Octets of the message that are held until the next one comes: a dot at the
 * start of a line, and a CR behind it. */
size_t wire_held(const struct wire *wire);

/* Did the octets so far end in CRLF (or were there none)? */
bool wire_at_line_start(const struct wire *wire);

/* Frees what it holds. */
void wire_free(struct wire *wire);

#endif
