/* SPDX-License-Identifier: MIT */
#ifndef SERVER_SMTP_KEYWORD_H
#define SERVER_SMTP_KEYWORD_H

#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "server/smtp/session.h"

/* The keywords of EHLO's reply: the one table that EHLO, --without and the
 * dialogues share. */

struct smtp_keyword {
    struct bytes word;
    enum smtp_feature feature;
    const char *value; /* what always stands behind it; NULL: nothing, or what
                        * the session knows (SIZE, AUTH, LIMITS) */
};

/* The row at `index`, in the order they are told; NULL behind the last. */
const struct smtp_keyword *smtp_keyword_row(size_t index);

/* The feature called `word` (ASCII case ignored), 0 when none is. */
uint32_t smtp_keyword_find(struct bytes word);

#endif
