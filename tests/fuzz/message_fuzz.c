/* SPDX-License-Identifier: MIT */
#include "inbox/mail/mail.h"

#include <stdlib.h>
#include <string.h>

/* Reading a message: every part lies inside the octets, all text is valid
 * UTF-8, and reading again gives the same tree. */

int LLVMFuzzerTestOneInput(const unsigned char *octets, size_t size);

static void check(bool is_so)
{
    if (!is_so) {
        abort();
    }
}

static void check_text(const char *text, struct arena *arena)
{
    if (text) {
        check(strcmp(mail_utf8(bytes_of(text), arena), text) == 0);
    }
}

static void check_part(struct bytes raw, const struct mail_part *part,
                       struct arena *arena)
{
    struct buffer decoded = {0};

    check(part->type && part->section);
    check(part->header_offset <= raw.size &&
          part->header_size <= raw.size - part->header_offset);
    check(part->body_offset <= raw.size &&
          part->body_size <= raw.size - part->body_offset);
    check_text(part->type, arena);
    check_text(part->filename, arena);
    check_text(part->content_id, arena);
    check_text(mail_safe_name(part->filename, 7, part, arena), arena);
    check(strlen(mail_safe_name(part->filename, 7, part, arena)) <= 130);
    mail_part_decode(raw, part, &decoded);
    buffer_free(&decoded);
    for (size_t i = 0; i < part->child_count; i++) {
        check_part(raw, &part->children[i], arena);
    }
}

static void check_same(const struct mail_part *one,
                       const struct mail_part *other)
{
    check(strcmp(one->section, other->section) == 0 &&
          strcmp(one->type, other->type) == 0 &&
          one->body_offset == other->body_offset &&
          one->body_size == other->body_size &&
          one->child_count == other->child_count);
    for (size_t i = 0; i < one->child_count; i++) {
        check_same(&one->children[i], &other->children[i]);
    }
}

static void check_summary(struct bytes raw, struct arena *arena)
{
    struct mail_summary summary;

    mail_summarize(raw, arena, &summary);
    check(summary.header_bytes <= raw.size);
    check_text(summary.subject, arena);
    check_text(summary.message_id, arena);
    check_text(summary.from.name, arena);
    check_text(summary.from.address, arena);
    for (size_t i = 0; i < summary.to_count; i++) {
        check_text(summary.to[i].name, arena);
        check_text(summary.to[i].address, arena);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *octets, size_t size)
{
    struct bytes raw = {octets, size};
    struct arena arena = {0};
    struct mail_content first;
    struct mail_content second;
    struct mail_header *headers;
    size_t count = mail_headers(raw, &arena, &headers);

    for (size_t i = 0; i < count; i++) {
        check(headers[i].offset < size);
        check_text(headers[i].value, &arena);
    }
    check_summary(raw, &arena);
    mail_read(raw, &arena, &first);
    mail_read(raw, &arena, &second);
    check_part(raw, first.root, &arena);
    check_same(first.root, second.root);
    check_text(first.text, &arena);
    check_text(first.html, &arena);
    check_text(first.html_text, &arena);
    check_text(first.snippet, &arena);
    arena_free(&arena);
    return 0;
}
