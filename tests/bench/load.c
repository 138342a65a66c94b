/* SPDX-License-Identifier: MIT */

/* An SMTP load generator on one epoll loop: Postfix's smtp-source saturates
 * before the servers that are compared here. It speaks plain SMTP with one
 * recipient a message, closes with a reset (so that no TIME_WAIT entry fills
 * the connection tracker), and prints one JSON line. Run it with --help. */

#include "tests/bench/kit/latency.h"
#include "tests/bench/kit/mail.h"
#include "tests/bench/kit/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
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
    int fd;
    enum step step;
    uint64_t left;      /* messages that this connection may still send */
    const char *unsent; /* rest of the message that did not go out yet */
    size_t unsent_length;
    uint64_t dot_at_us; /* when the final dot left */
    size_t line_length; /* of the reply line read so far */
    char line[4];       /* its first octets: code and separator */
};

static struct plan {
    uint16_t port;
    unsigned sessions;
    unsigned window; /* connections being opened at once in hold mode */
    uint64_t messages;
    uint64_t per_connection; /* 0: no limit */
    size_t body;
    double seconds; /* 0: until all messages are sent */
    unsigned sources;
    unsigned drip_ms; /* hold mode: an octet on each connection this often */
    bool pipelined;
    bool hold;
} plan = {.sessions = 10,
          .window = 200,
          .messages = 1000,
          .body = 1024,
          .sources = 100};

#define FAILURES_TOLERATED 1000

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

static void open_session(struct session *session)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        die("load", "socket");
    }
    int on = 1;
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    address.sin_addr.s_addr =
        htonl(INADDR_LOOPBACK + 1 + (uint32_t)(opened++ % plan.sources));
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        die("load", "bind");
    }
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(plan.port);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 &&
        errno != EINPROGRESS) {
        die("load", "connect");
    }
    *session = (struct session){
        .fd = fd,
        .left = plan.per_connection ? plan.per_connection : UINT64_MAX};
    opening++;
    connected++;
    watch(session, EPOLL_CTL_ADD, EPOLLIN);
}

static void close_session(struct session *session)
{
    opening -= session->step <= STEP_EHLO;
    connected--;
    close(session->fd);
    session->fd = -1;
}

static bool wants_more(void)
{
    if (plan.seconds > 0) {
        return now_us() < end_at_us;
    }
    return started < plan.messages;
}

static void fail_session(struct session *session, const char *what)
{
    if (session->step >= STEP_MAIL && session->step <= STEP_BODY) {
        started--;
    }
    close_session(session);
    if (++failures == 1) {
        fprintf(stderr, "load: first failure: %s\n", what);
    }
    if (failures > FAILURES_TOLERATED) {
        fprintf(stderr, "load: gave up after %d failures\n",
                FAILURES_TOLERATED);
        exit(1);
    }
    if (wants_more() && !plan.hold) {
        open_session(session);
    }
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
        close_session(session);
        if (wants_more()) {
            open_session(session);
        }
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
    int fd = session->fd;
    for (ssize_t i = 0; i < got && session->fd == fd; i++) {
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

/* ---- Options */

static const char usage[] =
    "usage: load --port N [options]\n"
    "  --sessions N        at once (10)\n"
    "  --messages N        in all (1000)\n"
    "  --seconds S         instead of --messages\n"
    "  --per-connection N  messages on one connection, 0: no limit (0)\n"
    "  --body N            octets after 460 of headers (1024)\n"
    "  --pipelined         MAIL, RCPT and DATA in one write\n"
    "  --sources N         addresses 127.0.0.2 and up to come from (100)\n"
    "  --hold              open, EHLO, keep until the standard input ends\n"
    "  --drip MS           with --hold: an octet on each this often\n";

static void read_options(int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},
        {"sessions", required_argument, NULL, 's'},
        {"messages", required_argument, NULL, 'm'},
        {"seconds", required_argument, NULL, 't'},
        {"per-connection", required_argument, NULL, 'k'},
        {"body", required_argument, NULL, 'b'},
        {"pipelined", no_argument, NULL, 'P'},
        {"sources", required_argument, NULL, 'a'},
        {"hold", no_argument, NULL, 'h'},
        {"drip", required_argument, NULL, 'd'},
        {NULL, 0, NULL, 0}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        uint64_t number = optarg ? strtoull(optarg, NULL, 10) : 0;
        switch (option) {
        case 'p':
            plan.port = (uint16_t)number;
            break;
        case 's':
            plan.sessions = (unsigned)number;
            break;
        case 'm':
            plan.messages = number;
            break;
        case 't':
            plan.seconds = strtod(optarg, NULL);
            break;
        case 'k':
            plan.per_connection = number;
            break;
        case 'b':
            plan.body = number;
            break;
        case 'P':
            plan.pipelined = true;
            break;
        case 'a':
            plan.sources = (unsigned)number;
            break;
        case 'h':
            plan.hold = true;
            break;
        case 'd':
            plan.drip_ms = (unsigned)number;
            break;
        default:
            fputs(usage, stderr);
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    net_raise_limit();
    if (plan.port == 0 || plan.sessions == 0 || plan.sources == 0) {
        fputs(usage, stderr);
        return 2;
    }
    loop = epoll_create1(0);
    sessions = calloc(plan.sessions, sizeof *sessions);
    if (loop < 0 || sessions == NULL) {
        die("load", "start");
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
