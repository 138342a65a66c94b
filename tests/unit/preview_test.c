/* SPDX-License-Identifier: MIT */
#include "webui/preview/preview.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A message with two parts that its HTML can refer to: number 1 by its id,
 * number 2 by its place. */
static struct mail_part children[] = {
    {.section = "1", .type = "text/html"},
    {.section = "2", .type = "image/png", .content_id = "logo@x"},
    {.section = "3", .type = "image/jpg", .location = "http://x.test/a.jpg"},
};
static const struct mail_part root = {.section = "TEXT",
                                      .type = "multipart/related",
                                      .children = children,
                                      .child_count = 3};

static char *rewritten(const char *html, struct arena *arena,
                       struct preview_report *report_out)
{
    struct buffer out = {0};
    char *text;

    preview_rewrite((struct preview_source){bytes_of(html), &root}, arena, &out,
                    report_out);
    text = arena_text(arena, buffer_bytes(&out));
    buffer_free(&out);
    return text;
}

struct row {
    const char *html;
    const char *want;
};

static void check_rows(const struct row *rows, size_t count)
{
    struct arena arena = {0};

    for (size_t i = 0; i < count; i++) {
        assert_string_equal(rewritten(rows[i].html, &arena, NULL),
                            rows[i].want);
    }
    arena_free(&arena);
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof(rows[0]))

static void what_is_harmless_stays_octet_for_octet(void **state)
{
    static const struct row rows[] = {
        {"", ""},
        {"a < b && c > d", "a < b && c > d"},
        {"<P Class=x  ID = 'y'>t</P >", "<P Class=x  ID = 'y'>t</P >"},
        {"<!doctype html><!-- c --><br/>", "<!doctype html><!-- c --><br/>"},
        {"<meta charset=utf-8>", "<meta charset=utf-8>"},
        {"<img src=http://x.test/y.png>", "<img src=http://x.test/y.png>"},
        {"<style>a{b:c}</style>", "<style>a{b:c}</style>"},
        {"<link rel=stylesheet href=//x>", "<link rel=stylesheet href=//x>"},
        {"<script>if (a<b) x()</script>", "<script>if (a<b) x()</script>"},
        {"</>x<?y>z<", "</>x<?y>z<"},
    };

    (void)state;
    CHECK_ROWS(rows);
}

static void inline_parts_are_resolved_wherever_they_are_named(void **state)
{
    static const struct row rows[] = {
        {"<img src=\"cid:logo@x\">", "<img src=\"cid/1\">"},
        {"<img src=cid:logo@x>", "<img src=\"cid/1\">"},
        {"<img src='CID:logo%40x'/>", "<img src=\"cid/1\"/>"},
        {"<img src=' cid&#58;logo&commat;x '>", "<img src=\"cid/1\">"},
        {"<img src=http://x.test/a.jpg>", "<img src=\"cid/2\">"},
        {"<td background=cid:logo@x>", "<td background=\"cid/1\">"},
        {"<video poster=cid:logo@x>", "<video poster=\"cid/1\">"},
        {"<iframe src=http://x.test/ id=f>", "<iframe id=f>"},
        {"<frame SRC = 'http://x.test/'>", "<frame>"},
        {"<img srcset='cid:logo@x 1x, b.png 2x'>",
         "<img srcset=\"cid/1 1x, b.png 2x\">"},
        {"<p style='background:url( \"cid:logo@x\" )'>",
         "<p style='background:url( \"cid/1\" )'>"},
        {"<style>p{background:url(cid:logo@x)}</style>",
         "<style>p{background:url(cid/1)}</style>"},
        {"<svg><image xlink:href=cid:logo@x></svg>",
         "<svg><image xlink:href=\"cid/1\"></svg>"},
        {"<img src=cid:other@x>", "<img src=cid:other@x>"},
    };

    (void)state;
    CHECK_ROWS(rows);
}

static void what_acts_in_spite_of_a_policy_is_taken_away(void **state)
{
    static const struct row rows[] = {
        {"a<base href=//evil.test>b", "a<!---->b"},
        {"<BASE\nhref=x>", "<!---->"},
        {"<meta http-equiv=refresh content='0;url=//evil.test'>", "<!---->"},
        {"<meta/HTTP-EQUIV=refresh>", "<!---->"},
        {"<link rel=preconnect href=//evil.test>", "<!---->"},
        {"<link rel=\"stylesheet preconnect\" href=//evil.test>", "<!---->"},
        {"<link rel=dns-prefetch href=//evil.test>", "<!---->"},
        {"<link href=//evil.test>", "<!---->"},
        {"<link rel=stylesheet rel=preconnect>",
         "<link rel=stylesheet rel=preconnect>"},
        {"<<base>link rel=preconnect href=//evil.test>",
         "<<!---->link rel=preconnect href=//evil.test>"},
    };

    (void)state;
    CHECK_ROWS(rows);
}

static void links_open_in_a_tab_of_their_own(void **state)
{
    static const struct row rows[] = {
        {"<a href=http://x.test/>", "<a target=\"_blank\" rel=\"noopener "
                                    "noreferrer\" href=http://x.test/>"},
        {"<a rel=opener target=_self href='/x'>",
         "<a target=\"_blank\" rel=\"noopener noreferrer\" href='/x'>"},
        {"<area href=x>",
         "<area target=\"_blank\" rel=\"noopener noreferrer\" href=x>"},
        {"<a href=\"#part\">", "<a href=\"#part\">"},
        {"<a name=x>", "<a name=x>"},
    };

    (void)state;
    CHECK_ROWS(rows);
}

/* Each puts an acting tag where a browser might see one although a scanner may
 * not: no "<link" and the like may come out alive. */
static void nothing_acting_hides_from_the_scanner(void **state)
{
    static const char *const hostile[] = {
        "<svg><style><p><link rel=preconnect href=//e></style></svg>",
        "<style></style ><link rel=preconnect href=//e>",
        "<style><link title=\"</style><link rel=preconnect href=//e>\">",
        "<!--><link rel=preconnect href=//e>-->",
        "<!---><link rel=preconnect href=//e>-->",
        "<!-- --!><link rel=preconnect href=//e>-->",
        "<!-- <link rel=preconnect href=//e> ",
        "<textarea><link rel=preconnect href=//e></textarea>",
        "<noscript><link rel=preconnect href=//e></noscript>",
        "<p title=\"<link rel=preconnect href=//e>\">",
        "<p title='<link rel=preconnect href=//e>",
        "<a<link rel=preconnect href=//e>",
        "<![CDATA[<link rel=preconnect href=//e>]]>",
        "<svg><![CDATA[><link rel=preconnect href=//e>]]></svg>",
        "<?x <link rel=preconnect href=//e>",
        "</ <link rel=preconnect href=//e>",
        "<title><base href=//e></title>",
        "<xmp><meta http-equiv=refresh></xmp>",
        "<math><annotation-xml><link rel=preconnect href=//e>",
        "<link\frel=preconnect href=//e>",
        "<link/rel=preconnect/href=//e>",
        "<link =rel=preconnect href=//e>",
        "<a x <link rel=preconnect href=//e>",
        "<img src=cid:a <link rel=preconnect href=//e>",
        "<p style=\"x:url('&quot;><link rel=preconnect href=//e>')\">",
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        char *out = rewritten(hostile[i], &arena, NULL);

        if (strcasestr(out, "<link") || strcasestr(out, "<base") ||
            strcasestr(out, "<meta")) {
            fail_msg("%s -> %s", hostile[i], out);
        }
    }
    arena_free(&arena);
}

static void what_would_be_fetched_is_counted(void **state)
{
    struct preview_report report;
    struct arena arena = {0};

    (void)state;
    (void)rewritten("<img src=http://a.test/1 srcset='//b.test/2 2x'>"
                    "<link rel=stylesheet href=https://a.test/c>"
                    "<style>@import \"http://c.test/d\";"
                    "p{background:url(http://a.test/e)}</style>"
                    "<img src=cid:gone@x><img src=cid:logo@x><a href=//z>",
                    &arena, &report);
    assert_int_equal(report.remote_images, 3);
    assert_int_equal(report.remote_others, 2);
    assert_int_equal(report.unresolved, 1);
    assert_int_equal(report.host_count, 3);
    assert_string_equal(report.hosts[0], "a.test");
    arena_free(&arena);
}

static void parts_are_numbered_and_typed(void **state)
{
    (void)state;
    assert_ptr_equal(preview_part(&root, 1), &children[1]);
    assert_null(preview_part(&root, 3));
    assert_string_equal(preview_image_type(&children[1]), "image/png");
    assert_string_equal(preview_image_type(&children[2]), "image/jpeg");
    assert_null(preview_image_type(&children[0]));
}

static void hostile_lengths_take_no_longer_than_their_size(void **state)
{
    static const char *const pieces[] = {"<a ",
                                         "<style>",
                                         "<!--",
                                         "url(",
                                         "<p style=\"url(",
                                         "<img src=",
                                         "</",
                                         "<",
                                         "<link rel=",
                                         "&#",
                                         "<img srcset='a,",
                                         "<title></titl",
                                         "<style>@import url(",
                                         "\"<"};
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct buffer html = {0};
        struct buffer out = {0};

        while (html.size < 300000) {
            buffer_add(&html, bytes_of(pieces[i]));
        }
        preview_rewrite((struct preview_source){buffer_bytes(&html), &root},
                        &arena, &out, NULL);
        buffer_free(&html);
        buffer_free(&out);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_harmless_stays_octet_for_octet),
        cmocka_unit_test(inline_parts_are_resolved_wherever_they_are_named),
        cmocka_unit_test(what_acts_in_spite_of_a_policy_is_taken_away),
        cmocka_unit_test(links_open_in_a_tab_of_their_own),
        cmocka_unit_test(nothing_acting_hides_from_the_scanner),
        cmocka_unit_test(what_would_be_fetched_is_counted),
        cmocka_unit_test(parts_are_numbered_and_typed),
        cmocka_unit_test(hostile_lengths_take_no_longer_than_their_size),
    };

    return cmocka_run_group_tests_name("preview", tests, NULL, NULL);
}
