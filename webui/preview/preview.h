/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_PREVIEW_PREVIEW_H
#define WEBUI_PREVIEW_PREVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "inbox/base/bytes.h"
#include "inbox/base/memory.h"
#include "inbox/mail/mail.h"

/* The HTML of a message for a sandboxed frame. The response's CSP carries the
 * weight; this only resolves inline parts, takes away what acts in spite of a
 * CSP (<base>, <meta http-equiv>, <link> that connects) and makes links open
 * in a new tab. Every other octet stays as sent. */

#define PREVIEW_HOSTS 50

/* What the document would like to fetch. */
struct preview_report {
    size_t remote_images;
    size_t remote_others;             /* styles, fonts, media, frames */
    size_t unresolved;                /* cid: that no part has */
    const char *hosts[PREVIEW_HOSTS]; /* distinct ones, in the arena */
    size_t host_count;
};

struct preview_source {
    struct bytes html; /* UTF-8 */
    const struct mail_part *root;
};

/* Appends the HTML rewritten for display to `out`: cid: and Content-Location
 * references become "cid/N", N as preview_part() counts. `report_out` may be
 * NULL. Linear in the size of the HTML. */
void preview_rewrite(struct preview_source source, struct arena *arena,
                     struct buffer *out, struct preview_report *report_out);

/* The leaf part number `number` (from 0, in the order of the tree); NULL: none.
 */
const struct mail_part *preview_part(const struct mail_part *root,
                                     size_t number);

/* The content type to serve an inline part with: those image types that run
 * nothing (SVG only as an image); NULL: not served inline. */
const char *preview_image_type(const struct mail_part *part);

/* Values for the Content-Security-Policy of the preview: `level` 0 blocks
 * everything remote, 1 lets images in, 2 styles and fonts too. */
const char *preview_policy(int level);

#endif
