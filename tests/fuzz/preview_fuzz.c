/* SPDX-License-Identifier: MIT */
#include "webui/preview/preview.h"

#include <stdlib.h>
#include <string.h>

#include "webui/preview/tag.h"

/* Whatever the HTML: no tag comes out that acts in spite of the policy. */

int LLVMFuzzerTestOneInput(const unsigned char *octets, size_t size);

static void check(bool is_so)
{
    if (!is_so) {
        abort();
    }
}

static bool ends_name(unsigned char octet)
{
    return octet == ' ' || octet == '\t' || octet == '\n' || octet == '\f' ||
           octet == '\r' || octet == '/' || octet == '>';
}

/* The first rel of a link that was let through. */
static void check_link(const struct preview_tag *tag)
{
    const struct preview_attribute *rel = preview_attribute(tag, "rel");

    check(rel && rel->value.size >= 10);
    check(!memmem(rel->value.at, rel->value.size, "connect", 7));
    check(!memmem(rel->value.at, rel->value.size, "prefetch", 8));
}

/* A frame has nowhere to go, or is never finished and so never there. */
static void check_frame(struct bytes out, size_t at)
{
    static const char *const names[] = {"<iframe", "<frame"};
    static struct preview_tag tag;

    for (size_t i = 0; i < 2; i++) {
        size_t size = strlen(names[i]);
        struct bytes here = bytes_part(out, at, size + 1);

        if (here.size > size && ends_name(here.at[size]) &&
            bytes_start_nocase(here, bytes_of(names[i]))) {
            preview_read_tag(out, at, &tag);
            check(!preview_attribute(&tag, "src"));
        }
    }
}

static void check_place(struct bytes out, size_t at)
{
    static struct preview_tag tag;
    struct bytes name = bytes_part(out, at, 6);

    if (name.size < 6 || !ends_name(name.at[5])) {
        return;
    }
    check(!bytes_start_nocase(name, BYTES("<base")));
    if (bytes_start_nocase(name, BYTES("<link"))) {
        preview_read_tag(out, at, &tag);
        check_link(&tag);
    }
    if (bytes_start_nocase(name, BYTES("<meta"))) {
        preview_read_tag(out, at, &tag);
        check(!preview_attribute(&tag, "http-equiv"));
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *octets, size_t size)
{
    static struct mail_part children[] = {
        {.section = "1", .type = "text/html"},
        {.section = "2", .type = "image/png", .content_id = "a"},
        {.section = "3", .type = "image/png", .location = "b\"><link >'"}};
    static const struct mail_part root = {.section = "TEXT",
                                          .type = "multipart/related",
                                          .children = children,
                                          .child_count = 3};
    struct arena arena = {0};
    struct buffer out = {0};
    struct preview_report report;
    struct bytes html =
        bytes_of(mail_utf8((struct bytes){octets, size}, &arena));

    preview_rewrite((struct preview_source){html, &root}, &arena, &out,
                    &report);
    check(report.host_count <= PREVIEW_HOSTS);
    for (size_t i = 0; i < out.size; i++) {
        check_place(buffer_bytes(&out), i);
        check_frame(buffer_bytes(&out), i);
    }
    buffer_free(&out);
    arena_free(&arena);
    return 0;
}
