/* SPDX-License-Identifier: MIT */
#ifndef SERVER_COMMANDS_SERVE_NOTIFY_H
#define SERVER_COMMANDS_SERVE_NOTIFY_H

#include <stddef.h>

/* Talking to whoever started us: systemd's protocol for sockets that are
 * handed over and for readiness, and small files. */

/* The sockets that were passed in (LISTEN_FDS, LISTEN_PID). */
struct passed {
    int first;
    size_t count;
    unsigned taken; /* bits */
};

/* Looks at the environment once; our children do not inherit the sockets. */
struct passed passed_sockets(void);

/* The passed socket that is bound to `address` ("127.0.0.1:2525",
 * "unix:/run/x"); -1 none. It is taken then. */
int passed_take(struct passed *passed, const char *address);

/* Tells the service manager (NOTIFY_SOCKET), if there is one, a state such as
 * "READY=1". */
void notify_manager(const char *state);

/* Writes `text` to `path` so that nobody reads half of it. 0; -1 with errno. */
int write_whole(const char *path, const char *text);

/* The text of a file (at most 16 MiB); NULL with errno. Freed with free(). */
char *read_whole(const char *path);

#endif
