/* SPDX-License-Identifier: MIT */
#include "server/loop/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "inbox/base/local_socket.h"
#include "inbox/base/memory.h"
#include "server/loop/connection.h"
#include "server/loop/loop.h"

#define BACKLOG 4096

static const char *const flags[] = {"--smtp", "--smtps", "--lmtp"};

/* By hand: each connection asks for it. */
static void show_v4(const struct sockaddr_in *v4, unsigned char *at)
{
    const unsigned char *octets = (const void *)&v4->sin_addr;
    for (int i = 0; i < 4; i++) {
        at = text_number(at, octets[i]);
        *at++ = i < 3 ? '.' : ':';
    }
    at = text_number(at, ntohs(v4->sin_port));
    *at = '\0';
}

void listener_show(const struct sockaddr *address,
                   char text_out[ADDRESS_TEXT_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "";
    if (address->sa_family == AF_INET) {
        show_v4((const void *)address, (unsigned char *)text_out);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;
        (void)inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
        bool is_mapped =
            strncmp(host, "::ffff:", 7) == 0 && strchr(host, '.') != NULL;
        (void)snprintf(text_out, ADDRESS_TEXT_SIZE,
                       is_mapped ? "%s:%u" : "[%s]:%u",
                       is_mapped ? host + 7 : host, ntohs(v6->sin6_port));
    } else {
        (void)snprintf(text_out, ADDRESS_TEXT_SIZE, "unix");
    }
}

static void on_connection(uv_stream_t *stream, int status)
{
    if (status == 0) {
        connection_accept(stream->data);
    }
}

static int complain(const struct listener *listener, int error, char *why)
{
    const char *cure =
        error == EADDRINUSE ? "another program listens there; stop it, choose "
                              "another port, or 0 for a free one"
        : error == EACCES   ? "ports below 1024 need root; choose a higher one"
        : error == EADDRNOTAVAIL ? "this machine has no such address"
                                 : "choose another address";
    (void)snprintf(why, LISTENER_WHY_SIZE, "cannot listen at %s %s: %s; %s",
                   flags[listener->kind], listener->text, strerror(error),
                   cure);
    return -1;
}

/* Takes the bound socket `fd` into the loop. */
static int start(struct listener *listener, int fd, char *why)
{
    struct loop *loop = listener->loop;
    /* Accepted sockets inherit it: a reply must not wait for the client's
     * delayed acknowledgement, and nobody asks per connection. */
    int on = 1;
    if (!listener->address.is_unix) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    int error = listener->address.is_unix
                    ? uv_pipe_init(&loop->uv, &listener->socket.pipe, 0)
                    : uv_tcp_init(&loop->uv, &listener->socket.tcp);
    if (error == 0) {
        error = listener->address.is_unix
                    ? uv_pipe_open(&listener->socket.pipe, fd)
                    : uv_tcp_open(&listener->socket.tcp, fd);
    }
    listener->socket.handle.data = listener;
    if (error == 0) {
        error = uv_listen(&listener->socket.stream, BACKLOG, on_connection);
    }
    if (error != 0) {
        return complain(listener, -error, why);
    }
    listener->next = loop->listeners;
    loop->listeners = listener;
    return 0;
}

static int set_service(struct listener *listener, char *why)
{
    struct loop *loop = listener->loop;
    struct service *service = &listener->service;
    char text[SERVICE_WHY_SIZE];
    service->inbox = loop->inbox;
    service->counters = &loop->counters;
    service->receiving = loop->receiving;
    service->announcer = loop->announcer;
    service->accounts = loop->accounts;
    service->address = listener->text;
    struct service_kind kind = {.address = &listener->address,
                                .is_lmtp = listener->kind == LISTENER_LMTP,
                                .is_tls = listener->kind == LISTENER_SMTPS,
                                .can_tls = loop->tls != NULL};
    if (service_set_policy(service, loop->options, kind, text) != 0) {
        (void)snprintf(why, LISTENER_WHY_SIZE, "%s", text);
        return -1;
    }
    return 0;
}

static struct listener *listener_new(struct loop *loop, enum listener_kind kind,
                                     const struct address *address)
{
    struct listener *listener = memory_new(sizeof(*listener));
    listener->loop = loop;
    listener->kind = kind;
    listener->address = *address;
    listener->expects_proxy =
        address->has_proxy ? address->proxy : loop->options->proxy_protocol;
    (void)address_text(address, listener->text);
    return listener;
}

/* What the socket is really bound to. */
static void learn_address(struct listener *listener, int fd)
{
    struct sockaddr_storage bound = {0};
    socklen_t size = sizeof(bound);
    if (listener->address.is_unix ||
        getsockname(fd, (struct sockaddr *)&bound, &size) != 0) {
        return;
    }
    listener_show((struct sockaddr *)&bound, listener->text);
    const struct sockaddr_in *v4 = (const void *)&bound;
    const struct sockaddr_in6 *v6 = (const void *)&bound;
    bool is_v4 = bound.ss_family == AF_INET;
    listener->address.port = ntohs(is_v4 ? v4->sin_port : v6->sin6_port);
    (void)inet_ntop(bound.ss_family,
                    is_v4 ? (const void *)&v4->sin_addr
                          : (const void *)&v6->sin6_addr,
                    listener->address.host, sizeof(listener->address.host));
    listener->is_wildcard = is_v4 ? v4->sin_addr.s_addr == INADDR_ANY
                                  : IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
}

static int finish(struct listener *listener, int fd, char *why)
{
    learn_address(listener, fd);
    if (set_service(listener, why) != 0) {
        (void)close(fd);
        free(listener);
        return -1;
    }
    if (start(listener, fd, why) != 0) {
        /* Its handle may be known to the loop: the program ends now anyway. */
        return -1;
    }
    return 0;
}

static int bind_one(struct listener *listener, const struct addrinfo *found)
{
    int fd =
        socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (found->ai_family == AF_INET6) {
        /* [::] takes IPv4 too, as it does elsewhere; ::1 does not. */
        int only = strcmp(listener->address.host, "::") != 0;
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
    }
    /* uv_listen() would tell of a port in use; listen() here tells now, before
     * anything is half started. */
    if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 ||
        listen(fd, BACKLOG) != 0) {
        int error = errno;
        (void)close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static int open_unix(struct loop *loop, enum listener_kind kind,
                     const struct address *address, char *why)
{
    struct listener *listener = listener_new(loop, kind, address);
    int fd = local_socket_listen(address->path, BACKLOG);
    if (fd < 0) {
        int result = complain(listener, errno, why);
        free(listener);
        return result;
    }
    return finish(listener, fd, why);
}

static int open_name(struct loop *loop, enum listener_kind kind,
                     const struct address *address, char *why)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    char port[8];
    (void)snprintf(port, sizeof(port), "%u", address->port);
    int error = getaddrinfo(address->host, port, &hints, &found);
    if (error != 0) {
        (void)snprintf(why, LISTENER_WHY_SIZE,
                       "cannot listen at %s %s: %s; give an address of this "
                       "machine, such as 127.0.0.1",
                       flags[kind], address->host, gai_strerror(error));
        return -1;
    }
    struct listener *listener = listener_new(loop, kind, address);
    int fd = bind_one(listener, found);
    error = errno;
    freeaddrinfo(found);
    if (fd < 0) {
        (void)complain(listener, error, why);
        free(listener);
        return -1;
    }
    return finish(listener, fd, why);
}

int listener_open(struct loop *loop, const struct listener_asked *asked,
                  char why_out[LISTENER_WHY_SIZE])
{
    if (asked->fd >= 0) {
        return finish(listener_new(loop, asked->kind, asked->address),
                      asked->fd, why_out);
    }
    return asked->address->is_unix
               ? open_unix(loop, asked->kind, asked->address, why_out)
               : open_name(loop, asked->kind, asked->address, why_out);
}

void listener_close(struct listener *listener)
{
    if (!uv_is_closing(&listener->socket.handle)) {
        uv_close(&listener->socket.handle, NULL);
    }
}

void listener_free(struct listener *listener)
{
    free(listener);
}
