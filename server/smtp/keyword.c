/* SPDX-License-Identifier: MIT */
#include "server/smtp/keyword.h"

#define WORD(text)                                      \
    {                                                   \
        (const unsigned char *)(text), sizeof(text) - 1 \
    }

static const struct smtp_keyword rows[] = {
    {WORD("PIPELINING"), SMTP_PIPELINING, NULL},
    {WORD("SIZE"), SMTP_SIZE, NULL},
    {WORD("STARTTLS"), SMTP_STARTTLS, NULL},
    {WORD("AUTH"), SMTP_AUTH, NULL},
    {WORD("8BITMIME"), SMTP_8BITMIME, NULL},
    {WORD("BINARYMIME"), SMTP_BINARYMIME, NULL},
    {WORD("CHUNKING"), SMTP_CHUNKING, NULL},
    {WORD("SMTPUTF8"), SMTP_SMTPUTF8, NULL},
    {WORD("DSN"), SMTP_DSN, NULL},
    {WORD("ENHANCEDSTATUSCODES"), SMTP_ENHANCEDSTATUSCODES, NULL},
    {WORD("REQUIRETLS"), SMTP_REQUIRETLS, NULL},
    {WORD("DELIVERBY"), SMTP_DELIVERBY, NULL},
    {WORD("FUTURERELEASE"), SMTP_FUTURERELEASE,
     "999999999 9999-12-31T23:59:59Z"},
    {WORD("MT-PRIORITY"), SMTP_MT_PRIORITY, NULL},
    {WORD("RRVS"), SMTP_RRVS, NULL},
    {WORD("MTRK"), SMTP_MTRK, NULL},
    {WORD("LIMITS"), SMTP_LIMITS, NULL},
    {WORD("VRFY"), SMTP_VRFY, NULL},
    {WORD("EXPN"), SMTP_EXPN, NULL},
    {WORD("XCLIENT"), SMTP_XCLIENT,
     "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"},
    {WORD("XFORWARD"), SMTP_XFORWARD, "NAME ADDR PORT PROTO HELO IDENT SOURCE"},
    {WORD("HELP"), SMTP_HELP, NULL},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct smtp_keyword *smtp_keyword_row(size_t index)
{
    return index < ROWS ? &rows[index] : NULL;
}

uint32_t smtp_keyword_find(struct bytes word)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (bytes_equal_nocase(word, rows[i].word)) {
            return rows[i].feature;
        }
    }
    return 0;
}
