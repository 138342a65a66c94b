/* SPDX-License-Identifier: MIT */
#include "server/smtp/keyword.h"

static const struct smtp_keyword rows[] = {
    {"PIPELINING", SMTP_PIPELINING, NULL},
    {"SIZE", SMTP_SIZE, NULL},
    {"STARTTLS", SMTP_STARTTLS, NULL},
    {"AUTH", SMTP_AUTH, NULL},
    {"8BITMIME", SMTP_8BITMIME, NULL},
    {"BINARYMIME", SMTP_BINARYMIME, NULL},
    {"CHUNKING", SMTP_CHUNKING, NULL},
    {"SMTPUTF8", SMTP_SMTPUTF8, NULL},
    {"DSN", SMTP_DSN, NULL},
    {"ENHANCEDSTATUSCODES", SMTP_ENHANCEDSTATUSCODES, NULL},
    {"REQUIRETLS", SMTP_REQUIRETLS, NULL},
    {"DELIVERBY", SMTP_DELIVERBY, NULL},
    {"FUTURERELEASE", SMTP_FUTURERELEASE, "999999999 9999-12-31T23:59:59Z"},
    {"MT-PRIORITY", SMTP_MT_PRIORITY, NULL},
    {"RRVS", SMTP_RRVS, NULL},
    {"MTRK", SMTP_MTRK, NULL},
    {"LIMITS", SMTP_LIMITS, NULL},
    {"VRFY", SMTP_VRFY, NULL},
    {"EXPN", SMTP_EXPN, NULL},
    {"XCLIENT", SMTP_XCLIENT,
     "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"},
    {"XFORWARD", SMTP_XFORWARD, "NAME ADDR PORT PROTO HELO IDENT SOURCE"},
    {"HELP", SMTP_HELP, NULL},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct smtp_keyword *smtp_keyword_row(size_t index)
{
    return index < ROWS ? &rows[index] : NULL;
}

uint32_t smtp_keyword_find(struct bytes word)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (bytes_equal_nocase(word, bytes_of(rows[i].word))) {
            return rows[i].feature;
        }
    }
    return 0;
}
