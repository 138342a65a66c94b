/* SPDX-License-Identifier: MIT */
#include "inbox/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "inbox/base/bytes.h"

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

/* Length of the well-formed UTF-8 sequence (RFC 3629 section 4) at `text`, 0
 * when there is none or it is a control character. */
static size_t sequence_at(const unsigned char *text)
{
    unsigned char first = text[0];
    if (first < 0x80) {
        return first >= 0x20 && first != 0x7f && first != '\\' ? 1 : 0;
    }
    if (first < 0xc2 || first > 0xf4) {
        return 0;
    }
    size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    /* C1 controls could drive a terminal. */
    low = first == 0xc2 ? 0xa0 : low;
    if (text[1] < low || text[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < size; i++) {
        if (text[i] < 0x80 || text[i] > 0xbf) {
            return 0;
        }
    }
    return size;
}

static void add_escaped(struct buffer *line, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        size_t size = sequence_at(at);
        if (size > 0) {
            buffer_add(line, (struct bytes){at, size});
        } else {
            buffer_print(line, *at == '\\' ? "\\\\" : "\\x%02x", *at);
            size = 1;
        }
        at += size;
    }
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
    add_escaped(&line, text);
    buffer_add_byte(&line, '\n');
    /* One write, so that lines of several threads do not mix. */
    ssize_t written = write(STDERR_FILENO, line.at, line.size);
    (void)written;
    buffer_free(&line);
}
