/* SPDX-License-Identifier: MIT */
#ifndef SERVER_PEER_NETWORKS_H
#define SERVER_PEER_NETWORKS_H

#include <stdbool.h>
#include <stddef.h>

/* A list of networks, as --trust gives them: 10.0.0.0/8, 2001:db8::/32, a
 * single address, or `unix` for clients on unix sockets. */

struct networks;

/* An empty list. */
struct networks *networks_new(void);

/* Frees it; NULL is allowed. */
void networks_free(struct networks *networks);

/* Adds a network. Returns 0, or -1 when `text` is none. */
int networks_add(struct networks *networks, const char *text);

/* Does the address in "192.0.2.1:4711", "[::1]:25" or "unix" belong to one? */
bool networks_have(const struct networks *networks, const char *peer);

#endif
