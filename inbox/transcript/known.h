/* SPDX-License-Identifier: MIT */
#ifndef INBOX_TRANSCRIPT_KNOWN_H
#define INBOX_TRANSCRIPT_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "inbox/base/bytes.h"

/* Lines that a server says in nearly every session, kept as one octet each. */

/* More octets in one run are not looked at. */
#define KNOWN_RUN_MOST 1024

/* Writes `run` to `into` with each known line as one octet. Returns the size, 0
 * when nothing is gained or it cannot be told from a run that has such octets
 * itself. */
size_t known_code(struct bytes run, unsigned char into[KNOWN_RUN_MOST]);

/* Appends what `coded` stands for; false: that is none of known_code()'s. */
bool known_decode(struct bytes coded, struct buffer *out);

#endif
