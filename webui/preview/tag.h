/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_PREVIEW_TAG_H
#define WEBUI_PREVIEW_TAG_H

#include <stdbool.h>
#include <stddef.h>

#include "inbox/base/bytes.h"

/* One tag as a browser's tokenizer sees it (HTML standard 13.2.5). */

struct preview_attribute {
    struct bytes name;
    struct bytes value; /* without its quotes, entities as written */
    struct bytes whole; /* with the white space before it */
};

#define PREVIEW_ATTRIBUTES 128

struct preview_tag {
    struct bytes whole; /* from "<" to ">"; to the end when it never closes */
    struct bytes name;
    bool is_end;        /* </x> */
    bool is_unfinished; /* the text ends inside: browsers show nothing of it */
    bool has_more;      /* further attributes that are not listed */
    struct preview_attribute attributes[PREVIEW_ATTRIBUTES];
    size_t attribute_count;
};

/* Reads the tag at `at` of `html`, which is "<" or "</" and a letter. */
void preview_read_tag(struct bytes html, size_t at,
                      struct preview_tag *tag_out);

/* Is the tag's name `name` (lower case)? */
bool preview_is_tag(const struct preview_tag *tag, const char *name);

/* The first attribute called `name`, the one that counts; NULL none. */
const struct preview_attribute *preview_attribute(const struct preview_tag *tag,
                                                  const char *name);

#endif
