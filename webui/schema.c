/* SPDX-License-Identifier: MIT */
#include "webui/schema.h"

#include "inbox/base/memory.h"

#include <stdlib.h>
#include <string.h>

static struct json *named(const char *key, const char *value)
{
    struct json *object = json_new_object();

    json_put_text(object, key, value);
    return object;
}

/* `type` without its first and last octet. */
static struct json *inner_of(const char *type, size_t size)
{
    char *inner = memory_new(size);

    memcpy(inner, type + 1, size - 2);
    struct json *value = schema_of(inner);
    free(inner);
    return value;
}

static struct json *plain_of(const char *type, size_t size)
{
    struct json *value;

    if (type[0] == '[') {
        value = named("type", "array");
        json_put(value, "items", inner_of(type, size));
        return value;
    }
    if (type[0] == '{') {
        value = named("type", "object");
        json_put(value, "additionalProperties", inner_of(type, size));
        return value;
    }
    if (strncmp(type, "time", size) == 0) {
        value = named("type", "string");
        json_put_text(value, "format", "date-time");
        return value;
    }
    if (strncmp(type, "any", size) == 0) {
        return json_new_object();
    }
    struct buffer text = {0};
    if (type[0] >= 'A' && type[0] <= 'Z') {
        buffer_print(&text, "#/components/schemas/");
    }
    buffer_add(&text, (struct bytes){(const unsigned char *)type, size});
    buffer_add_byte(&text, '\0');
    value = named(type[0] >= 'A' && type[0] <= 'Z' ? "$ref" : "type",
                  (const char *)text.at);
    buffer_free(&text);
    return value;
}

struct json *schema_of(const char *type)
{
    size_t size = strlen(type);

    if (type[size - 1] != '?') {
        return plain_of(type, size);
    }
    struct json *value = json_new_object();
    struct json *choices = json_new_array();
    json_push(choices, plain_of(type, size - 1));
    json_push(choices, named("type", "null"));
    json_put(value, "anyOf", choices);
    return value;
}

static struct json *field_schema(const struct schema_field *field)
{
    struct json *value = schema_of(field->type);

    if (field->sentence != NULL) {
        json_put_text(value, "description", field->sentence);
    }
    return value;
}

/* The object that begins at row `*number`; moves behind it. */
static struct json *object_schema(size_t *number)
{
    const struct schema_field *row = schema_field(*number);
    const char *object = row->object;
    struct json *value = named("type", "object");
    struct json *properties = json_new_object();
    struct json *required = json_new_array();
    bool is_asked = strcmp(object, "Marks") == 0 ||
                    strcmp(object, "InboxAsked") == 0 ||
                    strcmp(object, "Expectation") == 0;

    while (row != NULL && strcmp(row->object, object) == 0) {
        json_put(properties, row->field, field_schema(row));
        if (!is_asked) {
            json_push(required, json_new_text(row->field));
        }
        row = schema_field(++*number);
    }
    json_put(value, "properties", properties);
    json_put(value, "required", required);
    return value;
}

/* "MessageWhole" is "Message" and more. */
static struct json *with_base(const char *object, struct json *own)
{
    size_t size = strlen(object);

    if (size < 5 || strcmp(object + size - 5, "Whole") != 0) {
        return own;
    }
    char *base = memory_text(object);
    base[size - 5] = '\0';
    struct json *value = json_new_object();
    struct json *all = json_new_array();
    json_push(all, schema_of(base));
    json_push(all, own);
    json_put(value, "allOf", all);
    free(base);
    return value;
}

struct json *schema_objects(void)
{
    struct json *value = json_new_object();

    for (size_t i = 0; schema_field(i) != NULL;) {
        const char *object = schema_field(i)->object;
        json_put(value, object, with_base(object, object_schema(&i)));
    }
    return value;
}
