/* SPDX-License-Identifier: MIT */
#include "inbox/match.h"

#include "inbox/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One message in its session, as a store would give them. */
static const char raw[] =
    "From: Ada L\xC3\xB6velace <ada@example.test>\r\n"
    "X-Id: 77\r\nx-id: 78\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    "Gr\xC3\xBC\xC3\x9F"
    "e aus K\xC3\xB6ln\r\n"
    "--b\r\nContent-Type: text/html\r\n\r\n"
    "<p>Click <a href=\"https://x.test/go\">he</a>re</p>\r\n"
    "--b\r\nContent-Type: application/pdf; name=Bill.pdf\r\n\r\nx\r\n--b--\r\n";

static const struct inbox_mailbox to[] = {{"Bob", "bob@example.test"},
                                          {"", "eve@example.test"}};
static const char *const rcpt[] = {"bob@example.test", "Hidden@example.test"};
static const char *const tags[] = {"ci", "welcome mail"};

static const struct inbox_recipient recipients[] = {
    {.address = "bob@example.test", .code = 250},
    {.address = "Hidden@example.test", .code = 250},
    {.address = "nobody@example.test", .code = 550}};
static const struct inbox_transaction transaction = {.from = "bounce@app.test",
                                                     .recipients = recipients,
                                                     .recipient_count = 3,
                                                     .code = 250,
                                                     .body = 1,
                                                     .message = 42};
static const struct inbox_finding findings[] = {
    {.check = "data-bare-lf", .count = 2, .transaction = 1},
    {.check = "conn-no-quit", .count = 1}};
static const uint64_t message_ids[] = {42};

static const struct inbox_session session = {
    .id = 17,
    .seq = 98,
    .inbox = "ci",
    .listener = "127.0.0.1:2525",
    .peer = "127.0.0.1:51034",
    .opened_at_us = 1795255200000000,
    .closed_at_us = 1795255202500000,
    .outcome = "delivered",
    .close_reason = "client_closed",
    .helo = "app.test",
    .helo_verb = "EHLO",
    .tls = "{\"version\":\"TLSv1.3\",\"cipher\":\"TLS_AES_256_GCM_SHA384\","
           "\"resumed\":false,\"sni\":null}",
    .auth = "{\"mechanism\":\"PLAIN\",\"user\":\"al\\u0069ce\"}",
    .bytes_in = 412,
    .commands = 6,
    .errors = 1,
    .slowest_gap_us = 700000,
    .transactions = &transaction,
    .transaction_count = 1,
    .findings = findings,
    .finding_count = 2,
    .finding_counts = {.error = 1, .warning = 1},
    .messages = message_ids,
    .message_count = 1,
    .first_transaction = 1};

static const struct inbox_message message = {
    .id = 42,
    .seq = 97,
    .inbox = "ci",
    .session = 17,
    .transaction = 1,
    .body = 1,
    .received_at_us = 1795255201000000,
    .size = 1868,
    .envelope_from = "bounce@app.test",
    .envelope_to = rcpt,
    .envelope_to_count = 2,
    .from = {"Ada L\xC3\xB6velace", "ada@example.test"},
    .to = to,
    .to_count = 2,
    .subject = "Wellcome Ada",
    .message_id = "<1@app.test>",
    .date_us = 1795255200000000,
    .snippet = "x",
    .attachments = 1,
    .tags = tags,
    .tag_count = 2,
    .findings = {.error = 1}};

/* What was said: a 550 among the replies. */
static struct bytes make_piece(struct arena *arena)
{
    struct transcript_log *log = transcript_log_new(10000);
    struct buffer piece = {0};
    struct bytes result;

    transcript_log_add(log, TRANSCRIPT_SERVER,
                       BYTES("220 hi\r\n550 5.1.1 No such user\r\n"));
    transcript_log_event(log,
                         &(struct transcript_event){.type = TRANSCRIPT_BANNER,
                                                    .code = 220,
                                                    .dir = TRANSCRIPT_SERVER,
                                                    .size = 8});
    transcript_log_event(log,
                         &(struct transcript_event){.type = TRANSCRIPT_COMMAND,
                                                    .detail = BYTES("RCPT")});
    transcript_log_event(log,
                         &(struct transcript_event){.type = TRANSCRIPT_REPLY,
                                                    .code = 550,
                                                    .dir = TRANSCRIPT_SERVER,
                                                    .offset = 8,
                                                    .size = 24});
    transcript_log_take(log, &piece);
    result = arena_bytes(arena, buffer_bytes(&piece));
    buffer_free(&piece);
    transcript_log_free(log);
    return result;
}

struct scene {
    struct arena arena;
    struct bytes piece;
    struct facts of_message;
    struct facts of_session;
};

static int set_up(void **state)
{
    struct scene *scene = memory_new(sizeof(*scene));
    struct facts_source source = {
        .message = &message,
        .session = &session,
        .raw = {(const unsigned char *)raw, sizeof(raw) - 1},
        .pieces = &scene->piece,
        .piece_count = 1,
        .wants = FACTS_HEADERS | FACTS_CONTENT | FACTS_TRANSCRIPT};

    scene->piece = make_piece(&scene->arena);
    facts_make(&source, &scene->arena, &scene->of_message);
    source.message = NULL;
    facts_make(&source, &scene->arena, &scene->of_session);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    arena_free(&scene->arena);
    free(scene);
    return 0;
}

static bool is_met(const char *text, const struct facts *facts,
                   struct arena *arena)
{
    const struct query *query;
    struct query_error error;

    assert_int_equal(query_read(text, arena, &query, &error), 0);
    return match_query(query, facts, arena);
}

static void a_message_meets_what_is_true_of_it(void **state)
{
    static const char *const yes[] = {"",
                                      "from:ada",
                                      "from:L\xC3\x96VELACE",
                                      "from:=ada@EXAMPLE.test",
                                      "to:bob",
                                      "to:eve@",
                                      "bcc:hidden",
                                      "-bcc:bob",
                                      "subject:wellcome",
                                      "body:k\xC3\x96ln",
                                      "body:https://x.test/go",
                                      "body:\"click here\"",
                                      "id:42",
                                      "id:>41",
                                      "id:app.test",
                                      "tag:ci",
                                      "tag:\"Welcome Mail\"",
                                      "filename:bill",
                                      "part:application/pdf",
                                      "has:attachment",
                                      "has:html",
                                      "has:bcc",
                                      "has:tls",
                                      "has:auth",
                                      "has:error",
                                      "size:>1k",
                                      "size:<=1868",
                                      "is:unread",
                                      "-is:read",
                                      "is:delivered",
                                      "is:message",
                                      "header.X-ID:77",
                                      "header.x-id:78",
                                      "mailfrom:bounce",
                                      "rcpt:hidden",
                                      "session:17",
                                      "client:127.0.0.1",
                                      "ehlo:app",
                                      "auth:alice",
                                      "auth:plain",
                                      "tls:TLSv1.3",
                                      "tls:aes_256",
                                      "duration:>2s",
                                      "duration:<3s",
                                      "slow:500ms",
                                      "code:550",
                                      "code:5xx",
                                      "code:>=500",
                                      "-code:4xx",
                                      "cmd:rcpt",
                                      "reply:\"no such user\"",
                                      "finding:data-bare-lf",
                                      "finding:conn-",
                                      "after:2026-11-21",
                                      "before:2026-11-22",
                                      "inbox:CI",
                                      "gr\xC3\xBC\xC3\x9F"
                                      "e",
                                      "wellcome",
                                      "from:nobody OR to:bob",
                                      "(from:x OR to:bob) subject:ada"};
    static const char *const no[] = {"-from:ada",
                                     "from:bob",
                                     "from:=ada",
                                     "bcc:bob",
                                     "rcpt:nobody",
                                     "subject:welcome",
                                     "body:klick",
                                     "id:43",
                                     "tag:welcome",
                                     "filename:exe",
                                     "has:cc",
                                     "size:>1M",
                                     "is:read",
                                     "is:session",
                                     "is:failed",
                                     "header.x-id:79",
                                     "header.x:77",
                                     "session:18",
                                     "auth:bob",
                                     "tls:TLSv1.2",
                                     "tls:null",
                                     "duration:>3s",
                                     "slow:>1s",
                                     "code:451",
                                     "cmd:VRFY",
                                     "reply:busy",
                                     "finding:data-nul",
                                     "after:2026-11-22",
                                     "before:2026-11-21",
                                     "inbox:c",
                                     "zzz"};
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (!is_met(yes[i], &scene->of_message, &scene->arena)) {
            fail_msg("not met: %s", yes[i]);
        }
    }
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        if (is_met(no[i], &scene->of_message, &scene->arena)) {
            fail_msg("met: %s", no[i]);
        }
    }
}

static void a_session_meets_what_is_true_of_it(void **state)
{
    static const char *const yes[] = {"",
                                      "is:session",
                                      "is:delivered",
                                      "rcpt:nobody",
                                      "mailfrom:bounce",
                                      "code:550",
                                      "id:17",
                                      "session:17",
                                      "finding:conn-no-quit",
                                      "-subject:x",
                                      "-has:attachment",
                                      "app.test",
                                      "nobody@"};
    static const char *const no[] = {"is:message", "from:ada", "subject:ada",
                                     "is:refused", "size:>0",  "zzz"};
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (!is_met(yes[i], &scene->of_session, &scene->arena)) {
            fail_msg("not met: %s", yes[i]);
        }
    }
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        if (is_met(no[i], &scene->of_session, &scene->arena)) {
            fail_msg("met: %s", no[i]);
        }
    }
}

#define TEXT(word)                         \
    {                                      \
        .kind = MATCH_TEXT, .text = (word) \
    }
#define NUMBER(value)                           \
    {                                           \
        .kind = MATCH_NUMBER, .number = (value) \
    }

static bool judge(const struct facts *facts, const char *name,
                  struct match_test test, struct arena *arena,
                  struct match_verdict *verdict_out)
{
    struct match_field field = {.name = name, .tests = &test, .test_count = 1};
    struct match_expectation expectation = {
        .of_sessions = !facts->message, .fields = &field, .field_count = 1};
    char error[MATCH_ERROR_SIZE] = "";
    size_t at;
    struct match_rule *rule = match_rule_new(&expectation, error, &at);

    if (!rule) {
        fail_msg("%s", error);
    }
    match_judge(rule, facts, arena, verdict_out);
    match_rule_free(rule);
    return verdict_out->is_met;
}

static void fields_equal_what_the_api_shows(void **state)
{
    static const struct {
        const char *name;
        struct match_value value;
    } rows[] = {
        {"id", NUMBER(42)},
        {"inbox", TEXT("ci")},
        {"subject", TEXT("Wellcome Ada")},
        {"from", TEXT("ADA@example.test")},
        {"from", TEXT("Ada L\xC3\xB6velace <ada@example.test>")},
        {"from.name", TEXT("Ada L\xC3\xB6velace")},
        {"to", TEXT("eve@example.test")},
        {"to.address", TEXT("bob@example.test")},
        {"cc", {.kind = MATCH_NULL}},
        {"bcc", TEXT("hidden@example.test")},
        {"mailfrom", TEXT("bounce@app.test")},
        {"envelope.to", TEXT("bob@example.test")},
        {"header.x-id", TEXT("77")},
        {"header.X-Id", NUMBER(78)},
        {"header.none", {.kind = MATCH_NULL}},
        {"text", TEXT("Gr\xC3\xBC\xC3\x9F"
                      "e aus K\xC3\xB6ln")},
        {"attachments", NUMBER(1)},
        {"filename", TEXT("Bill.pdf")},
        {"read", {.kind = MATCH_BOOL, .number = 0}},
        {"tags", TEXT("ci")},
        {"tls", TEXT("TLSv1.3")},
        {"tls.version", TEXT("TLSv1.3")},
        {"tls.resumed", {.kind = MATCH_BOOL, .number = 0}},
        {"tls.sni", {.kind = MATCH_NULL}},
        {"auth", TEXT("alice")},
        {"auth.mechanism", TEXT("PLAIN")},
        {"findings.error", NUMBER(1)},
        {"findings.info", NUMBER(0)},
        {"finding", TEXT("data-bare-lf")},
        {"outcome", TEXT("delivered")},
        {"close_reason", TEXT("client_closed")},
        {"duration_ms", NUMBER(2500)},
        {"code", NUMBER(550)},
        {"cmd", TEXT("RCPT")},
        {"date", TEXT("2026-11-21T10:00:00.000000Z")},
    };
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct match_test test = {.is = MATCH_EQUALS, .value = rows[i].value};
        struct match_verdict verdict;

        if (!judge(&scene->of_message, rows[i].name, test, &scene->arena,
                   &verdict)) {
            fail_msg("%s", rows[i].name);
        }
    }
}

static void operators_do_what_their_names_say(void **state)
{
    static const struct match_value some[] = {TEXT("x"), TEXT("Wellcome Ada")};
    static const struct match_test contains[] = {
        {.is = MATCH_CONTAINS, .value = TEXT("come")}};
    static const struct match_test bob[] = {
        {.is = MATCH_EQUALS, .value = TEXT("bob@example.test")}};
    static const struct {
        const char *name;
        struct match_test test;
        bool want;
    } rows[] = {
        {"subject", {.is = MATCH_CONTAINS, .value = TEXT("come A")}, true},
        {"subject", {.is = MATCH_CONTAINS, .value = TEXT("COME")}, false},
        {"subject", {.is = MATCH_MATCHES, .value = TEXT("^W.*a$")}, true},
        {"header.x-id", {.is = MATCH_MATCHES, .value = TEXT("^[0-9]+$")}, true},
        {"subject", {.is = MATCH_MATCHES, .value = TEXT("^x")}, false},
        {"subject",
         {.is = MATCH_ONE_OF, .values = some, .value_count = 2},
         true},
        {"subject",
         {.is = MATCH_ONE_OF, .values = some, .value_count = 1},
         false},
        {"subject",
         {.is = MATCH_NOT, .tests = contains, .test_count = 1},
         false},
        {"from", {.is = MATCH_NOT, .tests = contains, .test_count = 1}, true},
        {"to", {.is = MATCH_NOT, .tests = bob, .test_count = 1}, false},
        {"cc", {.is = MATCH_NOT, .tests = bob, .test_count = 1}, true},
        {"size", {.is = MATCH_RANGE, .min = 1000, .max = INT64_MAX}, true},
        {"size", {.is = MATCH_RANGE, .min = INT64_MIN, .max = 1867}, false},
        {"header.x-id", {.is = MATCH_RANGE, .min = 78, .max = 78}, true},
        {"subject", {.is = MATCH_RANGE, .min = 0, .max = 9}, false},
    };
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct match_verdict verdict;

        if (judge(&scene->of_message, rows[i].name, rows[i].test, &scene->arena,
                  &verdict) != rows[i].want) {
            fail_msg("row %zu: %s", i, rows[i].name);
        }
    }
}

static void a_near_miss_says_where_it_differs(void **state)
{
    struct scene *scene = *state;
    struct match_verdict verdict;

    assert_false(judge(
        &scene->of_message, "subject",
        (struct match_test){.is = MATCH_CONTAINS, .value = TEXT("Welcome")},
        &scene->arena, &verdict));
    assert_int_equal(verdict.difference_count, 1);
    assert_string_equal(verdict.differences[0].actual[0].text, "Wellcome Ada");
    assert_int_equal(verdict.differences[0].at, 4);
    assert_true(verdict.score > 0.3 && verdict.score < 1);
    assert_false(
        judge(&scene->of_message, "cc",
              (struct match_test){.is = MATCH_EQUALS, .value = TEXT("x@y")},
              &scene->arena, &verdict));
    assert_int_equal(verdict.differences[0].actual_count, 0);
    assert_true(verdict.differences[0].is_list);
    assert_int_equal(verdict.differences[0].at, -1);
}

static void sessions_are_judged_by_their_own_fields(void **state)
{
    struct scene *scene = *state;
    struct match_verdict verdict;

    assert_true(judge(&scene->of_session, "rcpt",
                      (struct match_test){.is = MATCH_EQUALS,
                                          .value = TEXT("nobody@example.test")},
                      &scene->arena, &verdict));
    assert_true(
        judge(&scene->of_session, "reply",
              (struct match_test){.is = MATCH_CONTAINS, .value = TEXT("5.1.1")},
              &scene->arena, &verdict));
    assert_true(
        judge(&scene->of_session, "messages",
              (struct match_test){.is = MATCH_EQUALS, .value = NUMBER(1)},
              &scene->arena, &verdict));
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const struct {
        const char *name;
        struct match_test test;
        bool of_sessions;
        const char *words;
    } rows[] = {
        {"subjekt", {.value = TEXT("x")}, false, "no such field"},
        {"header", {.value = TEXT("x")}, false, "no such field"},
        {"subject.x", {.value = TEXT("x")}, false, "no such field"},
        {"subject", {.value = TEXT("x")}, true, "sessions have no such field"},
        {"messages", {.value = NUMBER(1)}, false, "messages have no"},
        {"subject",
         {.is = MATCH_MATCHES, .value = TEXT("(")},
         false,
         "not a regular expression"},
        {"subject", {.is = MATCH_RANGE, .min = 2, .max = 1}, false, "nothing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct match_field field = {
            .name = rows[i].name, .tests = &rows[i].test, .test_count = 1};
        struct match_expectation expectation = {.of_sessions =
                                                    rows[i].of_sessions,
                                                .fields = &field,
                                                .field_count = 1};
        char error[MATCH_ERROR_SIZE] = "";
        size_t at = 7;

        assert_null(match_rule_new(&expectation, error, &at));
        assert_int_equal(at, 0);
        if (!strstr(error, rows[i].words)) {
            fail_msg("%s", error);
        }
    }
}

static void a_hostile_expression_gives_up(void **state)
{
    struct inbox_message hostile = message;
    struct facts facts = {.message = &hostile};
    struct scene *scene = *state;
    struct match_verdict verdict;
    char subject[200];

    memset(subject, 'a', sizeof(subject));
    subject[sizeof(subject) - 1] = '\0';
    hostile.subject = subject;
    assert_false(judge(&facts, "subject",
                       (struct match_test){.is = MATCH_MATCHES,
                                           .value = TEXT("^(a+)+(a+)+$b")},
                       &scene->arena, &verdict));
}

static void members_are_found_in_flat_json(void **state)
{
    struct scene *scene = *state;
    static const char json[] =
        " { \"a\" : \"x\\\"y\\n\\ufffd\", \"n\":null,\"list\":[1,\"}\"],"
        "\"o\":{\"b\":2},\"t\":true,\"num\":-12 }";
    static const struct {
        const char *name;
        const char *want;
    } rows[] = {
        {"a", "x\"y\n\xEF\xBF\xBD"}, {"n", ""},     {"list", "[1,\"}\"]"},
        {"o", "{\"b\":2}"},          {"t", "true"}, {"num", "-12"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(facts_member(json, rows[i].name, &scene->arena),
                            rows[i].want);
    }
    assert_null(facts_member(json, "b", &scene->arena));
    assert_null(facts_member(NULL, "b", &scene->arena));
    assert_null(facts_member("{\"a", "b", &scene->arena));
    assert_null(facts_member("[1]", "b", &scene->arena));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_meets_what_is_true_of_it),
        TEST(a_session_meets_what_is_true_of_it),
        TEST(fields_equal_what_the_api_shows),
        TEST(operators_do_what_their_names_say),
        TEST(a_near_miss_says_where_it_differs),
        TEST(sessions_are_judged_by_their_own_fields),
        TEST(what_makes_no_sense_is_refused),
        TEST(a_hostile_expression_gives_up),
        TEST(members_are_found_in_flat_json),
    };

    return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
