/* SPDX-License-Identifier: MIT */
#include "inbox/match/text.h"

#include "inbox/base/memory.h"
#include "inbox/match/match.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* 1,000,000 steps are some 10 ms. */
#define MATCH_LIMIT 1000000
#define DEPTH_LIMIT 10000
#define BLANKS " \t\r\n\v\f"

struct match_regex {
    pcre2_code *code;
    pcre2_match_context *limits;
};

struct match_regex *match_regex_new(const char *pattern, char error_out[120])
{
    struct match_regex *regex = memory_new(sizeof(*regex));
    PCRE2_SIZE at = 0;
    int error = 0;

    regex->code =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                      PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C |
                          PCRE2_MATCH_INVALID_UTF,
                      &error, &at, NULL);
    if (!regex->code) {
        pcre2_get_error_message(error, (PCRE2_UCHAR *)error_out, 120);
        free(regex);
        return NULL;
    }
    regex->limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(regex->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(regex->limits, DEPTH_LIMIT);
    return regex;
}

void match_regex_free(struct match_regex *regex)
{
    if (!regex) {
        return;
    }
    pcre2_code_free(regex->code);
    pcre2_match_context_free(regex->limits);
    free(regex);
}

static bool find(const pcre2_code *code, const char *text,
                 pcre2_match_context *limits)
{
    pcre2_match_data *found = pcre2_match_data_create(1, NULL);
    int result = pcre2_match(code, (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0,
                             0, found, limits);

    pcre2_match_data_free(found);
    return result >= 0;
}

bool match_regex_find(const struct match_regex *regex, const char *text)
{
    return find(regex->code, text, regex->limits);
}

static bool is_ascii(const char *text)
{
    while (*text != '\0' && (unsigned char)*text < 0x80) {
        text++;
    }
    return *text == '\0';
}

/* Case is ignored as Unicode folds it; the library knows how. */
static bool find_folded(const char *text, const char *part, uint32_t options)
{
    PCRE2_SIZE at = 0;
    int error = 0;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)part, PCRE2_ZERO_TERMINATED,
                                     PCRE2_UTF | PCRE2_CASELESS |
                                         PCRE2_MATCH_INVALID_UTF | options,
                                     &error, &at, NULL);
    bool is_found = code ? find(code, text, NULL) : strstr(text, part) != NULL;

    pcre2_code_free(code);
    return is_found;
}

/* Adds `part` so that each of its characters means itself. */
static void add_literal(struct buffer *out, struct bytes part)
{
    for (size_t i = 0; i < part.size; i++) {
        if (part.at[i] < 0x80 && !isalnum(part.at[i])) {
            buffer_add_byte(out, '\\');
        }
        buffer_add_byte(out, part.at[i]);
    }
}

/* A blank in `part` is any white space of the text: lines are folded and
 * wrapped where nobody sees it, and HTML has blanks of its own. */
static bool find_phrase(const char *text, const char *part)
{
    struct buffer expression = {0};
    while (*part != '\0') {
        size_t blanks = strspn(part, BLANKS);
        size_t size = strcspn(part + blanks, BLANKS);
        buffer_add(&expression, blanks > 0 ? BYTES("\\s+") : BYTES(""));
        part += blanks;
        add_literal(&expression,
                    (struct bytes){(const unsigned char *)part, size});
        part += size;
    }
    buffer_add_byte(&expression, '\0');
    bool is_found = find_folded(text, (const char *)expression.at, PCRE2_UCP);
    buffer_free(&expression);
    return is_found;
}

bool match_contains(const char *text, const char *part)
{
    if (!text) {
        return false;
    }
    if (strpbrk(part, BLANKS) != NULL) {
        return find_phrase(text, part);
    }
    return is_ascii(part) ? strcasestr(text, part) != NULL
                          : find_folded(text, part, PCRE2_LITERAL);
}

bool match_same(const char *text, const char *other)
{
    if (!text) {
        return false;
    }
    if (is_ascii(other)) {
        return strcasecmp(text, other) == 0;
    }
    return find_folded(text, other,
                       PCRE2_LITERAL | PCRE2_ANCHORED | PCRE2_ENDANCHORED);
}

/* The pattern as an expression. What stands between two stars is taken where
 * it comes first and that is final, so no pattern runs long. */
static void add_pattern(struct buffer *out, const char *pattern)
{
    const char *last = strrchr(pattern, '*');
    const char *from = pattern + strcspn(pattern, "*");

    buffer_add(out, BYTES("\\A"));
    add_literal(out, (struct bytes){(const unsigned char *)pattern,
                                    (size_t)(from - pattern)});
    while (from < last) {
        size_t size = strcspn(++from, "*");

        buffer_add(out, BYTES("(?>.*?"));
        add_literal(out, (struct bytes){(const unsigned char *)from, size});
        buffer_add_byte(out, ')');
        from += size;
    }
    if (last != NULL) {
        buffer_add(out, BYTES(".*"));
        add_literal(out, bytes_of(last + 1));
    }
    buffer_add(out, BYTES("\\z"));
}

bool match_like(const char *text, const char *pattern)
{
    struct buffer expression = {0};

    if (!text) {
        return false;
    }
    add_pattern(&expression, pattern);
    buffer_add_byte(&expression, '\0');
    bool is_like = find_folded(text, (const char *)expression.at, PCRE2_DOTALL);
    buffer_free(&expression);
    return is_like;
}
