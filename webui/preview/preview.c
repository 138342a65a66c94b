/* SPDX-License-Identifier: MIT */
#include "webui/preview/preview.h"

#include <string.h>
#include <strings.h>

#include "webui/preview/link.h"
#include "webui/preview/tag.h"

/* What is being rewritten. */
struct rewriting {
    struct preview_links links;
    struct bytes html;
    size_t at;
    struct buffer *out;
    struct preview_tag tag;
};

static bool is_space(unsigned char octet)
{
    return octet == ' ' || octet == '\t' || octet == '\n' || octet == '\r' ||
           octet == '\f';
}

/* Does `text` begin with the start of a tag that acts in spite of a CSP? */
static bool is_acting(struct bytes text)
{
    static const char *const tags[] = {"<link", "<base", "<meta", "<iframe",
                                       "<frame"};

    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        struct bytes tag = bytes_of(tags[i]);

        if (text.size > tag.size && bytes_start_nocase(text, tag) &&
            (is_space(text.at[tag.size]) || text.at[tag.size] == '/' ||
             text.at[tag.size] == '>')) {
            return true;
        }
    }
    return false;
}

/* Copies what is no markup to us: comments, attribute values, the text of
 * styles and scripts. Where a browser might come to another opinion (it is in
 * SVG, say) an acting tag must not come alive there: its "<" is written as an
 * entity, which in an attribute even means the same. */
static void add_inert(struct rewriting *rewriting, struct bytes text)
{
    size_t done = 0;
    size_t at = 0;

    while (at < text.size) {
        const unsigned char *next = memchr(text.at + at, '<', text.size - at);

        if (!next) {
            break;
        }
        at = (size_t)(next - text.at);
        if (is_acting(bytes_part(text, at, 8))) {
            buffer_add(rewriting->out, bytes_part(text, done, at - done));
            buffer_add(rewriting->out, BYTES("&lt;"));
            done = at + 1;
        }
        at++;
    }
    buffer_add(rewriting->out, bytes_part(text, done, text.size));
}

/* Every word of rel must be harmless: rel="stylesheet preconnect" connects. */
static bool is_stylesheet(const struct preview_tag *tag)
{
    const struct preview_attribute *rel = preview_attribute(tag, "rel");
    struct bytes rest = rel ? rel->value : (struct bytes){0};
    bool is_found = false;

    if (tag->has_more) {
        return false;
    }
    while (rest.size > 0) {
        size_t size = 0;
        struct bytes word;

        while (size < rest.size && !is_space(rest.at[size])) {
            size++;
        }
        word = bytes_part(rest, 0, size);
        rest = bytes_part(rest, size + (size < rest.size), rest.size);
        if (bytes_equal_nocase(word, BYTES("stylesheet"))) {
            is_found = true;
        } else if (word.size > 0 &&
                   !bytes_equal_nocase(word, BYTES("alternate"))) {
            return false;
        }
    }
    return is_found;
}

static bool is_dropped(const struct preview_tag *tag)
{
    if (preview_is_tag(tag, "base")) {
        return true;
    }
    if (preview_is_tag(tag, "meta")) {
        return tag->has_more || preview_attribute(tag, "http-equiv");
    }
    return preview_is_tag(tag, "link") && !tag->is_end && !is_stylesheet(tag);
}

enum attribute_kind { OTHER, REFERENCE, SET, STYLE };

static enum attribute_kind kind_of(const struct preview_tag *tag,
                                   struct bytes name)
{
    static const char *const references[] = {"src", "background", "poster",
                                             "data", "xlink:href"};

    if (bytes_equal_nocase(name, BYTES("style"))) {
        return STYLE;
    }
    if (bytes_equal_nocase(name, BYTES("srcset"))) {
        return SET;
    }
    if (bytes_equal_nocase(name, BYTES("href"))) {
        return preview_is_tag(tag, "a") || preview_is_tag(tag, "area")
                   ? OTHER
                   : REFERENCE;
    }
    for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
        if (bytes_equal_nocase(name, bytes_of(references[i]))) {
            return REFERENCE;
        }
    }
    return OTHER;
}

static enum preview_use use_of(const struct preview_tag *tag)
{
    static const char *const others[] = {"link",   "iframe", "frame", "embed",
                                         "object", "audio",  "video", "source",
                                         "track",  "script"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (preview_is_tag(tag, others[i])) {
            return PREVIEW_OTHER;
        }
    }
    return PREVIEW_IMAGE;
}

/* The value that `attribute` should have instead; false: as it is. */
static bool new_value(struct rewriting *rewriting,
                      const struct preview_attribute *attribute,
                      struct buffer *value_out)
{
    const struct preview_tag *tag = &rewriting->tag;
    const char *resolved;

    switch (kind_of(tag, attribute->name)) {
    case REFERENCE:
        resolved =
            preview_resolve(&rewriting->links, attribute->value, use_of(tag));
        if (resolved) {
            buffer_add(value_out, bytes_of(resolved));
        }
        return resolved != NULL;
    case SET:
        return preview_add_srcset(&rewriting->links, attribute->value,
                                  value_out);
    case STYLE:
        preview_add_css(&rewriting->links, attribute->value, value_out);
        return !bytes_equal(buffer_bytes(value_out), attribute->value);
    case OTHER:
        break;
    }
    return false;
}

/* In quotes of the kind that the value does not need: its entities stay. */
static void add_quoted(struct buffer *out, struct bytes value)
{
    bool has_double = value.size > 0 && memchr(value.at, '"', value.size);

    buffer_add_byte(out, has_double ? '\'' : '"');
    for (size_t i = 0; i < value.size; i++) {
        if (has_double && value.at[i] == '\'') {
            buffer_add(out, BYTES("&#39;"));
        } else {
            buffer_add_byte(out, value.at[i]);
        }
    }
    buffer_add_byte(out, has_double ? '\'' : '"');
}

static void add_attribute(struct rewriting *rewriting,
                          const struct preview_attribute *attribute,
                          struct buffer *out)
{
    struct buffer value = {0};

    if (new_value(rewriting, attribute, &value)) {
        buffer_add_byte(out, ' ');
        buffer_add(out, attribute->name);
        buffer_add_byte(out, '=');
        add_quoted(out, buffer_bytes(&value));
    } else {
        buffer_add(out, attribute->whole);
    }
    buffer_free(&value);
}

/* A link that leaves the page opens in a tab of its own, and without a way
 * back to us. */
static bool is_leaving(const struct preview_tag *tag)
{
    const struct preview_attribute *href;

    if (tag->is_end ||
        (!preview_is_tag(tag, "a") && !preview_is_tag(tag, "area"))) {
        return false;
    }
    href = preview_attribute(tag, "href");
    href = href ? href : preview_attribute(tag, "xlink:href");
    return href && !(href->value.size > 0 && href->value.at[0] == '#');
}

/* Before the policy stops a frame, Chromium has already connected to where it
 * would have gone: it gets nowhere to go. */
static bool is_frame(const struct preview_tag *tag)
{
    return preview_is_tag(tag, "iframe") || preview_is_tag(tag, "frame");
}

static bool is_frame_address(const struct preview_tag *tag,
                             const struct preview_attribute *attribute)
{
    return is_frame(tag) && bytes_equal_nocase(attribute->name, BYTES("src"));
}

static bool is_replaced(bool is_link, const struct preview_attribute *attribute)
{
    return is_link && (bytes_equal_nocase(attribute->name, BYTES("target")) ||
                       bytes_equal_nocase(attribute->name, BYTES("rel")));
}

/* What stands behind the name: attributes, of links with ours in front. */
static void add_attributes(struct rewriting *rewriting, struct bytes rest,
                           struct buffer *out)
{
    const struct preview_tag *tag = &rewriting->tag;
    bool is_link = is_leaving(tag);

    if (is_link) {
        buffer_add(out,
                   BYTES(" target=\"_blank\" rel=\"noopener noreferrer\""));
    }
    for (size_t i = 0; i < tag->attribute_count; i++) {
        const struct preview_attribute *attribute = &tag->attributes[i];

        if (!is_replaced(is_link, attribute) &&
            !is_frame_address(tag, attribute)) {
            add_attribute(rewriting, attribute, out);
        }
        rest = bytes_part(rest, attribute->whole.size, rest.size);
    }
    buffer_add(out, rest);
}

static void add_tag(struct rewriting *rewriting)
{
    const struct preview_tag *tag = &rewriting->tag;
    struct bytes rest = bytes_part(tag->whole, 1, tag->whole.size);
    bool is_unread = tag->is_end || tag->is_unfinished || tag->has_more ||
                     memchr(tag->name.at, '<', tag->name.size);
    struct buffer out = {0};

    if (is_dropped(tag)) {
        /* Something must stay: "<<base>link ...>" would become a link. */
        buffer_add(rewriting->out, BYTES("<!---->"));
        return;
    }
    if (is_unread) {
        buffer_add(&out, rest);
    } else {
        buffer_add(&out, tag->name);
        add_attributes(rewriting, bytes_part(rest, tag->name.size, rest.size),
                       &out);
    }
    /* As a whole: an acting tag may be made of an attribute and what follows
     * it. */
    buffer_add(rewriting->out, is_unread && is_frame(tag) && !tag->is_end
                                   ? BYTES("&lt;")
                                   : BYTES("<"));
    add_inert(rewriting, buffer_bytes(&out));
    buffer_free(&out);
}

static size_t find(struct bytes html, size_t from, const char *what)
{
    const unsigned char *found =
        from < html.size
            ? memmem(html.at + from, html.size - from, what, strlen(what))
            : NULL;

    return found ? (size_t)(found - html.at) : html.size;
}

/* Behind the comment at `at` (13.2.5.43 and on): "<!-->" and "--!>" end one
 * too. */
static size_t after_comment(struct bytes html, size_t at)
{
    size_t usual;
    size_t odd;

    if (bytes_start_nocase(bytes_part(html, at + 4, 1), BYTES(">"))) {
        return at + 5;
    }
    if (bytes_start_nocase(bytes_part(html, at + 4, 2), BYTES("->"))) {
        return at + 6;
    }
    usual = find(html, at + 4, "-->");
    odd = find(bytes_part(html, 0, usual), at + 4, "--!>");
    if (odd < usual) {
        return odd + 4;
    }
    return usual < html.size ? usual + 3 : html.size;
}

/* Behind what is no tag although it begins with "<": a comment, a doctype, a
 * bogus comment up to the next ">". */
static size_t after_declaration(struct bytes html, size_t at)
{
    size_t end;

    if (bytes_start_nocase(bytes_part(html, at, 4), BYTES("<!--"))) {
        return after_comment(html, at);
    }
    end = find(html, at, ">");
    return end < html.size ? end + 1 : html.size;
}

/* Elements whose content is text, not markup. */
static const char *text_element(const struct preview_tag *tag)
{
    static const char *const names[] = {"style",   "script",   "title",
                                        "xmp",     "textarea", "iframe",
                                        "noembed", "noframes"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!tag->is_end && preview_is_tag(tag, names[i])) {
            return names[i];
        }
    }
    return NULL;
}

/* The text behind a tag that begins some, up to its end tag. */
static void add_text_element(struct rewriting *rewriting, const char *name)
{
    struct bytes html = rewriting->html;
    size_t end = rewriting->at;
    size_t size = strlen(name);
    struct bytes text;

    for (;;) {
        struct bytes tag;

        end = find(html, end, "</");
        tag = bytes_part(html, end + 2, size + 1);
        if (end >= html.size ||
            (bytes_start_nocase(tag, bytes_of(name)) && tag.size == size + 1 &&
             (is_space(tag.at[size]) || tag.at[size] == '/' ||
              tag.at[size] == '>'))) {
            break;
        }
        end += 2;
    }
    text = bytes_part(html, rewriting->at, end - rewriting->at);
    rewriting->at = end;
    if (strcasecmp(name, "style") == 0) {
        struct buffer css = {0};

        preview_add_css(&rewriting->links, text, &css);
        add_inert(rewriting, buffer_bytes(&css));
        buffer_free(&css);
        return;
    }
    add_inert(rewriting, text);
}

static bool is_letter(struct bytes html, size_t at)
{
    return at < html.size && ((html.at[at] >= 'a' && html.at[at] <= 'z') ||
                              (html.at[at] >= 'A' && html.at[at] <= 'Z'));
}

/* What stands at a "<". */
static void add_markup(struct rewriting *rewriting)
{
    struct bytes html = rewriting->html;
    size_t at = rewriting->at;
    unsigned char next = at + 1 < html.size ? html.at[at + 1] : 0;
    const char *name;

    if (is_letter(html, at + 1) || (next == '/' && is_letter(html, at + 2))) {
        preview_read_tag(html, at, &rewriting->tag);
        rewriting->at = at + rewriting->tag.whole.size;
        add_tag(rewriting);
        name = text_element(&rewriting->tag);
        if (name) {
            add_text_element(rewriting, name);
        }
        return;
    }
    if (next == '!' || next == '?' || next == '/') {
        rewriting->at = after_declaration(html, at);
        add_inert(rewriting, bytes_part(html, at, rewriting->at - at));
        return;
    }
    buffer_add_byte(rewriting->out, '<');
    rewriting->at++;
}

void preview_rewrite(struct preview_source source, struct arena *arena,
                     struct buffer *out, struct preview_report *report_out)
{
    struct bytes html = source.html;
    struct preview_report unwanted = {0};
    struct rewriting *rewriting = arena_new(arena, sizeof(*rewriting));

    rewriting->html = html;
    rewriting->out = out;
    rewriting->links.arena = arena;
    rewriting->links.report = report_out ? report_out : &unwanted;
    *rewriting->links.report = (struct preview_report){0};
    preview_list_parts(&rewriting->links, source.root);
    while (rewriting->at < html.size) {
        size_t end = find(html, rewriting->at, "<");

        buffer_add(out, bytes_part(html, rewriting->at, end - rewriting->at));
        rewriting->at = end;
        if (end < html.size) {
            add_markup(rewriting);
        }
    }
}
