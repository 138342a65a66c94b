/* SPDX-License-Identifier: MIT */
#ifndef INBOX_INDEX_SIGNATURE_H
#define INBOX_INDEX_SIGNATURE_H

#include <stdbool.h>

#include "inbox/base/bytes.h"

/* The text index: for each message a row of bits, one for every three octets
 * that stand together somewhere in its texts (ASCII case folded). A text that
 * lacks a bit of what is searched cannot hold it; the rest is read. Some
 * hundred octets for an ordinary mail, where an index of all trigrams would
 * take five times the mail. */

struct signature {
    unsigned char bits[8192];
};

/* Adds what stands in `text`; NULL adds nothing. */
void signature_add(struct signature *signature, const char *text);

/* Appends it to `out`, no longer than its filling needs. */
void signature_pack(const struct signature *signature, struct buffer *out);

/* May a text with these packed bits hold `text`? No only when it surely does
 * not, whatever the rules for the case of letters. */
bool signature_may_hold(struct bytes packed, struct bytes text);

/* Can signature_may_hold() ever say no to `text`? */
bool signature_can_tell(struct bytes text);

#endif
