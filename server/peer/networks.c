/* SPDX-License-Identifier: MIT */
#include "server/peer/networks.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"

struct network {
    unsigned char address[16];
    unsigned bits;
    int family; /* AF_UNIX: any client on a unix socket */
};

struct networks {
    struct network *items;
    size_t count;
};

struct networks *networks_new(void)
{
    return memory_new(sizeof(struct networks));
}

void networks_free(struct networks *networks)
{
    if (networks != NULL) {
        free(networks->items);
        free(networks);
    }
}

/* Reads an address without port; returns its bits, 0 when it is none. */
static unsigned read_address(const char *text, struct network *network)
{
    if (strcmp(text, "unix") == 0) {
        network->family = AF_UNIX;
        return 1;
    }
    if (inet_pton(AF_INET, text, network->address) == 1) {
        network->family = AF_INET;
        return 32;
    }
    if (inet_pton(AF_INET6, text, network->address) == 1) {
        network->family = AF_INET6;
        return 128;
    }
    return 0;
}

int networks_add(struct networks *networks, const char *text)
{
    char host[64];
    struct network network = {0};
    size_t size = strcspn(text, "/");
    if (size >= sizeof(host)) {
        return -1;
    }
    memcpy(host, text, size);
    host[size] = '\0';
    unsigned most = read_address(host, &network);
    network.bits = most;
    if (most == 0) {
        return -1;
    }
    if (text[size] == '/') {
        const char *digits = text + size + 1;
        size_t count = strspn(digits, "0123456789");
        if (count == 0 || count > 3 || digits[count] != '\0' ||
            strtoul(digits, NULL, 10) > most) {
            return -1;
        }
        network.bits = (unsigned)strtoul(digits, NULL, 10);
    }
    networks->items = memory_resize(
        networks->items, (networks->count + 1) * sizeof(*networks->items));
    networks->items[networks->count++] = network;
    return 0;
}

static bool has_address(const struct network *network,
                        const struct network *peer)
{
    if (network->family != peer->family) {
        return false;
    }
    if (network->family == AF_UNIX) {
        return true;
    }
    unsigned whole = network->bits / 8;
    unsigned rest = network->bits % 8;
    if (memcmp(network->address, peer->address, whole) != 0) {
        return false;
    }
    unsigned char mask = (unsigned char)(0xff00U >> rest);
    return rest == 0 ||
           ((network->address[whole] ^ peer->address[whole]) & mask) == 0;
}

bool networks_have(const struct networks *networks, const char *peer)
{
    char host[64];
    const char *start = peer[0] == '[' ? peer + 1 : peer;
    size_t size = strcspn(start, peer[0] == '[' ? "]" : ":");
    struct network address = {0};
    if (size >= sizeof(host)) {
        return false;
    }
    memcpy(host, start, size);
    host[size] = '\0';
    if (read_address(host, &address) == 0) {
        return false;
    }
    for (size_t i = 0; i < networks->count; i++) {
        if (has_address(&networks->items[i], &address)) {
            return true;
        }
    }
    return false;
}
