/* SPDX-License-Identifier: MIT */
#ifndef SERVER_SMTP_PARAMS_H
#define SERVER_SMTP_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "server/smtp/session.h"

/* ESMTP parameters of MAIL and RCPT: one table, one judgement each. Pure. */

enum param_judgement {
    PARAM_FINE,
    PARAM_UNKNOWN,
    PARAM_BAD_VALUE,
    PARAM_BAD_XTEXT
};

/* A row of the table. */
struct param_kind {
    const char *keyword;
    enum smtp_verb verb; /* SMTP_VERB_MAIL or SMTP_VERB_RCPT */
    uint32_t feature;    /* its extension; 0: one that is never offered */
    enum param_judgement (*judge)(struct bytes value);
    bool has_value;
};

/* Most parameters a line may have; more could only be repetitions. */
#define PARAM_MAX 24

/* Splits `text` at its spaces into at most PARAM_MAX parameters; returns how
 * many, or -1 when there are more. The slices lie in `text`. */
int param_split(struct bytes text, struct smtp_param params_out[PARAM_MAX]);

/* The row for `keyword` on `verb`; NULL when nobody defines it. */
const struct param_kind *param_find(struct bytes keyword, enum smtp_verb verb);

/* The extension that must be offered for the parameter with its value (BODY
 * belongs to two); 0 when none ever is. */
uint32_t param_feature(const struct param_kind *kind,
                       const struct smtp_param *param);

/* Does the value fit the row's grammar? */
enum param_judgement param_judge(const struct param_kind *kind,
                                 const struct smtp_param *param);

/* The number in `text`: digits only, at most 20; UINT64_MAX when it is larger
 * than fits. Returns 0, or -1 when it is no number. */
int param_number(struct bytes text, uint64_t *number_out);

/* xtext (RFC 3461 4): printable ASCII without + and =, or +XX. */
bool param_is_xtext(struct bytes text);

/* Appends what the xtext stands for: +XX is one octet. */
void param_decode_xtext(struct bytes text, struct buffer *out);

#endif
