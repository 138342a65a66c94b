/* SPDX-License-Identifier: MIT */

/* STARTTLS sessions of one message each, some at once on one epoll loop, or
 * many that are held open. Prints one JSON line.
 * usage: secure send PORT COUNT SESSIONS | secure hold PORT COUNT */

#include "tests/bench/kit/latency.h"
#include "tests/bench/kit/mail.h"
#include "tests/bench/kit/net.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct step {
    const char *say;
    char digit; /* what the reply to it begins with */
};

/* The handshake follows the reply to STARTTLS. */
#define STARTTLS 2

static struct step steps[] = {{"", '2'},
                              {"EHLO client.test\r\n", '2'},
                              {"STARTTLS\r\n", '2'},
                              {"EHLO client.test\r\n", '2'},
                              {"MAIL FROM:<bench@client.test>\r\n", '2'},
                              {"RCPT TO:<sink@mailscope.test>\r\n", '2'},
                              {"DATA\r\n", '3'},
                              {NULL, '2'}, /* the mail */
                              {"QUIT\r\n", '2'}};
#define STEPS (sizeof steps / sizeof steps[0])
#define READY 4 /* where a session that is held stops */

struct session {
    int fd;
    SSL *tls; /* NULL: not yet */
    size_t step;
    size_t line_length; /* of the reply line read so far */
    char line[4];       /* its first octets: code and separator */
    bool is_shaking;
};

static struct run {
    SSL_CTX *context;
    uint16_t port;
    int loop;
    size_t last_step;
    unsigned long left; /* sessions that have not begun */
    unsigned long open;
} run;

static _Noreturn void die_tls(const char *what)
{
    fprintf(stderr, "secure: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

/* ---- One session */

static void open_session(struct session *session)
{
    *session = (struct session){.fd = net_connect(run.port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = session};
    if (fcntl(session->fd, F_SETFL, O_NONBLOCK) != 0 ||
        epoll_ctl(run.loop, EPOLL_CTL_ADD, session->fd, &event) != 0) {
        die("secure", "epoll_ctl");
    }
    run.left--;
    run.open++;
}

static void end_session(struct session *session)
{
    SSL_free(session->tls);
    close(session->fd);
    run.open--;
    session->fd = -1;
    if (run.left > 0) {
        open_session(session);
    }
}

/* Never more than a mail of 1.5 KB: it always fits. */
static void say(struct session *session, const char *text)
{
    size_t size = strlen(text);
    if (session->tls == NULL) {
        net_say(session->fd, text);
    } else if (SSL_write(session->tls, text, (int)size) != (int)size) {
        die_tls("write");
    }
}

/* Goes on with the handshake; what follows it may have come with it. */
static void shake(struct session *session)
{
    int result = SSL_connect(session->tls);
    if (result == 1) {
        session->is_shaking = false;
        say(session, steps[session->step].say);
    } else if (SSL_get_error(session->tls, result) != SSL_ERROR_WANT_READ) {
        die_tls("handshake");
    }
}

static void begin_tls(struct session *session)
{
    session->tls = SSL_new(run.context);
    if (session->tls == NULL || SSL_set_fd(session->tls, session->fd) != 1) {
        die_tls("session");
    }
    session->is_shaking = true;
    shake(session);
}

static void on_reply(struct session *session)
{
    if (session->line[0] != steps[session->step].digit) {
        fprintf(stderr, "secure: not the reply to step %zu\n", session->step);
        exit(1);
    }
    bool is_secured = session->step++ == STARTTLS;
    if (is_secured) {
        begin_tls(session);
    } else if (session->step == STEPS) {
        end_session(session);
    } else if (session->step < run.last_step) {
        say(session, steps[session->step].say);
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
    bool is_last = session->line[3] != '-';
    session->line_length = 0;
    if (is_last) {
        on_reply(session);
    }
}

/* Reads once: a reply comes in one record. 0: there is nothing yet. */
static size_t receive(struct session *session, char *into, size_t room)
{
    if (session->tls == NULL) {
        ssize_t got = recv(session->fd, into, room, 0);
        if (got <= 0) {
            die("secure", "the session ended");
        }
        return (size_t)got;
    }
    int got = SSL_read(session->tls, into, (int)room);
    if (got <= 0 && SSL_get_error(session->tls, got) != SSL_ERROR_WANT_READ) {
        die_tls("the session ended");
    }
    return got > 0 ? (size_t)got : 0;
}

static void on_readable(struct session *session)
{
    char octets[4096];
    if (session->is_shaking) {
        shake(session);
        return;
    }
    size_t count = receive(session, octets, sizeof octets);
    for (size_t i = 0; i < count; i++) {
        on_octet(session, octets[i]);
    }
}

/* ---- All of them */

static void turn(void)
{
    struct epoll_event events[64];
    int count = epoll_wait(run.loop, events, 64, -1);
    for (int i = 0; i < count; i++) {
        on_readable(events[i].data.ptr);
    }
}

static void send_sessions(unsigned long count, size_t at_once)
{
    size_t length;
    char *mail = mail_write(1024, &length);
    struct session *sessions = calloc(at_once, sizeof *sessions);
    if (sessions == NULL) {
        die("secure", "calloc");
    }
    mail[length] = 0;
    steps[STEPS - 2].say = mail;
    run.last_step = STEPS;
    run.left = count;
    for (size_t i = 0; i < at_once && run.left > 0; i++) {
        open_session(&sessions[i]);
    }
    while (run.open > 0) {
        turn();
    }
    printf("{\"messages\":%lu}\n", count);
    free(sessions);
    free(mail);
}

/* Opens them one by one, says so, and keeps them until the standard input
 * ends. */
static void hold_sessions(unsigned long count)
{
    struct session *sessions = calloc(count, sizeof *sessions);
    if (sessions == NULL) {
        die("secure", "calloc");
    }
    run.last_step = READY;
    run.left = count;
    for (unsigned long i = 0; i < count; i++) {
        open_session(&sessions[i]);
        while (sessions[i].step < READY) {
            turn();
        }
    }
    printf("{\"held\":%lu}\n", count);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    free(sessions);
}

/* Any certificate will do: looking at it would be the generator's work. */
static int trust(X509_STORE_CTX *store, void *nothing)
{
    (void)store;
    (void)nothing;
    return 1;
}

int main(int argc, char **argv)
{
    bool holds = argc == 4 && strcmp(argv[1], "hold") == 0;
    if (!holds && (argc != 5 || strcmp(argv[1], "send") != 0)) {
        fputs("usage: secure send PORT COUNT SESSIONS | "
              "secure hold PORT COUNT\n",
              stderr);
        return 2;
    }
    net_raise_limit();
    run.port = (uint16_t)strtoul(argv[2], NULL, 10);
    run.context = SSL_CTX_new(TLS_client_method());
    run.loop = epoll_create1(EPOLL_CLOEXEC);
    if (run.context == NULL || run.loop < 0) {
        die_tls("context");
    }
    SSL_CTX_set_cert_verify_callback(run.context, trust, NULL);
    unsigned long count = strtoul(argv[3], NULL, 10);
    if (holds) {
        hold_sessions(count);
    } else {
        send_sessions(count, strtoul(argv[4], NULL, 10));
    }
    SSL_CTX_free(run.context);
    close(run.loop);
    return 0;
}
