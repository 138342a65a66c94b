/* SPDX-License-Identifier: MIT */
#include "server/options/address.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static int complain(char *why, const char *what, const char *text)
{
    snprintf(why, ADDRESS_WHY_SIZE, "'%.120s': %s", text, what);
    return -1;
}

static int copy(char *out, size_t size, const char *at, size_t length)
{
    if (length == 0 || length >= size) {
        return -1;
    }
    memcpy(out, at, length);
    out[length] = '\0';
    return 0;
}

static int read_port(const char *at, size_t length, uint16_t *port_out)
{
    unsigned port = 0;
    if (length == 0 || length > 5) {
        return -1;
    }
    for (size_t i = 0; i < length; i++) {
        if (!isdigit((unsigned char)at[i])) {
            return -1;
        }
        port = port * 10 + (unsigned)(at[i] - '0');
    }
    if (port > 65535) {
        return -1;
    }
    *port_out = (uint16_t)port;
    return 0;
}

/* HOST:PORT, [IPv6]:PORT, or PORT alone, which means 127.0.0.1. */
static int read_host_port(const char *text, size_t length, struct address *out)
{
    if (read_port(text, length, &out->port) == 0) {
        return copy(out->host, sizeof out->host, "127.0.0.1", 9);
    }
    const char *colon = memrchr(text, ':', length);
    if (colon == NULL) {
        return -1;
    }
    size_t host = (size_t)(colon - text);
    if (read_port(colon + 1, length - host - 1, &out->port) != 0) {
        return -1;
    }
    if (*text == '[' && host > 2 && text[host - 1] == ']') {
        return copy(out->host, sizeof out->host, text + 1, host - 2);
    }
    if (memchr(text, ':', host) != NULL || memchr(text, '[', host) != NULL) {
        return -1; /* IPv6 needs its brackets: 1:2 could be either */
    }
    return copy(out->host, sizeof out->host, text, host);
}

static int read_role(const char *value, struct address *out)
{
    static const char *const names[] = {"all", "mx", "submission",
                                        "submissions"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(value, names[i]) == 0) {
            out->role = (enum address_role)i;
            return 0;
        }
    }
    return -1;
}

static int read_inbox(const char *value, struct address *out)
{
    return inbox_name_is(value)
               ? copy(out->inbox, sizeof out->inbox, value, strlen(value))
               : -1;
}

static int read_without(const char *value, struct address *out)
{
    size_t used = strlen(out->without);
    int wrote = snprintf(out->without + used, sizeof out->without - used,
                         "%s%s", used ? "+" : "", value);
    return *value != '\0' && wrote >= 0 &&
                   (size_t)wrote < sizeof out->without - used
               ? 0
               : -1;
}

static int read_proxy(const char *value, struct address *out)
{
    out->has_proxy = true;
    out->proxy = strcmp(value, "on") == 0;
    return out->proxy || strcmp(value, "off") == 0 ? 0 : -1;
}

struct key {
    const char *name;
    int (*read)(const char *value, struct address *out);
    const char *form;
};

static const struct key keys[] = {
    {"role", read_role, "role is all, mx, submission or submissions"},
    {"without", read_without, "without names extensions, joined by +"},
    {"inbox", read_inbox, "inbox is 1 to 64 of letters, digits, . _ and -"},
    {"proxy", read_proxy, "proxy is on or off"}};

static int read_key(const char *text, size_t length, struct address *out,
                    char *why)
{
    char pair[400];
    char *value = NULL;
    if (copy(pair, sizeof pair, text, length) == 0) {
        value = strchr(pair, '=');
    }
    if (value == NULL) {
        return complain(why, "after the address comes ,key=value", text);
    }
    *value++ = '\0';
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(keys[i].name, pair) == 0) {
            return keys[i].read(value, out) == 0
                       ? 0
                       : complain(why, keys[i].form, value);
        }
    }
    return complain(why, "unknown key; known: role, without, inbox, proxy",
                    pair);
}

int address_read(const char *text, struct address *address_out,
                 char why_out[ADDRESS_WHY_SIZE])
{
    *address_out = (struct address){0};
    size_t length = strcspn(text, ",");
    if (strncmp(text, "unix:", 5) == 0) {
        address_out->is_unix = true;
        if (copy(address_out->path, sizeof address_out->path, text + 5,
                 length - 5) != 0) {
            return complain(why_out, "a socket's path has 1 to 107 octets",
                            text);
        }
    } else if (read_host_port(text, length, address_out) != 0) {
        return complain(why_out, "write HOST:PORT, [IPv6]:PORT or unix:PATH",
                        text);
    }
    for (const char *at = text + length; *at == ',';) {
        at++;
        length = strcspn(at, ",");
        if (read_key(at, length, address_out, why_out) != 0) {
            return -1;
        }
        at += length;
    }
    return 0;
}

char *address_text(const struct address *address,
                   char text_out[ADDRESS_TEXT_SIZE])
{
    if (address->is_unix) {
        snprintf(text_out, ADDRESS_TEXT_SIZE, "unix:%s", address->path);
    } else {
        bool is_v6 = strchr(address->host, ':') != NULL;
        snprintf(text_out, ADDRESS_TEXT_SIZE, "%s%s%s:%u", is_v6 ? "[" : "",
                 address->host, is_v6 ? "]" : "", (unsigned)address->port);
    }
    return text_out;
}

/* 127.0.0.1 or 127.1, not the name 127.example.test. */
static bool is_in_127(const char *host)
{
    return strncmp(host, "127.", 4) == 0 &&
           strspn(host, "0123456789.") == strlen(host);
}

bool address_is_loopback(const struct address *address)
{
    return address->is_unix || is_in_127(address->host) ||
           strcmp(address->host, "::1") == 0 ||
           strcasecmp(address->host, "localhost") == 0;
}
