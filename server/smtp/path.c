/* SPDX-License-Identifier: MIT */
#include "server/smtp/path.h"

#include <string.h>

#include "inbox/base/utf8.h"
#include "server/smtp/host.h"

#define LOCAL_MAX 64        /* RFC 5321 4.5.3.1.1 */
#define DOMAIN_MAX 255      /* 4.5.3.1.2 */
#define PATH_MAX_OCTETS 256 /* 4.5.3.1.3, with the brackets */

/* Local-part = Dot-string / Quoted-string. The first octet behind it. */
static size_t quoted_end(struct bytes text)
{
    for (size_t i = 1; i < text.size; i++) {
        if (text.at[i] == '"') {
            return i + 1;
        }
        if (text.at[i] == '\\') {
            i++;
        }
    }
    return 0;
}

/* atext of RFC 5322 3.2.3, and UTF-8 (RFC 6531 3.3) */
static bool is_atom_octet(unsigned char octet)
{
    return (octet >= '0' && octet <= '9') || (octet >= 'A' && octet <= 'Z') ||
           (octet >= 'a' && octet <= 'z') || octet >= 0x80 ||
           (octet != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", octet) != NULL);
}

static bool is_dot_string(struct bytes local)
{
    bool was_dot = true;
    for (size_t i = 0; i < local.size; i++) {
        bool is_dot = local.at[i] == '.';
        if (is_dot ? was_dot : !is_atom_octet(local.at[i])) {
            return false;
        }
        was_dot = is_dot;
    }
    return !was_dot;
}

/* qtextSMTP and quoted-pairSMTP hold no control characters. */
static bool is_quoted_string(struct bytes local)
{
    if (local.size < 2 || quoted_end(local) != local.size) {
        return false;
    }
    for (size_t i = 0; i < local.size; i++) {
        if (local.at[i] < 0x20 || local.at[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static uint32_t check_local(struct bytes local)
{
    uint32_t faults = local.size > LOCAL_MAX ? PATH_LOCAL_LONG : 0;
    if (local.size > 0 && local.at[0] == '"') {
        return faults | PATH_QUOTED |
               (is_quoted_string(local) ? 0U : PATH_SYNTAX);
    }
    return faults | (is_dot_string(local) ? 0U : PATH_SYNTAX);
}

static uint32_t check_domain(struct bytes domain)
{
    uint32_t faults = domain.size > DOMAIN_MAX ? PATH_DOMAIN_LONG : 0;
    switch (host_kind(domain, true)) {
    case HOST_SINGLE:
        return faults | PATH_SINGLE_LABEL;
    case HOST_ADDRESS:
    case HOST_INVALID:
        return faults | PATH_DOMAIN_INVALID;
    case HOST_DOMAIN:
    case HOST_LITERAL:
        break;
    }
    return faults;
}

/* A-d-l ":" of RFC 5321 4.1.2: "@one,@two:", to be ignored. */
static size_t route_size(struct bytes inner)
{
    if (inner.at[0] != '@') {
        return 0;
    }
    const unsigned char *colon = memchr(inner.at, ':', inner.size);
    return colon == NULL ? 0 : (size_t)(colon - inner.at) + 1;
}

/* The @ before the domain: the last one, but none inside quotes. */
static size_t find_at(struct bytes address)
{
    size_t start = address.at[0] == '"' ? quoted_end(address) : 0;
    size_t found = address.size;
    for (size_t i = start; i < address.size; i++) {
        if (address.at[i] == '@') {
            found = i;
        }
        if (address.at[i] == '[' && found + 1 == i) {
            break; /* a literal runs to the end */
        }
    }
    return found;
}

struct bytes path_domain(struct bytes address)
{
    size_t at = address.size == 0 ? 0 : find_at(address);
    return bytes_part(address, at + 1, address.size);
}

static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

uint32_t path_check(struct bytes inner, struct bytes *address_out)
{
    size_t route = route_size(inner);
    struct bytes address = bytes_part(inner, route, inner.size);
    *address_out = address;
    uint32_t faults = route > 0 ? PATH_ROUTE : 0;
    if (inner.size + 2 > PATH_MAX_OCTETS) {
        faults |= PATH_LONG;
    }
    if (!is_ascii(inner)) {
        faults |= utf8_good_size(inner) == inner.size ? PATH_NOT_ASCII
                                                      : PATH_BAD_UTF8;
    }
    if (address.size == 0) {
        return faults | PATH_SYNTAX;
    }
    size_t at = find_at(address);
    faults |= check_local(bytes_part(address, 0, at));
    struct bytes domain = bytes_part(address, at + 1, address.size);
    if (domain.size == 0) {
        return faults | PATH_SYNTAX | PATH_NO_DOMAIN;
    }
    return faults | check_domain(domain);
}

/* The first `<` outside quotes, text.size when there is none. */
static size_t find_bracket(struct bytes text)
{
    size_t i = 0;
    while (i < text.size && text.at[i] != '<') {
        size_t quoted =
            text.at[i] == '"' ? quoted_end(bytes_part(text, i, text.size)) : 0;
        i += quoted > 0 ? quoted : 1;
    }
    return i;
}

/* The `>` that closes the path at the start of `text`, outside quotes. */
static size_t find_closing(struct bytes text)
{
    size_t i = 1;
    while (i < text.size && text.at[i] != '>') {
        size_t quoted =
            text.at[i] == '"' ? quoted_end(bytes_part(text, i, text.size)) : 0;
        i += quoted > 0 ? quoted : 1;
    }
    return i;
}

static void find_bare(struct bytes text, struct path_found *found)
{
    size_t size = 0;
    while (size < text.size && text.at[size] != ' ') {
        size++;
    }
    found->raw = bytes_part(text, 0, size);
    found->inner = found->raw;
    found->rest = bytes_part(text, size, text.size);
}

int path_find(struct bytes text, struct path_found *found_out)
{
    *found_out = (struct path_found){0};
    if (text.size == 0) {
        return -1;
    }
    size_t start = find_bracket(text);
    struct bytes from = bytes_part(text, start, text.size);
    size_t end = from.size == 0 ? 0 : find_closing(from);
    found_out->has_brackets = from.size > 0;
    if (!found_out->has_brackets) {
        find_bare(text, found_out);
    } else {
        found_out->has_name = start > 0;
        found_out->is_open = end == from.size;
        found_out->raw = bytes_part(from, 0, end + 1);
        found_out->inner = bytes_part(from, 1, end - 1);
        found_out->rest = bytes_part(from, end + 1, from.size);
    }
    struct bytes *rest = &found_out->rest;
    found_out->is_glued = rest->size > 0 && rest->at[0] != ' ';
    while (rest->size > 0 && rest->at[0] == ' ') {
        *rest = bytes_part(*rest, 1, rest->size);
    }
    return 0;
}
