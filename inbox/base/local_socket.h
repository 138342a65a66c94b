/* SPDX-License-Identifier: MIT */
#ifndef INBOX_BASE_LOCAL_SOCKET_H
#define INBOX_BASE_LOCAL_SOCKET_H

/* Listens on a unix socket at `path`: non-blocking, closed on exec. A socket
 * file there at which nobody answers is left over from a crash, and goes.
 * Returns the socket, or -1 with errno. */
int local_socket_listen(const char *path, int backlog);

#endif
