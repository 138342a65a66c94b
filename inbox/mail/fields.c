/* SPDX-License-Identifier: MIT */
#include "inbox/mail/text.h"

#include <pthread.h>
#include <string.h>

#include <gmime/gmime.h>

/* A value beyond this is decoded only so far: GMime takes 4 ms a megabyte, and
 * 25 times the memory. */
#define MOST_DECODED ((size_t)256 * 1024)

static void begin_once(void)
{
    g_mime_init();
}

void text_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, begin_once);
}

static bool is_white(unsigned char octet)
{
    return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n';
}

struct bytes text_trim(struct bytes text)
{
    while (text.size > 0 && is_white(text.at[0])) {
        text.at++;
        text.size--;
    }
    while (text.size > 0 && is_white(text.at[text.size - 1])) {
        text.size--;
    }
    return text;
}

/* The line at `at` with its LF. */
static struct bytes line_at(struct bytes block, size_t at)
{
    const unsigned char *end =
        at < block.size ? memchr(block.at + at, '\n', block.size - at) : NULL;

    return bytes_part(block, at,
                      end ? (size_t)(end - block.at) + 1 - at : block.size);
}

static bool is_blank_line(struct bytes line)
{
    return (line.size == 1 && line.at[0] == '\n') ||
           (line.size == 2 && line.at[0] == '\r' && line.at[1] == '\n');
}

/* field-name is printable ASCII without the colon (RFC 5322 3.6.8); white space
 * before the colon is obsolete syntax that still occurs (4.5.3). 0: there is
 * none; else `colon_out` is where the colon stands in `line`. */
static size_t name_size(struct bytes line, size_t *colon_out)
{
    size_t size = 0;
    size_t at;

    while (size < line.size && line.at[size] > ' ' && line.at[size] < 0x7F &&
           line.at[size] != ':') {
        size++;
    }
    at = size;
    while (at < line.size && (line.at[at] == ' ' || line.at[at] == '\t')) {
        at++;
    }
    *colon_out = at;
    return at < line.size && line.at[at] == ':' ? size : 0;
}

bool text_next_field(struct bytes block, size_t *at,
                     struct text_field *field_out)
{
    struct bytes line = line_at(block, *at);
    size_t size;
    size_t end;
    size_t colon;

    /* The separator line of mbox files, pasted along by scripts. */
    if (*at == 0 && line.size > 5 && memcmp(line.at, "From ", 5) == 0) {
        *at = line.size;
        line = line_at(block, *at);
    }
    if (is_blank_line(line)) {
        *at += line.size;
        return false;
    }
    size = name_size(line, &colon);
    if (size == 0) {
        return false;
    }
    end = *at + line.size;
    while (end < block.size &&
           (block.at[end] == ' ' || block.at[end] == '\t')) {
        struct bytes next = line_at(block, end);

        end += next.size;
    }
    field_out->offset = *at;
    field_out->name = bytes_part(line, 0, size);
    field_out->value =
        bytes_part(block, *at + colon + 1, end - *at - colon - 1);
    *at = end;
    return true;
}

/* Folding is undone by removing the line ends only (RFC 5322 2.2.3). */
static void unfold(struct bytes raw, struct buffer *out)
{
    unsigned char *to = buffer_room(out, raw.size + 1);
    size_t size = 0;

    for (size_t i = 0; i < raw.size; i++) {
        bool is_end =
            raw.at[i] == '\n' ||
            (raw.at[i] == '\r' && i + 1 < raw.size && raw.at[i + 1] == '\n');

        if (!is_end) {
            to[size++] = raw.at[i];
        }
    }
    out->size += size;
}

char *text_unfolded(struct bytes raw, struct arena *arena)
{
    struct buffer flat = {0};
    struct buffer meant = {0};
    struct bytes text = text_trim(bytes_part(raw, 0, MOST_DECODED));
    char *result;

    if (text.size > 0 && memchr(text.at, '\n', text.size)) {
        unfold(text, &flat);
        text = buffer_bytes(&flat);
    }
    if (text_has_words(text)) {
        text_add_words(&meant, text);
        text = buffer_bytes(&meant);
    }
    result = mail_utf8(text, arena);
    buffer_free(&meant);
    buffer_free(&flat);
    return result;
}

char *text_header(struct bytes raw, struct arena *arena)
{
    char *text = text_unfolded(raw, arena);
    char *decoded;
    char *result;

    if (!text_has_words(bytes_of(text))) {
        return text;
    }
    text_begin();
    decoded = g_mime_utils_header_decode_text(NULL, text);
    result = mail_utf8(bytes_of(decoded), arena);
    g_free(decoded);
    return result;
}

#define MOST_HEADERS 10000

size_t mail_headers(struct bytes raw, struct arena *arena,
                    struct mail_header **headers_out)
{
    struct text_field field;
    struct mail_header *headers;
    size_t count = 0;
    size_t at = 0;

    while (count < MOST_HEADERS && text_next_field(raw, &at, &field)) {
        count++;
    }
    headers = arena_new(arena, (count + 1) * sizeof(*headers));
    at = 0;
    for (size_t i = 0; i < count && text_next_field(raw, &at, &field); i++) {
        headers[i].name = field.name;
        headers[i].raw = field.value;
        headers[i].offset = field.offset;
        headers[i].value = text_header(field.value, arena);
    }
    *headers_out = headers;
    return count;
}
