/* SPDX-License-Identifier: MIT */
#ifndef SERVER_SMTP_EOD_H
#define SERVER_SMTP_EOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What looks like the end of a message and is none (SMTP smuggling,
 * CVE-2023-51764 and its kin): the last octets against a table, and the
 * commands that follow. Watches only; the machine in body.c decides. */

struct eod {
    uint64_t tail;  /* the last eight wire octets, the newest lowest */
    uint16_t found; /* bits of the table's rows */
    uint8_t head_size;
    unsigned char head[11]; /* how the line under way begins */
};

/* A message begins: a line end stood before it. */
void eod_begin(struct eod *eod);

/* Wire octet `octet` came. Returns the name of what it completes that was not
 * seen in this message before ("LF.LF"), or NULL. An octet that comes after a
 * CR also settles what that CR was: call eod_settle() first. */
const char *eod_octet(struct eod *eod, unsigned char octet);

/* The CR that came last is not followed by LF (or by nothing, for a while). */
const char *eod_settle(struct eod *eod);

/* A run of `size` octets came none of which is a control character. */
void eod_plain(struct eod *eod, const unsigned char *run, size_t size);

/* A line of two such octets or more ended in CRLF; nothing is watched. */
void eod_line_end(struct eod *eod);

/* Do the last octets look like an end? */
bool eod_at_end(const struct eod *eod);

/* Must every octet be shown to eod_embedded() now? */
bool eod_watches(const struct eod *eod);

/* The octet is part of the text behind a false end: true when it completes
 * an SMTP command at the start of a line. */
bool eod_embedded(struct eod *eod, unsigned char octet);

#endif
