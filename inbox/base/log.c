/* SPDX-License-Identifier: MIT */
#include "inbox/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "inbox/base/bytes.h"
#include "inbox/base/utf8.h"

#define LINE_MAX_SIZE 4096

static _Atomic int limit = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store(&limit, (int)level);
}

int log_is_on(enum log_level level)
{
    return (int)level <= atomic_load(&limit);
}

void log_line(enum log_level level, const char *format, ...)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    if (!log_is_on(level)) {
        return;
    }
    char text[LINE_MAX_SIZE];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    struct buffer line = {0};
    buffer_print(&line, "%s: ", names[level]);
    utf8_add_shown(&line, bytes_of(text), "");
    buffer_add_byte(&line, '\n');
    /* One write, so that lines of several threads do not mix. */
    ssize_t written = write(STDERR_FILENO, line.at, line.size);
    (void)written;
    buffer_free(&line);
}
