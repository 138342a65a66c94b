/* SPDX-License-Identifier: MIT */
#include "inbox/match/network.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* An address in network order; how many octets, 0 none. */
static size_t read_address(const char *text, size_t size,
                           unsigned char octets_out[16])
{
    char address[INET6_ADDRSTRLEN];

    if (size >= sizeof(address)) {
        return 0;
    }
    memcpy(address, text, size);
    address[size] = '\0';
    if (inet_pton(AF_INET, address, octets_out) == 1) {
        return 4;
    }
    return inet_pton(AF_INET6, address, octets_out) == 1 ? 16 : 0;
}

static size_t read_peer(const char *peer, unsigned char octets_out[16])
{
    const char *port = strrchr(peer, ':');
    bool has_brackets = peer[0] == '[';

    if (port == NULL || port < peer + 2) {
        return 0;
    }
    return has_brackets
               ? read_address(peer + 1, (size_t)(port - peer) - 2, octets_out)
               : read_address(peer, (size_t)(port - peer), octets_out);
}

bool match_network(const char *peer, const char *network)
{
    unsigned char here[16];
    unsigned char there[16];
    const char *slash = network == NULL ? NULL : strchr(network, '/');
    char *end;

    if (peer == NULL || slash == NULL) {
        return false;
    }
    unsigned long bits = strtoul(slash + 1, &end, 10);
    size_t size = read_address(network, (size_t)(slash - network), there);
    if (size == 0 || size != read_peer(peer, here) || end == slash + 1 ||
        *end != '\0' || bits > size * 8) {
        return false;
    }
    if (memcmp(here, there, bits / 8) != 0) {
        return false;
    }
    unsigned char mask = (unsigned char)(0xff00u >> (bits % 8));
    return bits % 8 == 0 || ((here[bits / 8] ^ there[bits / 8]) & mask) == 0;
}
