/* SPDX-License-Identifier: MIT */
#include "webui/api/previews.h"

#include "inbox/mail/mail.h"
#include "webui/call/reading.h"
#include "webui/preview/preview.h"

#include <stdlib.h>
#include <string.h>

static struct hash_value capability_of(const struct call *call, uint64_t id)
{
    struct bytes octets = {(const unsigned char *)&id, sizeof id};

    return hash_of(call->webui->secret, octets);
}

const char *previews_path(struct call *call, uint64_t message)
{
    struct hash_value value = capability_of(call, message);

    return arena_print(call->arena, "/preview/%llu-%016llx%016llx/",
                       (unsigned long long)message,
                       (unsigned long long)value.words[0],
                       (unsigned long long)value.words[1]);
}

static bool read_hex(const char *text, uint64_t *word_out)
{
    *word_out = 0;
    for (size_t i = 0; i < 16; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *at = text[i] == '\0' ? NULL : strchr(digits, text[i]);
        if (at == NULL) {
            return false;
        }
        *word_out = *word_out << 4 | (uint64_t)(at - digits);
    }
    return true;
}

/* The message that a capability opens; 0: none. */
static uint64_t opened_by(const struct call *call, const char *capability)
{
    size_t digits = strspn(capability, "0123456789");
    uint64_t id = strtoull(capability, NULL, 10);
    struct hash_value given;

    if (digits == 0 || digits > 19 || capability[digits] != '-' ||
        !read_hex(capability + digits + 1, &given.words[0]) ||
        !read_hex(capability + digits + 17, &given.words[1]) ||
        capability[digits + 33] != '\0') {
        return 0;
    }
    return hash_equal(given, capability_of(call, id)) ? id : 0;
}

static enum call_result refuse(struct call *call)
{
    return call_refuse(call, 404,
                       "this preview ended with the program or the message; "
                       "open the message again");
}

/* Reads the message behind the path; false: there is none. */
static bool read_message(struct call *call, struct bytes *raw_out,
                         struct mail_content *content_out)
{
    uint64_t id = opened_by(call, call->words[0]);

    if (id == 0) {
        return false;
    }
    *raw_out = reading_raw(call->webui->inbox, id, call->arena);
    if (raw_out->size == 0) {
        return false;
    }
    mail_read(*raw_out, call->arena, content_out);
    return true;
}

static int level_of(struct call *call)
{
    const char *remote = call_param(call, "remote");

    if (remote == NULL) {
        return 0;
    }
    if (strcmp(remote, "img") == 0) {
        return 1;
    }
    return strcmp(remote, "all") == 0 ? 2 : -1;
}

/* The colours that a document without its own begins with. Behind everything,
 * since in front of a doctype it would change how the document is read. */
static const char dark_style[] = "<style>:root{color-scheme:dark}</style>";

/* The part to show: the message's own HTML, or the one that is asked for. */
static const struct mail_part *wanted_part(struct call *call,
                                           const struct mail_content *content)
{
    const char *section = call_param(call, "part");

    if (section == NULL) {
        return content->html_part;
    }
    const struct mail_part *part = mail_part_find(content->root, section);
    return part != NULL && strcmp(part->type, "text/html") == 0 ? part : NULL;
}

enum call_result previews_html(struct call *call)
{
    struct mail_content content;
    struct bytes raw;
    struct buffer html = {0};
    const struct mail_part *part;
    int level = level_of(call);
    const char *scheme = call_param(call, "scheme");

    if (scheme != NULL && strcmp(scheme, "dark") != 0) {
        return call_refuse(call, 400, "scheme: expected dark");
    }

    if (level < 0) {
        return call_refuse(call, 400, "remote: expected img or all");
    }
    if (!read_message(call, &raw, &content)) {
        return refuse(call);
    }
    part = wanted_part(call, &content);
    if (part == NULL) {
        return call_refuse(call, 404, "there is no such HTML part");
    }
    const char *text = mail_part_text(raw, part, call->arena);
    preview_rewrite((struct preview_source){bytes_of(text), content.root},
                    call->arena, &html, NULL);
    if (scheme != NULL) {
        buffer_add(&html, bytes_of(dark_style));
    }
    call_content(call, "text/html; charset=utf-8", &html);
    http_field(call->http, "Content-Security-Policy", preview_policy(level));
    http_field(call->http, "X-DNS-Prefetch-Control", "off");
    http_field(call->http, "Cache-Control", "private, no-store");
    return CALL_ANSWERED;
}

enum call_result previews_part(struct call *call)
{
    struct mail_content content;
    struct bytes raw;
    struct buffer octets = {0};
    const char *number = call->words[1];

    if (strspn(number, "0123456789") != strlen(number) || strlen(number) > 6 ||
        !read_message(call, &raw, &content)) {
        return refuse(call);
    }
    const struct mail_part *part =
        preview_part(content.root, strtoul(number, NULL, 10));
    const char *type = part == NULL ? NULL : preview_image_type(part);
    if (type == NULL) {
        return call_refuse(call, 404, "only images are shown in the preview");
    }
    mail_part_decode(raw, part, &octets);
    call_content(call, type, &octets);
    http_field(call->http, "Content-Security-Policy",
               "sandbox; default-src 'none'; style-src 'unsafe-inline'");
    http_field(call->http, "Cross-Origin-Resource-Policy", "cross-origin");
    http_field(call->http, "Cache-Control", "private, no-store");
    return CALL_ANSWERED;
}
