/* SPDX-License-Identifier: MIT */
#include "inbox/query/query.h"

#include "inbox/base/calendar.h"

#include <string.h>

/* A search as a sentence, for whoever typed it. */

static const struct query_word *word_of(const struct query *term)
{
    const struct query_word *word;

    for (size_t i = 0; (word = query_word(i)) != NULL; i++) {
        if (query_word_field(i) == term->field) {
            return word;
        }
    }
    return NULL;
}

/* "octets of the message: >1M" is explained up to the colon. */
static void add_subject(struct buffer *out, const struct query *term,
                        const struct query_word *word)
{
    if (term->field == QUERY_HEADER) {
        buffer_print(out, "header field %s", term->name);
        return;
    }
    buffer_print(out, "%.*s", (int)strcspn(word->sentence, ":,"),
                 word->sentence);
}

static void add_number(struct buffer *out, const struct query *term,
                       const char *takes)
{
    static const char *const signs[] = {
        [QUERY_CONTAINS] = "is",   [QUERY_EQUAL] = "is",
        [QUERY_ABOVE] = "above",   [QUERY_BELOW] = "below",
        [QUERY_AT_LEAST] = "from", [QUERY_AT_MOST] = "up to",
    };
    char text[CALENDAR_TEXT_SIZE];

    if (strcmp(takes, "time") == 0) {
        /* The sentence says before or after by itself. */
        buffer_print(out, " %.19sZ", calendar_text(term->number, text));
        return;
    }
    buffer_print(out, " %s ", signs[term->compare]);
    if (strcmp(takes, "duration") == 0) {
        buffer_print(out, "%lld ms", (long long)term->number / 1000);
    } else if (term->field == QUERY_CODE && term->compare == QUERY_CONTAINS) {
        buffer_print(out, "%lldxx", (long long)term->number / 100);
    } else {
        buffer_print(out, "%lld", (long long)term->number);
    }
}

static void add_term(struct buffer *out, const struct query *term)
{
    static const char *const texts[] = {
        [QUERY_CONTAINS] = "contains",
        [QUERY_EQUAL] = "is",
        [QUERY_LIKE] = "is like",
    };
    const struct query_word *word = word_of(term);

    if (term->field == QUERY_ANY) {
        buffer_print(out, "\"%s\" anywhere", term->text);
    } else if (term->field == QUERY_HAS || term->field == QUERY_IS) {
        buffer_print(out, "%s %s", word->field, term->text);
    } else {
        add_subject(out, term, word);
        if (*term->text == '\0') {
            add_number(out, term, word->takes);
        } else {
            buffer_print(out, " %s \"%s\"", texts[term->compare], term->text);
        }
    }
}

static void add_query(struct buffer *out, const struct query *query,
                      bool is_inside)
{
    bool is_or = query->kind == QUERY_OR;

    switch (query->kind) {
    case QUERY_TERM:
        add_term(out, query);
        break;
    case QUERY_NOT:
        buffer_add(out, BYTES("not ("));
        add_query(out, query->first, false);
        buffer_add_byte(out, ')');
        break;
    default:
        buffer_add(out, is_or && is_inside ? BYTES("(") : BYTES(""));
        add_query(out, query->first, !is_or);
        buffer_add(out, is_or ? BYTES(" or ") : BYTES(", and "));
        add_query(out, query->second, !is_or);
        buffer_add(out, is_or && is_inside ? BYTES(")") : BYTES(""));
        break;
    }
}

const char *query_say(const struct query *query, struct arena *arena)
{
    struct buffer out = {0};

    if (query == NULL) {
        return "everything";
    }
    add_query(&out, query, false);
    const char *sentence = arena_text(arena, buffer_bytes(&out));
    buffer_free(&out);
    return sentence;
}

void query_each_text(const struct query *query,
                     void (*visit)(void *context, const char *text),
                     void *context)
{
    if (query == NULL || query->kind == QUERY_NOT) {
        return;
    }
    if (query->kind != QUERY_TERM) {
        query_each_text(query->first, visit, context);
        query_each_text(query->second, visit, context);
    } else if (*query->piece != '\0' && query->field != QUERY_HAS &&
               query->field != QUERY_IS) {
        visit(context, query->piece);
    }
}
