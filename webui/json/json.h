/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_JSON_JSON_H
#define WEBUI_JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"

/* JSON values: the only face of the JSON library. Text that is not UTF-8 gets
 * U+FFFD for each wrong octet, so writing cannot fail. */

struct json;

/* Once, before there are threads: the library draws the seed of its hash
 * tables when the first object is made, and opens a file to do so. */
void json_prepare(void);

/* ---- Making. A new value belongs to its maker until it is put into an object
 * or array, which then owns it. */
struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_new_null(void);
struct json *json_new_bool(bool value);
struct json *json_new_number(int64_t value);
struct json *json_new_real(double value);

/* A string; NULL gives null. */
struct json *json_new_text(const char *text);

/* A string of octets; NUL octets become U+FFFD. */
struct json *json_new_octets(struct bytes octets);

/* A string when the octets are UTF-8 without NUL, else {"b64": "..."}. */
struct json *json_new_exact(struct bytes octets);

/* A time as RFC 3339 in UTC with microseconds; `none` gives null. */
struct json *json_new_time(int64_t time_us, int64_t none);

/* Sets the member `key` of `object` to `value`, owned by it from now on. */
void json_put(struct json *object, const char *key, struct json *value);

/* Appends `value`, owned by `array` from now on. */
void json_push(struct json *array, struct json *value);

/* The same for the common kinds. */
void json_put_text(struct json *object, const char *key, const char *text);
void json_put_number(struct json *object, const char *key, int64_t value);
void json_put_bool(struct json *object, const char *key, bool value);
void json_put_null(struct json *object, const char *key);

/* Sets the member `key` to the value that the JSON text `text` says; null when
 * it is NULL or says nothing readable. */
void json_put_embedded(struct json *object, const char *key, const char *text);

/* Sets the member `key` to a copy of `value` (NULL: null). */
void json_put_copy(struct json *object, const char *key,
                   const struct json *value);

/* ---- Writing */

/* Appends `value` as compact JSON. */
void json_write(const struct json *value, struct buffer *out);

/* Appends `value` indented by two spaces, for people. */
void json_write_pretty(const struct json *value, struct buffer *out);

/* Frees a value that nobody owns; NULL is allowed. */
void json_free(struct json *value);

/* ---- Reading */

enum json_kind {
    JSON_IS_NULL,
    JSON_IS_BOOL,
    JSON_IS_NUMBER, /* an integer */
    JSON_IS_REAL,
    JSON_IS_TEXT,
    JSON_IS_ARRAY,
    JSON_IS_OBJECT
};

struct json_problem {
    size_t at; /* offset in the text */
    char words[160];
};

/* Reads one JSON text (RFC 8259): UTF-8, no duplicate keys, at most 64 levels
 * deep. Freed with json_free(); NULL with `problem_out`. */
struct json *json_parse(struct bytes text, struct json_problem *problem_out);

/* What `value` is; NULL is null. */
enum json_kind json_kind_of(const struct json *value);

/* The member `key`, owned by `object`; NULL: none, or it is no object. */
struct json *json_member(const struct json *object, const char *key);

/* Members of an object or array; 0 for everything else. */
size_t json_size(const struct json *value);

/* The member `index`, owned by `array`; NULL outside. */
struct json *json_at(const struct json *array, size_t index);

/* Walks an object in order: the key after `key` (NULL: the first) with its
 * value, NULL at the end. */
const char *json_next(const struct json *object, const char *key,
                      struct json **value_out);

/* The text, NUL-ended, owned by `value`; NULL when it is none. */
const char *json_text_of(const struct json *value);

/* The number (a real is cut); 0 for everything else. */
int64_t json_number_of(const struct json *value);

/* The number as a real; 0 for everything else. */
double json_real_of(const struct json *value);

/* True only for the value true. */
bool json_bool_of(const struct json *value);

#endif
