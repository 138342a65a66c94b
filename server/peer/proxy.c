/* SPDX-License-Identifier: MIT */
#include "server/peer/proxy.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/checksum.h"

/* Version 1: a line of at most 107 octets with its CRLF (section 2.1):
 *   PROXY SP (TCP4 / TCP6) SP source SP target SP port SP port CRLF
 *   PROXY SP UNKNOWN ... CRLF */
#define LINE_MAX_SIZE 107
#define WORD_SIZE 48

static const unsigned char signature[12] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                            0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

enum { COMMAND_LOCAL = 0, COMMAND_PROXY = 1 };
enum { TLV_AUTHORITY = 0x02, TLV_CRC32C = 0x03, TLV_SSL = 0x20 };

static bool is_port(const char *word)
{
    size_t size = strlen(word);
    return size > 0 && size <= 5 && strspn(word, "0123456789") == size &&
           (word[0] != '0' || size == 1) && strtol(word, NULL, 10) <= 65535;
}

static bool is_address(int family, const char *word)
{
    unsigned char octets[16];
    return inet_pton(family, word, octets) == 1;
}

/* Splits a line without its end into words of one space each. */
static size_t split(const char *line, char words[6][WORD_SIZE])
{
    size_t count = 0;
    while (count < 6) {
        size_t size = strcspn(line, " ");
        if (size == 0 || size >= WORD_SIZE) {
            return 0;
        }
        memcpy(words[count], line, size);
        words[count++][size] = '\0';
        if (line[size] == '\0') {
            return count;
        }
        line += size + 1;
    }
    return 0;
}

static enum proxy_result read_line(const char *line, struct proxy_header *out)
{
    char words[6][WORD_SIZE];
    out->version = 1;
    if (strncmp(line, "PROXY UNKNOWN", 13) == 0 &&
        (line[13] == '\0' || line[13] == ' ')) {
        out->is_local = true;
        return PROXY_FOUND;
    }
    size_t count = split(line, words);
    if (count != 6 || strcmp(words[0], "PROXY") != 0) {
        return PROXY_BAD;
    }
    bool is_v4 = strcmp(words[1], "TCP4") == 0;
    int family = is_v4 ? AF_INET : AF_INET6;
    if ((!is_v4 && strcmp(words[1], "TCP6") != 0) ||
        !is_address(family, words[2]) || !is_address(family, words[3]) ||
        !is_port(words[4]) || !is_port(words[5])) {
        return PROXY_BAD;
    }
    const char *form = is_v4 ? "%s:%s" : "[%s]:%s";
    (void)snprintf(out->source, sizeof(out->source), form, words[2], words[4]);
    (void)snprintf(out->target, sizeof(out->target), form, words[3], words[5]);
    return PROXY_FOUND;
}

static enum proxy_result read_first(struct bytes run, struct proxy_header *out,
                                    size_t *size_out)
{
    static const char start[] = "PROXY ";
    size_t known = run.size < 6 ? run.size : 6;
    if (memcmp(run.at, start, known) != 0) {
        return PROXY_BAD;
    }
    size_t most = run.size < LINE_MAX_SIZE ? run.size : LINE_MAX_SIZE;
    for (size_t i = 0; i < most; i++) {
        unsigned char octet = run.at[i];
        if (octet == '\r' && i + 1 < most) {
            char line[LINE_MAX_SIZE + 1];
            if (run.at[i + 1] != '\n') {
                return PROXY_BAD;
            }
            memcpy(line, run.at, i);
            line[i] = '\0';
            *size_out = i + 2;
            return read_line(line, out);
        }
        if (octet != '\r' && (octet < 0x20 || octet > 0x7e)) {
            return PROXY_BAD;
        }
    }
    return run.size >= LINE_MAX_SIZE ? PROXY_BAD : PROXY_MORE;
}

static unsigned number_at(const unsigned char *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* Reads the addresses; returns how many octets they took, 0 when the block is
 * too short for its family. */
static size_t read_addresses(struct bytes block, unsigned family,
                             struct proxy_header *out)
{
    char one[INET6_ADDRSTRLEN] = "";
    char two[INET6_ADDRSTRLEN] = "";
    bool is_v4 = family >> 4 == 1;
    size_t each = is_v4 ? 4 : 16;
    if (family >> 4 == 3) {
        if (block.size < 216) {
            return 0;
        }
        (void)snprintf(out->source, sizeof(out->source), "unix");
        (void)snprintf(out->target, sizeof(out->target), "unix");
        return 216;
    }
    if (block.size < 2 * each + 4) {
        return 0;
    }
    int kind = is_v4 ? AF_INET : AF_INET6;
    (void)inet_ntop(kind, block.at, one, sizeof(one));
    (void)inet_ntop(kind, block.at + each, two, sizeof(two));
    const char *form = is_v4 ? "%s:%u" : "[%s]:%u";
    (void)snprintf(out->source, sizeof(out->source), form, one,
                   number_at(block.at + 2 * each));
    (void)snprintf(out->target, sizeof(out->target), form, two,
                   number_at(block.at + 2 * each + 2));
    return 2 * each + 4;
}

/* The sum is over the whole header, its own value taken as zero. */
static bool is_sum_right(struct bytes header, size_t at)
{
    static const unsigned char own[4];
    uint32_t sum = checksum_add(0, bytes_part(header, 0, at));
    sum = checksum_add(sum, (struct bytes){own, sizeof(own)});
    sum = checksum_add(sum, bytes_part(header, at + sizeof(own), SIZE_MAX));
    uint32_t said = (uint32_t)number_at(header.at + at) << 16 |
                    number_at(header.at + at + 2);
    return sum == said;
}

/* What stands behind the addresses: type, 16-bit length, value. */
static enum proxy_result read_values(struct bytes header, size_t at,
                                     struct proxy_header *out)
{
    while (at < header.size) {
        if (header.size - at < 3) {
            return PROXY_BAD;
        }
        unsigned type = header.at[at];
        size_t size = number_at(header.at + at + 1);
        at += 3;
        if (size > header.size - at) {
            return PROXY_BAD;
        }
        if (type == TLV_CRC32C && (size != 4 || !is_sum_right(header, at))) {
            return PROXY_BAD;
        }
        if (type == TLV_AUTHORITY && size < sizeof(out->authority)) {
            memcpy(out->authority, header.at + at, size);
            out->authority[size] = '\0';
        }
        out->has_tls = out->has_tls || (type == TLV_SSL && size > 0 &&
                                        (header.at[at] & 1) != 0);
        at += size;
    }
    return PROXY_FOUND;
}

static enum proxy_result read_second(struct bytes run, struct proxy_header *out,
                                     size_t *size_out)
{
    if (run.size < 16) {
        return PROXY_MORE;
    }
    unsigned command = run.at[12] & 0xf;
    unsigned family = run.at[13];
    size_t size = 16 + (size_t)number_at(run.at + 14);
    bool is_family = family == 0x00 || family == 0x11 || family == 0x12 ||
                     family == 0x21 || family == 0x22 || family == 0x31 ||
                     family == 0x32;
    if (run.at[12] >> 4 != 2 || command > COMMAND_PROXY || !is_family) {
        return PROXY_BAD;
    }
    if (run.size < size) {
        return PROXY_MORE;
    }
    *size_out = size;
    out->version = 2;
    if (command == COMMAND_LOCAL || family == 0) {
        out->is_local = true;
        return PROXY_FOUND;
    }
    struct bytes block = bytes_part(run, 16, size - 16);
    size_t taken = read_addresses(block, family, out);
    if (taken == 0) {
        return PROXY_BAD;
    }
    return read_values(bytes_part(run, 0, size), 16 + taken, out);
}

enum proxy_result proxy_read(struct bytes run, struct proxy_header *header_out,
                             size_t *size_out)
{
    *header_out = (struct proxy_header){0};
    if (run.size == 0) {
        return PROXY_MORE;
    }
    size_t known = run.size < sizeof(signature) ? run.size : sizeof(signature);
    if (memcmp(run.at, signature, known) == 0) {
        return run.size < sizeof(signature)
                   ? PROXY_MORE
                   : read_second(run, header_out, size_out);
    }
    return read_first(run, header_out, size_out);
}
