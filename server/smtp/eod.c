/* SPDX-License-Identifier: MIT */
#include "server/smtp/eod.h"

#include <string.h>
#include <strings.h>

#include "inbox/base/bytes.h"

#define NEUTRAL 0x7878787878787878ULL

/* Longest first: LF.LF is also the end of CRLF.LF. Those that end in CR are
 * only certain once the next octet is no LF. */
static const struct {
    const char *name;
    unsigned char size;
    unsigned char octets[6];
} rows[] = {
    {"CRLF.CRCRLF", 6, "\r\n.\r\r\n"},
    {"CRLF NUL.CRLF", 6, "\r\n\0.\r\n"},
    {"CRLF.NUL CRLF", 6, "\r\n.\0\r\n"},
    {"CRLF.LF", 4, "\r\n.\n"},
    {"CRLF.CR", 4, "\r\n.\r"},
    {"LF.CRLF", 4, "\n.\r\n"},
    {"CR.CRLF", 4, "\r.\r\n"},
    {"LF.LF", 3, "\n.\n"},
    {"LF.CR", 3, "\n.\r"},
    {"CR.LF", 3, "\r.\n"},
    {"CR.CR", 3, "\r.\r"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* What may follow a false end. A colon or space decides early, a bare word
 * only at the end of its line. */
static const char *const commands[] = {
    "MAIL FROM:", "RCPT TO:", "EHLO ",  "HELO ",  "LHLO ",  "BDAT ",
    "DATA\r",     "DATA\n",   "RSET\r", "RSET\n", "QUIT\r", "QUIT\n",
};

void eod_begin(struct eod *eod)
{
    *eod = (struct eod){0};
    eod_line_end(eod);
}

static bool ends_with(uint64_t tail, size_t row)
{
    for (size_t i = rows[row].size; i > 0; i--) {
        if ((unsigned char)tail != rows[row].octets[i - 1]) {
            return false;
        }
        tail >>= 8;
    }
    return true;
}

/* The row the tail ends with; ROWS when none. */
static size_t match(uint64_t tail)
{
    for (size_t row = 0; row < ROWS; row++) {
        if (ends_with(tail, row)) {
            return row;
        }
    }
    return ROWS;
}

/* Each sequence has its dot two to four octets from the end; most line ends
 * have none there. */
static bool has_dot(uint64_t tail)
{
    return (unsigned char)(tail >> 8) == '.' ||
           (unsigned char)(tail >> 16) == '.' ||
           (unsigned char)(tail >> 24) == '.';
}

static const char *note(struct eod *eod)
{
    size_t row = has_dot(eod->tail) ? match(eod->tail) : ROWS;
    if (row == ROWS) {
        return NULL;
    }
    if (eod->found == 0) {
        eod->head_size = 0;
    }
    bool is_new = (eod->found & 1U << row) == 0;
    eod->found = (uint16_t)(eod->found | 1U << row);
    return is_new ? rows[row].name : NULL;
}

const char *eod_octet(struct eod *eod, unsigned char octet)
{
    eod->tail = eod->tail << 8 | octet;
    return octet == '\n' ? note(eod) : NULL;
}

const char *eod_settle(struct eod *eod)
{
    return (unsigned char)eod->tail == '\r' ? note(eod) : NULL;
}

void eod_plain(struct eod *eod, const unsigned char *run, size_t size)
{
    /* No sequence has two such octets side by side. */
    eod->tail = size == 1 ? eod->tail << 8 | run[0] : NEUTRAL;
}

void eod_line_end(struct eod *eod)
{
    eod->tail = NEUTRAL << 16 | '\r' << 8 | '\n';
}

bool eod_at_end(const struct eod *eod)
{
    return match(eod->tail) != ROWS;
}

bool eod_watches(const struct eod *eod)
{
    return eod->found != 0;
}

static bool is_command(const struct eod *eod)
{
    struct bytes head = {eod->head, eod->head_size};
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (bytes_equal_nocase(head, bytes_of(commands[i]))) {
            return true;
        }
    }
    return false;
}

bool eod_embedded(struct eod *eod, unsigned char octet)
{
    bool is_end = octet == '\r' || octet == '\n';
    if (eod->head_size < sizeof(eod->head)) {
        eod->head[eod->head_size++] = octet;
    }
    bool found = is_command(eod);
    if (is_end) {
        eod->head_size = 0;
    }
    return found;
}
