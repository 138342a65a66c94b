/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_HTTP_KEYED_HASH_H
#define WEBUI_HTTP_KEYED_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "inbox/base/bytes.h"

/* SipHash-2-4 with 128 bits of result (Aumasson and Bernstein, 2012): a hash
 * that says nothing without its key. */

struct hash_key {
    uint64_t words[2];
};

struct hash_value {
    uint64_t words[2];
};

/* A key that nobody can guess. Ends the program when the system has no
 * randomness. */
struct hash_key hash_key_new(void);

/* The hash of `run` under `key`. */
struct hash_value hash_of(struct hash_key key, struct bytes run);

/* Are both the same? Takes the same time whatever the answer. */
bool hash_equal(struct hash_value one, struct hash_value other);

#endif
