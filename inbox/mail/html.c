/* SPDX-License-Identifier: MIT */
#include "inbox/mail/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a person reads of an HTML text, for snippets and search: a scanner, no
 * parser, linear whatever it is given. */

static void add_character(struct buffer *out, unsigned long character)
{
    unsigned char octets[4];
    size_t size = 0;

    if (character == 0 || character > 0x10FFFF ||
        (character >= 0xD800 && character <= 0xDFFF)) {
        character = 0xFFFD;
    }
    if (character < 0x80) {
        octets[size++] = (unsigned char)character;
    } else if (character < 0x800) {
        octets[size++] = (unsigned char)(0xC0 | character >> 6);
    } else if (character < 0x10000) {
        octets[size++] = (unsigned char)(0xE0 | character >> 12);
        octets[size++] = (unsigned char)(0x80 | (character >> 6 & 0x3F));
    } else {
        octets[size++] = (unsigned char)(0xF0 | character >> 18);
        octets[size++] = (unsigned char)(0x80 | (character >> 12 & 0x3F));
        octets[size++] = (unsigned char)(0x80 | (character >> 6 & 0x3F));
    }
    if (character >= 0x80) {
        octets[size++] = (unsigned char)(0x80 | (character & 0x3F));
    }
    buffer_add(out, (struct bytes){octets, size});
}

/* Resolves the entity at `text`; returns its size, 0: there is none. */
static size_t add_entity(struct buffer *out, struct bytes text)
{
    char name[12];
    size_t size = 1;

    while (size < text.size && size < sizeof(name) && text.at[size] != ';' &&
           text.at[size] > ' ') {
        name[size - 1] = (char)text.at[size];
        size++;
    }
    if (size >= text.size || size >= sizeof(name) || text.at[size] != ';') {
        return 0;
    }
    name[size - 1] = '\0';
    if (name[0] == '#') {
        bool is_hex = name[1] == 'x' || name[1] == 'X';

        add_character(out,
                      strtoul(name + (is_hex ? 2 : 1), NULL, is_hex ? 16 : 10));
        return size + 1;
    }
    uint32_t character = 0;
    if (!text_entity(name, &character)) {
        return 0;
    }
    if (character != 0) {
        add_character(out, character);
    }
    return size + 1;
}

static size_t find(struct bytes text, size_t from, const char *what)
{
    const unsigned char *found =
        from < text.size
            ? memmem(text.at + from, text.size - from, what, strlen(what))
            : NULL;

    return found ? (size_t)(found - text.at) : text.size;
}

/* Elements whose content nobody reads. */
static const char *hidden_element(struct bytes tag)
{
    static const char *const hidden[] = {"style", "script", "title", "template",
                                         "noscript"};

    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        size_t size = strlen(hidden[i]);

        if (bytes_start_nocase(tag, bytes_of(hidden[i])) &&
            (tag.size == size || strchr(" \t\r\n/>", tag.at[size]))) {
            return hidden[i];
        }
    }
    return NULL;
}

/* Behind the end tag of `name`, case ignored. */
static size_t after_element(struct bytes html, size_t from, const char *name)
{
    struct bytes want = bytes_of(name);

    while (from < html.size) {
        from = find(html, from, "</");
        if (bytes_start_nocase(bytes_part(html, from + 2, want.size), want)) {
            return find(html, from, ">");
        }
        from += 2;
    }
    return html.size;
}

/* Behind the markup at `at`, which is a '<'. */
static size_t skip_markup(struct bytes html, size_t at)
{
    const char *hidden;
    size_t end;

    if (bytes_start_nocase(bytes_part(html, at, 4), BYTES("<!--"))) {
        end = find(html, at + 4, "-->");
        return end < html.size ? end + 3 : html.size;
    }
    hidden = hidden_element(bytes_part(html, at + 1, 16));
    end = hidden ? after_element(html, at + 1, hidden) : find(html, at, ">");
    return end < html.size ? end + 1 : html.size;
}

static bool begins_tag(struct bytes html, size_t at)
{
    unsigned char next = at + 1 < html.size ? html.at[at + 1] : 0;

    return (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') ||
           next == '/' || next == '!' || next == '?';
}

/* Tags that do not part words. */
static bool is_within_words(struct bytes html, size_t at)
{
    static const char *const names[] = {
        "b", "i", "u", "a", "em", "strong", "span", "font", "small", "wbr"};
    size_t start = at + 1 + (at + 1 < html.size && html.at[at + 1] == '/');

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t size = strlen(names[i]);
        struct bytes tag = bytes_part(html, start, size + 1);

        if (tag.size == size + 1 &&
            bytes_start_nocase(tag, bytes_of(names[i])) &&
            strchr(" \t\r\n/>", tag.at[size])) {
            return true;
        }
    }
    return false;
}

void text_add_html(struct buffer *out, struct bytes html, size_t most)
{
    size_t start = out->size;
    size_t at = 0;

    while (at < html.size && out->size - start < most) {
        size_t entity = 0;

        if (html.at[at] == '<' && begins_tag(html, at)) {
            if (!is_within_words(html, at)) {
                buffer_add_byte(out, ' ');
            }
            at = skip_markup(html, at);
            continue;
        }
        if (html.at[at] == '&') {
            entity = add_entity(out, bytes_part(html, at, 14));
        }
        if (entity == 0) {
            buffer_add_byte(out, html.at[at]);
        }
        at += entity > 0 ? entity : 1;
    }
}

/* Characters that take no room and fill the previews of newsletters. */
static bool is_invisible(struct bytes character)
{
    return bytes_equal(character, BYTES("\xCD\x8F")) ||
           bytes_equal(character, BYTES("\xE2\x80\x8B")) ||
           bytes_equal(character, BYTES("\xE2\x80\x8C")) ||
           bytes_equal(character, BYTES("\xE2\x80\x8D")) ||
           bytes_equal(character, BYTES("\xEF\xBB\xBF")) ||
           bytes_equal(character, BYTES("\xC2\xAD"));
}

static bool is_blank(struct bytes character)
{
    return character.at[0] <= ' ' || bytes_equal(character, BYTES("\xC2\xA0"));
}

/* Does `character` show as something of its own? */
static bool is_seen(struct bytes character, bool is_valid)
{
    bool is_ascii = character.at[0] < 0x80;

    return is_valid && !is_blank(character) &&
           (is_ascii || !is_invisible(character));
}

#define SNIPPET_CHARACTERS 200

char *text_snippet(struct bytes text, struct arena *arena)
{
    struct buffer out = {0};
    size_t characters = 0;
    bool is_blank_due = false;
    size_t at = 0;

    (void)buffer_room(&out, SNIPPET_CHARACTERS);
    while (at < text.size && characters < SNIPPET_CHARACTERS) {
        bool is_valid;
        size_t size = text_sequence(bytes_part(text, at, 4), &is_valid);
        struct bytes character = bytes_part(text, at, size);

        at += size;
        if (!is_seen(character, is_valid)) {
            is_blank_due |= is_blank(character);
            continue;
        }
        if (is_blank_due && out.size > 0) {
            buffer_add_byte(&out, ' ');
            characters++;
        }
        is_blank_due = false;
        if (character.size == 1) {
            buffer_add_byte(&out, character.at[0]);
        } else {
            buffer_add(&out, character);
        }
        characters++;
    }
    return text_settle(&out, arena);
}
