/* SPDX-License-Identifier: MIT */
#include "webui/transcript_formats.h"

#include "webui/transcript_view.h"

void transcript_raw(const struct transcript_view *view, enum transcript_dir dir,
                    struct buffer *out)
{
    size_t start = out->size;
    const struct transcript *transcript = view->transcript;

    (void)transcript_wire(transcript, dir,
                          (struct transcript_range){0, UINT64_MAX}, view->read,
                          view->context, out);
    /* With octets missing offsets mean nothing any more behind the gap, so
     * each event is then masked by itself. */
    if (dir == TRANSCRIPT_CLIENT &&
        out->size - start == transcript->size[dir]) {
        view_mask(view, 0, out->at + start, out->size - start);
    } else if (dir == TRANSCRIPT_CLIENT && !view->reveal) {
        out->size = start;
        for (size_t at = 0; at < transcript->segment_count[dir]; at++) {
            const struct transcript_segment *segment =
                &transcript->segments[dir][at];
            size_t before = out->size;

            (void)transcript_wire(
                transcript, dir,
                (struct transcript_range){segment->offset, segment->size},
                view->read, view->context, out);
            if (segment->body == 0) {
                view_mask(view, segment->offset, out->at + before,
                          out->size - before);
            }
        }
    }
}
