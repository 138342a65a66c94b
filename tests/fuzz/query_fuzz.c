/* SPDX-License-Identifier: MIT */
#include "inbox/query/query.h"

#include "inbox/match/match.h"

#include <stdlib.h>
#include <string.h>

/* Reading a query: an error names a place in the text; what was read can judge
 * a message, and its negation judges the other way. */

int LLVMFuzzerTestOneInput(const unsigned char *octets, size_t size);

static void check(bool is_so)
{
    if (!is_so) {
        abort();
    }
}

static void check_judged(const char *text, const struct query *query,
                         struct arena *arena)
{
    static const struct inbox_session session = {
        .id = 1, .inbox = "default", .peer = "127.0.0.1:1"};
    static const struct inbox_message message = {.id = 1,
                                                 .inbox = "default",
                                                 .subject = "hello",
                                                 .size = 5,
                                                 .session = 1,
                                                 .transaction = 1};
    struct facts_source source = {.message = &message,
                                  .session = &session,
                                  .raw = BYTES("Subject: hello\r\n\r\nhello"),
                                  .wants = query_wants(query)};
    struct facts facts;
    struct query_error error;
    const struct query *negated;

    facts_make(&source, arena, &facts);
    if (query && query_read((struct query_asked){.text = arena_print(
                                                     arena, "-(%s)", text)},
                            arena, &negated, &error) == 0) {
        check(match_query(query, &facts, arena) !=
              match_query(negated, &facts, arena));
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *octets, size_t size)
{
    struct arena arena = {0};
    const struct query *query;
    struct query_error error;
    char *text = arena_text(&arena, (struct bytes){octets, size});

    if (query_read((struct query_asked){.text = text}, &arena, &query,
                   &error) != 0) {
        check(error.at <= strlen(text) && error.words[0] != '\0');
    } else {
        check_judged(text, query, &arena);
    }
    arena_free(&arena);
    return 0;
}
