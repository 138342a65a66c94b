/* SPDX-License-Identifier: MIT */
#include "inbox/index/query.h"

#include <string.h>

#include "inbox/base/memory.h"
#include "inbox/index/signature.h"

/* A query as SQL over rows. Where a row cannot tell, the condition is left out
 * (it is true): the filter only ever keeps too much. */

#define VALUES_MOST 100

struct writer {
    bool is_session; /* rows of sessions s, else of messages m */
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

/* holds(summary, text): 'k' and 's' are left out, since Unicode folds other
 * letters to them, and blanks, which are any white space. */
static bool write_holds(struct writer *writer, const char *text)
{
    struct bytes run = ascii_run(text, writer->arena);
    size_t clear = 0;
    size_t best = 0;
    size_t best_end = 0;
    for (size_t i = 0; i < run.size; i++) {
        bool is_odd = run.at[i] == 'k' || run.at[i] == 's' || run.at[i] <= ' ';
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
    buffer_print(&writer->sql, "holds(%s.summary,?%zu)",
                 writer->is_session ? "s" : "m", 9 + writer->value_count);
    return true;
}

/* What the signatures in `table`, of what `row` names, say; of what nobody has
 * read yet, nothing. */
static bool write_signed(struct writer *writer, const char *table,
                         const char *row, const char *text)
{
    if (!signature_can_tell(bytes_of(text)) ||
        writer->value_count == VALUES_MOST) {
        return false;
    }
    writer->values[writer->value_count++] = bytes_of(text);
    buffer_print(&writer->sql,
                 "coalesce((SELECT may_hold(t.bits,?%zu) FROM %s t"
                 " WHERE t.id=%s),1)",
                 9 + writer->value_count, table, row);
    return true;
}

/* In the texts of a message. */
static bool write_may_hold(struct writer *writer, const char *text)
{
    return write_signed(writer, "texts", "m.id", text);
}

/* In what was said in a session. */
static bool write_may_say(struct writer *writer, const char *text)
{
    return write_signed(writer, "talks",
                        writer->is_session ? "s.id" : "m.session", text);
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

/* NULL: an ordinary comparison is not what is asked. */
static const char *comparison(enum query_compare compare)
{
    static const char *const signs[] = {
        [QUERY_EQUAL] = "=",     [QUERY_ABOVE] = ">",    [QUERY_BELOW] = "<",
        [QUERY_AT_LEAST] = ">=", [QUERY_AT_MOST] = "<=",
    };
    return compare == QUERY_CONTAINS ? NULL : signs[compare];
}

/* A number of the row. */
static bool write_number(struct writer *writer, const char *column,
                         const struct query *query)
{
    const char *sign = comparison(query->compare);
    buffer_print(&writer->sql, "%s%s%lld", column, sign == NULL ? "=" : sign,
                 (long long)query->number);
    return true;
}

/* A code, or class of codes, as talk.c signs them. */
static bool write_code(struct writer *writer, const struct query *query)
{
    const char *text = NULL;
    if (query->compare == QUERY_CONTAINS) {
        text = arena_print(writer->arena,
                           "=%lldxx=", (long long)query->number / 100);
    } else if (query->compare == QUERY_EQUAL) {
        text = arena_print(writer->arena, "=%lld=", (long long)query->number);
    }
    return text != NULL && write_may_say(writer, text);
}

/* A term that the session decides, of either kind of row. */
static bool write_talk_term(struct writer *writer, const struct query *query)
{
    switch (query->field) {
    case QUERY_CLIENT:
        /* The octets of a network (10.0.0.0/8) stand in no address of it. */
        return strchr(query->text, '/') == NULL &&
               write_may_say(writer, query->text);
    case QUERY_EHLO:
    case QUERY_AUTH:
    case QUERY_TLS:
    case QUERY_CMD:
    case QUERY_REPLY:
    case QUERY_FINDING:
        return write_may_say(writer, query->text);
    case QUERY_CODE:
        return write_code(writer, query);
    default:
        return false;
    }
}

static bool write_state(struct writer *writer, const char *word)
{
    bool is_read = strcmp(word, "read") == 0;
    if (!is_read && strcmp(word, "unread") != 0) {
        return false;
    }
    put(writer, is_read ? "m.flags&4" : "NOT m.flags&4");
    return true;
}

/* A term of a message's row. False: nothing was written. */
static bool write_message_term(struct writer *writer, const struct query *query)
{
    switch (query->field) {
    case QUERY_FROM:
    case QUERY_TO:
    case QUERY_CC:
    case QUERY_BCC:
    case QUERY_SUBJECT:
    case QUERY_MAILFROM:
    case QUERY_RCPT:
        return write_holds(writer, query->text);
    case QUERY_ANY:
        return write_anywhere(writer, query->text);
    case QUERY_BODY:
    case QUERY_FILENAME:
    case QUERY_PART:
    case QUERY_HEADER:
        return write_may_hold(writer, query->piece);
    case QUERY_TAG:
        put(writer, "length(m.tags)>1");
        return true;
    case QUERY_ID:
        return query->text[0] == '\0' ? write_number(writer, "m.id", query)
                                      : write_holds(writer, query->text);
    case QUERY_SIZE:
        return write_number(writer, "m.size", query);
    case QUERY_SESSION:
        return write_number(writer, "m.session", query);
    case QUERY_AFTER:
    case QUERY_BEFORE:
        return write_number(writer, "m.received", query);
    case QUERY_IS:
        return write_state(writer, query->text);
    default:
        return write_talk_term(writer, query);
    }
}

/* A term of a session's row. */
static bool write_session_term(struct writer *writer, const struct query *query)
{
    switch (query->field) {
    case QUERY_ANY:
    case QUERY_MAILFROM:
    case QUERY_RCPT:
        return write_may_say(writer, query->text);
    case QUERY_ID:
        return query->text[0] == '\0' && write_number(writer, "s.id", query);
    case QUERY_SESSION:
        return write_number(writer, "s.id", query);
    case QUERY_AFTER:
    case QUERY_BEFORE:
        return write_number(writer, "s.closed", query);
    default:
        return write_talk_term(writer, query);
    }
}

static bool write_term(struct writer *writer, const struct query *query)
{
    return writer->is_session ? write_session_term(writer, query)
                              : write_message_term(writer, query);
}

/* Writes what must be true for `query`. False: nothing can be said, and
 * nothing was written. A negation says nothing: the filter keeps too much, and
 * the opposite of that would leave something out. */
static bool write_query(struct writer *writer, const struct query *query)
{
    size_t before = writer->sql.size;
    if (query->kind == QUERY_TERM) {
        return write_term(writer, query);
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

/* The condition of one kind of row; NULL: none. */
static const char *write_filter(struct writer *writer,
                                const struct query *query, bool is_session)
{
    writer->is_session = is_session;
    writer->sql.size = 0;
    return write_query(writer, query)
               ? arena_text(writer->arena, buffer_bytes(&writer->sql))
               : NULL;
}

void index_query(const struct query *query, struct arena *arena,
                 struct index_list *list)
{
    struct writer writer = {.arena = arena};
    writer.values = arena_new(arena, VALUES_MOST * sizeof(*writer.values));
    list->filter = write_filter(&writer, query, false);
    list->session_filter = write_filter(&writer, query, true);
    list->values = writer.values;
    list->value_count = writer.value_count;
    buffer_free(&writer.sql);
}
