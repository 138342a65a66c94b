/* SPDX-License-Identifier: MIT */
#ifndef BENCH_KIT_MAIL_H
#define BENCH_KIT_MAIL_H

#include <stddef.h>

/* Octets of headers in every message that the bench sends. */
#define MAIL_HEADER_LENGTH 460

/* A message of `body` octets after the headers, in lines of 72 that never
 * begin with a dot, with its `.` line. The caller frees it. */
char *mail_write(size_t body, size_t *length_out);

#endif
