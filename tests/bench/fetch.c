/* SPDX-License-Identifier: MIT */

/* HTTP GETs on kept connections, one request at a time on each: the paths are
 * the lines of the standard input, taken in turn. Prints one JSON line.
 * usage: fetch PORT CONNECTIONS REQUESTS <paths */

#include "tests/bench/kit/latency.h"
#include "tests/bench/kit/net.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define PATHS_MAX 10000
#define HEAD_MAX 8192

struct fetcher {
    int fd;
    uint64_t asked_at_us;
    uint64_t body_left;
    bool in_body;
    size_t head_length;
    char head[HEAD_MAX];
};

static char *paths[PATHS_MAX];
static size_t path_count;
static uint64_t asked;
static uint64_t answered;
static uint64_t refused; /* answers that were not 200 */
static uint64_t octets;
static uint64_t wanted;
static struct latency latency;

static void read_paths(void)
{
    char line[1024];
    while (path_count < PATHS_MAX && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = 0;
        paths[path_count] = strdup(line);
        if (paths[path_count++] == NULL) {
            die("fetch", "strdup");
        }
    }
    if (path_count == 0) {
        fputs("fetch: no path on the standard input\n", stderr);
        exit(2);
    }
}

static void ask(struct fetcher *fetcher)
{
    char request[1200];
    if (asked == wanted) {
        return;
    }
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n",
             paths[asked++ % path_count]);
    fetcher->head_length = 0;
    fetcher->in_body = false;
    fetcher->asked_at_us = now_us();
    net_say(fetcher->fd, request);
}

static void finish(struct fetcher *fetcher)
{
    latency_note(&latency, now_us() - fetcher->asked_at_us);
    answered++;
    refused += strncmp(fetcher->head, "HTTP/1.1 200", 12) != 0;
    ask(fetcher);
}

/* Takes the head of an answer; how many of the octets were not the body's. */
static size_t take_head(struct fetcher *fetcher, const char *at, size_t length)
{
    size_t before = fetcher->head_length;
    size_t room = sizeof fetcher->head - 1 - before;
    size_t taken = length < room ? length : room;
    memcpy(fetcher->head + before, at, taken);
    fetcher->head[before + taken] = 0;
    char *end = strstr(fetcher->head, "\r\n\r\n");
    if (end == NULL) {
        if (taken == room) {
            fputs("fetch: the head of an answer is too long\n", stderr);
            exit(1);
        }
        fetcher->head_length += taken;
        return length;
    }
    end[2] = 0;
    const char *field = strcasestr(fetcher->head, "\r\ncontent-length:");
    if (field == NULL) {
        fputs("fetch: an answer without Content-Length\n", stderr);
        exit(1);
    }
    fetcher->body_left = strtoull(field + 17, NULL, 10);
    fetcher->in_body = true;
    return (size_t)(end + 4 - fetcher->head) - before;
}

static void on_readable(struct fetcher *fetcher)
{
    static char input[262144];
    ssize_t got = recv(fetcher->fd, input, sizeof input, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        die("fetch", "recv (or the server closed)");
    }
    size_t length = (size_t)got;
    size_t at = fetcher->in_body ? 0 : take_head(fetcher, input, length);
    octets += length - at;
    if (fetcher->in_body) {
        fetcher->body_left -= length - at;
        if (fetcher->body_left == 0) {
            finish(fetcher);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: fetch PORT CONNECTIONS REQUESTS <paths\n", stderr);
        return 2;
    }
    size_t count = strtoul(argv[2], NULL, 10);
    wanted = strtoull(argv[3], NULL, 10);
    read_paths();
    net_raise_limit();
    int loop = epoll_create1(0);
    struct fetcher *fetchers = calloc(count, sizeof *fetchers);
    if (loop < 0 || fetchers == NULL) {
        die("fetch", "start");
    }
    uint64_t begun_at_us = now_us();
    for (size_t i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN,
                                    .data.ptr = &fetchers[i]};
        fetchers[i].fd = net_connect((uint16_t)strtoul(argv[1], NULL, 10));
        epoll_ctl(loop, EPOLL_CTL_ADD, fetchers[i].fd, &event);
        ask(&fetchers[i]);
    }
    while (answered < wanted) {
        struct epoll_event events[64];
        int ready = epoll_wait(loop, events, 64, 60000);
        if (ready <= 0) {
            die("fetch", "no answer for 60 s");
        }
        for (int i = 0; i < ready; i++) {
            on_readable(events[i].data.ptr);
        }
    }
    printf("{\"requests\":%" PRIu64 ",\"refused\":%" PRIu64
           ",\"octets\":%" PRIu64 ",\"seconds\":%.6f,",
           answered, refused, octets, (double)(now_us() - begun_at_us) / 1e6);
    latency_print(&latency);
    printf("}\n");
    free(fetchers);
    return 0;
}
