/* SPDX-License-Identifier: MIT */
#include "webui/preview/link.h"

#include <stdlib.h>
#include <string.h>

/* Entities that may stand in an address; ids rarely need more. */
static size_t add_decoded(struct buffer *out, struct bytes text)
{
    static const struct {
        const char *entity;
        char octet;
    } rows[] = {{"&amp;", '&'},   {"&quot;", '"'}, {"&apos;", '\''},
                {"&colon;", ':'}, {"&lt;", '<'},   {"&gt;", '>'},
                {"&commat;", '@'}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (bytes_start_nocase(text, bytes_of(rows[i].entity))) {
            buffer_add_byte(out, (unsigned char)rows[i].octet);
            return strlen(rows[i].entity);
        }
    }
    if (text.size > 3 && text.at[1] == '#') {
        char digits[8] = {0};
        size_t size = text.size - 2 < 7 ? text.size - 2 : 7;
        bool is_hex;
        char *end;
        unsigned long code;

        memcpy(digits, text.at + 2, size);
        is_hex = digits[0] == 'x' || digits[0] == 'X';
        code = strtoul(digits + is_hex, &end, is_hex ? 16 : 10);
        if (end > digits + is_hex && code > 0 && code < 0x80) {
            buffer_add_byte(out, (unsigned char)code);
            return 2 + (size_t)(end - digits) + (*end == ';');
        }
    }
    buffer_add_byte(out, '&');
    return 1;
}

/* The reference as the browser would use it: entities resolved, white space at
 * the ends gone, none inside (URL standard 4.4). */
static struct bytes plain(struct preview_links *links, struct bytes reference)
{
    struct buffer out = {0};
    struct bytes result;
    size_t at = 0;

    while (at < reference.size) {
        unsigned char octet = reference.at[at];

        if (octet == '&') {
            at += add_decoded(&out, bytes_part(reference, at, 12));
            continue;
        }
        if (octet != '\t' && octet != '\n' && octet != '\r' &&
            (octet != ' ' || out.size > 0)) {
            buffer_add_byte(&out, octet);
        }
        at++;
    }
    while (out.size > 0 && out.at[out.size - 1] == ' ') {
        out.size--;
    }
    result = arena_bytes(links->arena, buffer_bytes(&out));
    buffer_free(&out);
    return result;
}

static int hex_of(unsigned char digit)
{
    const char *digits = "0123456789abcdef";
    const char *found =
        digit
            ? strchr(digits, digit >= 'A' && digit <= 'F' ? digit + 32 : digit)
            : NULL;

    return found ? (int)(found - digits) : -1;
}

/* %40 and the like (RFC 2392: a Content-ID is written so in a URL). */
static char *percent_decoded(struct preview_links *links, struct bytes text)
{
    char *out = arena_text(links->arena, text);
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        bool is_coded = text.at[i] == '%' && i + 2 < text.size &&
                        hex_of(text.at[i + 1]) >= 0 &&
                        hex_of(text.at[i + 2]) >= 0;

        if (is_coded) {
            out[size++] =
                (char)(hex_of(text.at[i + 1]) * 16 + hex_of(text.at[i + 2]));
            i += 2;
        } else {
            out[size++] = (char)text.at[i];
        }
    }
    out[size] = '\0';
    return out;
}

static void list_below(struct preview_links *links,
                       const struct mail_part *part, size_t *number)
{
    if (part->child_count == 0) {
        if ((part->content_id || part->location) &&
            links->target_count < PREVIEW_TARGETS) {
            links->targets[links->target_count++] =
                (struct preview_target){part, *number};
        }
        (*number)++;
    }
    for (size_t i = 0; i < part->child_count; i++) {
        list_below(links, &part->children[i], number);
    }
}

void preview_list_parts(struct preview_links *links,
                        const struct mail_part *root)
{
    size_t number = 0;

    links->target_count = 0;
    list_below(links, root, &number);
}

static const struct preview_target *find_part(const struct preview_links *links,
                                              const char *id,
                                              const char *location)
{
    for (size_t i = 0; i < links->target_count; i++) {
        const struct mail_part *part = links->targets[i].part;

        if ((id && part->content_id && strcmp(part->content_id, id) == 0) ||
            (location && part->location &&
             strcmp(part->location, location) == 0)) {
            return &links->targets[i];
        }
    }
    return NULL;
}

static void count_host(struct preview_links *links, struct bytes address)
{
    struct preview_report *report = links->report;
    const unsigned char *start = memmem(address.at, address.size, "//", 2);
    size_t from = start ? (size_t)(start - address.at) + 2 : 0;
    size_t size = 0;
    const char *host;

    while (from + size < address.size &&
           !strchr("/?#\\", address.at[from + size])) {
        size++;
    }
    host = arena_text(links->arena, bytes_part(address, from, size));
    for (size_t i = 0; i < report->host_count; i++) {
        if (strcmp(report->hosts[i], host) == 0) {
            return;
        }
    }
    if (report->host_count < PREVIEW_HOSTS && *host != '\0') {
        report->hosts[report->host_count++] = host;
    }
}

static void count_remote(struct preview_links *links, struct bytes address,
                         enum preview_use use)
{
    if (use == PREVIEW_IMAGE) {
        links->report->remote_images++;
    } else {
        links->report->remote_others++;
    }
    count_host(links, address);
}

const char *preview_resolve(struct preview_links *links, struct bytes reference,
                            enum preview_use use)
{
    struct bytes address = plain(links, reference);
    bool is_cid = bytes_start_nocase(address, BYTES("cid:"));
    const char *id = NULL;
    const struct preview_target *target;

    if (address.size == 0 || address.at[0] == '#') {
        return NULL;
    }
    if (is_cid) {
        id = percent_decoded(links, bytes_part(address, 4, address.size));
    }
    target =
        find_part(links, id, is_cid ? NULL : arena_text(links->arena, address));
    if (target) {
        return arena_print(links->arena, "cid/%zu", target->number);
    }
    if (is_cid) {
        links->report->unresolved++;
    } else if (bytes_start_nocase(address, BYTES("http:")) ||
               bytes_start_nocase(address, BYTES("https:")) ||
               bytes_start_nocase(address, BYTES("//")) ||
               bytes_start_nocase(address, BYTES("ftp:"))) {
        count_remote(links, address, use);
    }
    return NULL;
}

static bool is_space(unsigned char octet)
{
    return octet == ' ' || octet == '\t' || octet == '\n' || octet == '\r' ||
           octet == '\f';
}

/* srcset = candidate *( "," candidate ), candidate = URL [descriptor] */
bool preview_add_srcset(struct preview_links *links, struct bytes value,
                        struct buffer *out)
{
    struct buffer set = {0};
    bool is_changed = false;
    size_t at = 0;

    while (at < value.size) {
        size_t from = at;
        size_t size = 0;
        const char *resolved;

        while (at < value.size &&
               (is_space(value.at[at]) || value.at[at] == ',')) {
            at++;
        }
        buffer_add(&set, bytes_part(value, from, at - from));
        while (at + size < value.size && !is_space(value.at[at + size])) {
            size++;
        }
        while (size > 0 && value.at[at + size - 1] == ',') {
            size--;
        }
        resolved =
            preview_resolve(links, bytes_part(value, at, size), PREVIEW_IMAGE);
        buffer_add(&set,
                   resolved ? bytes_of(resolved) : bytes_part(value, at, size));
        is_changed |= resolved != NULL;
        from = at += size;
        while (at < value.size && value.at[at] != ',') {
            at++;
        }
        buffer_add(&set, bytes_part(value, from, at - from));
    }
    if (is_changed) {
        buffer_add(out, buffer_bytes(&set));
    }
    buffer_free(&set);
    return is_changed;
}

/* Was the last word before `at` an @import? */
static bool is_import(struct bytes css, size_t at)
{
    while (at > 0 && (is_space(css.at[at - 1]) || css.at[at - 1] == '"' ||
                      css.at[at - 1] == '\'')) {
        at--;
    }
    return at >= 7 &&
           bytes_start_nocase(bytes_part(css, at - 7, 7), BYTES("@import"));
}

/* The reference behind "url(" at `at`: octets up to its end, white space and
 * quotes aside. */
static struct bytes url_at(struct bytes css, size_t at)
{
    size_t end = at;
    unsigned char quote = 0;

    while (at < css.size && is_space(css.at[at])) {
        at++;
    }
    if (at < css.size && (css.at[at] == '"' || css.at[at] == '\'')) {
        quote = css.at[at++];
    }
    end = at;
    while (end < css.size && css.at[end] != quote &&
           (quote || (css.at[end] != ')' && !is_space(css.at[end]))) &&
           css.at[end] != '\n') {
        end++;
    }
    return bytes_part(css, at, end - at);
}

void preview_add_css(struct preview_links *links, struct bytes css,
                     struct buffer *out)
{
    size_t at = 0;
    size_t done = 0;

    while (at < css.size) {
        bool is_url = bytes_start_nocase(bytes_part(css, at, 4), BYTES("url("));
        bool is_at =
            bytes_start_nocase(bytes_part(css, at, 8), BYTES("@import "));
        struct bytes reference;
        const char *resolved;

        if (!is_url && !is_at) {
            at++;
            continue;
        }
        reference = url_at(css, at + (is_url ? 4 : 8));
        if (is_at && bytes_start_nocase(reference, BYTES("url("))) {
            at += 8;
            continue;
        }
        resolved = preview_resolve(links, reference,
                                   is_at || is_import(css, at) ? PREVIEW_OTHER
                                                               : PREVIEW_IMAGE);
        if (resolved) {
            buffer_add(out, bytes_part(css, done,
                                       (size_t)(reference.at - css.at) - done));
            buffer_add(out, bytes_of(resolved));
            done = (size_t)(reference.at - css.at) + reference.size;
        }
        at = reference.size > 0
                 ? (size_t)(reference.at - css.at) + reference.size
                 : at + 4;
    }
    buffer_add(out, bytes_part(css, done, css.size));
}
