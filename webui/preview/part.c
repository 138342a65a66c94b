/* SPDX-License-Identifier: MIT */
#include "webui/preview/preview.h"

#include <string.h>

static const struct mail_part *find_leaf(const struct mail_part *part,
                                         size_t *countdown)
{
    const struct mail_part *found = NULL;

    if (part->child_count == 0) {
        return (*countdown)-- == 0 ? part : NULL;
    }
    for (size_t i = 0; i < part->child_count && !found; i++) {
        found = find_leaf(&part->children[i], countdown);
    }
    return found;
}

const struct mail_part *preview_part(const struct mail_part *root,
                                     size_t number)
{
    return find_leaf(root, &number);
}

const char *preview_image_type(const struct mail_part *part)
{
    static const char *const types[] = {
        "image/png",  "image/jpeg", "image/gif",    "image/webp",
        "image/avif", "image/bmp",  "image/svg+xml"};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(part->type, types[i]) == 0) {
            return types[i];
        }
    }
    /* What many senders write. */
    return strcmp(part->type, "image/jpg") == 0 ? "image/jpeg" : NULL;
}

const char *preview_policy(int level)
{
#define AROUND(images, styles, fonts)                             \
    "sandbox allow-popups allow-popups-to-escape-sandbox; "       \
    "default-src 'none'; img-src " images "; style-src " styles   \
    "; font-src " fonts "; form-action 'none'; base-uri 'none'; " \
    "frame-ancestors 'self'"

    static const char *const policies[] = {
        AROUND("'self' data:", "'unsafe-inline'", "data:"),
        AROUND("'self' data: https: http:", "'unsafe-inline'", "data:"),
        AROUND("'self' data: https: http:", "'unsafe-inline' https: http:",
               "data: https: http:"),
    };

    return policies[level < 0 ? 0 : level > 2 ? 2 : level];
}
