/* SPDX-License-Identifier: MIT */
#ifndef SERVER_RECORDER_SHARED_TEXT_H
#define SERVER_RECORDER_SHARED_TEXT_H

#include "inbox/base/bytes.h"

/* Replies that all connections get alike, the greeting and the answer to EHLO,
 * are kept once while connections are idle: they are the largest part of what
 * an idle connection would cost. Only the loop's thread. */

struct shared_text;

/* The shared copy of `run`; NULL when it is not worth it or there is no place:
 * then it is kept as everything else. Given back with shared_text_free(). */
struct shared_text *shared_text_new(struct bytes run);

/* One user less; NULL is allowed. */
void shared_text_free(struct shared_text *text);

/* Its octets. */
struct bytes shared_text_bytes(const struct shared_text *text);

#endif
