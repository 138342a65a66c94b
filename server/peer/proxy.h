/* SPDX-License-Identifier: MIT */
#ifndef SERVER_PEER_PROXY_H
#define SERVER_PEER_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"

/* The header that a PROXY-speaking load balancer sends first (proxy-protocol
 * specification of HAProxy, versions 1 and 2). Pure. */

struct proxy_header {
    unsigned version; /* 1 or 2 */
    bool is_local;    /* LOCAL or UNKNOWN: the real peer counts */
    char source[80];  /* "192.0.2.1:4711", "[2001:db8::1]:4711", or a path */
    char target[80];
    char authority[256]; /* TLV: the host name that the client asked for */
    bool has_tls;        /* TLV: the client came by TLS */
};

enum proxy_result {
    PROXY_MORE,  /* the header is not complete yet */
    PROXY_FOUND, /* `size_out` octets are the header */
    PROXY_BAD    /* no header, or a broken one: drop the connection */
};

/* The longest header that is accepted: 16 + 65535 for version 2. */
#define PROXY_SIZE_MAX 65551

/* Reads the header that begins `run`. */
enum proxy_result proxy_read(struct bytes run, struct proxy_header *header_out,
                             size_t *size_out);

#endif
