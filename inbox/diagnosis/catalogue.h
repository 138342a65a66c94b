/* SPDX-License-Identifier: MIT */
#ifndef INBOX_DIAGNOSIS_CATALOGUE_H
#define INBOX_DIAGNOSIS_CATALOGUE_H

#include <stddef.h>

/* The checks as data: one row per check of the diagnosis. Ids are stable:
 * tests of our users assert on them. */

enum diagnosis_severity { DIAGNOSIS_INFO, DIAGNOSIS_WARNING, DIAGNOSIS_ERROR };

struct diagnosis_check {
    const char *id;    /* "data-bare-lf" */
    const char *group; /* "DATA framing" */
    const char *title; /* what sets it off */
    enum diagnosis_severity severity;
    const char *source;  /* "RFC 5321 §2.3.8" */
    const char *fix;     /* what to do in the app */
    const char *example; /* the least that sets it off */
};

/* The row of `id`; NULL: there is none. */
const struct diagnosis_check *diagnosis_find(const char *id);

/* All rows, ordered by id. */
const struct diagnosis_check *diagnosis_checks(size_t *count_out);

/* "error", "warning" or "info". */
const char *diagnosis_word(enum diagnosis_severity severity);

#endif
