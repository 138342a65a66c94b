/* SPDX-License-Identifier: MIT */
#ifndef INBOX_BASE_INBOX_NAME_H
#define INBOX_BASE_INBOX_NAME_H

#include <stdbool.h>

#include "inbox/base/bytes.h"

/* What may name an inbox, and where that is asked for. */

/* A name has at most 64 octets. */
#define INBOX_NAME_SIZE 65

/* Is `name` one that an inbox may have: [A-Za-z0-9._-]{1,64}? */
bool inbox_name_is(const char *name);

/* The NAME of something+NAME@domain, a login's or a recipient's, which asks for
 * the inbox of that name; "" when it has none or a longer one. */
void inbox_name_asked(struct bytes address, char name_out[INBOX_NAME_SIZE]);

#endif
