/* SPDX-License-Identifier: MIT */
#include "webui/transcript/pcapng.h"

#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

/* Blocks as in the IETF's draft "PCAP Now Generic"; all in the byte order of
 * little-endian machines, which the section header announces. */
#define BLOCK_SECTION 0x0A0D0D0AU
#define BLOCK_INTERFACE 1U
#define BLOCK_PACKET 6U
#define BLOCK_SECRETS 10U
#define SECRETS_TLS 0x544C534BU
#define LINKTYPE_RAW 101U
#define OPTION_END 0U
#define OPTION_COMMENT 1U
#define OPTION_NAME 2U
#define OPTION_APPLICATION 4U
#define OPTION_RESOLUTION 9U

/* IPv4's length field ends at 65,535 with its and TCP's headers. */
#define MOST_PAYLOAD ((size_t)65000)

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_PSH 0x08
#define TCP_ACK 0x10

static void add_16(struct buffer *out, unsigned number)
{
    buffer_add_byte(out, (unsigned char)number);
    buffer_add_byte(out, (unsigned char)(number >> 8));
}

static void add_32(struct buffer *out, uint64_t number)
{
    add_16(out, (unsigned)(number & 0xFFFF));
    add_16(out, (unsigned)(number >> 16 & 0xFFFF));
}

static void add_padding(struct buffer *out, size_t size)
{
    while (size++ % 4 != 0) {
        buffer_add_byte(out, 0);
    }
}

static void add_option(struct buffer *out, unsigned code, struct bytes value)
{
    value = bytes_part(value, 0, 60000);
    add_16(out, code);
    add_16(out, (unsigned)value.size);
    buffer_add(out, value);
    add_padding(out, value.size);
}

/* A block's length stands before and behind what is in it. */
static void add_block(struct buffer *out, uint32_t type,
                      const struct buffer *body)
{
    size_t total = body->size + 12;

    add_32(out, type);
    add_32(out, total);
    buffer_add(out, buffer_bytes(body));
    add_32(out, total);
}

void pcapng_begin(struct buffer *out, const char *product, const char *comment)
{
    struct buffer section = {0};
    struct buffer interface = {0};

    add_32(&section, 0x1A2B3C4DU);
    add_16(&section, 1);
    add_16(&section, 0);
    add_32(&section, UINT32_MAX); /* length not said */
    add_32(&section, UINT32_MAX);
    add_option(&section, OPTION_COMMENT, bytes_of(comment));
    add_option(&section, OPTION_APPLICATION, bytes_of(product));
    add_option(&section, OPTION_END, (struct bytes){0});
    add_block(out, BLOCK_SECTION, &section);
    add_16(&interface, LINKTYPE_RAW);
    add_16(&interface, 0);
    add_32(&interface, 0);
    add_option(&interface, OPTION_NAME, bytes_of("mailscope"));
    add_option(&interface, OPTION_RESOLUTION, BYTES("\6"));
    add_option(&interface, OPTION_END, (struct bytes){0});
    add_block(out, BLOCK_INTERFACE, &interface);
    buffer_free(&section);
    buffer_free(&interface);
}

void pcapng_secrets(struct buffer *out, struct bytes keylog)
{
    struct buffer block = {0};

    add_32(&block, SECRETS_TLS);
    add_32(&block, keylog.size);
    buffer_add(&block, keylog);
    add_padding(&block, keylog.size);
    add_block(out, BLOCK_SECRETS, &block);
    buffer_free(&block);
}

struct pcapng_end pcapng_end_of(const char *text, uint16_t port)
{
    struct pcapng_end end = {.address = {127, 0, 0, 1}, .port = port};
    const char *colon = text ? strrchr(text, ':') : NULL;
    char address[64];
    size_t size;
    unsigned long said;

    if (!colon || (size_t)(colon - text) >= sizeof(address)) {
        return end;
    }
    said = strtoul(colon + 1, NULL, 10);
    size = (size_t)(colon - text);
    memcpy(address, text, size);
    address[size] = '\0';
    if (address[0] == '[' && size > 2) {
        address[size - 1] = '\0';
        end.is_ipv6 = inet_pton(AF_INET6, address + 1, end.address) == 1;
    } else if (inet_pton(AF_INET, address, end.address) != 1) {
        return end;
    }
    if (said > 0 && said <= UINT16_MAX) {
        end.port = (uint16_t)said;
    }
    return end;
}

static void put_16(unsigned char *at, unsigned number)
{
    at[0] = (unsigned char)(number >> 8);
    at[1] = (unsigned char)number;
}

static void put_32(unsigned char *at, uint32_t number)
{
    put_16(at, number >> 16);
    put_16(at + 2, number & 0xFFFF);
}

/* The Internet checksum's sum (RFC 1071), not folded yet. */
static uint64_t sum_of(struct bytes octets)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < octets.size; i++) {
        sum += i % 2 == 0 ? (uint64_t)octets.at[i] << 8 : octets.at[i];
    }
    return sum;
}

static unsigned folded(uint64_t sum)
{
    while (sum >> 16) {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return (unsigned)(~sum & 0xFFFF);
}

struct packet {
    int from;
    unsigned flags;
    int64_t time_us;
    struct bytes octets;
    const char *comment;
};

#define TCP_SIZE 20

static void make_tcp(const struct pcapng_flow *flow,
                     const struct packet *packet, unsigned char tcp[TCP_SIZE])
{
    const struct pcapng_end *from = &flow->ends[packet->from];
    const struct pcapng_end *to = &flow->ends[!packet->from];
    size_t address_size = from->is_ipv6 ? 16 : 4;
    uint64_t sum = 6 + TCP_SIZE + packet->octets.size;

    memset(tcp, 0, TCP_SIZE);
    put_16(tcp, from->port);
    put_16(tcp + 2, to->port);
    put_32(tcp + 4, flow->next[packet->from]);
    if (packet->flags & TCP_ACK) {
        put_32(tcp + 8, flow->next[!packet->from]);
    }
    tcp[12] = (TCP_SIZE / 4) << 4;
    tcp[13] = (unsigned char)packet->flags;
    put_16(tcp + 14, UINT16_MAX);
    sum += sum_of((struct bytes){from->address, address_size});
    sum += sum_of((struct bytes){to->address, address_size});
    sum += sum_of((struct bytes){tcp, TCP_SIZE});
    sum += sum_of(packet->octets);
    put_16(tcp + 16, folded(sum));
}

static void add_ip(struct buffer *out, const struct pcapng_flow *flow,
                   const struct packet *packet)
{
    const struct pcapng_end *from = &flow->ends[packet->from];
    const struct pcapng_end *to = &flow->ends[!packet->from];
    size_t size = TCP_SIZE + packet->octets.size;
    unsigned char ip[40] = {0};

    if (from->is_ipv6) {
        ip[0] = 0x60;
        put_16(ip + 4, (unsigned)size);
        ip[6] = 6;
        ip[7] = 64;
        memcpy(ip + 8, from->address, 16);
        memcpy(ip + 24, to->address, 16);
        buffer_add(out, (struct bytes){ip, 40});
        return;
    }
    ip[0] = 0x45;
    put_16(ip + 2, (unsigned)(size + 20));
    ip[8] = 64;
    ip[9] = 6;
    memcpy(ip + 12, from->address, 4);
    memcpy(ip + 16, to->address, 4);
    put_16(ip + 10, folded(sum_of((struct bytes){ip, 20})));
    buffer_add(out, (struct bytes){ip, 20});
}

static void add_packet(struct buffer *out, struct pcapng_flow *flow,
                       const struct packet *packet)
{
    struct buffer block = {0};
    unsigned char tcp[TCP_SIZE];
    size_t size =
        (flow->ends[0].is_ipv6 ? 40U : 20U) + TCP_SIZE + packet->octets.size;

    add_32(&block, 0);
    add_32(&block, (uint64_t)packet->time_us >> 32);
    add_32(&block, (uint64_t)packet->time_us & UINT32_MAX);
    add_32(&block, size);
    add_32(&block, size);
    add_ip(&block, flow, packet);
    make_tcp(flow, packet, tcp);
    buffer_add(&block, (struct bytes){tcp, TCP_SIZE});
    buffer_add(&block, packet->octets);
    add_padding(&block, size);
    if (packet->comment) {
        add_option(&block, OPTION_COMMENT, bytes_of(packet->comment));
        add_option(&block, OPTION_END, (struct bytes){0});
    }
    add_block(out, BLOCK_PACKET, &block);
    buffer_free(&block);
    flow->next[packet->from] += (uint32_t)packet->octets.size;
    flow->next[packet->from] += (packet->flags & (TCP_SYN | TCP_FIN)) != 0;
}

void pcapng_open(struct pcapng_flow *flow, int64_t time_us, const char *comment)
{
    struct packet syn = {
        .flags = TCP_SYN, .time_us = time_us, .comment = comment};
    struct packet reply = {
        .from = 1, .flags = TCP_SYN | TCP_ACK, .time_us = time_us};
    struct packet ack = {.flags = TCP_ACK, .time_us = time_us};

    flow->next[0] = 1000;
    flow->next[1] = 2000;
    add_packet(flow->out, flow, &syn);
    add_packet(flow->out, flow, &reply);
    add_packet(flow->out, flow, &ack);
}

void pcapng_send(struct pcapng_flow *flow, int from, int64_t time_us,
                 struct bytes octets)
{
    while (octets.size > 0) {
        struct packet packet = {.from = from,
                                .flags = TCP_PSH | TCP_ACK,
                                .time_us = time_us,
                                .octets = bytes_part(octets, 0, MOST_PAYLOAD)};

        add_packet(flow->out, flow, &packet);
        octets = bytes_part(octets, packet.octets.size, octets.size);
    }
}

void pcapng_close(struct pcapng_flow *flow, int from, int64_t time_us)
{
    struct packet first = {
        .from = from, .flags = TCP_FIN | TCP_ACK, .time_us = time_us};
    struct packet second = {
        .from = !from, .flags = TCP_FIN | TCP_ACK, .time_us = time_us};
    struct packet last = {.from = from, .flags = TCP_ACK, .time_us = time_us};

    add_packet(flow->out, flow, &first);
    add_packet(flow->out, flow, &second);
    add_packet(flow->out, flow, &last);
}
