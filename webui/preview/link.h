/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_PREVIEW_LINK_H
#define WEBUI_PREVIEW_LINK_H

#include "webui/preview/preview.h"

/* References inside a message's HTML: to its own parts, or to the world. */

/* A part that can be referred to. */
struct preview_target {
    const struct mail_part *part;
    size_t number; /* as preview_part() counts */
};

#define PREVIEW_TARGETS 500

struct preview_links {
    struct preview_target targets[PREVIEW_TARGETS];
    size_t target_count;
    struct arena *arena;
    struct preview_report *report;
};

/* Fills in the targets: the leaves below `root` that have a Content-ID or
 * Content-Location, the first PREVIEW_TARGETS of them. */
void preview_list_parts(struct preview_links *links,
                        const struct mail_part *root);

/* What a reference is for, so that it can be counted. */
enum preview_use { PREVIEW_IMAGE, PREVIEW_OTHER };

/* The address to show instead of `reference` (entities as written), in the
 * arena; NULL: it stays as it is. What leads outside is counted. */
const char *preview_resolve(struct preview_links *links, struct bytes reference,
                            enum preview_use use);

/* Appends a srcset value with its references resolved; false: nothing was to
 * change, nothing is appended. */
bool preview_add_srcset(struct preview_links *links, struct bytes value,
                        struct buffer *out);

/* Appends CSS with the references in url() resolved. */
void preview_add_css(struct preview_links *links, struct bytes css,
                     struct buffer *out);

#endif
