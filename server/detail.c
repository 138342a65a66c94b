/* SPDX-License-Identifier: MIT */
#include "server/detail.h"

#include <stddef.h>

void detail_open(struct buffer *out)
{
    buffer_add_byte(out, '{');
}

static void add_key(struct buffer *out, const char *key)
{
    if (out->size > 0 && out->at[out->size - 1] != '{') {
        buffer_add_byte(out, ',');
    }
    buffer_print(out, "\"%s\":", key);
}

/* Octets of the well-formed UTF-8 sequence that begins `run` (RFC 3629 section
 * 4), 0 when there is none. */
static size_t sequence_size(struct bytes run)
{
    unsigned char first = run.at[0];
    size_t size = first < 0x80   ? 1
                  : first < 0xc2 ? 0
                  : first < 0xe0 ? 2
                  : first < 0xf0 ? 3
                  : first < 0xf5 ? 4
                                 : 0;
    if (size == 0 || size > run.size) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((run.at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool is_overlong = (first == 0xe0 && run.at[1] < 0xa0) ||
                       (first == 0xf0 && run.at[1] < 0x90);
    bool is_outside = (first == 0xed && run.at[1] > 0x9f) ||
                      (first == 0xf4 && run.at[1] > 0x8f);
    return is_overlong || is_outside ? 0 : size;
}

static void add_string(struct buffer *out, struct bytes run)
{
    buffer_add_byte(out, '"');
    while (run.size > 0) {
        size_t size = sequence_size(run);
        unsigned char first = run.at[0];
        if (size == 0) {
            buffer_add(out, BYTES("\\ufffd"));
            size = 1;
        } else if (first < 0x20 || first == 0x7f) {
            buffer_print(out, "\\u%04x", first);
        } else if (first == '"' || first == '\\') {
            buffer_add_byte(out, '\\');
            buffer_add_byte(out, first);
        } else {
            buffer_add(out, (struct bytes){run.at, size});
        }
        run = (struct bytes){run.at + size, run.size - size};
    }
    buffer_add_byte(out, '"');
}

void detail_text(struct buffer *out, const char *key, const char *text)
{
    add_key(out, key);
    if (text == NULL) {
        buffer_add(out, BYTES("null"));
        return;
    }
    add_string(out, bytes_of(text));
}

void detail_bytes(struct buffer *out, const char *key, struct bytes run)
{
    add_key(out, key);
    add_string(out, run);
}

void detail_number(struct buffer *out, const char *key, uint64_t number)
{
    add_key(out, key);
    buffer_print(out, "%llu", (unsigned long long)number);
}

void detail_bool(struct buffer *out, const char *key, bool is_so)
{
    add_key(out, key);
    buffer_print(out, "%s", is_so ? "true" : "false");
}

void detail_json(struct buffer *out, const char *key, const char *json)
{
    add_key(out, key);
    buffer_add(out, json == NULL ? BYTES("null") : bytes_of(json));
}

void detail_close(struct buffer *out)
{
    buffer_add_byte(out, '}');
}

char *detail_take(struct buffer *out)
{
    buffer_add_byte(out, '\0');
    char *text = (char *)out->at;
    *out = (struct buffer){0};
    return text;
}
