/* SPDX-License-Identifier: MIT */
#ifndef SERVER_LOOP_LISTENER_H
#define SERVER_LOOP_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "server/conversation/service.h"
#include "server/options/address.h"

struct loop;

enum listener_kind { LISTENER_SMTP, LISTENER_SMTPS, LISTENER_LMTP };

/* One bound socket that accepts. */
struct listener {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } socket;
    struct loop *loop;
    struct listener *next;
    struct service service;
    struct address address; /* as bound: with its real port */
    enum listener_kind kind;
    bool expects_proxy;
    bool is_wildcard;             /* where a client reached us is to be asked */
    char text[ADDRESS_TEXT_SIZE]; /* "127.0.0.1:2525" */
};

#define LISTENER_WHY_SIZE 512

struct listener_asked {
    enum listener_kind kind;
    int fd; /* somebody bound it for us (systemd); -1: bind */
    const struct address *address;
};

/* Listens at the address; of a name, at the first address that it has. 0; -1
 * with one line in `why_out`. */
int listener_open(struct loop *loop, const struct listener_asked *asked,
                  char why_out[LISTENER_WHY_SIZE]);

/* Accepts no more. */
void listener_close(struct listener *listener);

/* Frees it, after the loop has closed its handle. */
void listener_free(struct listener *listener);

struct sockaddr;

/* Writes the address as it shows: "192.0.2.1:4711", "[::1]:4711", "unix". */
void listener_show(const struct sockaddr *address,
                   char text_out[ADDRESS_TEXT_SIZE]);

#endif
