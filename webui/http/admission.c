/* SPDX-License-Identifier: MIT */
#include "webui/http/admission.h"

#include "inbox/base/bytes.h"

#include <arpa/inet.h>
#include <string.h>

/* "host:port" or "[v6]:port" without its port; the host of nothing is empty. */
static struct bytes without_port(struct bytes host)
{
    if (host.size > 0 && host.at[0] == '[') {
        const unsigned char *end = memchr(host.at, ']', host.size);
        return end == NULL ? (struct bytes){0}
                           : bytes_part(host, 0, (size_t)(end - host.at) + 1);
    }
    const unsigned char *colon =
        host.size == 0 ? NULL : memchr(host.at, ':', host.size);
    return colon == NULL ? host
                         : bytes_part(host, 0, (size_t)(colon - host.at));
}

static bool is_address(struct bytes host)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];
    int family = AF_INET;

    if (host.size > 2 && host.at[0] == '[') {
        family = AF_INET6;
        host = bytes_part(host, 1, host.size - 2);
    }
    if (host.size == 0 || host.size >= sizeof text) {
        return false;
    }
    memcpy(text, host.at, host.size);
    text[host.size] = '\0';
    return inet_pton(family, text, address) == 1;
}

static bool is_plain_name(struct bytes host)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

    for (size_t i = 0; i < host.size; i++) {
        if (memchr(allowed, host.at[i], sizeof allowed - 1) == NULL) {
            return false;
        }
    }
    return host.size > 0;
}

static bool is_named(struct bytes host, const struct admission *admission)
{
    for (size_t i = 0; i < admission->name_count; i++) {
        struct bytes name = bytes_of(admission->names[i]);
        if (bytes_equal(name, BYTES("*")) || bytes_equal_nocase(name, host)) {
            return true;
        }
    }
    return false;
}

/* localhost and names below it never leave the machine (RFC 6761 6.3); a name
 * without a dot is none that a public DNS answers. */
static bool is_host_ours(struct bytes host, const struct admission *admission)
{
    static const char local[] = ".localhost";
    size_t tail = sizeof local - 1;

    if (is_address(host) || is_plain_name(host)) {
        return true;
    }
    if (host.size > tail &&
        bytes_equal_nocase(bytes_part(host, host.size - tail, tail),
                           BYTES(".localhost"))) {
        return true;
    }
    return is_named(host, admission);
}

/* The Origin must be the Host itself; the scheme aside, since a proxy may end
 * TLS in front of us. */
static bool is_origin_ours(const struct admission *admission)
{
    const char *mark = strstr(admission->origin, "://");

    if (mark == NULL) {
        return false; /* "null" too: a sandboxed or file page */
    }
    struct bytes origin = bytes_of(mark + 3);
    return bytes_equal_nocase(origin, bytes_of(admission->host)) ||
           is_named(without_port(origin), admission);
}

const char *admission_refusal(const struct admission *admission)
{
    struct bytes host = bytes_of(admission->host);
    const char *site = admission->fetch_site;

    if (admission->host == NULL ||
        !is_host_ours(without_port(host), admission)) {
        return "the Host is not one of ours; name it with --http-host NAME";
    }
    if (admission->origin != NULL && !admission->skip_origin &&
        !is_origin_ours(admission)) {
        return "the Origin is another one; name it with --http-host NAME";
    }
    if (admission->is_change && site != NULL &&
        strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0) {
        return "the request comes from a page of another site";
    }
    return NULL;
}
