/* SPDX-License-Identifier: MIT */
#include "webui/transcript/formats.h"

#include "webui/transcript/view.h"

static void add_segment(const struct transcript_view *view,
                        enum transcript_dir dir,
                        const struct transcript_segment *segment,
                        struct buffer *out)
{
    struct transcript_range range = {segment->offset, segment->size,
                                     (uint8_t)dir};

    (void)transcript_wire(view->transcript, range, view->bodies, out);
}

uint64_t transcript_raw(const struct transcript_view *view,
                        enum transcript_dir dir, struct buffer *out)
{
    const struct transcript *transcript = view->transcript;
    struct view_secrets secrets;
    size_t before = out->size;

    view_secrets_begin(view, &secrets);
    for (size_t i = 0; i < transcript->segment_count[dir]; i++) {
        const struct transcript_segment *segment =
            &transcript->segments[dir][i];
        size_t start = out->size;

        add_segment(view, dir, segment, out);
        /* Secrets stand in commands, which are kept in place. */
        if (dir == TRANSCRIPT_CLIENT && segment->body == 0) {
            view_mask(&secrets, segment->offset, out->at + start,
                      out->size - start);
        }
    }
    view_secrets_end(&secrets);
    return transcript->size[dir] - (out->size - before);
}
