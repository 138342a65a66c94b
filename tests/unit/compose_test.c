/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "inbox/base/memory.h"
#include "inbox/mail/mail.h"
#include "server/commands/compose.h"

static const char *const one_recipient[] = {"ada@example.test"};

static const struct compose_mail plain = {.from = "app@example.test",
                                          .to = one_recipient,
                                          .to_count = 1,
                                          .subject = "Hello",
                                          .text = "one\ntwo\n",
                                          .date_s = 1795334400,
                                          .number = 77};

static void assert_text(struct buffer *got, const char *want)
{
    *buffer_room(got, 1) = '\0';
    assert_string_equal((const char *)got->at, want);
    buffer_free(got);
}

static void a_plain_mail_is_what_one_would_type(void **state)
{
    (void)state;
    struct buffer out = {0};
    compose_write(&plain, &out);
    assert_text(&out, "From: <app@example.test>\r\n"
                      "To: <ada@example.test>\r\n"
                      "Subject: Hello\r\n"
                      "Date: Sun, 22 Nov 2026 08:00:00 +0000\r\n"
                      "Message-ID: <4d@mailscope.test>\r\n"
                      "MIME-Version: 1.0\r\n"
                      "Content-Type: text/plain; charset=utf-8\r\n"
                      "\r\n"
                      "one\r\ntwo\r\n");
}

static void line_ends_become_crlf_and_a_dot_may_end_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool dot_ends;
        const char *want;
    } rows[] = {
        {"a\nb", false, "a\r\nb\r\n"},    {"a\r\nb\r\n", false, "a\r\nb\r\n"},
        {"a\n.\nb", true, "a\r\n"},       {"a\n.\nb", false, "a\r\n.\r\nb\r\n"},
        {"a\n..\n", true, "a\r\n..\r\n"}, {"", true, ""},
        {"\n\n", true, "\r\n\r\n"},       {".\r\nb", true, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buffer out = {0};
        compose_crlf(bytes_of(rows[i].text), rows[i].dot_ends, &out);
        assert_text(&out, rows[i].want);
    }
}

/* Reads the mail back by the reader that the inbox uses. */
static void everything_put_in_is_read_back(void **state)
{
    (void)state;
    unsigned char octets[300];
    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (unsigned char)i;
    }
    struct compose_attachment attachment = {"ü \"b\".bin",
                                            {octets, sizeof octets}};
    struct compose_mail mail = plain;
    mail.subject = "Grüße aus Ærø, eine recht lange Zeile voller Umlaute: äöü";
    mail.text = "hällo\n";
    mail.html = "<p>hi</p>\n";
    mail.attachments = &attachment;
    mail.attachment_count = 1;
    struct buffer out = {0};
    struct arena arena = {0};
    struct mail_summary summary;
    struct mail_content content;
    compose_write(&mail, &out);
    mail_summarize(buffer_bytes(&out), &arena, &summary);
    mail_read(buffer_bytes(&out), &arena, &content);
    assert_string_equal(summary.subject, mail.subject);
    assert_string_equal(summary.to[0].address, "ada@example.test");
    assert_int_equal(content.attachments, 1);
    assert_non_null(strstr(content.text, "hällo"));
    assert_non_null(strstr(content.html, "<p>hi</p>"));
    const struct mail_part *part = mail_part_find(content.root, "2");
    struct buffer decoded = {0};
    assert_string_equal(part->filename, attachment.name);
    mail_part_decode(buffer_bytes(&out), part, &decoded);
    assert_true(bytes_equal(buffer_bytes(&decoded), attachment.octets));
    buffer_free(&decoded);
    buffer_free(&out);
    arena_free(&arena);
}

static void long_lines_travel_as_base64(void **state)
{
    (void)state;
    char text[2001];
    memset(text, 'x', sizeof text - 1);
    text[2000] = '\0';
    struct compose_mail mail = plain;
    struct buffer out = {0};
    mail.text = text;
    compose_write(&mail, &out);
    for (size_t i = 0, column = 0; i < out.size; i++, column++) {
        column = out.at[i] == '\n' ? 0 : column;
        assert_true(column < 998);
    }
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_mail_is_what_one_would_type),
        cmocka_unit_test(line_ends_become_crlf_and_a_dot_may_end_the_text),
        cmocka_unit_test(everything_put_in_is_read_back),
        cmocka_unit_test(long_lines_travel_as_base64),
    };
    return cmocka_run_group_tests_name("compose", tests, NULL, NULL);
}
