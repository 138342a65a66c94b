/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_JSON_H
#define WEBUI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"

/* JSON values: the only face of the JSON library. Text that is not UTF-8 gets
 * U+FFFD for each wrong octet, so writing cannot fail. */

struct json;

/* ---- Making. Every new value belongs to its maker until it is added to an
 * object or array, which then owns it. */

struct json *json_object(void);
struct json *json_array(void);
struct json *json_null(void);
struct json *json_bool(bool value);
struct json *json_number(int64_t value);
struct json *json_real(double value);

/* A string; NULL gives null. */
struct json *json_text(const char *text);

/* A string of octets (NUL octets become U+FFFD). */
struct json *json_octets(struct bytes octets);

/* A string when the octets are UTF-8 without NUL, else {"b64": "..."}. */
struct json *json_octets_exact(struct bytes octets);

/* A time as RFC 3339 in UTC with microseconds; `none` gives null. */
struct json *json_time(int64_t time_us, int64_t none);

/* Sets `object`'s member `key` to `value`, which it owns from now on. */
void json_set(struct json *object, const char *key, struct json *value);

/* Appends `value`, which `array` owns from now on. */
void json_push(struct json *array, struct json *value);

/* The same for the common kinds. */
void json_set_text(struct json *object, const char *key, const char *text);
void json_set_number(struct json *object, const char *key, int64_t value);
void json_set_bool(struct json *object, const char *key, bool value);
void json_set_null(struct json *object, const char *key);

/* ---- Writing */

/* Appends `value` as compact JSON. */
void json_write(const struct json *value, struct buffer *out);

/* Appends `value` indented by two spaces, for people. */
void json_write_pretty(const struct json *value, struct buffer *out);

/* Frees a value that nobody owns; NULL is allowed. */
void json_free(struct json *value);

/* ---- Reading */

enum json_kind {
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER, /* an integer */
    JSON_REAL,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json_error {
    size_t at; /* offset in the text */
    char words[160];
};

/* Reads one JSON text (RFC 8259), UTF-8, no duplicate keys, at most 64 levels
 * deep. The value is freed with json_free(); NULL with `error_out`. */
struct json *json_read(struct bytes text, struct json_error *error_out);

enum json_kind json_kind(const struct json *value);

/* The member `key`; NULL: none, or `object` is no object. Owned by it. */
struct json *json_get(const struct json *object, const char *key);

/* Members of an object, or of an array; 0 for everything else. */
size_t json_count(const struct json *value);

/* The member `index` of an array; NULL outside. Owned by it. */
struct json *json_at(const struct json *array, size_t index);

/* Walks an object's members in order: returns the next key after `key` (NULL:
 * the first) and its value, NULL at the end. */
const char *json_next(const struct json *object, const char *key,
                      struct json **value_out);

/* The string's text (NUL-ended), NULL when it is no string. */
const char *json_string(const struct json *value);

/* Integers and reals as such; 0 for everything else. */
int64_t json_integer(const struct json *value);
double json_float(const struct json *value);

/* True only for the value true. */
bool json_is_true(const struct json *value);

#endif
