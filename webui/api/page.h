/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_API_PAGE_H
#define WEBUI_API_PAGE_H

#include <stddef.h>

#include "webui/call/call.h"

/* The page: the files that the browser runs, built in by embed.py. */

struct page_file {
    const char *path; /* "/index.html", "/assets/app-1a2b.js" */
    const char *type;
    const char *etag; /* with its quotes */
    const unsigned char *at;
    const unsigned char *end;
    const unsigned char *gzip_at; /* the same, compressed */
    const unsigned char *gzip_end;
};

/* All of them; made by embed.py. The last has no path. */
extern const struct page_file page_files[];

/* GET / and whatever path the page itself understands. */
call_handler page_index;

/* GET /{file} and /assets/{file}. */
call_handler page_asset;

/* Is the request for a page's path: outside /api, /preview and /assets, by a
 * browser that navigates? */
bool page_is_wanted(const struct call *call, size_t skip);

#endif
