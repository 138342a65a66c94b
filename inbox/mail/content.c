/* SPDX-License-Identifier: MIT */
#include "inbox/mail/tree.h"

#include "inbox/mail/text.h"

#include <string.h>

#define MOST_TEXT ((size_t)1024 * 1024)
/* Encoded octets of a text that are worth decoding for MOST_TEXT of it. */
#define MOST_ENCODED (4 * MOST_TEXT)

struct reading {
    struct bytes raw;
    struct arena *arena;
    struct mail_content *content;
    struct buffer text;
    struct buffer enclosed;
};

static bool is_type(const struct mail_part *part, const char *type)
{
    return strcmp(part->type, type) == 0;
}

/* A part somebody would want to save. What a body shows by itself is none: the
 * alternatives of its text, and pictures it refers to by their id. */
static bool is_attachment(const struct mail_part *part, const char *above)
{
    bool is_text = is_type(part, "text/plain") || is_type(part, "text/html");

    if (strncmp(part->type, "multipart/", 10) == 0) {
        return false;
    }
    if (part->disposition && strcmp(part->disposition, "attachment") == 0) {
        return true;
    }
    if (part->disposition && strcmp(part->disposition, "inline") == 0) {
        return !is_text && !part->content_id;
    }
    if (is_text) {
        return part->filename != NULL;
    }
    if (strcmp(above, "multipart/alternative") == 0 ||
        strcmp(above, "multipart/report") == 0) {
        return part->filename != NULL;
    }
    return !(part->content_id && strcmp(above, "multipart/related") == 0);
}

/* Line by line, with LF where CR LF was. */
static void add_lines(struct buffer *out, struct bytes text)
{
    size_t at = 0;

    (void)buffer_room(out, text.size);
    while (at < text.size) {
        const unsigned char *lf = memchr(text.at + at, '\n', text.size - at);
        size_t end = lf ? (size_t)(lf - text.at) : text.size;
        bool is_crlf = lf && end > at && text.at[end - 1] == '\r';

        buffer_add(out, bytes_part(text, at, end - at - is_crlf));
        if (lf) {
            buffer_add_byte(out, '\n');
        }
        at = end + 1;
    }
}

/* Decodes the text of `part`, line ends as LF, appended to `out`. */
static void add_text(struct reading *reading, const struct mail_part *part,
                     struct buffer *out, bool *cut_out)
{
    struct mail_part first = *part;
    struct buffer decoded = {0};
    struct buffer text = {0};
    bool is_bad;

    *cut_out = first.body_size > MOST_ENCODED;
    first.body_size = *cut_out ? MOST_ENCODED : first.body_size;
    mail_part_decode(reading->raw, &first, &decoded);
    text_add_charset(&text, buffer_bytes(&decoded), part->charset, &is_bad);
    reading->content->is_undecodable |= is_bad;
    add_lines(out, buffer_bytes(&text));
    buffer_free(&decoded);
    buffer_free(&text);
}

/* The text in `from`, cut at a character, in the arena. */
static const char *settle(struct reading *reading, struct buffer *from,
                          bool *cut_out)
{
    char *text;

    if (from->size > MOST_TEXT) {
        *cut_out = true;
        buffer_add_byte(from, '\0');
        from->size = text_cut((const char *)from->at, MOST_TEXT);
    }
    text = arena_text(reading->arena, buffer_bytes(from));
    buffer_free(from);
    return text;
}

static void read_text(struct reading *reading, const struct mail_part *part)
{
    bool is_cut;

    if (reading->text.size > MOST_TEXT) {
        return;
    }
    if (reading->text.size > 0) {
        buffer_add_byte(&reading->text, '\n');
    }
    add_text(reading, part, &reading->text, &is_cut);
    reading->content->text_is_cut |= is_cut;
    reading->content->text = "";
}

static void read_html(struct reading *reading, const struct mail_part *part)
{
    struct buffer html = {0};
    struct mail_content *content = reading->content;

    add_text(reading, part, &html, &content->html_is_cut);
    content->html_part = part;
    content->html = settle(reading, &html, &content->html_is_cut);
}

/* Plain text; and a multipart in which no part was found, whose body is better
 * shown as it is than not at all. */
static bool is_readable(const struct mail_part *part)
{
    return is_type(part, "text/plain") ||
           strncmp(part->type, "multipart/", 10) == 0;
}

/* A text of a message inside the message: of HTML what is written, since links
 * are looked for, and what a person reads. */
static void enclose_text(struct reading *reading, const struct mail_part *part)
{
    struct mail_content *content = reading->content;
    struct buffer *out = &reading->enclosed;
    size_t begin = out->size;
    bool is_undecodable = content->is_undecodable;
    bool is_cut;

    add_text(reading, part, out, &is_cut);
    content->is_undecodable = is_undecodable; /* that is said of our own text */
    buffer_add_byte(out, '\n');
    if (is_type(part, "text/html")) {
        struct buffer visible = {0};

        text_add_html(&visible,
                      bytes_part(buffer_bytes(out), begin, out->size - begin),
                      MOST_TEXT);
        buffer_add(out, buffer_bytes(&visible));
        buffer_add_byte(out, '\n');
        buffer_free(&visible);
    }
}

/* Fields in the body, for programs: why a mail came back (RFC 3464), that it was
 * read (RFC 8098) or complained of (RFC 5965), the header of what it was about
 * (RFC 6522); RFC 6533 has the names with "global". */
static bool is_fields(const struct mail_part *part)
{
    static const char *const types[] = {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/feedback-report",
        "message/global-headers",
        "text/rfc822-headers"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (is_type(part, types[i])) {
            return true;
        }
    }
    return false;
}

static void add_subject(struct reading *reading, struct bytes header)
{
    struct mail_summary summary;

    mail_summarize(header, reading->arena, &summary);
    if (summary.subject) {
        buffer_add(&reading->enclosed, bytes_of(summary.subject));
        buffer_add_byte(&reading->enclosed, '\n');
    }
}

static void enclose_fields(struct reading *reading,
                           const struct mail_part *part)
{
    struct buffer *out = &reading->enclosed;
    size_t begin = out->size;

    enclose_text(reading, part);
    add_subject(reading,
                bytes_part(buffer_bytes(out), begin, out->size - begin));
}

/* Such a message may be the original of a bounce, or one that was forwarded. */
static void enclose(struct reading *reading, const struct mail_part *part,
                    bool is_message)
{
    if (reading->enclosed.size > MOST_TEXT) {
        return;
    }
    if (is_message) {
        add_subject(reading, bytes_part(reading->raw, part->header_offset,
                                        part->header_size));
    }
    if (part->child_count == 0 && is_fields(part)) {
        enclose_fields(reading, part);
    } else if (part->child_count == 0 &&
               (is_type(part, "text/plain") || is_type(part, "text/html"))) {
        enclose_text(reading, part);
    }
    for (size_t i = 0; i < part->child_count; i++) {
        enclose(reading, &part->children[i], tree_is_message(part));
    }
}

/* `above`: type of the multipart around it. What lies in a message inside the
 * message is not this message's text, but searched with it. */
static void read_part(struct reading *reading, struct mail_part *part,
                      const char *above)
{
    if (tree_is_message(part) || is_fields(part)) {
        enclose(reading, part, false);
    }
    part->is_attachment = is_attachment(part, above);
    if (part->is_attachment) {
        reading->content->attachments++;
        return;
    }
    if (part->child_count == 0 && is_readable(part)) {
        read_text(reading, part);
    } else if (part->child_count == 0 && is_type(part, "text/html") &&
               !reading->content->html) {
        read_html(reading, part);
    }
    if (tree_is_message(part)) {
        return;
    }
    for (size_t i = 0; i < part->child_count; i++) {
        read_part(reading, &part->children[i], part->type);
    }
}

static void read_visible(struct reading *reading)
{
    struct mail_content *content = reading->content;
    struct buffer visible = {0};

    if (content->html) {
        text_add_html(&visible, bytes_of(content->html), MOST_TEXT);
        content->html_text = mail_utf8(buffer_bytes(&visible), reading->arena);
        buffer_free(&visible);
    }
}

static void make_snippet(struct reading *reading)
{
    struct mail_content *content = reading->content;
    struct bytes text = text_trim(bytes_of(content->text));

    if (text.size == 0) {
        text = bytes_of(content->html_text);
    }
    content->snippet = text_snippet(text, reading->arena);
}

void mail_read(struct bytes raw, struct arena *arena,
               struct mail_content *content_out)
{
    struct reading reading = {
        .raw = raw, .arena = arena, .content = content_out};

    *content_out = (struct mail_content){0};
    content_out->root =
        tree_read(raw, arena, &content_out->part_count, &content_out->is_cut);
    /* The body of a message that is one part is shown, whatever it is called,
     * unless it is no text at all. */
    read_part(&reading, content_out->root, "");
    if (content_out->text) {
        content_out->text =
            settle(&reading, &reading.text, &content_out->text_is_cut);
    }
    buffer_free(&reading.text);
    if (reading.enclosed.size > 0) {
        bool is_cut;

        content_out->enclosed = settle(&reading, &reading.enclosed, &is_cut);
    }
    read_visible(&reading);
    make_snippet(&reading);
}
