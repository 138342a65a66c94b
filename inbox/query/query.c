/* SPDX-License-Identifier: MIT */
#include "inbox/query/query.h"

#include "inbox/mail/mail.h"
#include "inbox/query/facts.h"
#include "inbox/query/parser.h"
#include "inbox/query/words.h"

#include <stdio.h>
#include <string.h>

/* Beyond this a question is an attack. */
#define MOST_TERMS 200
#define MOST_DEPTH 50

struct query *query_fail(struct query_parser *parser, size_t at,
                         const char *words)
{
    if (!parser->has_failed) {
        parser->has_failed = true;
        parser->error->at = at;
        snprintf(parser->error->words, sizeof(parser->error->words), "%s",
                 words);
    }
    return NULL;
}

struct query *query_node(struct query_parser *parser, enum query_kind kind,
                         const struct query *first, const struct query *second)
{
    struct query *made = arena_new(parser->arena, sizeof(*made));

    made->kind = kind;
    made->first = first;
    made->second = second;
    return made;
}

static void skip_blanks(struct query_parser *parser)
{
    while (parser->text[parser->at] != '\0' &&
           strchr(" \t\r\n", parser->text[parser->at])) {
        parser->at++;
    }
}

/* word = everything up to white space, a quote or a parenthesis */
static struct bytes take_word(struct query_parser *parser)
{
    const char *start = parser->text + parser->at;
    size_t size = strcspn(start, " \t\r\n\"()");

    parser->at += size;
    return (struct bytes){(const unsigned char *)start, size};
}

/* phrase = DQUOTE *( "\" any / any but DQUOTE ) DQUOTE */
static char *take_phrase(struct query_parser *parser)
{
    size_t start = parser->at++;
    struct buffer phrase = {0};
    char *result;

    while (parser->text[parser->at] != '"') {
        if (parser->text[parser->at] == '\\' &&
            parser->text[parser->at + 1] != '\0') {
            parser->at++;
        }
        if (parser->text[parser->at] == '\0') {
            query_fail(parser, start, "a quote opens here and never closes");
            break;
        }
        buffer_add_byte(&phrase, (unsigned char)parser->text[parser->at++]);
    }
    parser->at += parser->text[parser->at] == '"';
    result = arena_text(parser->arena, buffer_bytes(&phrase));
    buffer_free(&phrase);
    return result;
}

static struct query *parse_all(struct query_parser *parser);

/* What an alias stands for. What is wrong with it is wrong with its value. */
static struct query *parse_alias(struct query_parser *parser, const char *means,
                                 size_t at)
{
    struct query_parser inner = *parser;
    struct query_error error = {0};

    inner.text = means;
    inner.at = 0;
    inner.error = &error;
    struct query *made = parse_all(&inner);
    parser->terms = inner.terms;
    return made ? made : query_fail(parser, at, error.words);
}

static struct query *parse_field(struct query_parser *parser, struct bytes name,
                                 size_t start)
{
    size_t row = query_word_find(name);
    size_t at = parser->at;
    bool is_phrase = parser->text[at] == '"';
    struct query_written written = {.is_phrase = is_phrase, .at = at};
    struct query *term;
    const char *means;

    written.value = is_phrase ? take_phrase(parser)
                              : arena_text(parser->arena, take_word(parser));
    if (*written.value != '\0' &&
        query_is_alias(parser, name, &written, &means)) {
        return parse_alias(parser, means, at);
    }
    if (row == SIZE_MAX) {
        return query_fail(
            parser, start,
            arena_print(
                parser->arena,
                "there is no field \"%.*s\"; put the whole word in quotes "
                "to look for it as text",
                (int)(name.size < 30 ? name.size : 30), (const char *)name.at));
    }
    if (*written.value == '\0') {
        return query_fail(parser, at,
                          arena_print(parser->arena, "%s: needs a value",
                                      query_word(row)->field));
    }
    term = query_value(parser, row, &written);
    if (term && term->field == QUERY_HEADER) {
        term->name = arena_text(parser->arena, bytes_part(name, 7, name.size));
    }
    return term;
}

static struct query *any(struct query_parser *parser, const char *text)
{
    struct query *term = query_node(parser, QUERY_TERM, NULL, NULL);

    term->field = QUERY_ANY;
    term->compare = QUERY_CONTAINS;
    term->text = text;
    term->piece = text;
    return term;
}

/* word = [field ":"] value. */
static struct query *parse_word(struct query_parser *parser)
{
    size_t start = parser->at;
    const char *from = parser->text + start;
    size_t size = strcspn(from, " \t\r\n\"():");
    struct bytes word = {(const unsigned char *)from, size};
    char *phrase;

    if (from[0] == '"') {
        phrase = take_phrase(parser);
        if (*phrase == '\0') {
            return query_fail(parser, start, "an empty phrase finds nothing");
        }
        return any(parser, phrase);
    }
    if (from[size] == ':' && size > 0) {
        parser->at += size + 1;
        return parse_field(parser, word, start);
    }
    word = take_word(parser);
    if (word.size == 0) {
        return query_fail(parser, start,
                          "a word, a phrase or field:value is "
                          "expected here");
    }
    return any(parser, arena_text(parser->arena, word));
}

static struct query *parse_group(struct query_parser *parser)
{
    size_t start = parser->at++;
    struct query *inner;

    if (++parser->depth > MOST_DEPTH) {
        return query_fail(
            parser, start,
            arena_print(parser->arena,
                        "more than %d parentheses inside each other",
                        MOST_DEPTH));
    }
    inner = parse_all(parser);
    parser->depth--;
    if (parser->has_failed) {
        return NULL;
    }
    if (!inner) {
        return query_fail(parser, start, "nothing stands in these parentheses");
    }
    if (parser->text[parser->at] != ')') {
        return query_fail(parser, start,
                          "a parenthesis opens here and never closes");
    }
    parser->at++;
    return inner;
}

static struct query *parse_term(struct query_parser *parser)
{
    bool is_not = parser->text[parser->at] == '-';
    struct query *term;

    parser->at += is_not;
    if (++parser->terms > MOST_TERMS) {
        return query_fail(
            parser, parser->at,
            arena_print(parser->arena, "more than %d terms", MOST_TERMS));
    }
    term = parser->text[parser->at] == '(' ? parse_group(parser)
                                           : parse_word(parser);
    if (!term) {
        return NULL;
    }
    return is_not ? query_node(parser, QUERY_NOT, term, NULL) : term;
}

/* Is the word OR here, as a word of its own? */
static bool at_or(const struct query_parser *parser)
{
    const char *here = parser->text + parser->at;

    return here[0] == 'O' && here[1] == 'R' &&
           (here[2] == '\0' || strchr(" \t\r\n(", here[2]));
}

static struct query *parse_or(struct query_parser *parser)
{
    struct query *left;

    if (at_or(parser)) {
        return query_fail(parser, parser->at, "OR needs a term before it");
    }
    left = parse_term(parser);
    skip_blanks(parser);
    while (left && at_or(parser)) {
        size_t start = parser->at;
        struct query *right;

        parser->at += 2;
        skip_blanks(parser);
        if (parser->text[parser->at] == '\0' ||
            parser->text[parser->at] == ')' || at_or(parser)) {
            return query_fail(parser, start, "OR needs a term behind it");
        }
        right = parse_term(parser);
        if (!right) {
            return NULL;
        }
        left = query_node(parser, QUERY_OR, left, right);
        skip_blanks(parser);
    }
    return left;
}

static struct query *parse_all(struct query_parser *parser)
{
    struct query *all = NULL;

    skip_blanks(parser);
    while (parser->text[parser->at] != '\0' &&
           parser->text[parser->at] != ')') {
        struct query *next = parse_or(parser);

        if (!next) {
            return NULL;
        }
        all = all ? query_node(parser, QUERY_AND, all, next) : next;
        skip_blanks(parser);
    }
    return all;
}

int query_read(struct query_asked asked, struct arena *arena,
               const struct query **query_out, struct query_error *error_out)
{
    const char *text = asked.text;
    struct query_parser parser = {.text = text,
                                  .now_us = asked.now_us,
                                  .zone_us = asked.zone_us,
                                  .arena = arena,
                                  .error = error_out};
    const char *valid;
    size_t at = 0;

    *error_out = (struct query_error){0};
    *query_out = NULL;
    valid = mail_utf8(bytes_of(text), arena);
    if (strcmp(valid, text) != 0) {
        while (text[at] == valid[at]) {
            at++;
        }
        query_fail(&parser, at, "this is not UTF-8");
        return -1;
    }
    *query_out = parse_all(&parser);
    if (!parser.has_failed && text[parser.at] == ')') {
        query_fail(&parser, parser.at, "this parenthesis closes nothing");
    }
    return parser.has_failed ? -1 : 0;
}

static bool is_any_of(const char *text, const char *one, const char *other)
{
    return strcmp(text, one) == 0 || strcmp(text, other) == 0;
}

unsigned query_wants(const struct query *query)
{
    if (!query) {
        return 0;
    }
    if (query->kind != QUERY_TERM) {
        return query_wants(query->first) | query_wants(query->second);
    }
    /* The summary knows most of what `has` and `is` ask. */
    if (query->field == QUERY_HAS) {
        return is_any_of(query->text, "html", "text") ||
                       strcmp(query->text, "inline") == 0
                   ? FACTS_CONTENT
               : is_any_of(query->text, "tls", "auth") ? FACTS_SESSION
                                                       : 0;
    }
    if (query->field == QUERY_IS) {
        return strcmp(query->text, "fault") == 0 ? FACTS_SESSION : 0;
    }
    return query_field_wants(query->field);
}
