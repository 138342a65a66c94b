/* SPDX-License-Identifier: MIT */

/* From the final dot to the event: subscribes to /api/events many times, then
 * sends messages one by one and notes when the first and the last subscriber
 * has each. Prints one JSON line.
 * usage: events SMTP-PORT HTTP-PORT SUBSCRIBERS MESSAGES */

#include "tests/bench/kit/latency.h"
#include "tests/bench/kit/mail.h"
#include "tests/bench/kit/net.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* The server may bunch events up to 20 times a second; what is measured is
 * one that comes alone. */
#define PAUSE_US 150000

struct subscriber {
    int fd;
    size_t matched[2]; /* octets of each word of `words` seen */
};

enum word { WORD_HELLO, WORD_MESSAGE };
static const char *const words[] = {"event: hello", "event: message"};

static size_t seen[2]; /* how often each word came, over all subscribers */
static int loop;

static void scan(struct subscriber *subscriber, const char *at, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        for (int word = 0; word < 2; word++) {
            size_t *matched = &subscriber->matched[word];
            *matched = at[i] == words[word][*matched] ? *matched + 1
                                                      : at[i] == words[word][0];
            if (words[word][*matched] == 0) {
                *matched = 0;
                seen[word]++;
            }
        }
    }
}

static void turn(void)
{
    static char input[65536];
    struct epoll_event events[256];
    int ready = epoll_wait(loop, events, 256, 60000);
    if (ready <= 0) {
        die("events", "nothing came for 60 s");
    }
    for (int i = 0; i < ready; i++) {
        struct subscriber *subscriber = events[i].data.ptr;
        ssize_t got = recv(subscriber->fd, input, sizeof input, MSG_DONTWAIT);
        if (got == 0) {
            die("events", "the server ended a stream");
        }
        if (got > 0) {
            scan(subscriber, input, (size_t)got);
        }
    }
}

static void subscribe(struct subscriber *subscribers, size_t count,
                      uint16_t port)
{
    for (size_t i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN,
                                    .data.ptr = &subscribers[i]};
        subscribers[i].fd = net_connect(port);
        net_say(subscribers[i].fd, "GET /api/events HTTP/1.1\r\n"
                                   "Host: 127.0.0.1\r\n"
                                   "Accept: text/event-stream\r\n\r\n");
        if (epoll_ctl(loop, EPOLL_CTL_ADD, subscribers[i].fd, &event) != 0) {
            die("events", "epoll_ctl");
        }
        while (seen[WORD_HELLO] <= i) {
            turn();
        }
    }
}

/* Reads replies until one ends a line that has no '-' behind its code. */
static void expect_reply(int fd, char digit)
{
    char text[4096];
    size_t length = 0;
    for (;;) {
        ssize_t got = recv(fd, text + length, sizeof text - 1 - length, 0);
        if (got <= 0) {
            die("events", "the SMTP session ended");
        }
        length += (size_t)got;
        text[length] = 0;
        const char *line = text;
        for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            if (line[3] != '-' && line[0] == digit) {
                return;
            }
        }
    }
}

struct outcome {
    struct latency first;
    struct latency last;
};

static void send_one(int fd, const char *mail, size_t subscribers,
                     struct outcome *outcome)
{
    net_say(fd, "MAIL FROM:<bench@client.test>\r\n");
    expect_reply(fd, '2');
    net_say(fd, "RCPT TO:<sink@mailscope.test>\r\n");
    expect_reply(fd, '2');
    net_say(fd, "DATA\r\n");
    expect_reply(fd, '3');
    size_t before = seen[WORD_MESSAGE];
    net_say(fd, mail);
    uint64_t dot_at_us = now_us();
    bool is_first = true;
    while (seen[WORD_MESSAGE] < before + subscribers) {
        turn();
        if (is_first && seen[WORD_MESSAGE] > before) {
            latency_note(&outcome->first, now_us() - dot_at_us);
            is_first = false;
        }
    }
    latency_note(&outcome->last, now_us() - dot_at_us);
    expect_reply(fd, '2');
}

int main(int argc, char **argv)
{
    static struct outcome outcome;
    if (argc != 5) {
        fputs("usage: events SMTP-PORT HTTP-PORT SUBSCRIBERS MESSAGES\n",
              stderr);
        return 2;
    }
    size_t count = strtoul(argv[3], NULL, 10);
    net_raise_limit();
    loop = epoll_create1(0);
    struct subscriber *subscribers = calloc(count, sizeof *subscribers);
    if (loop < 0 || subscribers == NULL) {
        die("events", "start");
    }
    subscribe(subscribers, count, (uint16_t)strtoul(argv[2], NULL, 10));
    int smtp = net_connect((uint16_t)strtoul(argv[1], NULL, 10));
    size_t length;
    char *mail = mail_write(1024, &length);
    mail[length] = 0;
    expect_reply(smtp, '2');
    net_say(smtp, "EHLO client.test\r\n");
    expect_reply(smtp, '2');
    for (unsigned long i = strtoul(argv[4], NULL, 10); i > 0; i--) {
        usleep(PAUSE_US);
        send_one(smtp, mail, count, &outcome);
    }
    printf("{\"first\":{");
    latency_print(&outcome.first);
    printf("},\"last\":{");
    latency_print(&outcome.last);
    printf("}}\n");
    free(subscribers);
    free(mail);
    return 0;
}
