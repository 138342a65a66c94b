/* SPDX-License-Identifier: MIT */
#include "inbox/query/query.h"

#include "inbox/query/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A tree as text: (a & b), (a | b), !a, field?value. */
static void add_tree(struct buffer *out, const struct query *query)
{
    static const char *const signs[] = {"~", "=", "?", ">", "<", ">=", "<="};

    switch (query->kind) {
    case QUERY_NOT:
        buffer_add_byte(out, '!');
        add_tree(out, query->first);
        break;
    case QUERY_TERM:
        buffer_print(out, "%d%s%s%s%s", query->field, signs[query->compare],
                     query->name ? query->name : "", query->name ? "/" : "",
                     query->text);
        if (query->number) {
            buffer_print(out, "%lld", (long long)query->number);
        }
        break;
    default:
        buffer_add_byte(out, '(');
        add_tree(out, query->first);
        buffer_add(out, query->kind == QUERY_AND ? BYTES(" & ") : BYTES(" | "));
        add_tree(out, query->second);
        buffer_add_byte(out, ')');
        break;
    }
}

static char *tree_of(const char *text, struct arena *arena)
{
    const struct query *query;
    struct query_error error;
    struct buffer out = {0};
    char *tree;

    if (query_read((struct query_asked){.text = text}, arena, &query, &error) !=
        0) {
        return arena_print(arena, "at %zu: %s", error.at, error.words);
    }
    if (!query) {
        return arena_print(arena, "everything");
    }
    add_tree(&out, query);
    tree = arena_text(arena, buffer_bytes(&out));
    buffer_free(&out);
    return tree;
}

static void texts_become_trees(void **state)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"", "everything"},
        {"  \t", "everything"},
        {"word", "0~word"},
        {"two words", "(0~two & 0~words)"},
        {"a OR b c", "((0~a | 0~b) & 0~c)"},
        {"a OR b OR c", "((0~a | 0~b) | 0~c)"},
        {"a (b OR c d)", "(0~a & ((0~b | 0~c) & 0~d))"},
        {"-a", "!0~a"},
        {"-(a b)", "!(0~a & 0~b)"},
        {"OR\"x\"", "(0~OR & 0~x)"},
        {"ORDER", "0~ORDER"},
        {"\"a phrase\"", "0~a phrase"},
        {"\"a \\\"quoted\\\" \\\\\"", "0~a \"quoted\" \\"},
        {"from:ann", "1~ann"},
        {"FROM:ann", "1~ann"},
        {"subject:\"two words\"", "5~two words"},
        {"subject:=Exact", "5=Exact"},
        {"subject:\"=Exact\"", "5~=Exact"},
        {"subject:>x", "5~>x"},
        {"to:a@b.test", "2~a@b.test"},
        {"body:https://x.test/", "6~https://x.test/"},
        {"id:42", "7=42"},
        {"id:>42", "7>42"},
        {"id:abc@x", "7~abc@x"},
        {"size:>1M", "12>1048576"},
        {"size:<=20k", "12<=20480"},
        {"size:500", "12=500"},
        {"is:Unread", "13=unread"},
        {"has:attachment", "11=attachment"},
        {"header.X-Id:7", "14~X-Id/7"},
        {"session:17", "17=17"},
        {"duration:>2s", "22>2000000"},
        {"slow:500ms", "23>=500000"},
        {"code:550", "24=550"},
        {"code:5xx", "24~500"},
        {"code:>=400", "24>=400"},
        {"after:2026-11-21", "28>=1795219200000000"},
        {"before:2026-11-21T10:00:00Z", "29<1795255200000000"},
        {"inbox:ci", "30~ci"},
        {"filename:*.pdf", "9?*.pdf"},
        {"filename:\"my *.pdf\"", "9?my *.pdf"},
        {"filename:=a*", "9=a*"},
        {"part:image/*", "10?image/*"},
        {"subject:a*b", "5~a*b"},
        {"gr\xC3\xBC\xC3\x9F", "0~gr\xC3\xBC\xC3\x9F"},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(tree_of(rows[i].text, &arena), rows[i].want);
    }
    arena_free(&arena);
}

static void names_of_other_tools_are_written_out(void **state)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"session:s17", "17=17"},
        {"id:m42", "(13=message & 7=42)"},
        {"id:s42", "(13=session & 7=42)"},
        {"addressed:ann", "((((1~ann | 2~ann) | 3~ann) | 4~ann) | "
                          "14~reply-to/ann)"},
        {"larger:1M", "12>1048576"},
        {"smaller:20k", "12<20480"},
        {"reply-to:\"a \\\" b\"", "14~reply-to/a \" b"},
        {"message-id:42", "7~42"},
        {"is:tagged", "11=tag"},
        {"is:faulted", "13=fault"},
        {"-is:plaintext", "!(11=session & !11=tls)"},
        {"has:attachments", "11=attachment"},
        {"has:link", "(6~http:// | 6~https://)"},
        {"finding:error", "11=error"},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(tree_of(rows[i].text, &arena), rows[i].want);
    }
    arena_free(&arena);
}

static void times_without_a_zone_are_the_askers(void **state)
{
    static const struct {
        const char *text;
        int64_t time_s;
    } rows[] = {
        {"after:2026-11-21", 1795219200 - 3600},
        {"after:2026-11-21T10:00", 1795255200 - 3600},
        {"after:2026-11-21T10:00:00", 1795255200 - 3600},
        {"after:2026-11-21T10:00:00Z", 1795255200},
        {"after:2026-11-21T10:00:00+02:00", 1795255200 - 7200},
    };
    struct arena arena = {0};
    const struct query *query;
    struct query_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(
            query_read((struct query_asked){rows[i].text, 0, 3600000000LL},
                       &arena, &query, &error),
            0);
        assert_int_equal(query->number, rows[i].time_s * 1000000);
    }
    arena_free(&arena);
}

static void a_search_says_what_it_asks_for(void **state)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"", "everything"},
        {"from:ada code:5xx",
         "name or address in From contains \"ada\", and reply code is 5xx"},
        {"hello -is:read", "\"hello\" anywhere, and not (is read)"},
        {"tag:a (subject:=b OR size:>1k)",
         "tag contains \"a\", and (decoded subject is \"b\" or octets of the "
         "message above 1024)"},
        {"header.X-Id:7 slow:2s",
         "header field X-Id contains \"7\", and longest wait for the client "
         "from 2000 ms"},
        {"before:2026-11-21", "captured before 2026-11-21T00:00:00Z"},
    };
    struct arena arena = {0};
    const struct query *query;
    struct query_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(query_read((struct query_asked){.text = rows[i].text},
                                    &arena, &query, &error),
                         0);
        assert_string_equal(query_say(query, &arena), rows[i].want);
    }
    arena_free(&arena);
}

static void note_text(void *context, const char *text)
{
    buffer_print(context, "%s|", text);
}

static void texts_to_highlight_are_those_that_must_occur(void **state)
{
    struct arena arena = {0};
    const struct query *query;
    struct query_error error;
    struct buffer out = {0};

    (void)state;
    assert_int_equal(query_read(
                         (struct query_asked){
                             .text = "ada -bob (subject:x OR is:read) size:>1 "
                                     "has:html tag:ci filename:b*.pdf part:*"},
                         &arena, &query, &error),
                     0);
    query_each_text(query, note_text, &out);
    assert_true(bytes_equal(buffer_bytes(&out), BYTES("ada|x|ci|.pdf|")));
    buffer_free(&out);
    arena_free(&arena);
}

static void errors_name_the_place_and_what_was_expected(void **state)
{
    static const struct {
        const char *text;
        size_t at;
        const char *words;
    } rows[] = {
        {"a foo:bar", 2, "there is no field \"foo\""},
        {"a larger:big", 9, "\"big\" is not a size"},
        {"addressed:", 0, "there is no field \"addressed\""},
        {"from:", 5, "from: needs a value"},
        {"size:big", 5, "a size"},
        {"size:1x", 5, "a size"},
        {"size:0x10", 5, "a size"},
        {"size:-1", 5, "a size"},
        {"code:99", 5, "no reply code"},
        {"code:6xx", 5, "no reply code"},
        {"slow:fast", 5, "a duration"},
        {"after:yesterday", 6, "not a time"},
        {"has:wings", 4, "known are: attachment"},
        {"\"open", 0, "never closes"},
        {"(a", 0, "never closes"},
        {"a)", 1, "closes nothing"},
        {"()", 0, "nothing stands"},
        {"a OR", 2, "behind it"},
        {"a OR OR b", 2, "behind it"},
        {"OR a", 0, "before it"},
        {"a -", 3, "expected here"},
        {"\"\"", 0, "empty phrase"},
        {"a \xFF", 2, "not UTF-8"},
        {"header.:x", 0, "no field"},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct query *query;
        struct query_error error;

        assert_int_equal(query_read((struct query_asked){.text = rows[i].text},
                                    &arena, &query, &error),
                         -1);
        assert_int_equal(error.at, rows[i].at);
        if (!strstr(error.words, rows[i].words)) {
            fail_msg("%s: %s", rows[i].text, error.words);
        }
    }
    arena_free(&arena);
}

static void relative_times_count_from_now(void **state)
{
    static const struct {
        const char *text;
        int64_t ago_s;
    } rows[] = {{"after:-90s", 90},
                {"after:-15m", 900},
                {"before:-2h", 7200},
                {"after:-1d", 86400},
                {"after:-1w", 604800}};
    const int64_t now_us = 1795000000000000;
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct query *query;
        struct query_error error;

        assert_int_equal(query_read((struct query_asked){.text = rows[i].text,
                                                         .now_us = now_us},
                                    &arena, &query, &error),
                         0);
        assert_int_equal(query->number, now_us - rows[i].ago_s * 1000000);
    }
    arena_free(&arena);
}

static void depth_and_number_of_terms_are_bounded(void **state)
{
    struct arena arena = {0};
    struct buffer text = {0};
    const struct query *query;
    struct query_error error;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        buffer_add_byte(&text, '(');
    }
    buffer_add_byte(&text, '\0');
    assert_int_equal(query_read((struct query_asked){.text = (char *)text.at},
                                &arena, &query, &error),
                     -1);
    text.size = 0;
    for (int i = 0; i < 100000; i++) {
        buffer_add(&text, BYTES("-a "));
    }
    buffer_add_byte(&text, '\0');
    assert_int_equal(query_read((struct query_asked){.text = (char *)text.at},
                                &arena, &query, &error),
                     -1);
    buffer_free(&text);
    arena_free(&arena);
}

static void a_query_says_what_must_be_read_for_it(void **state)
{
    static const struct {
        const char *text;
        unsigned wants;
    } rows[] = {
        {"from:a subject:b", 0},
        {"word", FACTS_CONTENT | FACTS_TRANSACTIONS},
        {"-body:x", FACTS_CONTENT},
        {"header.x:1", FACTS_HEADERS},
        {"from:a OR code:550", FACTS_TRANSCRIPT | FACTS_SESSION},
        {"has:attachment is:unread", 0},
        {"has:html", FACTS_CONTENT},
        {"has:tls", FACTS_SESSION},
        {"rcpt:a", FACTS_TRANSACTIONS},
        {"-client:10", FACTS_SESSION},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct query *query;
        struct query_error error;

        assert_int_equal(query_read((struct query_asked){.text = rows[i].text},
                                    &arena, &query, &error),
                         0);
        assert_int_equal(query_wants(query), rows[i].wants);
    }
    arena_free(&arena);
}

static void every_word_of_the_table_can_be_asked(void **state)
{
    struct arena arena = {0};
    const struct query_word *word;

    (void)state;
    for (size_t i = 0; (word = query_word(i)); i++) {
        const char *value = strcmp(word->takes, "time") == 0     ? "2026-01-01"
                            : strcmp(word->takes, "number") == 0 ? "250"
                            : strcmp(word->takes, "word") == 0 ? word->values[0]
                                                               : "1";
        const struct query *query;
        struct query_error error;

        assert_int_equal(
            query_read(
                (struct query_asked){
                    .text = arena_print(&arena, "%s:%s", word->field, value)},
                &arena, &query, &error),
            0);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_trees),
        cmocka_unit_test(names_of_other_tools_are_written_out),
        cmocka_unit_test(times_without_a_zone_are_the_askers),
        cmocka_unit_test(a_search_says_what_it_asks_for),
        cmocka_unit_test(texts_to_highlight_are_those_that_must_occur),
        cmocka_unit_test(errors_name_the_place_and_what_was_expected),
        cmocka_unit_test(relative_times_count_from_now),
        cmocka_unit_test(depth_and_number_of_terms_are_bounded),
        cmocka_unit_test(a_query_says_what_must_be_read_for_it),
        cmocka_unit_test(every_word_of_the_table_can_be_asked),
    };

    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
