/* SPDX-License-Identifier: MIT */
#ifndef BENCH_KIT_NET_H
#define BENCH_KIT_NET_H

#include <stdint.h>

/* Connects to 127.0.0.1:`port`, waits until that is done, and returns the
 * socket; it closes with a reset, so that no TIME_WAIT entry is left. Ends
 * the program when nobody listens. */
int net_connect(uint16_t port);

/* Sends all of `text` on a blocking socket, or ends the program. */
void net_say(int fd, const char *text);

/* Lets this program open as many descriptors as the system allows. */
void net_raise_limit(void);

#endif
