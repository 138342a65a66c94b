/* SPDX-License-Identifier: MIT */
#include "server/smtp/host.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_alnum(unsigned char octet)
{
    return (octet >= '0' && octet <= '9') || (octet >= 'A' && octet <= 'Z') ||
           (octet >= 'a' && octet <= 'z');
}

/* Is `text` an address of `family`? */
static bool is_ip(struct bytes text, int family)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];
    if (text.size == 0 || text.size >= sizeof(copy) ||
        memchr(text.at, '\0', text.size) != NULL) {
        return false;
    }
    memcpy(copy, text.at, text.size);
    copy[text.size] = '\0';
    return inet_pton(family, copy, address) == 1;
}

/* Most names are told from an address by their last octet. */
static bool is_address(struct bytes name)
{
    unsigned char last = name.size > 0 ? name.at[name.size - 1] : 'x';
    if (last >= '0' && last <= '9' && is_ip(name, AF_INET)) {
        return true;
    }
    return name.size > 0 && memchr(name.at, ':', name.size) != NULL &&
           is_ip(name, AF_INET6);
}

/* General-address-literal = Standardized-tag ":" 1*dcontent */
static bool is_tagged(struct bytes text)
{
    const unsigned char *colon = memchr(text.at, ':', text.size);
    if (colon == NULL || colon == text.at || colon + 1 == text.at + text.size ||
        colon[-1] == '-') {
        return false;
    }
    for (const unsigned char *at = text.at; at < colon; at++) {
        if (!is_alnum(*at) && *at != '-') {
            return false;
        }
    }
    for (const unsigned char *at = colon + 1; at < text.at + text.size; at++) {
        if (*at < 33 || *at > 126 || strchr("[\\]", *at) != NULL) {
            return false;
        }
    }
    return true;
}

/* address-literal = "[" ( IPv4 / "IPv6:" IPv6 / General ) "]" */
static bool is_literal(struct bytes name, bool is_whole)
{
    const unsigned char *end = memchr(name.at, ']', name.size);
    if (end == NULL || (is_whole && end + 1 != name.at + name.size)) {
        return false;
    }
    struct bytes inner = {name.at + 1, (size_t)(end - name.at) - 1};
    if (inner.size == 0) {
        return false;
    }
    if (bytes_start_nocase(inner, BYTES("IPv6:"))) {
        return is_ip(bytes_part(inner, 5, inner.size), AF_INET6);
    }
    return is_ip(inner, AF_INET) || is_tagged(inner);
}

/* sub-domain = Let-dig [Ldh-str]; a label has at most 63 octets (RFC 1035
 * 2.3.4), more once it is written in ASCII. */
static bool is_label(struct bytes label, bool allow_utf8)
{
    if (label.size == 0 || label.at[0] == '-' ||
        label.at[label.size - 1] == '-') {
        return false;
    }
    bool is_ascii = true;
    for (size_t i = 0; i < label.size; i++) {
        unsigned char octet = label.at[i];
        is_ascii = is_ascii && octet < 0x80;
        if (!is_alnum(octet) && octet != '-' &&
            !(allow_utf8 && octet >= 0x80)) {
            return false;
        }
    }
    return !is_ascii || label.size <= 63;
}

enum path_host host_kind(struct bytes name, bool allow_utf8)
{
    if (name.size > 0 && name.at[0] == '[') {
        return is_literal(name, allow_utf8) ? HOST_LITERAL : HOST_INVALID;
    }
    if (is_address(name)) {
        return HOST_ADDRESS;
    }
    size_t labels = 0;
    struct bytes rest = name;
    for (;;) {
        const unsigned char *dot =
            rest.size == 0 ? NULL : memchr(rest.at, '.', rest.size);
        size_t size = dot == NULL ? rest.size : (size_t)(dot - rest.at);
        if (!is_label(bytes_part(rest, 0, size), allow_utf8)) {
            return HOST_INVALID;
        }
        labels++;
        if (dot == NULL) {
            return labels == 1 ? HOST_SINGLE : HOST_DOMAIN;
        }
        rest = bytes_part(rest, size + 1, rest.size);
    }
}

enum path_host host_plain_kind(struct bytes name)
{
    return host_kind(name, false);
}
