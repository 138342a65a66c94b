/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_HTTP_TARGET_H
#define WEBUI_HTTP_TARGET_H

#include <stddef.h>

#include "inbox/base/memory.h"

/* The target of a request (RFC 9112 3.2.1), taken apart. Split first, decoded
 * after, each segment for itself: what arrives encoded can never become a
 * separator. Pure. */

#define TARGET_SEGMENTS 12
#define TARGET_PARAMS 32

struct target_param {
    const char *name;
    const char *value; /* "" when there is no = */
};

struct target {
    const char *segments[TARGET_SEGMENTS]; /* "/api/" has two: "api", "" */
    size_t segment_count;
    struct target_param params[TARGET_PARAMS];
    size_t param_count;
};

/* Reads `text`; everything lives in `arena`. 0; -1 with `why_out` when it is
 * none (no leading slash, a wrong % sequence, an encoded NUL, too many parts).
 */
int target_read(const char *text, struct arena *arena,
                struct target *target_out, const char **why_out);

/* The value of a parameter; NULL: not there. */
const char *target_param(const struct target *target, const char *name);

#endif
