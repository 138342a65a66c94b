/* SPDX-License-Identifier: MIT */
#include "inbox/index_query.h"

#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/signature.h"

/* A query as SQL over rows. Where a row cannot tell, the condition is left out
 * (it is true): the filter only ever keeps too much. */

#define VALUES_MOST 100

struct writer {
    struct buffer sql;
    struct bytes *values;
    size_t value_count;
    struct arena *arena;
};

static void put(struct writer *writer, const char *text)
{
    buffer_add(&writer->sql, bytes_of(text));
}

/* The longest run of ASCII in `text`, folded: what a row must hold whatever
 * the rules for other letters are. */
static struct bytes ascii_run(const char *text, struct arena *arena)
{
    struct bytes best = {0};
    struct bytes all = bytes_of(text);
    size_t begin = 0;
    for (size_t i = 0; i <= all.size; i++) {
        if (i == all.size || all.at[i] >= 0x80) {
            if (i - begin > best.size) {
                best = bytes_part(all, begin, i - begin);
            }
            begin = i + 1;
        }
    }
    char *folded = arena_text(arena, best);
    for (size_t i = 0; i < best.size; i++) {
        char octet = folded[i];
        folded[i] = octet >= 'A' && octet <= 'Z' ? (char)(octet | 0x20) : octet;
    }
    return bytes_of(folded);
}

/* holds(m.summary, text): 'k' and 's' are left out, since Unicode folds other
 * letters to them. */
static bool write_holds(struct writer *writer, const char *text)
{
    struct bytes run = ascii_run(text, writer->arena);
    size_t clear = 0;
    size_t best = 0;
    size_t best_end = 0;
    for (size_t i = 0; i < run.size; i++) {
        bool is_odd = run.at[i] == 'k' || run.at[i] == 's';
        clear = is_odd ? 0 : clear + 1;
        if (clear > best) {
            best = clear;
            best_end = i + 1;
        }
    }
    if (best < 2 || writer->value_count == VALUES_MOST) {
        return false;
    }
    writer->values[writer->value_count++] =
        bytes_part(run, best_end - best, best);
    buffer_print(&writer->sql, "holds(m.summary,?%zu)",
                 9 + writer->value_count);
    return true;
}

/* What the signatures of texts say; of a message that nobody has read yet,
 * nothing. */
static bool write_may_hold(struct writer *writer, const char *text)
{
    if (!signature_can_tell(bytes_of(text)) ||
        writer->value_count == VALUES_MOST) {
        return false;
    }
    writer->values[writer->value_count++] = bytes_of(text);
    buffer_print(&writer->sql,
                 "coalesce((SELECT may_hold(t.bits,?%zu) FROM texts t"
                 " WHERE t.id=m.id),1)",
                 9 + writer->value_count);
    return true;
}

/* A bare word: in what the row says, in the tags or in the body. */
static bool write_anywhere(struct writer *writer, const char *text)
{
    size_t before = writer->sql.size;
    put(writer, "(m.tags IS NOT NULL AND length(m.tags)>1 OR ");
    if (!write_holds(writer, text)) {
        writer->sql.size = before;
        return false;
    }
    put(writer, " OR ");
    if (!write_may_hold(writer, text)) {
        writer->sql.size = before;
        return false;
    }
    put(writer, ")");
    return true;
}

static const char *comparison(enum query_compare compare)
{
    switch (compare) {
    case QUERY_ABOVE:
        return ">";
    case QUERY_BELOW:
        return "<";
    case QUERY_AT_LEAST:
        return ">=";
    case QUERY_AT_MOST:
        return "<=";
    default:
        return NULL;
    }
}

/* A term of a message's row. False: nothing was written. */
static bool write_message_term(struct writer *writer, const struct query *query)
{
    const char *sign = comparison(query->compare);
    switch (query->field) {
    case QUERY_FROM:
    case QUERY_TO:
    case QUERY_CC:
    case QUERY_SUBJECT:
    case QUERY_MAILFROM:
    case QUERY_RCPT:
        return write_holds(writer, query->text);
    case QUERY_ANY:
        return write_anywhere(writer, query->text);
    case QUERY_BODY:
    case QUERY_FILENAME:
    case QUERY_PART:
        return write_may_hold(writer, query->text);
    case QUERY_SIZE:
        if (sign == NULL) {
            return false;
        }
        buffer_print(&writer->sql, "m.size%s%lld", sign,
                     (long long)query->number);
        return true;
    case QUERY_SESSION:
        if (query->compare != QUERY_EQUAL && query->compare != QUERY_CONTAINS) {
            return false;
        }
        buffer_print(&writer->sql, "m.session=%lld", (long long)query->number);
        return true;
    case QUERY_IS:
        if (query->text == NULL || (strcmp(query->text, "read") != 0 &&
                                    strcmp(query->text, "unread") != 0)) {
            return false;
        }
        put(writer, query->text[0] == 'r' ? "m.flags&4" : "NOT m.flags&4");
        return true;
    default:
        return false;
    }
}

/* Writes what must be true for `query`. False: nothing can be said, and
 * nothing was written. A negation says nothing: the filter keeps too much, and
 * the opposite of that would leave something out. */
static bool write_query(struct writer *writer, const struct query *query)
{
    size_t before = writer->sql.size;
    if (query->kind == QUERY_TERM) {
        return write_message_term(writer, query);
    }
    if (query->kind == QUERY_NOT) {
        return false;
    }
    bool is_and = query->kind == QUERY_AND;
    put(writer, "(");
    bool has_first = write_query(writer, query->first);
    if (!has_first && !is_and) {
        writer->sql.size = before;
        return false;
    }
    size_t middle = writer->sql.size;
    if (has_first) {
        put(writer, is_and ? " AND " : " OR ");
    }
    bool has_second = write_query(writer, query->second);
    if (!has_second && (!has_first || !is_and)) {
        writer->sql.size = before;
        return false;
    }
    if (!has_second) {
        writer->sql.size = middle;
    }
    put(writer, ")");
    return true;
}

void index_query(const struct query *query, enum inbox_list_kind kind,
                 struct arena *arena, struct index_list *list)
{
    if (kind == INBOX_SESSIONS) {
        return;
    }
    struct writer writer = {.arena = arena};
    writer.values = arena_new(arena, VALUES_MOST * sizeof(*writer.values));
    if (write_query(&writer, query)) {
        list->filter = arena_text(arena, buffer_bytes(&writer.sql));
        list->values = writer.values;
        list->value_count = writer.value_count;
    }
    buffer_free(&writer.sql);
}
