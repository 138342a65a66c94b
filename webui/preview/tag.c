/* SPDX-License-Identifier: MIT */
#include "webui/preview/tag.h"

#include <string.h>

static bool is_space(unsigned char octet)
{
    return octet == ' ' || octet == '\t' || octet == '\n' || octet == '\f' ||
           octet == '\r';
}

/* Where the tag is being read. */
struct reading {
    struct bytes html;
    size_t at;
};

static bool is_over(const struct reading *reading)
{
    return reading->at >= reading->html.size;
}

static unsigned char here(const struct reading *reading)
{
    return is_over(reading) ? 0 : reading->html.at[reading->at];
}

static void skip_space(struct reading *reading)
{
    while (!is_over(reading) && is_space(here(reading))) {
        reading->at++;
    }
}

static struct bytes cut(const struct reading *reading, size_t from)
{
    return bytes_part(reading->html, from, reading->at - from);
}

static struct bytes read_name(struct reading *reading)
{
    size_t from = reading->at;

    /* A "=" here begins the name, it does not end one. */
    reading->at += here(reading) == '=';
    while (!is_over(reading) && !is_space(here(reading)) &&
           here(reading) != '/' && here(reading) != '>' &&
           here(reading) != '=') {
        reading->at++;
    }
    return cut(reading, from);
}

static struct bytes read_value(struct reading *reading)
{
    unsigned char quote = here(reading);
    size_t from;
    struct bytes value;

    if (quote != '"' && quote != '\'') {
        from = reading->at;
        while (!is_over(reading) && !is_space(here(reading)) &&
               here(reading) != '>') {
            reading->at++;
        }
        return cut(reading, from);
    }
    from = ++reading->at;
    while (!is_over(reading) && here(reading) != quote) {
        reading->at++;
    }
    value = cut(reading, from);
    reading->at += !is_over(reading);
    return value;
}

static void read_attribute(struct reading *reading, size_t from,
                           struct preview_tag *tag)
{
    struct preview_attribute attribute = {.name = read_name(reading)};
    size_t end = reading->at;

    skip_space(reading);
    if (here(reading) == '=') {
        reading->at++;
        skip_space(reading);
        attribute.value = read_value(reading);
        end = reading->at;
    }
    reading->at = end;
    attribute.whole = cut(reading, from);
    if (tag->attribute_count < PREVIEW_ATTRIBUTES) {
        tag->attributes[tag->attribute_count++] = attribute;
    } else {
        tag->has_more = true;
    }
}

void preview_read_tag(struct bytes html, size_t at, struct preview_tag *tag_out)
{
    struct reading reading = {.html = html, .at = at + 1};
    size_t from;

    tag_out->is_end = here(&reading) == '/';
    tag_out->has_more = false;
    tag_out->attribute_count = 0;
    reading.at += tag_out->is_end;
    from = reading.at;
    while (!is_over(&reading) && !is_space(here(&reading)) &&
           here(&reading) != '/' && here(&reading) != '>') {
        reading.at++;
    }
    tag_out->name = cut(&reading, from);
    for (;;) {
        from = reading.at;
        while (is_space(here(&reading)) || here(&reading) == '/') {
            reading.at++;
        }
        if (is_over(&reading) || here(&reading) == '>') {
            break;
        }
        read_attribute(&reading, from, tag_out);
    }
    tag_out->is_unfinished = is_over(&reading);
    reading.at += !tag_out->is_unfinished;
    tag_out->whole = cut(&reading, at);
}

bool preview_is_tag(const struct preview_tag *tag, const char *name)
{
    return bytes_equal_nocase(tag->name, bytes_of(name));
}

const struct preview_attribute *preview_attribute(const struct preview_tag *tag,
                                                  const char *name)
{
    for (size_t i = 0; i < tag->attribute_count; i++) {
        if (bytes_equal_nocase(tag->attributes[i].name, bytes_of(name))) {
            return &tag->attributes[i];
        }
    }
    return NULL;
}
