/* SPDX-License-Identifier: MIT */
#ifndef INBOX_TRANSCRIPT_DETAIL_H
#define INBOX_TRANSCRIPT_DETAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "inbox/base/bytes.h"

/* Details of a session (TLS, login, proxy, remarks) as JSON text, made where
 * they are learned. A flat object at a time; octets that are no UTF-8 become
 * U+FFFD. */

/* Begins an object: { */
void detail_open(struct buffer *out);

/* "key": "text", or null when `text` is NULL. */
void detail_text(struct buffer *out, const char *key, const char *text);

/* "key": the octets as a string. */
void detail_bytes(struct buffer *out, const char *key, struct bytes run);

/* "key": number */
void detail_number(struct buffer *out, const char *key, uint64_t number);

/* "key": true or false */
void detail_bool(struct buffer *out, const char *key, bool is_so);

/* "key": what already is JSON text; null when `json` is NULL. */
void detail_json(struct buffer *out, const char *key, const char *json);

/* Ends the object. */
void detail_close(struct buffer *out);

/* The object as a text with NUL, taken out of the buffer; freed with free().
 */
char *detail_take(struct buffer *out);

#endif
