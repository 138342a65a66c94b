/* SPDX-License-Identifier: MIT */
#ifndef INBOX_TRANSCRIPT_SECRET_H
#define INBOX_TRANSCRIPT_SECRET_H

#include "inbox/base/bytes.h"

/* What of `line`, a command that holds a secret, is the secret: of AUTH all
 * behind the name of the mechanism, or the only word behind the command; all
 * of what is but one word. Without the line's end. */
struct bytes transcript_secret(struct bytes line);

/* Is `line` one word? So are answers to an AUTH that was refused, from a client
 * that did not look. */
bool transcript_is_word(struct bytes line);

/* Is `line`, which may lack its end, AUTH with more than the name of a
 * mechanism? Whatever a server thinks of it, that is secret. */
bool transcript_is_login(struct bytes line);

/* All of a line that is nothing but a secret. */
struct bytes transcript_without_end(struct bytes line);

#endif
