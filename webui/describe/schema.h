/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_DESCRIBE_SCHEMA_H
#define WEBUI_DESCRIBE_SCHEMA_H

#include "webui/json/json.h"

/* The JSON objects of the API as data: the document is made from these rows,
 * and a test holds answers against them. */

struct schema_field {
    const char *object;
    const char *field;
    /* "integer" "number" "string" "boolean" "time" "any", "=one two" for one of
     * these words, or the name of an object; [of] a list, {of} an object with
     * any keys; one|other either; ? at the end: or null; "optional " in front:
     * it may be left out */
    const char *type;
    const char *sentence; /* NULL: the name says it */
};

/* Row `number`; NULL behind the last. Rows of one object stand together. */
const struct schema_field *schema_field(size_t number);

/* The object whose fields `object` has beside its own; NULL: none. */
const char *schema_base(const char *object);

/* A parameter of a route. */
struct schema_param {
    const char *name;
    const char *type; /* as a field's */
    const char *sentence;
};

/* The parameter `name`; NULL: there is none. */
const struct schema_param *schema_param(const char *name);

/* All objects as JSON Schema, by name (components/schemas). */
struct json *schema_objects(void);

/* The schema of a type as above, referring to those. */
struct json *schema_of(const char *type);

#endif
