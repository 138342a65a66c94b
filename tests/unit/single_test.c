/* SPDX-License-Identifier: MIT */
#include "inbox/mail/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A mail that is one text is read without GMime. One more field, which says
 * nothing of the text, makes GMime read the same mail: both must find the same
 * in it. */

#define HARMLESS "Content-Description: harmless\r\n"

static const char *const plain[] = {
    "Subject: a\r\n\r\nHello\r\n",
    "Subject: a\n\nHello\n",
    "Subject: a\r\n\r\n",
    "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nHello",
    "Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xC3\xBC\xC3\x9F"
    "e\r\n.\r\n",
    "Content-Type: TEXT/HTML; Charset=\"ISO-8859-15\"\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\n<b>4 \xA4</b>",
    "Content-Transfer-Encoding: Quoted-Printable\r\n"
    "Content-Type: text/plain;\r\n charset=utf-8\r\n\r\n=C3=BCber=\r\nall\r\n",
    "Content-Type: text/plain;charset=utf-8\r\n"
    "Content-Transfer-Encoding: base64\r\nX-A: b\r\n c\r\n\r\nSGVsbG8K\r\n",
    "Content-Type: text/plain; charset=nobody-knows\r\n\r\n\xFF\r\n",
    /* These are left to GMime, and must still be the same. */
    "Content-Type: text/plain; charset=\"utf-8\"; format=flowed\r\n\r\na \r\n",
    "Content-Type: text/plain; charset=\r\n\r\nHello",
    "Content-Type: text/html (really)\r\n\r\n<p>a",
    "Content-Type: text/plain; charset=\"utf-8\r\n\r\nHello",
    "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n<p>a",
    "Content-Type: text/plainly\r\n\r\nHello",
    "Content-Type: text\r\n\r\nHello",
    "Content-Type:\r\n\r\nHello",
    "Content-Transfer-Encoding: 7bit (so)\r\n\r\nHello",
    "Subject : odd\r\n\r\nHello",
};

static void same_text(const char *one, const char *other)
{
    assert_int_equal(one == NULL, other == NULL);
    if (one) {
        assert_string_equal(one, other);
    }
}

static void read_both(const char *mail)
{
    struct arena arena = {0};
    struct buffer longer = {0};
    struct mail_content without;
    struct mail_content with;

    buffer_add(&longer, BYTES(HARMLESS));
    buffer_add(&longer, bytes_of(mail));
    mail_read(bytes_of(mail), &arena, &without);
    mail_read(buffer_bytes(&longer), &arena, &with);
    same_text(without.root->section, with.root->section);
    same_text(without.root->type, with.root->type);
    same_text(without.root->charset, with.root->charset);
    same_text(without.root->encoding, with.root->encoding);
    same_text(without.root->filename, with.root->filename);
    same_text(without.text, with.text);
    same_text(without.html, with.html);
    same_text(without.snippet, with.snippet);
    assert_int_equal(without.attachments, with.attachments);
    assert_int_equal(without.part_count, with.part_count);
    assert_int_equal(without.is_undecodable, with.is_undecodable);
    assert_int_equal(without.root->body_size, with.root->body_size);
    assert_int_equal(without.root->body_offset + strlen(HARMLESS),
                     with.root->body_offset);
    buffer_free(&longer);
    arena_free(&arena);
}

static void one_text_is_read_as_gmime_reads_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        print_message("%s\n", plain[i]);
        read_both(plain[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_text_is_read_as_gmime_reads_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
