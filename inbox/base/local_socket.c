/* SPDX-License-Identifier: MIT */
#include "inbox/base/local_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void remove_stale(const struct sockaddr_un *at)
{
    struct stat found;
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) {
        return;
    }
    if (lstat(at->sun_path, &found) == 0 && S_ISSOCK(found.st_mode) &&
        connect(probe, (const struct sockaddr *)at, sizeof(*at)) != 0 &&
        errno == ECONNREFUSED) {
        (void)unlink(at->sun_path);
    }
    (void)close(probe);
}

int local_socket_listen(const char *path, int backlog)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof(at.sun_path)) {
        errno = size == 0 ? EINVAL : ENAMETOOLONG;
        return -1;
    }
    memcpy(at.sun_path, path, size);
    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0) {
        return -1;
    }
    remove_stale(&at);
    if (bind(made, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
        listen(made, backlog) == 0) {
        return made;
    }
    int reason = errno;
    (void)close(made);
    errno = reason;
    return -1;
}
