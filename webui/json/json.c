/* SPDX-License-Identifier: MIT */
#include "webui/json/json.h"

#include "inbox/base/base64.h"
#include "inbox/base/calendar.h"
#include "inbox/base/memory.h"
#include "inbox/base/utf8.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* struct json is the library's value under our name: no wrapper to allocate */

static json_t *library(const struct json *value)
{
    union {
        const struct json *ours;
        json_t *theirs;
    } same = {.ours = value};

    return same.theirs;
}

/* Allocation ends the program rather than fail, and text is checked before the
 * library sees it: making a value cannot fail. */
static void *unzeroed(size_t size)
{
    return memory_resize(NULL, size);
}

__attribute__((constructor)) static void use_our_memory(void)
{
    json_set_alloc_funcs(unzeroed, free);
}

static struct json *ours(json_t *value)
{
    assert(value != NULL);
    return (struct json *)value;
}

void json_prepare(void)
{
    json_object_seed(0);
}

struct json *json_new_object(void)
{
    return ours(json_object());
}

struct json *json_new_array(void)
{
    return ours(json_array());
}

struct json *json_new_null(void)
{
    return ours(json_null());
}

struct json *json_new_bool(bool value)
{
    return ours(json_boolean(value));
}

struct json *json_new_number(int64_t value)
{
    return ours(json_integer(value));
}

struct json *json_new_real(double value)
{
    return ours(json_real(value));
}

/* Where the first octet stands that is no UTF-8, or NUL; run.size: nowhere. */
static size_t good_size(struct bytes run)
{
    const unsigned char *nul = run.size ? memchr(run.at, '\0', run.size) : NULL;

    return utf8_good_size(
        bytes_part(run, 0, nul ? (size_t)(nul - run.at) : run.size));
}

static struct json *repaired(struct bytes octets)
{
    struct buffer text = {0};

    while (octets.size > 0) {
        size_t good = good_size(octets);
        buffer_add(&text, bytes_part(octets, 0, good));
        if (good < octets.size) {
            buffer_add(&text, BYTES("\xef\xbf\xbd"));
            good++;
        }
        octets = bytes_part(octets, good, octets.size - good);
    }
    json_t *value = json_stringn_nocheck((const char *)text.at, text.size);
    buffer_free(&text);
    return ours(value);
}

struct json *json_new_octets(struct bytes octets)
{
    if (octets.size == 0) {
        return ours(json_stringn_nocheck("", 0));
    }
    if (good_size(octets) == octets.size) {
        return ours(json_stringn_nocheck((const char *)octets.at, octets.size));
    }
    return repaired(octets);
}

struct json *json_new_text(const char *text)
{
    return text == NULL ? json_new_null() : json_new_octets(bytes_of(text));
}

struct json *json_new_exact(struct bytes octets)
{
    if (octets.size == 0 || good_size(octets) == octets.size) {
        return json_new_octets(octets);
    }
    struct buffer text = {0};
    struct json *object = json_new_object();
    base64_encode(octets, &text);
    json_put(object, "b64", json_new_octets(buffer_bytes(&text)));
    buffer_free(&text);
    return object;
}

struct json *json_new_time(int64_t time_us, int64_t none)
{
    char text[CALENDAR_TEXT_SIZE];

    if (time_us == none) {
        return json_new_null();
    }
    return json_new_text(calendar_text(time_us, text));
}

void json_put(struct json *object, const char *key, struct json *value)
{
    int failed =
        json_object_set_new_nocheck(library(object), key, library(value));

    assert(!failed);
    (void)failed;
}

void json_push(struct json *array, struct json *value)
{
    int failed = json_array_append_new(library(array), library(value));

    assert(!failed);
    (void)failed;
}

void json_put_text(struct json *object, const char *key, const char *text)
{
    json_put(object, key, json_new_text(text));
}

void json_put_number(struct json *object, const char *key, int64_t value)
{
    json_put(object, key, json_new_number(value));
}

void json_put_bool(struct json *object, const char *key, bool value)
{
    json_put(object, key, json_new_bool(value));
}

void json_put_null(struct json *object, const char *key)
{
    json_put(object, key, json_new_null());
}

void json_put_embedded(struct json *object, const char *key, const char *text)
{
    struct json_problem problem;
    struct json *value =
        text == NULL ? NULL : json_parse(bytes_of(text), &problem);

    json_put(object, key, value == NULL ? json_new_null() : value);
}

void json_put_copy(struct json *object, const char *key,
                   const struct json *value)
{
    json_put(object, key,
             value == NULL ? json_new_null()
                           : ours(json_deep_copy(library(value))));
}

static int on_text(const char *text, size_t size, void *context)
{
    buffer_add(context, (struct bytes){(const unsigned char *)text, size});
    return 0;
}

static void dump(const struct json *value, size_t how, struct buffer *out)
{
    /* what a double holds for sure: 0.84, not 0.83999999999999997 */
    how |= JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);
    int failed = json_dump_callback(library(value), on_text, out, how);

    assert(!failed);
    (void)failed;
}

void json_write(const struct json *value, struct buffer *out)
{
    dump(value, JSON_COMPACT, out);
}

void json_write_pretty(const struct json *value, struct buffer *out)
{
    dump(value, JSON_INDENT(2), out);
}

void json_free(struct json *value)
{
    json_decref(library(value));
}

/* Is `text` nested deeper than `limit`? Brackets in strings do not count. The
 * library's own limit is 2,048, each level a stack frame. */
static bool is_deeper_than(struct bytes text, size_t limit, size_t *at_out)
{
    size_t depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = text.at[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
            continue;
        }
        in_string = c == '"';
        depth += c == '[' || c == '{';
        depth -= (c == ']' || c == '}') && depth > 0;
        if (depth > limit) {
            *at_out = i;
            return true;
        }
    }
    return false;
}

struct json *json_parse(struct bytes text, struct json_problem *problem_out)
{
    json_error_t error;

    *problem_out = (struct json_problem){0};
    if (is_deeper_than(text, 64, &problem_out->at)) {
        snprintf(problem_out->words, sizeof problem_out->words, "%s",
                 "nested deeper than 64 levels");
        return NULL;
    }
    json_t *value =
        json_loadb(text.size == 0 ? "" : (const char *)text.at, text.size,
                   JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (value == NULL) {
        problem_out->at = error.position < 0 ? 0 : (size_t)error.position;
        snprintf(problem_out->words, sizeof problem_out->words, "%.159s",
                 error.text);
    }
    return (struct json *)value;
}

enum json_kind json_kind_of(const struct json *value)
{
    static const enum json_kind kinds[] = {
        [JSON_OBJECT] = JSON_IS_OBJECT, [JSON_ARRAY] = JSON_IS_ARRAY,
        [JSON_STRING] = JSON_IS_TEXT,   [JSON_INTEGER] = JSON_IS_NUMBER,
        [JSON_REAL] = JSON_IS_REAL,     [JSON_TRUE] = JSON_IS_BOOL,
        [JSON_FALSE] = JSON_IS_BOOL,    [JSON_NULL] = JSON_IS_NULL,
    };

    return value == NULL ? JSON_IS_NULL : kinds[json_typeof(library(value))];
}

struct json *json_member(const struct json *object, const char *key)
{
    return (struct json *)json_object_get(library(object), key);
}

size_t json_size(const struct json *value)
{
    return json_is_array(library(value)) ? json_array_size(library(value))
                                         : json_object_size(library(value));
}

struct json *json_at(const struct json *array, size_t index)
{
    return (struct json *)json_array_get(library(array), index);
}

const char *json_next(const struct json *object, const char *key,
                      struct json **value_out)
{
    json_t *whole = library(object);
    void *place =
        key == NULL
            ? json_object_iter(whole)
            : json_object_iter_next(whole, json_object_key_to_iter(key));

    *value_out = (struct json *)json_object_iter_value(place);
    return place == NULL ? NULL : json_object_iter_key(place);
}

const char *json_text_of(const struct json *value)
{
    return json_string_value(library(value));
}

int64_t json_number_of(const struct json *value)
{
    double real = json_real_value(library(value));

    if (!json_is_real(library(value))) {
        return json_integer_value(library(value));
    }
    return real > -9e18 && real < 9e18 ? (int64_t)real : 0;
}

double json_real_of(const struct json *value)
{
    return json_number_value(library(value));
}

bool json_bool_of(const struct json *value)
{
    return json_is_true(library(value));
}
