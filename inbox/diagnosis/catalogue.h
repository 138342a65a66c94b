/* SPDX-License-Identifier: MIT */
#ifndef INBOX_DIAGNOSIS_CATALOGUE_H
#define INBOX_DIAGNOSIS_CATALOGUE_H

#include <stddef.h>

/* The checks as data: one row per check of the diagnosis. */

enum diagnosis_severity { DIAGNOSIS_INFO, DIAGNOSIS_WARNING, DIAGNOSIS_ERROR };

struct diagnosis_check {
    const char *id;     /* "data-bare-lf" */
    const char *title;
    enum diagnosis_severity severity;
    const char *source; /* "RFC 5321 §2.3.8" */
    const char *fix;    /* what to do in the app */
};

/* The row of `id`; NULL: there is none. */
const struct diagnosis_check *diagnosis_find(const char *id);

/* All rows, ordered by id. */
const struct diagnosis_check *diagnosis_checks(size_t *count_out);

/* "error", "warning" or "info". */
const char *diagnosis_word(enum diagnosis_severity severity);

#endif
