/* SPDX-License-Identifier: MIT */
#include "inbox/transcript/known.h"

/* Stored as the place in this table: lines may only be added at its end. */
#define LINE(text)                                      \
    {                                                   \
        (const unsigned char *)(text), sizeof(text) - 1 \
    }

static const struct bytes lines[] = {
    LINE("250-PIPELINING\r\n"),
    LINE("250-SIZE 26214400\r\n"),
    LINE("250-STARTTLS\r\n"),
    LINE("250-AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER ANONYMOUS\r\n"),
    LINE("250-8BITMIME\r\n"),
    LINE("250-BINARYMIME\r\n"),
    LINE("250-CHUNKING\r\n"),
    LINE("250-SMTPUTF8\r\n"),
    LINE("250-DSN\r\n"),
    LINE("250-ENHANCEDSTATUSCODES\r\n"),
    LINE("250-REQUIRETLS\r\n"),
    LINE("250-DELIVERBY\r\n"),
    LINE("250-FUTURERELEASE 999999999 9999-12-31T23:59:59Z\r\n"),
    LINE("250-MT-PRIORITY\r\n"),
    LINE("250-RRVS\r\n"),
    LINE("250-MTRK\r\n"),
    LINE("250-VRFY\r\n"),
    LINE("250-EXPN\r\n"),
    LINE("250 HELP\r\n"),
    LINE("250 2.1.0 Sender accepted\r\n"),
    LINE("250 2.1.5 Recipient accepted\r\n"),
    LINE("354 Send the message; end it with a line of a single dot\r\n"),
    LINE("250 2.0.0 OK\r\n"),
    LINE("250 2.0.0 Transaction forgotten\r\n"),
    LINE("235 2.7.0 Authentication succeeded\r\n"),
    LINE("220 2.0.0 Ready to start TLS\r\n"),
    LINE("221 2.0.0 mailscope.test closes the connection; goodbye\r\n"),
};

#define LINES (sizeof(lines) / sizeof(lines[0]))
#define MARK 0x80

/* The number of `line`, LINES when it is not known. Looks from `first` on and
 * then at those before: an answer to EHLO has its lines in this order. */
static size_t find(struct bytes line, size_t first)
{
    for (size_t i = first; i < LINES; i++) {
        if (bytes_equal(lines[i], line)) {
            return i;
        }
    }
    for (size_t i = 0; i < first; i++) {
        if (bytes_equal(lines[i], line)) {
            return i;
        }
    }
    return LINES;
}

static bool is_ascii(struct bytes run)
{
    unsigned char all = 0;
    for (size_t i = 0; i < run.size; i++) {
        all |= run.at[i];
    }
    return (all & MARK) == 0;
}

size_t known_code(struct bytes run, unsigned char into[KNOWN_RUN_MOST])
{
    size_t size = 0;
    size_t whole = run.size;
    size_t next = 0;
    while (run.size > 0 && whole <= KNOWN_RUN_MOST) {
        const unsigned char *end = memchr(run.at, '\n', run.size);
        size_t length = end == NULL ? run.size : (size_t)(end - run.at) + 1;
        struct bytes line = {run.at, length};
        size_t number = find(line, next);
        if (number < LINES) {
            into[size++] = (unsigned char)(MARK | number);
            next = number + 1;
        } else if (is_ascii(line)) {
            memcpy(into + size, line.at, length);
            size += length;
        } else {
            return 0;
        }
        run = bytes_part(run, length, run.size);
    }
    return size < whole ? size : 0;
}

bool known_decode(struct bytes coded, struct buffer *out)
{
    for (size_t i = 0; i < coded.size; i++) {
        size_t number = coded.at[i] & (MARK - 1U);
        if ((coded.at[i] & MARK) == 0) {
            buffer_add_byte(out, coded.at[i]);
        } else if (number < LINES) {
            buffer_add(out, lines[number]);
        } else {
            return false;
        }
    }
    return true;
}
