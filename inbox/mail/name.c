/* SPDX-License-Identifier: MIT */
#include "inbox/mail/text.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define MOST_NAME ((size_t)120)

/* Characters that make a name look like another one: controls, and those that
 * turn the writing direction (U+202A-E, U+2066-9, U+200E-F, U+061C). */
static bool is_deceiving(struct bytes rest)
{
    unsigned char first = rest.at[0];

    if (first < ' ' || first == 0x7F) {
        return true;
    }
    if (rest.size >= 2 && first == 0xC2 && rest.at[1] < 0xA0) {
        return true; /* C1 controls */
    }
    if (rest.size >= 2 && first == 0xD8 && rest.at[1] == 0x9C) {
        return true;
    }
    if (rest.size < 3 || first != 0xE2) {
        return false;
    }
    return (rest.at[1] == 0x80 &&
            ((rest.at[2] >= 0xAA && rest.at[2] <= 0xAE) ||
             (rest.at[2] >= 0x8B && rest.at[2] <= 0x8F))) ||
           (rest.at[1] == 0x81 && rest.at[2] >= 0xA6 && rest.at[2] <= 0xA9);
}

/* What stands behind the last separator of a path, Windows' too. */
static struct bytes last_component(struct bytes name)
{
    for (size_t i = name.size; i > 0; i--) {
        if (name.at[i - 1] == '/' || name.at[i - 1] == '\\') {
            return bytes_part(name, i, name.size);
        }
    }
    return name;
}

/* Names that Windows takes for devices, whatever their ending. */
static bool is_device(const char *name)
{
    static const char *const devices[] = {"con", "prn", "aux", "nul"};
    size_t size = strcspn(name, ".");

    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        if (size == 3 && strncasecmp(name, devices[i], 3) == 0) {
            return true;
        }
    }
    return size == 4 &&
           (strncasecmp(name, "com", 3) == 0 ||
            strncasecmp(name, "lpt", 3) == 0) &&
           name[3] >= '0' && name[3] <= '9';
}

static void add_safe(struct buffer *out, struct bytes name)
{
    size_t at = 0;

    while (at < name.size) {
        bool is_valid;
        struct bytes rest = bytes_part(name, at, 4);
        size_t size = text_sequence(rest, &is_valid);

        if (!is_valid || is_deceiving(rest)) {
            at += size;
            continue;
        }
        if (size == 1 && strchr("<>:\"|?*", name.at[at])) {
            buffer_add_byte(out, '_');
        } else {
            buffer_add(out, bytes_part(rest, 0, size));
        }
        at += size;
    }
}

/* Leading dots hide a file, trailing dots and blanks vanish on Windows. */
static struct bytes trimmed(struct bytes name)
{
    while (name.size > 0 && (name.at[0] == '.' || name.at[0] == ' ')) {
        name = bytes_part(name, 1, name.size);
    }
    while (name.size > 0 &&
           (name.at[name.size - 1] == '.' || name.at[name.size - 1] == ' ')) {
        name.size--;
    }
    return name;
}

/* At most MOST_NAME octets, the ending kept. */
static char *shortened(char *name, struct arena *arena)
{
    size_t size = strlen(name);
    const char *dot = strrchr(name, '.');
    size_t ending = dot && size - (size_t)(dot - name) <= 16
                        ? size - (size_t)(dot - name)
                        : 0;

    if (size <= MOST_NAME) {
        return name;
    }
    return arena_print(arena, "%.*s%s", (int)text_cut(name, MOST_NAME - ending),
                       name, ending > 0 ? dot : "");
}

static const char *ending_of(const struct mail_part *part)
{
    static const struct {
        const char *type;
        const char *ending;
    } endings[] = {
        {"text/plain", "txt"},        {"text/html", "html"},
        {"image/png", "png"},         {"image/jpeg", "jpg"},
        {"image/gif", "gif"},         {"application/pdf", "pdf"},
        {"message/rfc822", "eml"},    {"text/calendar", "ics"},
        {"text/csv", "csv"},          {"application/zip", "zip"},
        {"application/json", "json"}, {"image/svg+xml", "svg"},
    };

    for (size_t i = 0; part && i < sizeof(endings) / sizeof(endings[0]); i++) {
        if (strcmp(part->type, endings[i].type) == 0) {
            return endings[i].ending;
        }
    }
    return "bin";
}

char *mail_safe_name(const char *filename, uint64_t message,
                     const struct mail_part *part, struct arena *arena)
{
    struct buffer safe = {0};
    struct bytes kept;
    char *name;

    add_safe(&safe, last_component(bytes_of(filename)));
    kept = trimmed(buffer_bytes(&safe));
    name = kept.size > 0
               ? arena_text(arena, kept)
               : arena_print(arena, "m%" PRIu64 "-part-%s.%s", message,
                             part ? part->section : "1", ending_of(part));
    buffer_free(&safe);
    if (is_device(name)) {
        name = arena_print(arena, "_%s", name);
    }
    return shortened(name, arena);
}
