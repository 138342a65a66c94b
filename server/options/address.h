/* SPDX-License-Identifier: MIT */
#ifndef SERVER_OPTIONS_ADDRESS_H
#define SERVER_OPTIONS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/inbox_name.h"

/* Ready-made sets of what a listener offers. */
enum address_role {
    ROLE_ALL,        /* everything */
    ROLE_MX,         /* port 25: no submission extensions */
    ROLE_SUBMISSION, /* port 587 */
    ROLE_SUBMISSIONS /* port 465: inside TLS */
};

/* Where to listen or connect, and what a listener's keys say. */
struct address {
    bool is_unix;
    char host[256]; /* name or address, IPv6 without brackets */
    uint16_t port;  /* 0: pick a free one */
    char path[108]; /* unix: of the socket */
    enum address_role role;
    char without[256]; /* without=A+B: keywords not offered, separated by + */
    char inbox[INBOX_NAME_SIZE]; /* inbox=NAME, or "" */
    bool proxy;                  /* proxy=on: a PROXY header comes first */
    bool has_proxy;              /* proxy= was said, on or off */
};

#define ADDRESS_WHY_SIZE 256

/* Reads HOST:PORT, [IPv6]:PORT or unix:PATH and `,key=value` after it (role,
 * without, inbox, proxy). Returns 0, or -1 with one line in `why_out`. */
int address_read(const char *text, struct address *address_out,
                 char why_out[ADDRESS_WHY_SIZE])
    __attribute__((warn_unused_result));

#define ADDRESS_TEXT_SIZE 300

/* The address without its keys, as address_read() takes it. Returns
 * `text_out`. */
char *address_text(const struct address *address,
                   char text_out[ADDRESS_TEXT_SIZE]);

/* Does the address stay on this machine (127.0.0.0/8, ::1, localhost)? */
bool address_is_loopback(const struct address *address);

#endif
