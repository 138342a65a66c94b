/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_HTTP_ADMISSION_H
#define WEBUI_HTTP_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>

/* Who may ask: the rules on Host, Origin and Sec-Fetch-Site that keep pages of
 * other sites, and names that an attacker points at us (DNS rebinding), away
 * from what is kept here. Pure. */

struct admission {
    const char *host; /* the header fields as sent; NULL: not sent */
    const char *origin;
    const char *fetch_site;   /* Sec-Fetch-Site */
    bool is_change;           /* not GET or HEAD */
    bool skip_origin;         /* GET of a preview: its frame sends "null" */
    const char *const *names; /* --http-host */
    size_t name_count;
};

/* NULL: let in; else the sentence for the 403. */
const char *admission_refusal(const struct admission *admission);

#endif
