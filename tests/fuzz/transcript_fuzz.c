/* SPDX-License-Identifier: MIT */
#include "inbox/transcript/transcript.h"

#include <stdlib.h>
#include <string.h>

#include "webui/json/json.h"
#include "webui/transcript/formats.h"

/* Two readings of the same octets. As a damaged piece: whatever comes of it
 * can be shown in every form. As instructions for a log: what was recorded is
 * rebuilt octet for octet. */

int LLVMFuzzerTestOneInput(const unsigned char *octets, size_t size);

static void check(bool is_so)
{
    if (!is_so) {
        abort();
    }
}

static size_t read_body(void *context, uint64_t body, uint64_t offset,
                        struct room into)
{
    const struct buffer *whole = context;
    struct bytes part =
        bytes_part(buffer_bytes(whole), (size_t)offset, into.size);

    if (body != 1 || part.size == 0) {
        return 0;
    }
    memcpy(into.at, part.at, part.size);
    return part.size;
}

static void show(const struct transcript *transcript)
{
    struct inbox_session session = {.id = 1, .inbox = "default"};
    struct transcript_view view = {
        .session = &session, .transcript = transcript, .version = "0"};
    struct transcript_pcapng_options options = {.tls = TRANSCRIPT_PCAPNG_SPLIT};
    struct buffer out = {0};

    transcript_text(&view, &out);
    transcript_vector(&view, &out);
    transcript_raw(&view, TRANSCRIPT_CLIENT, &out);
    transcript_pcapng(&view, &options, &out);
    json_free(transcript_json(&view));
    buffer_free(&out);
}

static void read_damaged(struct bytes piece)
{
    struct arena arena = {0};
    struct transcript transcript;
    uint64_t claimed;

    (void)transcript_read(&piece, 1, &arena, &transcript);
    claimed = transcript.size[0] + transcript.size[1];
    for (size_t i = 0; i < transcript.event_count; i++) {
        claimed += transcript.events[i].size;
    }
    /* Nothing makes up octets that are not there, but a damaged piece may
     * claim a size that takes long to walk. */
    if (claimed < 1 << 20) {
        show(&transcript);
    }
    arena_free(&arena);
}

/* Each instruction: kind, length, octets. */
static void record(struct bytes script, struct transcript_log *log,
                   struct buffer wire[2], struct buffer *body,
                   struct buffer pieces[2])
{
    size_t at = 0;

    while (at + 2 < script.size) {
        enum transcript_dir dir = (enum transcript_dir)(script.at[at] & 1);
        struct bytes run = bytes_part(script, at + 2, script.at[at + 1]);
        uint32_t dots[2] = {0, (uint32_t)run.size};

        if (script.at[at] & 2) {
            size_t count = run.size > 0 ? script.at[at] >> 2 & 1 : 0;

            const struct transcript_run part = {1, run.size, dots, 2 * count};
            transcript_log_body(log, &part);
            buffer_add(&wire[0], count ? BYTES(".") : BYTES(""));
            buffer_add(&wire[0], run);
            buffer_add(&wire[0], count ? BYTES(".") : BYTES(""));
            buffer_add(body, run);
        } else {
            transcript_log_add(log, dir, run);
            buffer_add(&wire[dir], run);
        }
        if (script.at[at] & 64 && pieces[0].size == 0) {
            buffer_add(&pieces[0], transcript_log_take(log));
        }
        at += 2 + run.size;
    }
    buffer_add(&pieces[1], transcript_log_take(log));
}

static void rebuild(struct bytes script)
{
    struct transcript_log *log = transcript_log_new(1 << 24);
    struct buffer wire[2] = {{0}};
    struct buffer pieces[2] = {{0}};
    struct buffer body = {0};
    struct arena arena = {0};
    struct transcript transcript;
    struct bytes taken[2];
    size_t count = 0;

    record(script, log, wire, &body, pieces);
    for (size_t i = 0; i < 2; i++) {
        if (pieces[i].size > 0) {
            taken[count++] = buffer_bytes(&pieces[i]);
        }
    }
    check(transcript_read(taken, count, &arena, &transcript) == 0);
    for (int dir = 0; dir < 2; dir++) {
        struct buffer got = {0};

        check(transcript_wire(
                  &transcript,
                  (struct transcript_range){0, UINT64_MAX, (uint8_t)dir},
                  &(struct transcript_bodies){read_body, &body}, &got) == 0);
        check(bytes_equal(buffer_bytes(&got), buffer_bytes(&wire[dir])));
        buffer_free(&got);
        buffer_free(&wire[dir]);
        buffer_free(&pieces[dir]);
    }
    buffer_free(&body);
    arena_free(&arena);
    transcript_log_free(log);
}

int LLVMFuzzerTestOneInput(const unsigned char *octets, size_t size)
{
    struct bytes input = {octets, size};

    read_damaged(input);
    rebuild(input);
    return 0;
}
