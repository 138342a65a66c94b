/* SPDX-License-Identifier: MIT */
#include "inbox/query/facts.h"

#include <stdlib.h>
#include <string.h>

/* The session's JSON texts (tls, auth, proxy) are our own and flat; the JSON
 * library is the web's. This only finds a member in one level. */

struct scan {
    const char *at;
};

static void skip_blanks(struct scan *scan)
{
    scan->at += strspn(scan->at, " \t\r\n");
}

static void add_escape(struct scan *scan, struct buffer *out)
{
    static const char names[] = "\"\\/bfnrt";
    static const char octets[] = "\"\\/\b\f\n\r\t";
    const char *found = *scan->at ? strchr(names, *scan->at) : NULL;

    if (found) {
        buffer_add_byte(out, (unsigned char)octets[found - names]);
        scan->at++;
        return;
    }
    /* Our writer escapes controls this way, and U+FFFD. */
    if (*scan->at == 'u' && strnlen(scan->at, 5) == 5) {
        char digits[5] = {0};
        unsigned long code;

        memcpy(digits, scan->at + 1, 4);
        code = strtoul(digits, NULL, 16);
        if (code < 0x80 && code > 0) {
            buffer_add_byte(out, (unsigned char)code);
        } else {
            buffer_add(out, BYTES("\xEF\xBF\xBD"));
        }
        scan->at += 5;
    }
}

static const char *take_text(struct scan *scan, struct arena *arena)
{
    struct buffer out = {0};
    const char *text;

    scan->at++;
    while (*scan->at != '"' && *scan->at != '\0') {
        if (*scan->at == '\\') {
            scan->at++;
            add_escape(scan, &out);
        } else {
            buffer_add_byte(&out, (unsigned char)*scan->at++);
        }
        if (*scan->at == '\0') {
            break;
        }
    }
    scan->at += *scan->at == '"';
    text = arena_text(arena, buffer_bytes(&out));
    buffer_free(&out);
    return text;
}

/* An array or object: as it is written. */
static const char *take_nested(struct scan *scan, struct arena *arena)
{
    const char *start = scan->at;
    int depth = 0;

    do {
        if (*scan->at == '"') {
            (void)take_text(scan, arena);
            continue;
        }
        depth += *scan->at == '{' || *scan->at == '[';
        depth -= *scan->at == '}' || *scan->at == ']';
        scan->at++;
    } while (depth > 0 && *scan->at != '\0');
    return arena_text(arena, (struct bytes){(const unsigned char *)start,
                                            (size_t)(scan->at - start)});
}

static const char *take_value(struct scan *scan, struct arena *arena)
{
    size_t size;
    const char *start = scan->at;

    if (*start == '"') {
        return take_text(scan, arena);
    }
    if (*start == '{' || *start == '[') {
        return take_nested(scan, arena);
    }
    size = strcspn(start, ",} \t\r\n");
    scan->at += size;
    if (size == 4 && strncmp(start, "null", 4) == 0) {
        return "";
    }
    return arena_text(arena,
                      (struct bytes){(const unsigned char *)start, size});
}

const char *facts_member(const char *text, const char *name,
                         struct arena *arena)
{
    struct scan scan = {.at = text ? text : ""};

    skip_blanks(&scan);
    if (*scan.at != '{') {
        return NULL;
    }
    scan.at++;
    for (;;) {
        const char *key;
        const char *value;

        skip_blanks(&scan);
        if (*scan.at != '"') {
            return NULL;
        }
        key = take_text(&scan, arena);
        skip_blanks(&scan);
        scan.at += *scan.at == ':';
        skip_blanks(&scan);
        value = take_value(&scan, arena);
        if (strcmp(key, name) == 0) {
            return value;
        }
        skip_blanks(&scan);
        if (*scan.at != ',') {
            return NULL;
        }
        scan.at++;
    }
}
