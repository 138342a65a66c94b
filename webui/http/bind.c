/* SPDX-License-Identifier: MIT */
#include "webui/http/bind.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "inbox/base/local_socket.h"

#define BACKLOG 1024

struct place {
    char host[256];
    char port[8];
};

/* HOST:PORT or [IPV6]:PORT. */
static int split(const char *address, struct place *place_out)
{
    const char *colon = strrchr(address, ':');
    size_t size = colon == NULL ? 0 : (size_t)(colon - address);

    if (colon == NULL || size == 0 || size >= sizeof place_out->host ||
        strlen(colon + 1) >= sizeof place_out->port || colon[1] == '\0' ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
        strtol(colon + 1, NULL, 10) > 65535) {
        return -1;
    }
    if (address[0] == '[' && address[size - 1] == ']') {
        address++;
        size -= 2;
    }
    memcpy(place_out->host, address, size);
    place_out->host[size] = '\0';
    snprintf(place_out->port, sizeof place_out->port, "%s", colon + 1);
    return 0;
}

static int listen_at(const struct sockaddr *at, socklen_t size)
{
    const int on = 1;
    int made =
        socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (made < 0) {
        return -1;
    }
    (void)setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (at->sa_family == AF_INET6) {
        (void)setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    if (bind(made, at, size) == 0 && listen(made, BACKLOG) == 0) {
        return made;
    }
    int reason = errno;
    close(made);
    errno = reason;
    return -1;
}

/* The host and port that `bound` really has. */
static void name_of(int bound, char name_out[HTTP_URL_SIZE])
{
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof at;
    char host[128];
    char port[16];

    if (getsockname(bound, (struct sockaddr *)&at, &size) != 0) {
        return;
    }
    if (at.ss_family == AF_UNIX) {
        const struct sockaddr_un *local = (const struct sockaddr_un *)&at;
        snprintf(name_out, HTTP_URL_SIZE, "unix:%.*s",
                 (int)sizeof local->sun_path, local->sun_path);
        return;
    }
    if (getnameinfo((struct sockaddr *)&at, size, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
        snprintf(name_out, HTTP_URL_SIZE,
                 at.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    }
}

static int bind_unix(const char *path, struct http_sockets *sockets_out,
                     char error_out[HTTP_ERROR_SIZE])
{
    struct sockaddr_un at;

    if (strlen(path) >= sizeof at.sun_path || path[0] == '\0') {
        snprintf(error_out, HTTP_ERROR_SIZE,
                 "--http unix:%s: the path must have 1 to %zu octets", path,
                 sizeof at.sun_path - 1);
        return -1;
    }
    int bound = local_socket_listen(path, BACKLOG);
    if (bound < 0) {
        snprintf(error_out, HTTP_ERROR_SIZE,
                 "cannot listen on --http unix:%s: %s; choose another path",
                 path, strerror(errno));
        return -1;
    }
    sockets_out->sockets[sockets_out->count++] = bound;
    snprintf(sockets_out->unlink_path, sizeof sockets_out->unlink_path, "%s",
             path);
    snprintf(sockets_out->host, sizeof sockets_out->host, "unix:%s", path);
    return 0;
}

/* ::1 with the port that 127.0.0.1 got; its absence is no error. */
static void add_loopback6(struct http_sockets *sockets)
{
    struct sockaddr_in bound;
    socklen_t size = sizeof bound;
    struct sockaddr_in6 at = {.sin6_family = AF_INET6,
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT};

    if (getsockname(sockets->sockets[0], (struct sockaddr *)&bound, &size) !=
            0 ||
        bound.sin_family != AF_INET ||
        bound.sin_addr.s_addr != htonl(INADDR_LOOPBACK)) {
        return;
    }
    at.sin6_port = bound.sin_port;
    int second = listen_at((struct sockaddr *)&at, sizeof at);
    if (second >= 0) {
        sockets->sockets[sockets->count++] = second;
    }
}

int http_bind(const char *address, struct http_sockets *sockets_out,
              char error_out[HTTP_ERROR_SIZE])
{
    struct place place;
    struct addrinfo *found = NULL;
    struct addrinfo wanted = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                              .ai_socktype = SOCK_STREAM};

    *sockets_out = (struct http_sockets){0};
    if (strncmp(address, "unix:", 5) == 0) {
        return bind_unix(address + 5, sockets_out, error_out);
    }
    if (split(address, &place) != 0) {
        snprintf(error_out, HTTP_ERROR_SIZE,
                 "--http %s: expected HOST:PORT, [IPV6]:PORT or unix:PATH",
                 address);
        return -1;
    }
    wanted.ai_family =
        strcmp(place.host, "localhost") == 0 ? AF_INET : AF_UNSPEC;
    int failed = getaddrinfo(place.host, place.port, &wanted, &found);
    if (failed) {
        snprintf(error_out, HTTP_ERROR_SIZE, "--http %s: %s: %s", address,
                 place.host, gai_strerror(failed));
        return -1;
    }
    int bound = listen_at(found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (bound < 0) {
        snprintf(error_out, HTTP_ERROR_SIZE,
                 "cannot listen on --http %s: %s; choose another port, 0 picks "
                 "a free one",
                 address, strerror(errno));
        return -1;
    }
    sockets_out->sockets[sockets_out->count++] = bound;
    name_of(bound, sockets_out->host);
    add_loopback6(sockets_out);
    return 0;
}

void http_adopt(int listen_socket, struct http_sockets *sockets_out)
{
    *sockets_out =
        (struct http_sockets){.sockets = {listen_socket}, .count = 1};
    name_of(listen_socket, sockets_out->host);
}
