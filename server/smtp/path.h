/* SPDX-License-Identifier: MIT */
#ifndef SERVER_SMTP_PATH_H
#define SERVER_SMTP_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"

/* The grammar of paths and hosts (RFC 5321 4.1.2, 4.1.3; RFC 6531 3.3). Pure;
 * what is wrong is told as bits, since the sink takes most of it. */

enum path_host {
    HOST_DOMAIN,  /* two labels or more */
    HOST_SINGLE,  /* one label */
    HOST_LITERAL, /* [192.0.2.1], [IPv6:::1], [tag:text] */
    HOST_ADDRESS, /* an IP address without brackets */
    HOST_INVALID
};

enum path_fault {
    PATH_SYNTAX = 1 << 0,
    PATH_NO_DOMAIN = 1 << 1,
    PATH_DOMAIN_INVALID = 1 << 2,
    PATH_SINGLE_LABEL = 1 << 3,
    PATH_LOCAL_LONG = 1 << 4,
    PATH_DOMAIN_LONG = 1 << 5,
    PATH_LONG = 1 << 6,
    PATH_ROUTE = 1 << 7,
    PATH_QUOTED = 1 << 8,
    PATH_NOT_ASCII = 1 << 9,
    PATH_BAD_UTF8 = 1 << 10
};

/* Faults of the mailbox `inner`, which stood between angle brackets and is not
 * empty. `address_out` is what is left without a source route; it lies in
 * `inner`. */
uint32_t path_check(struct bytes inner, struct bytes *address_out);

/* The domain of `address`: what stands behind its last @, else nothing. */
struct bytes path_domain(struct bytes address);

/* How a path stands in a command's argument. */
struct path_found {
    struct bytes raw;   /* as sent */
    struct bytes inner; /* without brackets */
    struct bytes rest;  /* behind it, without the space */
    bool has_brackets;
    bool has_name; /* a display name stood before it */
    bool is_glued; /* no space before `rest` */
    bool is_open;  /* no closing bracket */
};

/* Finds the path at the start of `text`; -1 when nothing is there. */
int path_find(struct bytes text, struct path_found *found_out);

#endif
