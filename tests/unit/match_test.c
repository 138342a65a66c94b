/* SPDX-License-Identifier: MIT */
#include "inbox/match/match.h"

#include "tests/support/match_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool is_met(const char *text, const struct facts *facts,
                   struct arena *arena)
{
    const struct query *query;
    struct query_error error;

    assert_int_equal(
        query_read((struct query_asked){.text = text}, arena, &query, &error),
        0);
    return match_query(query, facts, arena);
}

static const char *const yes_of_message[] = {"",
                                             "from:ada",
                                             "from:LÖVELACE",
                                             "from:=ada@EXAMPLE.test",
                                             "to:bob",
                                             "to:eve@",
                                             "bcc:hidden",
                                             "-bcc:bob",
                                             "subject:wellcome",
                                             "body:kÖln",
                                             "body:https://x.test/go",
                                             "body:\"click here\"",
                                             "body:\"click\there\"",
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
                                             "size:>=1868",
                                             "size:<1869",
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
                                             "client:127.0.0.0/8",
                                             "client:127.0.0.1/32",
                                             "addressed:bob",
                                             "addressed:hidden",
                                             "larger:1k",
                                             "is:tls",
                                             "is:tagged",
                                             "has:link",
                                             "finding:error",
                                             "filename:*.pdf",
                                             "filename:*.PDF",
                                             "filename:b*l*.pdf",
                                             "filename:*",
                                             "filename:Bill.pdf*",
                                             "-filename:*.pd",
                                             "part:application/*",
                                             "id:m42",
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
                                             "code:>=550",
                                             "code:<=220",
                                             "-code:4xx",
                                             "cmd:rcpt",
                                             "reply:\"no such user\"",
                                             "finding:data-bare-lf",
                                             "finding:conn-",
                                             "after:2026-11-21",
                                             "before:2026-11-22",
                                             "inbox:CI",
                                             "grüße",
                                             "wellcome",
                                             "from:nobody OR to:bob",
                                             "(from:x OR to:bob) subject:ada"};

static const char *const no_of_message[] = {"-from:ada",
                                            "from:bob",
                                            "from:=ada",
                                            "bcc:bob",
                                            "rcpt:nobody",
                                            "subject:welcome",
                                            "body:klick",
                                            "id:43",
                                            "tag:welcome",
                                            "filename:exe",
                                            "filename:*.pd",
                                            "filename:ill*",
                                            "filename:*l*l*l*",
                                            "filename:bill.pdf*pdf",
                                            "filename:*?pdf",
                                            "part:application*pdf*f",
                                            "has:cc",
                                            "id:s42",
                                            "is:live",
                                            "is:plaintext",
                                            "client:10.0.0.0/8",
                                            "client:127.0.0.2/31",
                                            "client:127.0.0.0/99",
                                            "client:::/0",
                                            "size:>1M",
                                            "size:>1868",
                                            "size:<1868",
                                            "size:>=1869",
                                            "client:127.0.0.1/33",
                                            "session:>17",
                                            "has:inline",
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

static void a_message_meets_what_is_true_of_it(void **state)
{
    struct match_scene *scene = *state;

    for (size_t i = 0; i < sizeof(yes_of_message) / sizeof(yes_of_message[0]);
         i++) {
        if (!is_met(yes_of_message[i], &scene->of_message, &scene->arena)) {
            fail_msg("not met: %s", yes_of_message[i]);
        }
    }
    for (size_t i = 0; i < sizeof(no_of_message) / sizeof(no_of_message[0]);
         i++) {
        if (is_met(no_of_message[i], &scene->of_message, &scene->arena)) {
            fail_msg("met: %s", no_of_message[i]);
        }
    }
}

static const char *const yes_of_session[] = {"",
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

static const char *const no_of_session[] = {
    "is:message", "from:ada", "subject:ada", "is:refused", "size:>0", "zzz"};

static void a_session_meets_what_is_true_of_it(void **state)
{
    struct match_scene *scene = *state;

    for (size_t i = 0; i < sizeof(yes_of_session) / sizeof(yes_of_session[0]);
         i++) {
        if (!is_met(yes_of_session[i], &scene->of_session, &scene->arena)) {
            fail_msg("not met: %s", yes_of_session[i]);
        }
    }
    for (size_t i = 0; i < sizeof(no_of_session) / sizeof(no_of_session[0]);
         i++) {
        if (is_met(no_of_session[i], &scene->of_session, &scene->arena)) {
            fail_msg("met: %s", no_of_session[i]);
        }
    }
}

static void expect(struct match_scene *scene, const struct facts *facts,
                   const char *text, bool is_wanted)
{
    if (is_met(text, facts, &scene->arena) != is_wanted) {
        fail_msg("%s: %s", text, is_wanted ? "not met" : "met");
    }
}

static void a_session_has_failed_unless_it_delivered_or_was_empty(void **state)
{
    struct match_scene *scene = *state;
    static const struct {
        const char *outcome;
        bool has_failed;
    } rows[] = {{"lost", true},    {"tls_failed", true}, {"auth_failed", true},
                {"timeout", true}, {"aborted", true},    {"rejected", true},
                {"refused", true}, {"delivered", false}, {"empty", false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct inbox_session session = *scene->of_session.session;
        struct facts facts = scene->of_session;

        session.outcome = rows[i].outcome;
        facts.session = &session;
        expect(scene, &facts, "is:failed", rows[i].has_failed);
        expect(scene, &facts,
               arena_print(&scene->arena, "is:%s", rows[i].outcome), true);
    }
}

static void a_class_of_codes_ends_below_the_next(void **state)
{
    struct match_scene *scene = *state;
    const struct facts_reply replies[] = {{.code = 500, .text = "what"},
                                          {.code = 0, .text = "not a reply"}};
    struct facts facts = scene->of_session;

    facts.replies = replies;
    facts.reply_count = 2;
    expect(scene, &facts, "code:5xx", true);
    expect(scene, &facts, "code:4xx", false);
    expect(scene, &facts, "code:<400", false);
    expect(scene, &facts, "code:500", true);
}

/* A finding of one transaction says nothing about the mail of another. */
static void findings_belong_to_their_transaction(void **state)
{
    struct match_scene *scene = *state;
    const struct inbox_finding findings[] = {
        {.check = "data-nul", .count = 1, .transaction = 2},
        {.check = "conn-no-quit", .count = 1}};
    struct inbox_session session = *scene->of_session.session;
    struct facts of_message = scene->of_message;
    struct facts of_session = scene->of_session;

    session.findings = findings;
    session.finding_count = 2;
    of_message.session = &session;
    of_session.session = &session;
    expect(scene, &of_message, "finding:data-nul", false);
    expect(scene, &of_message, "finding:conn-no-quit", true);
    expect(scene, &of_session, "finding:data-nul", true);
}

static void what_came_by_post_is_of_no_session(void **state)
{
    struct match_scene *scene = *state;
    struct inbox_message message = match_scene_message;
    struct facts facts = scene->of_message;

    message.session = 0;
    facts.message = &message;
    facts.session = NULL;
    expect(scene, &facts, "session:<5", false);
    expect(scene, &facts, "session:0", false);
    expect(scene, &facts, "has:session", false);
    expect(scene, &facts, "is:delivered", true);
}

static void what_stands_inside_the_text_is_inline(void **state)
{
    struct match_scene *scene = *state;
    static const struct {
        const char *head;
        bool is_inline;
    } rows[] = {
        {"Content-Type: image/png\r\nContent-Id: <a>\r\n", true},
        {"Content-Type: image/png; name=a.png\r\n"
         "Content-Disposition: inline; filename=a.png\r\n",
         true},
        {"Content-Type: image/png\r\n"
         "Content-Disposition: attachment; filename=a.png\r\n",
         false},
        {"Content-Type: text/plain\r\nContent-Disposition: inline\r\n", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *raw =
            arena_print(&scene->arena, "%s\r\nx\r\n", rows[i].head);
        struct facts facts;
        const struct facts_source source = {.message = &match_scene_message,
                                            .raw = bytes_of(raw),
                                            .wants = FACTS_CONTENT};

        facts_make(&source, &scene->arena, &facts);
        expect(scene, &facts, "has:inline", rows[i].is_inline);
    }
}

static void members_are_found_in_flat_json(void **state)
{
    struct match_scene *scene = *state;
    static const char json[] =
        " { \"a\" : \"x\\\"y\\n\\ufffd\", \"n\":null,\"list\":[1,\"}\"],"
        "\"o\":{\"b\":2},\"t\":true,\"num\":-12 }";
    static const struct {
        const char *name;
        const char *want;
    } rows[] = {{"a", "x\"y\n�"},   {"n", ""},     {"list", "[1,\"}\"]"},
                {"o", "{\"b\":2}"}, {"t", "true"}, {"num", "-12"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(facts_member(json, rows[i].name, &scene->arena),
                            rows[i].want);
    }
    assert_null(facts_member(json, "b", &scene->arena));
    assert_null(facts_member(NULL, "b", &scene->arena));
    assert_null(facts_member("{\"a", "b", &scene->arena));
    assert_null(facts_member("[1]", "b", &scene->arena));
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, match_scene_open, match_scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_meets_what_is_true_of_it),
        TEST(a_session_meets_what_is_true_of_it),
        TEST(a_session_has_failed_unless_it_delivered_or_was_empty),
        TEST(a_class_of_codes_ends_below_the_next),
        TEST(findings_belong_to_their_transaction),
        TEST(what_came_by_post_is_of_no_session),
        TEST(what_stands_inside_the_text_is_inline),
        TEST(members_are_found_in_flat_json),
    };

    return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
