/* SPDX-License-Identifier: MIT */
#include "inbox/mail/mail.h"

#include "inbox/base/calendar.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every tests/messages/NAME.eml has a NAME.expect beside it: lines of a word
 * and what the message must give for it. */
#define FOLDER "tests/messages/"

struct seen {
    struct arena arena;
    struct buffer raw;
    struct mail_summary summary;
    struct mail_content content;
    size_t next_part;
    size_t next_to;
    size_t next_cc;
    size_t next_tag;
};

static bool read_file(const char *path, struct buffer *out)
{
    FILE *file = fopen(path, "rb");
    size_t got;

    if (!file) {
        return false;
    }
    do {
        got = fread(buffer_room(out, 4096), 1, 4096, file);
        out->size += got;
    } while (got > 0);
    fclose(file);
    return true;
}

/* Line ends in an expectation are written \n. */
static char *escaped(struct seen *seen, struct bytes text)
{
    struct buffer out = {0};
    char *result;

    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == '\n') {
            buffer_add(&out, BYTES("\\n"));
        } else if (text.at[i] != '\r') {
            buffer_add_byte(&out, text.at[i]);
        }
    }
    result = arena_text(&seen->arena, buffer_bytes(&out));
    buffer_free(&out);
    return result;
}

static const struct mail_part *nth_part(const struct mail_part *part,
                                        size_t *countdown)
{
    const struct mail_part *found = NULL;

    if ((*countdown)-- == 0) {
        return part;
    }
    for (size_t i = 0; i < part->child_count && !found; i++) {
        found = nth_part(&part->children[i], countdown);
    }
    return found;
}

static char *address_text(struct seen *seen, const struct mail_address *one)
{
    return arena_print(&seen->arena, "%s <%s>", one->name,
                       one->address ? one->address : "");
}

static const struct mail_part *part_of(struct seen *seen, const char **value)
{
    char *section = arena_text(&seen->arena, bytes_of(*value));

    section[strcspn(section, " ")] = '\0';
    *value += strlen(section);
    *value += **value == ' ';
    return mail_part_find(seen->content.root, section);
}

static char *part_line(struct seen *seen)
{
    size_t number = seen->next_part++;
    const struct mail_part *part = nth_part(seen->content.root, &number);

    return part ? arena_print(&seen->arena, "%s %s", part->section, part->type)
                : NULL;
}

static char *got_of_part(struct seen *seen, const char *word,
                         const char **value)
{
    const struct mail_part *part = part_of(seen, value);
    struct buffer decoded = {0};
    char *got;

    if (!part) {
        return NULL;
    }
    if (strcmp(word, "filename") == 0) {
        return arena_text(&seen->arena, bytes_of(part->filename));
    }
    if (strcmp(word, "name") == 0) {
        return mail_safe_name(part->filename, 7, part, &seen->arena);
    }
    mail_part_decode(buffer_bytes(&seen->raw), part, &decoded);
    got = escaped(seen, buffer_bytes(&decoded));
    buffer_free(&decoded);
    return got;
}

static char *got_of_list(struct seen *seen, const char *word)
{
    const struct mail_summary *summary = &seen->summary;

    if (strcmp(word, "to") == 0 && seen->next_to < summary->to_count) {
        return address_text(seen, &summary->to[seen->next_to++]);
    }
    if (strcmp(word, "cc") == 0 && seen->next_cc < summary->cc_count) {
        return address_text(seen, &summary->cc[seen->next_cc++]);
    }
    if (strcmp(word, "tag") == 0 && seen->next_tag < summary->tag_count) {
        return summary->tags[seen->next_tag++];
    }
    return NULL;
}

static const char *got_of_summary(struct seen *seen, const char *word)
{
    const struct mail_summary *summary = &seen->summary;

    if (strcmp(word, "subject") == 0) {
        return summary->subject;
    }
    if (strcmp(word, "id") == 0) {
        return summary->message_id;
    }
    if (strcmp(word, "from") == 0) {
        return address_text(seen, &summary->from);
    }
    if (strcmp(word, "date") == 0) {
        return calendar_text(summary->date_us,
                             arena_new(&seen->arena, CALENDAR_TEXT_SIZE));
    }
    return got_of_list(seen, word);
}

static const char *got_of(struct seen *seen, const char *word,
                          const char **value)
{
    const struct mail_content *content = &seen->content;

    if (strcmp(word, "text") == 0) {
        return escaped(seen, bytes_of(content->text));
    }
    if (strcmp(word, "html") == 0) {
        return escaped(seen, bytes_of(content->html));
    }
    if (strcmp(word, "enclosed") == 0) {
        return escaped(seen, bytes_of(content->enclosed));
    }
    if (strcmp(word, "snippet") == 0) {
        return content->snippet;
    }
    if (strcmp(word, "attachments") == 0) {
        return arena_print(&seen->arena, "%d", content->attachments);
    }
    if (strcmp(word, "undecodable") == 0) {
        return content->is_undecodable ? "yes" : "no";
    }
    if (strcmp(word, "cut") == 0) {
        return content->is_cut ? "yes" : "no";
    }
    if (strcmp(word, "part") == 0) {
        return part_line(seen);
    }
    if (strcmp(word, "filename") == 0 || strcmp(word, "name") == 0 ||
        strcmp(word, "decoded") == 0) {
        return got_of_part(seen, word, value);
    }
    return got_of_summary(seen, word);
}

static int check_line(struct seen *seen, const char *name, char *line)
{
    const char *value = line + strcspn(line, " ");
    const char *got;

    if (line[0] == '#' || line[0] == '\0') {
        return 0;
    }
    if (*value != '\0') {
        line[value - line] = '\0';
        value++;
    }
    got = got_of(seen, line, &value);
    if (got && strcmp(got, value) == 0) {
        return 0;
    }
    print_error("%s: %s\n  got  %s\n  want %s\n", name, line,
                got ? got : "(nothing)", value);
    return 1;
}

static void check_bounds(const struct mail_part *part, size_t end)
{
    assert_true(part->header_offset + part->header_size <= end);
    assert_true(part->body_offset + part->body_size <= end);
    assert_non_null(part->type);
    assert_non_null(part->section);
    for (size_t i = 0; i < part->child_count; i++) {
        check_bounds(&part->children[i], end);
    }
}

static void look_at(struct seen *seen, struct bytes raw)
{
    mail_summarize(raw, &seen->arena, &seen->summary);
    mail_read(raw, &seen->arena, &seen->content);
    check_bounds(seen->content.root, raw.size);
}

static int check_message(const char *name)
{
    struct seen seen = {0};
    struct buffer expect = {0};
    char *line;
    int wrong = 0;
    char *rest;

    assert_true(
        read_file(arena_print(&seen.arena, FOLDER "%s.eml", name), &seen.raw));
    assert_true(
        read_file(arena_print(&seen.arena, FOLDER "%s.expect", name), &expect));
    look_at(&seen, buffer_bytes(&seen.raw));
    rest = arena_text(&seen.arena, buffer_bytes(&expect));
    while ((line = strsep(&rest, "\n"))) {
        wrong += check_line(&seen, name, line);
    }
    buffer_free(&expect);
    buffer_free(&seen.raw);
    arena_free(&seen.arena);
    return wrong;
}

static void every_message_is_read_as_expected(void **state)
{
    DIR *folder = opendir(FOLDER);
    struct dirent *entry;
    int wrong = 0;
    int count = 0;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        char name[256];
        char *end;

        snprintf(name, sizeof(name), "%s", entry->d_name);
        end = strstr(name, ".eml");
        if (end && end[4] == '\0') {
            *end = '\0';
            wrong += check_message(name);
            count++;
        }
    }
    closedir(folder);
    assert_true(count >= 30);
    assert_int_equal(wrong, 0);
}

static void every_prefix_of_a_message_is_a_message(void **state)
{
    struct buffer raw = {0};

    (void)state;
    assert_true(read_file(FOLDER "nested.eml", &raw));
    for (size_t size = 0; size <= raw.size; size++) {
        struct seen seen = {0};

        look_at(&seen, bytes_part(buffer_bytes(&raw), 0, size));
        assert_non_null(seen.content.snippet);
        arena_free(&seen.arena);
    }
    buffer_free(&raw);
}

static void headers_keep_their_order_case_and_octets(void **state)
{
    struct arena arena = {0};
    struct mail_header *headers;
    struct bytes raw = BYTES("X-One: a\r\nx-ONE:  =?utf-8?Q?=C3=A9?=\r\n b\r\n"
                             "Odd : c\r\n\r\nNot: one\r\n");

    (void)state;
    assert_int_equal(mail_headers(raw, &arena, &headers), 3);
    assert_true(bytes_equal(headers[1].name, BYTES("x-ONE")));
    assert_true(
        bytes_equal(headers[1].raw, BYTES("  =?utf-8?Q?=C3=A9?=\r\n b\r\n")));
    assert_string_equal(headers[1].value, "\xC3\xA9 b");
    assert_int_equal(headers[1].offset, 10);
    assert_true(bytes_equal(headers[2].name, BYTES("Odd")));
    assert_string_equal(headers[2].value, "c");
    arena_free(&arena);
}

static void names_for_downloads_are_harmless(void **state)
{
    static const struct {
        const char *sent;
        const char *want;
    } rows[] = {
        {"report.pdf", "report.pdf"},
        {"C:\\Windows\\system32\\evil.exe", "evil.exe"},
        {"../../../etc/passwd", "passwd"},
        {".bashrc", "bashrc"},
        {"a\r\nSet-Cookie: x=1", "aSet-Cookie_ x=1"},
        {"invoice\xE2\x80\xAE"
         "fdp.exe",
         "invoicefdp.exe"},
        {"con.txt", "_con.txt"},
        {"LPT1", "_LPT1"},
        {"dots...  ", "dots"},
        {"", "m7-part-2.png"},
        {"/", "m7-part-2.png"},
        {NULL, "m7-part-2.png"},
        {"\xC3\xA4\xFFx.txt", "\xC3\xA4x.txt"},
    };
    struct mail_part part = {.section = "2", .type = "image/png"};
    struct arena arena = {0};
    char long_name[400];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(mail_safe_name(rows[i].sent, 7, &part, &arena),
                            rows[i].want);
    }
    memset(long_name, 'x', sizeof(long_name));
    memcpy(long_name + 395, ".txt", 5);
    assert_int_equal(strlen(mail_safe_name(long_name, 7, &part, &arena)), 120);
    assert_string_equal(mail_safe_name(long_name, 7, &part, &arena) + 116,
                        ".txt");
    arena_free(&arena);
}

/* What a hostile sender makes out of `piece`, `times` over. */
static void repeat(struct buffer *out, const char *piece, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        buffer_add(out, bytes_of(piece));
    }
}

static void hostile_messages_are_cut_not_suffered(void **state)
{
    static const struct {
        const char *start;
        const char *piece;
        size_t times;
    } rows[] = {
        {"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
         "--b\r\n\r\nx\r\n", 100000},
        {"", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 20000},
        {"", "Content-Type: message/rfc822\r\n\r\n", 20000},
        {"", "X-Header: value\r\n", 200000},
        {"Subject: ", "x", 1 << 20},
        {"Subject: ", "=?utf-8?Q?=C3=A9?= ", 20000},
        {"To: ", "a@b.test, ", 50000},
        {"To: ", "g: ", 20000},
        {"To: ", "(", 100000},
        {"Content-Type: text/plain", "; a=b", 50000},
        {"Content-Type: text/html\r\n\r\n", "<div ", 100000},
        {"Content-Type: text/html\r\n\r\n", "<style><!--&#", 100000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct seen seen = {0};

        buffer_add(&seen.raw, bytes_of(rows[i].start));
        repeat(&seen.raw, rows[i].piece, rows[i].times);
        look_at(&seen, buffer_bytes(&seen.raw));
        assert_true(seen.content.part_count <= 10001);
        assert_true(seen.summary.to_count <= 1000);
        buffer_free(&seen.raw);
        arena_free(&seen.arena);
    }
}

/* Readers and the keeper read messages at the same time (threads: yes). */
static void *read_many(void *context)
{
    struct bytes *raw = context;

    for (int i = 0; i < 200; i++) {
        struct seen seen = {0};

        look_at(&seen, *raw);
        arena_free(&seen.arena);
    }
    return NULL;
}

static void threads_read_side_by_side(void **state)
{
    pthread_t threads[4];
    struct buffer raw = {0};
    struct bytes shared;

    (void)state;
    assert_true(read_file(FOLDER "alternative.eml", &raw));
    shared = buffer_bytes(&raw);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_many, &shared),
                         0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    buffer_free(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_is_read_as_expected),
        cmocka_unit_test(every_prefix_of_a_message_is_a_message),
        cmocka_unit_test(headers_keep_their_order_case_and_octets),
        cmocka_unit_test(names_for_downloads_are_harmless),
        cmocka_unit_test(hostile_messages_are_cut_not_suffered),
        cmocka_unit_test(threads_read_side_by_side),
    };

    return cmocka_run_group_tests_name("mail", tests, NULL, NULL);
}
