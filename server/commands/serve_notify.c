/* SPDX-License-Identifier: MIT */
#include "server/commands/serve_notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "inbox/base/memory.h"
#include "server/loop/listener.h"

#define FIRST_SOCKET 3
#define SOCKETS_MAX 32

#define PIECE 65536
#define FILE_MAX (16 << 20)

struct passed passed_sockets(void)
{
    struct passed passed = {.first = FIRST_SOCKET};
    const char *pid = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");
    if (pid == NULL || count == NULL ||
        strtol(pid, NULL, 10) != (long)getpid()) {
        return passed;
    }
    long number = strtol(count, NULL, 10);
    if (number > 0 && number <= SOCKETS_MAX) {
        passed.count = (size_t)number;
    }
    for (size_t i = 0; i < passed.count; i++) {
        (void)fcntl(passed.first + (int)i, F_SETFD, FD_CLOEXEC);
    }
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    return passed;
}

int passed_take(struct passed *passed, const char *address)
{
    for (size_t i = 0; i < passed->count; i++) {
        struct sockaddr_storage bound = {0};
        socklen_t size = sizeof(bound);
        char text[ADDRESS_TEXT_SIZE] = "";
        int fd = passed->first + (int)i;
        if ((passed->taken & 1U << i) != 0 ||
            getsockname(fd, (struct sockaddr *)&bound, &size) != 0) {
            continue;
        }
        if (bound.ss_family == AF_UNIX) {
            const struct sockaddr_un *name = (const void *)&bound;
            (void)snprintf(text, sizeof(text), "unix:%.107s", name->sun_path);
        } else {
            listener_show((struct sockaddr *)&bound, text);
        }
        if (strcmp(text, address) == 0) {
            passed->taken |= 1U << i;
            return fd;
        }
    }
    return -1;
}

void notify_manager(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (path == NULL || (path[0] != '/' && path[0] != '@') ||
        strlen(path) >= sizeof(name.sun_path)) {
        return;
    }
    size_t size = strlen(path);
    memcpy(name.sun_path, path, size);
    if (name.sun_path[0] == '@') {
        name.sun_path[0] = '\0'; /* Linux: an abstract name */
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    socklen_t length =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL,
                 (struct sockaddr *)&name, length);
    (void)close(fd);
}

int write_whole(const char *path, const char *text)
{
    size_t size = strlen(path) + sizeof(".new");
    char *beside = malloc(size);
    if (beside == NULL) {
        return -1;
    }
    (void)snprintf(beside, size, "%s.new", path);
    int result = -1;
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd >= 0) {
        ssize_t written = write(fd, text, strlen(text));
        int closed = close(fd);
        if (written == (ssize_t)strlen(text) && closed == 0) {
            result = rename(beside, path);
        }
    }
    free(beside);
    return result;
}

char *read_whole(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    size_t size = 0;
    char *text = NULL;
    ssize_t count = 0;
    do {
        text = memory_resize(text, size + PIECE + 1);
        count = read(fd, text + size, PIECE);
        size += count > 0 ? (size_t)count : 0;
    } while (count > 0 && size < FILE_MAX);
    int error = errno;
    (void)close(fd);
    text[size] = '\0';
    if (count < 0) {
        free(text);
        errno = error;
        return NULL;
    }
    return text;
}
