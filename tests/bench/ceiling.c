/* SPDX-License-Identifier: MIT */

/* The ceiling: a canned SMTP server on epoll that understands nothing and
 * keeps nothing. What a server costs above this is what it does. Counts
 * lines, answers by their first letter, and takes CR LF . CR LF for the end
 * of a message. Prints its port; ends when its standard input does. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
    int fd;
    bool in_message;
    bool is_line_start;
    bool is_closed;
    unsigned matched; /* octets of CR LF . CR LF seen at the end */
};

static const char ending[] = "\r\n.\r\n";
static char input[65536];
static int loop;

static void die(const char *what)
{
    fprintf(stderr, "ceiling: %s: %s\n", what, strerror(errno));
    exit(1);
}

static const char *answer(struct client *client, char verb)
{
    switch (verb) {
    case 'E':
        return "250-ceiling.test\r\n250-PIPELINING\r\n250-SIZE 0\r\n"
               "250 8BITMIME\r\n";
    case 'D':
        client->in_message = true;
        client->matched = 2;
        return "354 End data with <CR><LF>.<CR><LF>\r\n";
    case 'Q':
        client->is_closed = true;
        return "221 2.0.0 Bye\r\n";
    default:
        return "250 2.0.0 Ok\r\n";
    }
}

static void append(char *output, size_t *length, const char *text)
{
    size_t octets = strlen(text);
    memcpy(output + *length, text, octets);
    *length += octets;
}

/* Returns how much of the input belonged to the message. Looks at the last
 * octets only, as nobody sends anything behind the end of a message here. */
static size_t skip_message(struct client *client, size_t length)
{
    size_t tail = length < 5 ? length : 5;
    for (size_t i = length - tail; i < length; i++) {
        char octet = input[i];
        if (octet == ending[client->matched]) {
            client->matched++;
        } else {
            client->matched = octet == '\r';
        }
        if (client->matched == 5) {
            client->in_message = false;
            return length;
        }
    }
    return length;
}

static void drop(struct client *client)
{
    close(client->fd);
    free(client);
}

static void on_readable(struct client *client)
{
    char output[4096];
    size_t output_length = 0;
    ssize_t got = recv(client->fd, input, sizeof input, 0);
    if (got < 0 && errno == EAGAIN) {
        return;
    }
    if (got <= 0) {
        drop(client);
        return;
    }
    size_t length = (size_t)got;
    size_t at = 0;
    if (client->in_message) {
        at = skip_message(client, length);
        if (!client->in_message) {
            append(output, &output_length, "250 2.0.0 Ok\r\n");
        }
    }
    while (at < length && output_length < sizeof output - 256) {
        if (client->is_line_start) {
            append(output, &output_length, answer(client, input[at]));
        }
        char *end = memchr(input + at, '\n', length - at);
        client->is_line_start = end != NULL;
        at = end == NULL ? length : (size_t)(end - input) + 1;
    }
    if (output_length > 0) {
        send(client->fd, output, output_length, MSG_NOSIGNAL);
    }
    if (client->is_closed) {
        drop(client);
    }
}

static void on_connection(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    struct client *client = malloc(sizeof *client);
    if (client == NULL) {
        die("malloc");
    }
    *client = (struct client){.fd = fd, .is_line_start = true};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) != 0) {
        die("epoll_ctl");
    }
    static const char greeting[] = "220 ceiling.test ESMTP\r\n";
    send(fd, greeting, sizeof greeting - 1, MSG_NOSIGNAL);
}

static int open_listener(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        die("socket");
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        die("listen");
    }
    printf("%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(void)
{
    static int standard_input = 0;
    static int listener;
    listener = open_listener();
    loop = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listener};
    if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event) != 0) {
        die("epoll");
    }
    event.data.ptr = &standard_input;
    if (epoll_ctl(loop, EPOLL_CTL_ADD, 0, &event) != 0) {
        die("epoll on the standard input (give it a pipe)");
    }
    struct epoll_event events[256];
    for (;;) {
        int count = epoll_wait(loop, events, 256, -1);
        for (int i = 0; i < count; i++) {
            void *source = events[i].data.ptr;
            if (source == &standard_input) {
                return 0;
            }
            if (source == &listener) {
                on_connection(listener);
            } else {
                on_readable(source);
            }
        }
    }
}
