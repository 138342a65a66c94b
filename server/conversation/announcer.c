/* SPDX-License-Identifier: MIT */
#include "server/conversation/announcer.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "inbox/base/bytes.h"
#include "inbox/base/log.h"
#include "inbox/base/memory.h"
#include "inbox/base/utf8.h"

/* A pipe that poll() calls writable takes this much without blocking (PIPE_BUF
 * of POSIX is at least 512, Linux has 4096). */
#define PIECE 4096

/* What a reader that sleeps may leave unread before lines are left out. */
#define WAITING_MAX 1048576

struct announcer {
    int fd;
    char *url;
    struct buffer lines;
    unsigned long left_out;
};

struct announcer *announcer_new(int fd)
{
    struct announcer *announcer = memory_new(sizeof(*announcer));
    announcer->fd = fd;
    announcer->url = memory_text("");
    return announcer;
}

void announcer_set_url(struct announcer *announcer, const char *url)
{
    free(announcer->url);
    announcer->url = memory_text(url);
}

void announcer_free(struct announcer *announcer)
{
    if (announcer == NULL) {
        return;
    }
    announcer_flush(announcer);
    buffer_free(&announcer->lines);
    free(announcer->url);
    free(announcer);
}

const char *announcer_url(const struct announcer *announcer)
{
    return announcer->url;
}

void announcer_add(struct announcer *announcer, const char *format, ...)
{
    if (!log_is_on(LOG_INFO)) {
        return;
    }
    if (announcer->lines.size > WAITING_MAX) {
        announcer->left_out++;
        return;
    }
    char line[2048];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(line, sizeof(line), format, values);
    va_end(values);
    if (announcer->left_out > 0) {
        buffer_print(&announcer->lines, "(%lu lines left out)\n",
                     announcer->left_out);
        announcer->left_out = 0;
    }
    utf8_add_shown(&announcer->lines, bytes_of(line), "");
    buffer_add_byte(&announcer->lines, '\n');
}

bool announcer_waits(const struct announcer *announcer)
{
    return announcer->lines.size > 0;
}

void announcer_flush(struct announcer *announcer)
{
    size_t done = 0;
    while (done < announcer->lines.size) {
        struct pollfd ready = {.fd = announcer->fd, .events = POLLOUT};
        if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) {
            break;
        }
        struct bytes piece =
            bytes_part(buffer_bytes(&announcer->lines), done, PIECE);
        ssize_t written = write(announcer->fd, piece.at, piece.size);
        if (written <= 0) {
            break;
        }
        done += (size_t)written;
    }
    buffer_drop(&announcer->lines, done);
}
