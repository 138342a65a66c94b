/* SPDX-License-Identifier: MIT */
#include "inbox/transcript/detail.h"

#include <stddef.h>

#include "inbox/base/utf8.h"

void detail_open(struct buffer *out)
{
    buffer_add_byte(out, '{');
}

static void add_key(struct buffer *out, const char *key)
{
    if (out->size > 0 && out->at[out->size - 1] != '{') {
        buffer_add_byte(out, ',');
    }
    buffer_add_byte(out, '"');
    buffer_add(out, bytes_of(key));
    buffer_add(out, BYTES("\":"));
}

static void add_string(struct buffer *out, struct bytes run)
{
    buffer_add_byte(out, '"');
    while (run.size > 0) {
        size_t size = utf8_size(run, NULL);
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
