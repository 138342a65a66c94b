/* SPDX-License-Identifier: MIT */
#ifndef INBOX_MATCH_NETWORK_H
#define INBOX_MATCH_NETWORK_H

#include <stdbool.h>

/* Is the address of `peer` ("10.1.2.3:4000", "[::1]:4000") in `network`
 * ("10.0.0.0/8")? False also when either is none. */
bool match_network(const char *peer, const char *network);

#endif
