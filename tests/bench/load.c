/* SPDX-License-Identifier: MIT */

/* An SMTP load generator on one epoll loop: Postfix's smtp-source saturates
 * before the servers that are compared here. It speaks plain SMTP with one
 * recipient a message, closes with a reset (so that no TIME_WAIT entry fills
 * the connection tracker), and prints one JSON line. Run it with --help. */

#include "tests/bench/kit/latency.h"
#include "tests/bench/kit/mail.h"
#include "tests/bench/kit/net.h"
#include "tests/bench/kit/plan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
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

enum step {
    STEP_GREETING,
    STEP_EHLO,
    STEP_MAIL,
    STEP_RCPT,
    STEP_DATA,
    STEP_BODY,
    STEP_QUIT,
    STEP_HELD
};

/* What the first digit of the reply that a step waits for must be. */
static const char wanted[] = {'2', '2', '2', '2', '3', '2', '2', 0};

struct session {
    int fd;              /* of all its connections; -1: none */
    uint64_t connection; /* number of this one */
    enum step step;
    uint64_t left;      /* messages that this connection may still send */
    const char *unsent; /* rest of the message that did not go out yet */
    size_t unsent_length;
    uint64_t dot_at_us; /* when the final dot left */
    size_t line_length; /* of the reply line read so far */
    char line[4];       /* its first octets: code and separator */
};

#define FAILURES_TOLERATED 1000

static struct plan plan;
static struct session *sessions;
static int loop;
static char *mail;
static size_t mail_length;
static char mail_from[96];
static uint64_t started;
static uint64_t finished;
static uint64_t failures;
static uint64_t opened;
static unsigned opening;
static unsigned held;
static unsigned connected;
static uint64_t end_at_us;
static struct latency latency; /* of final dot to 250 */

static void write_mail(void)
{
    mail = mail_write(plan.body, &mail_length);
    snprintf(mail_from, sizeof mail_from,
             "MAIL FROM:<bench@client.test> SIZE=%zu\r\n",
             MAIL_HEADER_LENGTH + plan.body);
}

/* ---- One connection */

static void watch(struct session *session, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = session};
    if (epoll_ctl(loop, operation, session->fd, &event) != 0) {
        die("load", "epoll_ctl");
    }
}

static bool wants_more(void)
{
    if (plan.seconds > 0) {
        return now_us() < end_at_us;
    }
    return started < plan.messages;
}

/* Made once for all connections of a session. */
static void make_socket(struct session *session)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        die("load", "socket");
    }
    int on = 1;
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    /* Others (bbr) pace by timers what they take for a slow network. */
    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr =
        htonl(INADDR_LOOPBACK + 1 + (uint32_t)(opened % plan.sources));
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        die("load", "bind");
    }
    session->fd = fd;
    watch(session, EPOLL_CTL_ADD, EPOLLIN);
}

static void open_session(struct session *session)
{
    if (session->fd < 0) {
        make_socket(session);
    }
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(plan.port);
    if (connect(session->fd, (struct sockaddr *)&address, sizeof address) !=
            0 &&
        errno != EINPROGRESS) {
        die("load", "connect");
    }
    *session = (struct session){
        .fd = session->fd,
        .connection = ++opened,
        .left = plan.per_connection ? plan.per_connection : UINT64_MAX};
    opening++;
    connected++;
}

/* Ends a connection with a reset, and opens the next one on the same socket:
 * to the server that is what closing it and making another is, and it takes
 * this program a fifth less. */
static void end_connection(struct session *session)
{
    opening -= session->step <= STEP_EHLO;
    connected--;
    if (plan.hold || !wants_more()) {
        close(session->fd);
        session->fd = -1;
        return;
    }
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    if (connect(session->fd, &nobody, sizeof nobody) != 0) {
        die("load", "disconnect");
    }
    open_session(session);
}

static void fail_session(struct session *session, const char *what)
{
    if (session->step >= STEP_MAIL && session->step <= STEP_BODY) {
        started--;
    }
    if (++failures == 1) {
        fprintf(stderr, "load: first failure: %s\n", what);
    }
    if (failures > FAILURES_TOLERATED) {
        fprintf(stderr, "load: gave up after %d failures\n",
                FAILURES_TOLERATED);
        exit(1);
    }
    end_connection(session);
}

static void say(struct session *session, const char *text, enum step next)
{
    session->step = next;
    /* Never more than a few dozen octets: it always fits. */
    if (text[0] != 0 &&
        send(session->fd, text, strlen(text), MSG_NOSIGNAL) < 0) {
        fail_session(session, "send");
    }
}

static void begin_message(struct session *session)
{
    if (session->left == 0 || !wants_more()) {
        say(session, "QUIT\r\n", STEP_QUIT);
        return;
    }
    started++;
    session->left--;
    if (!plan.pipelined) {
        say(session, mail_from, STEP_MAIL);
        return;
    }
    char all[256];
    snprintf(all, sizeof all, "%sRCPT TO:<sink@mailscope.test>\r\nDATA\r\n",
             mail_from);
    say(session, all, STEP_MAIL);
}

/* Sends what it can of the message; the rest waits for room. */
static void push_message(struct session *session)
{
    bool was_waiting = session->unsent != mail;
    while (session->unsent_length > 0) {
        ssize_t sent = send(session->fd, session->unsent,
                            session->unsent_length, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (!was_waiting) {
                watch(session, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            }
            return;
        }
        if (sent < 0) {
            fail_session(session, "send of a message");
            return;
        }
        session->unsent += sent;
        session->unsent_length -= (size_t)sent;
    }
    session->dot_at_us = now_us();
    if (was_waiting) {
        watch(session, EPOLL_CTL_MOD, EPOLLIN);
    }
}

static void on_held(struct session *session)
{
    session->step = STEP_HELD;
    opening--;
    held++;
}

static void on_message_kept(struct session *session)
{
    latency_note(&latency, now_us() - session->dot_at_us);
    finished++;
    begin_message(session);
}

static void on_reply(struct session *session)
{
    enum step step = session->step;
    if (step == STEP_HELD || session->line[0] != wanted[step]) {
        fail_session(session, "an unexpected reply");
        return;
    }
    switch (step) {
    case STEP_GREETING:
        say(session, "EHLO client.test\r\n", STEP_EHLO);
        break;
    case STEP_EHLO:
        if (plan.hold) {
            on_held(session);
            break;
        }
        opening--;
        begin_message(session);
        break;
    case STEP_MAIL:
        say(session, plan.pipelined ? "" : "RCPT TO:<sink@mailscope.test>\r\n",
            STEP_RCPT);
        break;
    case STEP_RCPT:
        say(session, plan.pipelined ? "" : "DATA\r\n", STEP_DATA);
        break;
    case STEP_DATA:
        session->step = STEP_BODY;
        session->unsent = mail;
        session->unsent_length = mail_length;
        push_message(session);
        break;
    case STEP_BODY:
        on_message_kept(session);
        break;
    case STEP_QUIT:
        end_connection(session);
        break;
    case STEP_HELD:
        break;
    }
}

/* Takes reply lines apart: only the code and the character after it count. */
static void on_octet(struct session *session, char octet)
{
    if (octet != '\n') {
        if (session->line_length < sizeof session->line) {
            session->line[session->line_length++] = octet;
        }
        return;
    }
    bool is_last = session->line_length < 4 || session->line[3] != '-';
    session->line_length = 0;
    if (is_last) {
        on_reply(session);
    }
}

static void on_readable(struct session *session)
{
    char octets[4096];
    ssize_t got = recv(session->fd, octets, sizeof octets, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        fail_session(session, got == 0 ? "closed by the server" : "recv");
        return;
    }
    uint64_t connection = session->connection;
    for (ssize_t i = 0;
         i < got && session->fd >= 0 && session->connection == connection;
         i++) {
        on_octet(session, octets[i]);
    }
}

static void turn(int timeout_ms)
{
    struct epoll_event events[256];
    int count = epoll_wait(loop, events, 256, timeout_ms);
    for (int i = 0; i < count; i++) {
        struct session *session = events[i].data.ptr;
        if (session->fd >= 0 && (events[i].events & EPOLLOUT) != 0) {
            push_message(session);
        }
        if (session->fd >= 0 && (events[i].events & ~(uint32_t)EPOLLOUT) != 0) {
            on_readable(session);
        }
    }
}

/* ---- The two ways to run */

static void print_result(uint64_t took_us)
{
    printf("{\"messages\":%" PRIu64 ",\"seconds\":%.6f,\"rate\":%.1f,"
           "\"failures\":%" PRIu64 ",\"connections\":%" PRIu64
           ",\"octets\":%zu,",
           finished, (double)took_us / 1e6,
           (double)finished * 1e6 / (double)(took_us ? took_us : 1), failures,
           opened, mail_length);
    latency_print(&latency);
    printf("}\n");
    fflush(stdout);
}

static void send_messages(void)
{
    uint64_t begun_at_us = now_us();
    uint64_t quiet_since_us = begun_at_us;
    uint64_t seen = 0;
    end_at_us = begun_at_us + (uint64_t)(plan.seconds * 1e6);
    for (unsigned i = 0; i < plan.sessions; i++) {
        open_session(&sessions[i]);
    }
    while (connected > 0) {
        turn(1000);
        if (finished != seen) {
            seen = finished;
            quiet_since_us = now_us();
        } else if (now_us() - quiet_since_us > 60000000) {
            fprintf(stderr, "load: nothing was acknowledged for 60 s\n");
            exit(1);
        }
    }
    print_result(now_us() - begun_at_us);
}

/* One more octet of an endless EHLO argument on every connection. */
static void drip(void)
{
    for (unsigned i = 0; i < plan.sessions; i++) {
        if (sessions[i].step == STEP_HELD && sessions[i].fd >= 0 &&
            send(sessions[i].fd, "N", 1, MSG_NOSIGNAL) < 0) {
            failures++;
        }
    }
}

/* Opens all, says so, and keeps them until the standard input ends. */
static void hold_sessions(void)
{
    unsigned next = 0;
    while (held < plan.sessions) {
        while (next < plan.sessions && opening < plan.window) {
            open_session(&sessions[next++]);
        }
        turn(100);
    }
    printf("{\"held\":%u}\n", held);
    fflush(stdout);
    struct epoll_event event = {.events = EPOLLIN};
    int input = epoll_create1(0);
    if (input < 0 || epoll_ctl(input, EPOLL_CTL_ADD, 0, &event) != 0) {
        die("load", "epoll on the standard input");
    }
    while (epoll_wait(input, &event, 1,
                      plan.drip_ms ? (int)plan.drip_ms : -1) == 0) {
        drip();
    }
}

int main(int argc, char **argv)
{
    plan = plan_read(argc, argv);
    net_raise_limit();
    loop = epoll_create1(0);
    sessions = calloc(plan.sessions, sizeof *sessions);
    if (loop < 0 || sessions == NULL) {
        die("load", "start");
    }
    for (unsigned i = 0; i < plan.sessions; i++) {
        sessions[i].fd = -1;
    }
    write_mail();
    if (plan.hold) {
        hold_sessions();
    } else {
        send_messages();
    }
    free(sessions);
    free(mail);
    return 0;
}
