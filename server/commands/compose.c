/* SPDX-License-Identifier: MIT */
#include "server/commands/compose.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "inbox/base/base64.h"

static void add(struct buffer *out, const char *text)
{
    buffer_add(out, bytes_of(text));
}

void compose_date(int64_t date_s, struct buffer *out)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed",
                                       "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};
    time_t time = (time_t)date_s;
    struct tm parts = {0};
    gmtime_r(&time, &parts); /* strftime() would speak the user's language */
    buffer_print(out, "%s, %d %s %d %02d:%02d:%02d +0000", days[parts.tm_wday],
                 parts.tm_mday, months[parts.tm_mon], parts.tm_year + 1900,
                 parts.tm_hour, parts.tm_min, parts.tm_sec);
}

void compose_crlf(struct bytes text, bool dot_ends, struct buffer *out)
{
    size_t start = 0;
    while (start < text.size) {
        const unsigned char *at = text.at + start;
        const unsigned char *end = memchr(at, '\n', text.size - start);
        size_t length = end != NULL ? (size_t)(end - at) : text.size - start;
        start += length + 1;
        if (length > 0 && at[length - 1] == '\r') {
            length--;
        }
        if (dot_ends && length == 1 && *at == '.') {
            return;
        }
        buffer_add(out, (struct bytes){at, length});
        add(out, "\r\n");
    }
}

static bool is_ascii(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text >= 128) {
            return false;
        }
    }
    return true;
}

/* A header's text, in encoded words of whole characters (RFC 2047) where it
 * is not ASCII. */
static void add_words(struct buffer *out, const char *text)
{
    size_t column = 0;
    if (is_ascii(text)) {
        add(out, text);
        return;
    }
    add(out, "=?utf-8?Q?");
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char octet = (unsigned char)*at;
        if (column > 40 && (octet & 0xC0) != 0x80) {
            add(out, "?=\r\n =?utf-8?Q?");
            column = 0;
        }
        bool plain = (octet >= '0' && octet <= '9') ||
                     (octet >= 'A' && octet <= 'Z') ||
                     (octet >= 'a' && octet <= 'z');
        if (plain) {
            buffer_add_byte(out, octet);
            column++;
        } else {
            buffer_print(out, "=%02X", octet);
            column += 3;
        }
    }
    add(out, "?=");
}

/* Lines of 76 characters, each of 57 octets (RFC 2045 6.8). */
static void add_base64(struct buffer *out, struct bytes octets)
{
    for (size_t at = 0; at < octets.size; at += 57) {
        base64_encode(bytes_part(octets, at, 57), out);
        add(out, "\r\n");
    }
}

/* A text part; base64 where a line or an octet would not pass every relay. */
static void add_text(struct buffer *out, const char *type, const char *text)
{
    bool plain = is_ascii(text);
    for (const char *at = text; plain && *at != '\0';) {
        size_t length = strcspn(at, "\n");
        plain = length < 900;
        at += length + (at[length] == '\n');
    }
    buffer_print(out, "Content-Type: %s; charset=utf-8\r\n", type);
    if (plain) {
        add(out, "\r\n");
        compose_crlf(bytes_of(text), false, out);
    } else {
        add(out, "Content-Transfer-Encoding: base64\r\n\r\n");
        add_base64(out, bytes_of(text));
    }
}

static void add_texts(const struct compose_mail *mail, struct buffer *out)
{
    if (mail->text == NULL || mail->html == NULL) {
        add_text(out, mail->html != NULL ? "text/html" : "text/plain",
                 mail->html != NULL   ? mail->html
                 : mail->text != NULL ? mail->text
                                      : "");
        return;
    }
    char line[40];
    snprintf(line, sizeof line, "alt-%" PRIx64, mail->number);
    buffer_print(out,
                 "Content-Type: multipart/alternative; boundary=\"%s\"\r\n"
                 "\r\n--%s\r\n",
                 line, line);
    add_text(out, "text/plain", mail->text);
    buffer_print(out, "\r\n--%s\r\n", line);
    add_text(out, "text/html", mail->html);
    buffer_print(out, "\r\n--%s--\r\n", line);
}

/* filename=, or filename*= where it is not ASCII (RFC 2231). */
static void add_name(struct buffer *out, const char *name)
{
    bool plain = is_ascii(name);
    add(out, plain ? "filename=\"" : "filename*=utf-8''");
    for (; *name != '\0'; name++) {
        unsigned char octet = (unsigned char)*name;
        bool alnum = (octet >= '0' && octet <= '9') ||
                     (octet >= 'A' && octet <= 'Z') ||
                     (octet >= 'a' && octet <= 'z') || octet == '.';
        if (plain && (octet == '"' || octet == '\\')) {
            buffer_add_byte(out, '\\');
        }
        if (plain || alnum) {
            buffer_add_byte(out, octet < 32 ? '_' : octet);
        } else {
            buffer_print(out, "%%%02X", octet);
        }
    }
    add(out, plain ? "\"" : "");
}

static void add_body(const struct compose_mail *mail, struct buffer *out)
{
    char line[40];
    if (mail->attachment_count == 0) {
        add_texts(mail, out);
        return;
    }
    snprintf(line, sizeof line, "mix-%" PRIx64, mail->number);
    buffer_print(out,
                 "Content-Type: multipart/mixed; boundary=\"%s\"\r\n"
                 "\r\n--%s\r\n",
                 line, line);
    add_texts(mail, out);
    for (size_t i = 0; i < mail->attachment_count; i++) {
        buffer_print(out,
                     "\r\n--%s\r\nContent-Type: application/octet-stream\r\n"
                     "Content-Transfer-Encoding: base64\r\n"
                     "Content-Disposition: attachment; ",
                     line);
        add_name(out, mail->attachments[i].name);
        add(out, "\r\n\r\n");
        add_base64(out, mail->attachments[i].octets);
    }
    buffer_print(out, "\r\n--%s--\r\n", line);
}

void compose_write(const struct compose_mail *mail, struct buffer *out)
{
    buffer_print(out, "From: <%s>\r\nTo: ", mail->from);
    for (size_t i = 0; i < mail->to_count; i++) {
        buffer_print(out, "%s<%s>", i > 0 ? ",\r\n " : "", mail->to[i]);
    }
    add(out, "\r\nSubject: ");
    add_words(out, mail->subject);
    add(out, "\r\nDate: ");
    compose_date(mail->date_s, out);
    buffer_print(out, "\r\nMessage-ID: <%" PRIx64 "@mailscope.test>\r\n",
                 mail->number);
    for (size_t i = 0; i < mail->header_count; i++) {
        buffer_print(out, "%s\r\n", mail->headers[i]);
    }
    add(out, "MIME-Version: 1.0\r\n");
    add_body(mail, out);
}
