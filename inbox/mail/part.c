/* SPDX-License-Identifier: MIT */
#include "inbox/mail/text.h"

#include <string.h>
#include <strings.h>

#include <gmime/gmime.h>

const struct mail_part *mail_part_find(const struct mail_part *root,
                                       const char *section)
{
    const struct mail_part *part = root;

    /* Sections grow downwards, so only one child can lead to it. */
    while (part && strcmp(part->section, section) != 0) {
        const struct mail_part *next = NULL;

        for (size_t i = 0; i < part->child_count && !next; i++) {
            const struct mail_part *child = &part->children[i];
            size_t size = strlen(child->section);

            if (size > 5 && strcmp(child->section + size - 5, ".TEXT") == 0) {
                size -= 5;
            }
            if (strncmp(child->section, section, size) == 0 &&
                (section[size] == '\0' || section[size] == '.')) {
                next = child;
            }
        }
        part = next;
    }
    return part;
}

static GMimeContentEncoding encoding_of(const struct mail_part *part)
{
    static const struct {
        const char *name;
        GMimeContentEncoding encoding;
    } names[] = {
        {"base64", GMIME_CONTENT_ENCODING_BASE64},
        {"quoted-printable", GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE},
        {"x-uuencode", GMIME_CONTENT_ENCODING_UUENCODE},
        {"uuencode", GMIME_CONTENT_ENCODING_UUENCODE},
        {"x-uue", GMIME_CONTENT_ENCODING_UUENCODE},
    };

    for (size_t i = 0; part->encoding && i < sizeof(names) / sizeof(names[0]);
         i++) {
        if (strcasecmp(part->encoding, names[i].name) == 0) {
            return names[i].encoding;
        }
    }
    return GMIME_CONTENT_ENCODING_DEFAULT;
}

/* Octets of uuencode stand between a "begin MODE NAME" line and "end". */
static struct bytes behind_begin(struct bytes body)
{
    size_t at = 0;

    while (at < body.size) {
        struct bytes rest = bytes_part(body, at, body.size);
        const unsigned char *end = memchr(rest.at, '\n', rest.size);

        at = end ? (size_t)(end - body.at) + 1 : body.size;
        if (rest.size > 6 && memcmp(rest.at, "begin ", 6) == 0) {
            return bytes_part(body, at, body.size);
        }
    }
    return body;
}

/* Base64 and the rest are decoded a piece at a time: the room that GMime asks
 * for is the worst case. */
#define STEP ((size_t)65536)

static void decode_some(GMimeEncoding *encoding, struct bytes run,
                        struct buffer *out)
{
    unsigned char *room =
        buffer_room(out, g_mime_encoding_outlen(encoding, run.size) + 4);

    out->size += g_mime_encoding_step(encoding, (const char *)run.at, run.size,
                                      (char *)room);
}

void mail_part_decode(struct bytes raw, const struct mail_part *part,
                      struct buffer *out)
{
    struct bytes body = bytes_part(raw, part->body_offset, part->body_size);
    GMimeContentEncoding kind = encoding_of(part);
    GMimeEncoding encoding;

    if (kind == GMIME_CONTENT_ENCODING_DEFAULT || part->child_count > 0) {
        buffer_add(out, body);
        return;
    }
    text_begin();
    g_mime_encoding_init_decode(&encoding, kind);
    if (kind == GMIME_CONTENT_ENCODING_UUENCODE) {
        body = behind_begin(body);
        encoding.state |= GMIME_UUDECODE_STATE_BEGIN;
    }
    while (body.size > 0) {
        size_t step = body.size < STEP ? body.size : STEP;

        decode_some(&encoding, bytes_part(body, 0, step), out);
        body = bytes_part(body, step, body.size);
    }
    if (kind == GMIME_CONTENT_ENCODING_BASE64) {
        /* Padding that was left out: what is whole without it is unmoved. */
        decode_some(&encoding, BYTES("=="), out);
    }
}

char *mail_part_text(struct bytes raw, const struct mail_part *part,
                     struct arena *arena)
{
    struct buffer decoded = {0};
    struct buffer text = {0};
    bool is_bad;

    mail_part_decode(raw, part, &decoded);
    text_add_charset(&text, buffer_bytes(&decoded), part->charset, &is_bad);
    buffer_free(&decoded);
    return text_settle(&text, arena);
}
