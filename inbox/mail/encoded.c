/* SPDX-License-Identifier: MIT */
#include "inbox/mail/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "inbox/base/base64.h"

/* Encoded words (RFC 2047 2) before GMime decodes them. It takes their charsets
 * as they are spelled, and words side by side in one piece: behind the padding
 * of the first nothing of the next is read, and base64 without its padding
 * loses its end. */

#define LABEL_SIZE 64

struct word {
    char label[LABEL_SIZE]; /* the charset */
    struct bytes octets;    /* as they are encoded */
    size_t size;            /* of the whole word */
};

/* The word in base64 that `text` may begin with. */
static bool read_base64(struct bytes text, struct word *word)
{
    size_t size = 2;
    if (!bytes_start_nocase(text, BYTES("=?"))) {
        return false;
    }
    while (size < text.size && strchr("? \t", text.at[size]) == NULL) {
        size++;
    }
    if (size >= text.size || size - 2 >= LABEL_SIZE ||
        !bytes_start_nocase(bytes_part(text, size, 3), BYTES("?b?"))) {
        return false;
    }
    memcpy(word->label, text.at + 2, size - 2);
    word->label[size - 2] = '\0';
    word->label[strcspn(word->label, "*")] = '\0'; /* no language */
    word->octets = bytes_part(text, size + 3, text.size);
    if (word->octets.size == 0) {
        return false;
    }
    const unsigned char *end = memchr(word->octets.at, '?', word->octets.size);
    if (end == NULL || end + 1 == text.at + text.size || end[1] != '=') {
        return false;
    }
    word->octets.size = (size_t)(end - word->octets.at);
    word->size = (size_t)(end + 2 - text.at);
    return true;
}

/* -1: this stands for no bits. */
static int bits_of(unsigned char octet)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqr"
                                 "stuvwxyz0123456789+/";
    const char *at = octet == '\0' ? NULL : strchr(digits, octet);
    return at == NULL ? -1 : (int)(at - digits);
}

/* However it is padded: what is no digit is left out. */
static void decode(struct bytes text, struct buffer *out)
{
    unsigned bits = 0;
    int count = 0;
    for (size_t i = 0; i < text.size; i++) {
        int six = bits_of(text.at[i]);
        if (six < 0) {
            continue;
        }
        bits = bits << 6 | (unsigned)six;
        count += 6;
        if (count >= 8) {
            count -= 8;
            buffer_add_byte(out, (unsigned char)(bits >> count & 0xFF));
        }
    }
}

/* The words in base64 that `text` begins with and that are of one charset, as
 * one word. Returns the size of all, 0: there is none. */
static size_t add_joined(struct bytes text, struct buffer *out)
{
    struct buffer octets = {0};
    struct word word;
    struct word next;
    size_t end = 0;
    if (!read_base64(text, &word)) {
        return 0;
    }
    next = word;
    const char *charset = text_charset(word.label);
    for (size_t at = 0; strcasecmp(charset, text_charset(next.label)) == 0;) {
        decode(next.octets, &octets);
        end = at + next.size;
        at = end;
        while (at < text.size && isspace(text.at[at])) {
            at++;
        }
        if (at == end || !read_base64(bytes_part(text, at, text.size), &next)) {
            break;
        }
    }
    buffer_print(out, "=?%s?b?", charset);
    base64_encode(buffer_bytes(&octets), out);
    buffer_add(out, BYTES("?="));
    buffer_free(&octets);
    return end;
}

/* Only the charset of the word that `text` may begin with, as it is meant.
 * Returns how many octets of `text` this took, 0: it is left as it is. */
static size_t add_charset(struct bytes text, struct buffer *out)
{
    char label[LABEL_SIZE];
    size_t size = 2;

    if (!bytes_start_nocase(text, BYTES("=?"))) {
        return 0;
    }
    while (size < text.size && strchr("?* \t", text.at[size]) == NULL) {
        size++;
    }
    if (size == text.size || size - 2 >= sizeof(label)) {
        return 0;
    }
    memcpy(label, text.at + 2, size - 2);
    label[size - 2] = '\0';
    const char *meant = text_charset(label);
    if (meant == label) {
        return 0;
    }
    buffer_print(out, "=?%s", meant);
    return size;
}

bool text_has_words(struct bytes text)
{
    /* Most text has no equals sign at all, which is quicker seen. */
    return text.size > 0 && memchr(text.at, '=', text.size) &&
           memmem(text.at, text.size, "=?", 2);
}

void text_add_words(struct buffer *out, struct bytes text)
{
    size_t at = 0;

    while (at < text.size) {
        struct bytes rest = bytes_part(text, at, text.size);
        size_t size = text.at[at] == '=' ? add_joined(rest, out) : 0;

        if (size == 0 && text.at[at] == '=') {
            size = add_charset(rest, out);
        }
        if (size == 0) {
            buffer_add_byte(out, text.at[at]);
            size = 1;
        }
        at += size;
    }
}
