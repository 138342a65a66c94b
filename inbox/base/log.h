/* SPDX-License-Identifier: MIT */
#ifndef INBOX_BASE_LOG_H
#define INBOX_BASE_LOG_H

/* One line to stderr, only from the edges (server, webui/http/http.c and the
 * keeper thread); libraries return. Any thread. */

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Lines above `level` are silent from now on (default LOG_INFO). */
void log_set_level(enum log_level level);

/* Is `level` written? */
int log_is_on(enum log_level level);

/* Writes one line (printf's rules; no line end needed). Octets that are no
 * printable ASCII or UTF-8 are escaped. */
void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
