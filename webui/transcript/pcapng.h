/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_TRANSCRIPT_PCAPNG_H
#define WEBUI_TRANSCRIPT_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>

#include "inbox/base/bytes.h"

/* Capture files (pcapng) with TCP connections made up around octets that were
 * read and written: addresses, numbers and checksums as they would have been.
 */

/* One end of a connection. */
struct pcapng_end {
    unsigned char address[16]; /* IPv4: the first 4 */
    bool is_ipv6;
    uint16_t port;
};

/* Reads "127.0.0.1:25" or "[::1]:25"; what is neither (a unix socket) becomes
 * 127.0.0.1 with `port`. */
struct pcapng_end pcapng_end_of(const char *text, uint16_t port);

/* A connection under way; [0] is the client. */
struct pcapng_flow {
    struct buffer *out; /* where its packets go */
    struct pcapng_end ends[2];
    uint32_t next[2]; /* sequence numbers */
};

/* Appends the start of a file: section and interface, with a comment on what
 * was captured. */
void pcapng_begin(struct buffer *out, const char *product, const char *comment);

/* Appends key log lines for TLS; before the packets they open. */
void pcapng_secrets(struct buffer *out, struct bytes keylog);

/* Appends the handshake of `flow`, `comment` (NULL none) at its first packet.
 */
void pcapng_open(struct pcapng_flow *flow, int64_t time_us,
                 const char *comment);

/* Appends octets that end `from` (0: the client) sent, as one packet or, when
 * they are too many for one, several. */
void pcapng_send(struct pcapng_flow *flow, int from, int64_t time_us,
                 struct bytes octets);

/* Appends the end of `flow`, closed by end `from` first. */
void pcapng_close(struct pcapng_flow *flow, int from, int64_t time_us);

#endif
