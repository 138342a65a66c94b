/* SPDX-License-Identifier: MIT */
#include "tests/bench/kit/mail.h"

#include "tests/bench/kit/latency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *mail_write(size_t body, size_t *length_out)
{
    char *mail = malloc(MAIL_HEADER_LENGTH + body + 16);
    if (mail == NULL) {
        die("bench", "malloc");
    }
    int length = snprintf(
        mail, MAIL_HEADER_LENGTH,
        "From: Bench <bench@client.test>\r\nTo: Sink <sink@mailscope.test>\r\n"
        "Subject: A message of the load generator\r\n"
        "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
        "Message-ID: <1.load@client.test>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\nX-Filler: ");
    memset(mail + length, 'x', MAIL_HEADER_LENGTH - (size_t)length);
    memcpy(mail + MAIL_HEADER_LENGTH - 4, "\r\n\r\n", 4);
    char *at = mail + MAIL_HEADER_LENGTH;
    for (size_t i = 0; i < body; i++) {
        size_t column = i % 74;
        at[i] = column == 72 ? '\r' : column == 73 ? '\n' : 'a';
    }
    if (body >= 2) {
        memcpy(at + body - 2, "\r\n", 2);
    }
    memcpy(at + body, ".\r\n", 3);
    *length_out = MAIL_HEADER_LENGTH + body + 3;
    return mail;
}
