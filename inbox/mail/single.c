/* SPDX-License-Identifier: MIT */
#include "inbox/mail/tree.h"

#include "inbox/mail/text.h"

#include <string.h>

/* Most mail of a test is one text and says so in a line or not at all. GMime
 * builds thirty objects for that; whatever is less plain than `type/subtype;
 * charset=name` is left to it. */

struct single {
    struct arena *arena;
    struct mail_part *part;
    bool has_type;
};

/* token of RFC 2045 5.1, but only with what charsets and types are named of */
static size_t token_size(struct bytes text)
{
    size_t size = 0;

    while (size < text.size &&
           ((text.at[size] >= '0' && text.at[size] <= '9') ||
            (text.at[size] >= 'a' && text.at[size] <= 'z') ||
            (text.at[size] >= 'A' && text.at[size] <= 'Z') ||
            (text.at[size] > 0 && strchr("-_.+", text.at[size]) != NULL))) {
        size++;
    }
    return size;
}

static const char *lower_token(struct single *single, struct bytes token)
{
    char *text = arena_text(single->arena, token);

    for (char *at = text; *at != '\0'; at++) {
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at);
    }
    return text;
}

/* ";charset=NAME", the name perhaps in quotes. */
static bool read_charset(struct single *single, struct bytes text)
{
    bool is_quoted;
    size_t size;

    if (text.at[0] != ';') {
        return false;
    }
    text = text_trim(bytes_part(text, 1, text.size));
    if (!bytes_start_nocase(text, BYTES("charset="))) {
        return false;
    }
    text = bytes_part(text, 8, text.size);
    is_quoted =
        text.size > 2 && text.at[0] == '"' && text.at[text.size - 1] == '"';
    if (is_quoted) {
        text = bytes_part(text, 1, text.size - 2);
    }
    size = token_size(text);
    single->part->charset = arena_text(single->arena, text);
    return size > 0 && size == text.size;
}

static bool read_type(struct single *single, struct bytes value)
{
    size_t size;
    bool is_text = bytes_start_nocase(value, BYTES("text/plain")) ||
                   bytes_start_nocase(value, BYTES("text/html"));

    if (single->has_type || !is_text) {
        return false;
    }
    single->has_type = true;
    size = 5 + token_size(bytes_part(value, 5, value.size));
    single->part->type = lower_token(single, bytes_part(value, 0, size));
    if (strcmp(single->part->type, "text/plain") != 0 &&
        strcmp(single->part->type, "text/html") != 0) {
        return false;
    }
    value = text_trim(bytes_part(value, size, value.size));
    return value.size == 0 || read_charset(single, value);
}

static bool read_encoding(struct single *single, struct bytes value)
{
    if (single->part->encoding || value.size == 0 ||
        token_size(value) != value.size) {
        return false;
    }
    single->part->encoding = lower_token(single, value);
    return true;
}

/* False: GMime must look at it. */
static bool read_field(struct single *single, const struct text_field *field)
{
    struct bytes value = text_trim(field->value);

    if (field->name.at + field->name.size + 1 != field->value.at) {
        return false;
    }
    if (!bytes_start_nocase(field->name, BYTES("content-"))) {
        return true;
    }
    if (bytes_equal_nocase(field->name, BYTES("content-type"))) {
        return read_type(single, value);
    }
    return bytes_equal_nocase(field->name,
                              BYTES("content-transfer-encoding")) &&
           read_encoding(single, value);
}

/* Do the first `size` octets end with an empty line? */
static bool has_empty_line(struct bytes raw, size_t size)
{
    return (size > 4 && memcmp(raw.at + size - 4, "\r\n\r\n", 4) == 0) ||
           (size > 4 && memcmp(raw.at + size - 2, "\n\n", 2) == 0);
}

struct mail_part *tree_single(struct bytes raw, struct arena *arena)
{
    struct mail_part *part = arena_new(arena, sizeof(*part));
    struct single single = {.arena = arena, .part = part};
    struct text_field field;
    size_t at = 0;

    part->section = "1";
    part->type = "text/plain";
    while (text_next_field(raw, &at, &field)) {
        if (!read_field(&single, &field)) {
            return NULL;
        }
    }
    /* Not behind the separator line of an mbox. */
    if (!has_empty_line(raw, at) || memcmp(raw.at, "From ", 5) == 0) {
        return NULL;
    }
    part->body_offset = at;
    part->header_size = at;
    part->body_size = raw.size - at;
    return part;
}
