/* SPDX-License-Identifier: MIT */
#include "webui/describe/schema.h"

#include <string.h>

#include "inbox/base/bytes.h"

static struct json *type_schema(struct bytes type);

static struct json *named(const char *key, struct bytes value)
{
    struct json *object = json_new_object();

    json_put(object, key, json_new_octets(value));
    return object;
}

static struct json *typed(const char *type)
{
    return named("type", bytes_of(type));
}

/* How far the word of `text` goes that ends at `end`, outside of brackets. */
static size_t reach(struct bytes text, unsigned char end)
{
    size_t depth = 0;
    size_t size = 0;

    for (; size < text.size && (depth > 0 || text.at[size] != end); size++) {
        unsigned char octet = text.at[size];
        depth += octet == '[' || octet == '{';
        depth -= octet == ']' || octet == '}';
    }
    return size;
}

static struct bytes behind(struct bytes text, size_t size)
{
    return size < text.size ? bytes_part(text, size, text.size - size)
                            : (struct bytes){0};
}

static struct json *words_schema(struct bytes words)
{
    struct json *value = json_new_object();
    struct json *list = json_new_array();

    while (words.size > 0) {
        size_t size = reach(words, ' ');
        json_push(list, json_new_octets(bytes_part(words, 0, size)));
        words = behind(words, size + 1);
    }
    json_put(value, "enum", list);
    return value;
}

static struct json *object_ref(struct bytes name)
{
    struct buffer text = {0};

    buffer_add(&text, BYTES("#/components/schemas/"));
    buffer_add(&text, name);
    struct json *value = named("$ref", buffer_bytes(&text));
    buffer_free(&text);
    return value;
}

/* One type without alternatives. */
static struct json *plain_schema(struct bytes type)
{
    struct bytes inner = bytes_part(type, 1, type.size - 1);
    struct json *value;

    switch (type.at[0]) {
    case '=':
        return words_schema(inner);
    case '[':
        value = typed("array");
        json_put(value, "items",
                 type_schema(bytes_part(type, 1, type.size - 2)));
        return value;
    case '{':
        value = typed("object");
        json_put(value, "additionalProperties",
                 type_schema(bytes_part(type, 1, type.size - 2)));
        return value;
    default:
        break;
    }
    if (bytes_equal(type, BYTES("any"))) {
        return json_new_object();
    }
    if (bytes_equal(type, BYTES("time"))) {
        value = typed("string");
        json_put_text(value, "format", "date-time");
        return value;
    }
    return type.at[0] >= 'A' && type.at[0] <= 'Z' ? object_ref(type)
                                                  : named("type", type);
}

static struct json *type_schema(struct bytes type)
{
    bool is_nullable = type.at[type.size - 1] == '?';
    struct bytes left = bytes_part(type, 0, type.size - (is_nullable ? 1 : 0));
    size_t size = reach(left, '|');

    if (size == left.size && !is_nullable) {
        return plain_schema(left);
    }
    struct json *value = json_new_object();
    struct json *choices = json_new_array();
    while (left.size > 0) {
        json_push(choices, plain_schema(bytes_part(left, 0, size)));
        left = behind(left, size + 1);
        size = reach(left, '|');
    }
    if (is_nullable) {
        json_push(choices, typed("null"));
    }
    json_put(value, "anyOf", choices);
    return value;
}

static bool is_optional(const char *type)
{
    return strncmp(type, "optional ", 9) == 0;
}

struct json *schema_of(const char *type)
{
    return type_schema(bytes_of(is_optional(type) ? type + 9 : type));
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
    struct json *value = typed("object");
    struct json *properties = json_new_object();
    struct json *required = json_new_array();

    while (row != NULL && strcmp(row->object, object) == 0) {
        json_put(properties, row->field, field_schema(row));
        if (!is_optional(row->type)) {
            json_push(required, json_new_text(row->field));
        }
        row = schema_field(++*number);
    }
    json_put(value, "properties", properties);
    json_put(value, "required", required);
    return value;
}

/* An object with a base is that and more. */
static struct json *with_base(const char *object, struct json *own)
{
    const char *base = schema_base(object);

    if (base == NULL) {
        return own;
    }
    struct json *value = json_new_object();
    struct json *all = json_new_array();
    json_push(all, schema_of(base));
    json_push(all, own);
    json_put(value, "allOf", all);
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
