/* SPDX-License-Identifier: MIT */
#include "server/loop/control_test.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* The test message goes the way of every other: over TCP to our own listener,
 * so that what the page then shows is real. */

#define PATIENCE_S 10

static const char text[] =
    "If you can read this, mailscope works. Open the transcript to see the\r\n"
    "whole conversation that brought it here.\r\n";

static int complain(char *error, const char *what)
{
    (void)snprintf(error, WEBUI_ERROR_SIZE, "%s: %s", what, strerror(errno));
    return -1;
}

static int connect_to(const struct webui_listener *listener)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char port[8];
    const char *host = strcmp(listener->address, "0.0.0.0") == 0 ? "127.0.0.1"
                       : strcmp(listener->address, "::") == 0
                           ? "::1"
                           : listener->address;
    (void)snprintf(port, sizeof(port), "%u", listener->port);
    if (getaddrinfo(host, port, &hints, &found) != 0) {
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = PATIENCE_S};
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                         sizeof(patience));
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
                         sizeof(patience));
        if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
            (void)close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

/* Says `line` (NULL: nothing) and reads the reply; its first digit must be
 * `digit`. */
static int say(FILE *stream, const char *line, char digit, char *error)
{
    char reply[600];
    if (line != NULL && (fputs(line, stream) < 0 || fflush(stream) != 0)) {
        return complain(error, "the test message could not be sent");
    }
    do {
        if (fgets(reply, sizeof(reply), stream) == NULL) {
            return complain(error, "no reply to the test message");
        }
    } while (strlen(reply) > 3 && reply[3] == '-');
    if (reply[0] != digit) {
        reply[strcspn(reply, "\r\n")] = '\0';
        (void)snprintf(error, WEBUI_ERROR_SIZE,
                       "the test message was refused: %.400s", reply);
        return -1;
    }
    return 0;
}

static int send_all(FILE *stream, const char *inbox, char *error)
{
    char recipient[160];
    char message[1024];
    char date[64];
    struct tm now;
    time_t seconds = time(NULL);
    (void)gmtime_r(&seconds, &now);
    (void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &now);
    (void)snprintf(recipient, sizeof(recipient),
                   inbox != NULL ? "you+%s@example.test" : "you%s@example.test",
                   inbox != NULL ? inbox : "");
    char rcpt[200];
    (void)snprintf(rcpt, sizeof(rcpt), "RCPT TO:<%s>\r\n", recipient);
    (void)snprintf(message, sizeof(message),
                   "From: mailscope <hello@mailscope.test>\r\n"
                   "To: You <%s>\r\n"
                   "Subject: It works\r\n"
                   "Date: %s\r\n"
                   "Message-ID: <%lld.test@mailscope.test>\r\n"
                   "MIME-Version: 1.0\r\n"
                   "Content-Type: text/plain; charset=utf-8\r\n"
                   "\r\n"
                   "%s.\r\n",
                   recipient, date, (long long)seconds, text);
    bool is_sent =
        say(stream, NULL, '2', error) == 0 &&
        say(stream, "EHLO mailscope.test\r\n", '2', error) == 0 &&
        say(stream, "MAIL FROM:<hello@mailscope.test>\r\n", '2', error) == 0 &&
        say(stream, rcpt, '2', error) == 0 &&
        say(stream, "DATA\r\n", '3', error) == 0 &&
        say(stream, message, '2', error) == 0 &&
        say(stream, "QUIT\r\n", '2', error) == 0;
    return is_sent ? 0 : -1;
}

int control_send_test(const struct webui_listener *listeners, size_t count,
                      const char *inbox, char error_out[WEBUI_ERROR_SIZE])
{
    const struct webui_listener *listener = NULL;
    for (size_t i = 0; i < count && listener == NULL; i++) {
        if (strcmp(listeners[i].kind, "smtp") == 0 && listeners[i].port != 0) {
            listener = &listeners[i];
        }
    }
    if (listener == NULL) {
        (void)snprintf(error_out, WEBUI_ERROR_SIZE,
                       "there is no plain SMTP port to send a message to");
        return -1;
    }
    int fd = connect_to(listener);
    FILE *stream = fd >= 0 ? fdopen(fd, "r+") : NULL;
    if (stream == NULL) {
        return complain(error_out, "our own SMTP port cannot be reached");
    }
    int result = send_all(stream, inbox, error_out);
    (void)fclose(stream);
    return result;
}
