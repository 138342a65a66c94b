/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_HTTP_BIND_H
#define WEBUI_HTTP_BIND_H

#include <stddef.h>

#include "webui/http/http.h"

/* The listening sockets of the HTTP server. */

#define HTTP_SOCKETS 2

struct http_sockets {
    int sockets[HTTP_SOCKETS];
    size_t count;
    char host[HTTP_URL_SIZE]; /* "127.0.0.1:8025", "[::1]:8025", "unix:PATH" */
    char unlink_path[108];    /* "" none: of the unix socket that we made */
};

/* Binds `address` ("HOST:PORT", "[IPV6]:PORT", "unix:PATH"); on 127.0.0.1 and
 * localhost ::1 too where it can be. 0; -1 with one line in `error_out`. */
int http_bind(const char *address, struct http_sockets *sockets_out,
              char error_out[HTTP_ERROR_SIZE]);

/* Takes over a socket that is bound and listens already. */
void http_adopt(int listen_socket, struct http_sockets *sockets_out);

#endif
