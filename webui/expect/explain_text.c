/* SPDX-License-Identifier: MIT */
#include "webui/expect/explain.h"

#include <string.h>

/* The explanation as one wants to read it in a CI log: lines, no JSON. */

/* Of a longer value the part around the difference is shown. */
#define SHOWN 200
#define BEFORE 60
#define NAMED 10

static bool is_inside(unsigned char octet)
{
    return (octet & 0xc0) == 0x80; /* of a UTF-8 sequence, not its first */
}

/* The part of `text` around its character `at` (from 1). */
static struct bytes window(struct bytes text, int64_t at)
{
    size_t from = 0;

    for (int64_t i = 1; i < at - BEFORE && from < text.size; from++) {
        i += from + 1 < text.size && !is_inside(text.at[from + 1]);
    }
    size_t to = text.size - from > SHOWN ? from + SHOWN : text.size;
    while (to < text.size && is_inside(text.at[to])) {
        to++;
    }
    return bytes_part(text, from, to - from);
}

static void write_text(const char *text, int64_t at, struct buffer *out)
{
    struct bytes whole = bytes_of(text);
    struct bytes part =
        whole.size > SHOWN ? window(whole, at) : bytes_part(whole, 0, SHOWN);
    struct json *shown = json_new_octets(part);

    buffer_print(out, "%s", part.at > whole.at ? "..." : "");
    json_write(shown, out);
    buffer_print(out, "%s",
                 part.at + part.size < whole.at + whole.size ? "..." : "");
    json_free(shown);
}

static void write_value(const struct json *value, int64_t at,
                        struct buffer *out);

/* {"contains": "x", "min": 1} as: contains "x", min 1 */
static void write_members(const struct json *value, struct buffer *out)
{
    struct json *inner;
    const char *key = NULL;
    const char *between = "";

    while ((key = json_next(value, key, &inner)) != NULL) {
        buffer_print(out, "%s%s ", between, key);
        write_value(inner, 0, out);
        between = ", ";
    }
}

static void write_list(const struct json *value, struct buffer *out)
{
    size_t count = json_size(value);

    buffer_print(out, "%s", count == 0 ? "nothing" : "");
    for (size_t i = 0; i < count && i < NAMED; i++) {
        buffer_print(out, "%s", i > 0 ? ", " : "");
        write_value(json_at(value, i), 0, out);
    }
    if (count > NAMED) {
        buffer_print(out, " and %zu more", count - NAMED);
    }
}

static void write_value(const struct json *value, int64_t at,
                        struct buffer *out)
{
    switch (json_kind_of(value)) {
    case JSON_IS_NULL:
        buffer_print(out, "nothing");
        break;
    case JSON_IS_TEXT:
        write_text(json_text_of(value), at, out);
        break;
    case JSON_IS_OBJECT:
        write_members(value, out);
        break;
    case JSON_IS_ARRAY:
        write_list(value, out);
        break;
    case JSON_IS_BOOL:
    case JSON_IS_NUMBER:
    case JSON_IS_REAL:
        json_write(value, out);
        break;
    }
}

static void write_expected(const struct json *expected, struct buffer *out)
{
    const struct json *match = json_member(expected, "match");
    const char *query = json_text_of(json_member(expected, "q"));
    struct json *value;
    const char *key = NULL;

    buffer_print(out, "expected\n");
    while ((key = json_next(match, key, &value)) != NULL) {
        buffer_print(out, "  %s: ", key);
        write_value(value, 0, out);
        buffer_print(out, "\n");
    }
    if (query != NULL) {
        buffer_print(out, "  %s\n", query);
    } else if (json_size(match) == 0) {
        buffer_print(out, "  anything\n");
    }
}

/* A summary in a line. */
static void write_summary(const struct json *one, struct buffer *out)
{
    const struct json *subject = json_member(one, "subject");
    const struct json *envelope = json_member(one, "envelope");

    buffer_print(out, "  %s %lld: ", envelope != NULL ? "message" : "session",
                 (long long)json_number_of(json_member(one, "id")));
    if (envelope == NULL) {
        buffer_print(out, "%s\n", json_text_of(json_member(one, "outcome")));
        return;
    }
    write_value(subject, 0, out);
    buffer_print(out, " to ");
    write_value(json_member(envelope, "to"), 0, out);
    buffer_print(out, "\n");
}

static void write_matched(const struct json *matched, struct buffer *out)
{
    size_t count = json_size(matched);

    buffer_print(out, "%s", count > 0 ? "matched\n" : "");
    for (size_t i = 0; i < count && i < NAMED; i++) {
        write_summary(json_at(matched, i), out);
    }
    if (count > NAMED) {
        buffer_print(out, "  and %zu more\n", count - NAMED);
    }
}

static void write_difference(const struct json *difference, struct buffer *out)
{
    const struct json *at = json_member(difference, "at");
    int64_t place = json_number_of(at);

    buffer_print(out, "  %s\n    expected ",
                 json_text_of(json_member(difference, "field")));
    write_value(json_member(difference, "expected"), 0, out);
    buffer_print(out, "\n    was      ");
    write_value(json_member(difference, "actual"), place, out);
    if (json_kind_of(at) == JSON_IS_NUMBER) {
        buffer_print(out, " (differs at character %lld)", (long long)place);
    }
    buffer_print(out, "\n");
}

static void write_near(const struct json *near, struct buffer *out)
{
    const struct json *message = json_member(near, "message");
    const struct json *differences = json_member(near, "differences");
    bool is_message = json_kind_of(message) == JSON_IS_NUMBER;

    buffer_print(out, "nearest: %s %lld\n", is_message ? "message" : "session",
                 (long long)json_number_of(
                     is_message ? message : json_member(near, "session")));
    for (size_t i = 0; i < json_size(differences); i++) {
        write_difference(json_at(differences, i), out);
    }
}

static long long seen(const struct json *explanation, const char *what)
{
    return (long long)json_number_of(
        json_member(json_member(explanation, "saw"), what));
}

void explain_write(const struct json *explanation, struct buffer *out)
{
    const struct json *nearest = json_member(explanation, "nearest");
    const char *detail = json_text_of(json_member(explanation, "detail"));

    buffer_print(out, "not met: %s\n", detail != NULL ? detail : "");
    write_expected(json_member(explanation, "expected"), out);
    write_matched(json_member(explanation, "matched"), out);
    for (size_t i = 0; i < json_size(nearest); i++) {
        write_near(json_at(nearest, i), out);
    }
    buffer_print(out, "saw: %lld %s, %lld %s (%lld refused)\n",
                 seen(explanation, "messages"),
                 seen(explanation, "messages") == 1 ? "message" : "messages",
                 seen(explanation, "sessions"),
                 seen(explanation, "sessions") == 1 ? "session" : "sessions",
                 seen(explanation, "refused"));
}
