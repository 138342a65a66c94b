/* SPDX-License-Identifier: MIT */
#include "inbox/transcript/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A conversation as it crossed the wire, beside the log that recorded it. */
struct conversation {
    struct transcript_log *log;
    struct buffer wire[2];
    struct buffer bodies[8]; /* unstuffed, by number - 1 */
    size_t body_count;
    struct buffer pieces[64];
    size_t piece_count;
    uint64_t time_us;
    uint32_t seed;
};

static uint32_t chance(struct conversation *talk, uint32_t below)
{
    talk->seed = talk->seed * 1664525U + 1013904223U;
    return (talk->seed >> 8) % below;
}

static void take(struct conversation *talk)
{
    if (talk->piece_count < 64 && transcript_log_pending(talk->log)) {
        buffer_add(&talk->pieces[talk->piece_count++],
                   transcript_log_take(talk->log));
    }
}

static void say(struct conversation *talk, enum transcript_dir dir)
{
    unsigned char line[300];
    size_t size = chance(talk, sizeof(line));
    struct transcript_chunk chunk = {.offset = talk->wire[dir].size,
                                     .time_us = talk->time_us +=
                                     chance(talk, 5000),
                                     .size = (uint32_t)size,
                                     .dir = (uint8_t)dir};

    for (size_t i = 0; i < size; i++) {
        line[i] = (unsigned char)chance(talk, 256);
    }
    buffer_add(&talk->wire[dir], (struct bytes){line, size});
    transcript_log_chunk(talk->log, &chunk);
    transcript_log_add(talk->log, dir, (struct bytes){line, size});
    transcript_log_event(talk->log, &(struct transcript_event){
                                        .type = TRANSCRIPT_COMMAND,
                                        .dir = (uint8_t)dir,
                                        .offset = chunk.offset,
                                        .size = size,
                                        .time_us = talk->time_us,
                                        .code = (uint16_t)chance(talk, 600),
                                        .enhanced = "2.1.0",
                                        .detail = BYTES("EHLO")});
}

/* One run of a body: random octets, a removed dot before some of them. */
static void pour(struct conversation *talk, uint64_t body)
{
    unsigned char octets[200];
    uint32_t dots[220];
    size_t dot_count = 0;
    uint32_t size = chance(talk, sizeof(octets));

    for (uint32_t i = 0; i <= size; i++) {
        if (chance(talk, 9) == 0) {
            buffer_add_byte(&talk->wire[0], '.');
            dots[dot_count++] = i;
        }
        if (i < size) {
            octets[i] = (unsigned char)chance(talk, 256);
            buffer_add_byte(&talk->wire[0], octets[i]);
        }
    }
    buffer_add(&talk->bodies[body - 1], (struct bytes){octets, size});
    transcript_log_body(talk->log,
                        &(struct transcript_run){body, size, dots, dot_count});
}

static void converse(struct conversation *talk, uint32_t seed)
{
    memset(talk, 0, sizeof(*talk));
    talk->seed = seed;
    talk->log = transcript_log_new(1 << 20);
    for (uint32_t turns = chance(talk, 40); turns > 0; turns--) {
        switch (chance(talk, 4)) {
        case 0:
            say(talk, TRANSCRIPT_SERVER);
            break;
        case 1:
            if (talk->body_count == 0 ||
                (talk->body_count < 8 && chance(talk, 2))) {
                talk->body_count++;
            }
            pour(talk, talk->body_count);
            break;
        case 2:
            take(talk);
            break;
        default:
            say(talk, TRANSCRIPT_CLIENT);
            break;
        }
    }
    talk->piece_count -= talk->piece_count == 64;
    take(talk);
}

static void forget(struct conversation *talk)
{
    transcript_log_free(talk->log);
    for (size_t i = 0; i < 64; i++) {
        buffer_free(&talk->pieces[i]);
    }
    for (size_t i = 0; i < 8; i++) {
        buffer_free(&talk->bodies[i]);
    }
    buffer_free(&talk->wire[0]);
    buffer_free(&talk->wire[1]);
}

static size_t read_body(void *context, uint64_t body, uint64_t offset,
                        struct room into)
{
    const struct conversation *talk = context;
    struct bytes part = bytes_part(buffer_bytes(&talk->bodies[body - 1]),
                                   (size_t)offset, into.size);

    memcpy(into.at, part.at, part.size);
    return part.size;
}

static int read_all(struct conversation *talk, struct arena *arena,
                    struct transcript *transcript_out)
{
    struct bytes pieces[64];

    for (size_t i = 0; i < talk->piece_count; i++) {
        pieces[i] = buffer_bytes(&talk->pieces[i]);
    }
    return transcript_read(pieces, talk->piece_count, arena, transcript_out);
}

static void check_range(struct conversation *talk,
                        const struct transcript *transcript,
                        struct transcript_range range)
{
    struct buffer got = {0};
    struct bytes want = bytes_part(buffer_bytes(&talk->wire[range.dir]),
                                   (size_t)range.offset, (size_t)range.size);

    const struct transcript_bodies bodies = {read_body, talk};

    assert_int_equal(transcript_wire(transcript, range, &bodies, &got), 0);
    assert_true(bytes_equal(buffer_bytes(&got), want));
    buffer_free(&got);
}

static void check_lossless(struct conversation *talk)
{
    struct arena arena = {0};
    struct transcript transcript;

    assert_int_equal(read_all(talk, &arena, &transcript), 0);
    assert_true(transcript.is_lossless);
    for (int dir = 0; dir < 2; dir++) {
        uint32_t size = (uint32_t)talk->wire[dir].size;

        assert_int_equal(transcript.size[dir], size);
        check_range(talk, &transcript,
                    (struct transcript_range){0, UINT64_MAX, (uint8_t)dir});
        for (int i = 0; i < 5; i++) {
            check_range(talk, &transcript,
                        (struct transcript_range){chance(talk, size + 2),
                                                  chance(talk, size + 2),
                                                  (uint8_t)dir});
        }
    }
    arena_free(&arena);
}

static void random_conversations_are_rebuilt_octet_for_octet(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 10000; seed++) {
        struct conversation talk;

        converse(&talk, seed);
        check_lossless(&talk);
        forget(&talk);
    }
}

static void events_and_chunks_come_back_as_they_were_noted(void **state)
{
    struct transcript_log *log = transcript_log_new(1 << 20);
    struct transcript_event told = {.time_us = 1210,
                                    .offset = 18,
                                    .size = 30,
                                    .body = 3,
                                    .code = 250,
                                    .enhanced = "2.1.0",
                                    .type = TRANSCRIPT_REPLY,
                                    .dir = TRANSCRIPT_SERVER,
                                    .is_secret = true,
                                    .detail = BYTES("words")};
    struct transcript_event later = {.type = TRANSCRIPT_CLOSE,
                                     .time_us = 9000,
                                     .answers = 1,
                                     .detail = BYTES("quit")};
    struct arena arena = {0};
    struct buffer pieces[2] = {{0}};
    struct transcript transcript;

    (void)state;
    assert_int_equal(transcript_log_event(log, &told), 1);
    buffer_add(&pieces[0], transcript_log_take(log));
    assert_int_equal(transcript_log_event(log, &later), 2);
    buffer_add(&pieces[1], transcript_log_take(log));
    assert_int_equal(transcript_read((struct bytes[]){buffer_bytes(&pieces[0]),
                                                      buffer_bytes(&pieces[1])},
                                     2, &arena, &transcript),
                     0);
    assert_int_equal(transcript.event_count, 2);
    assert_int_equal(transcript.events[0].offset, 18);
    assert_int_equal(transcript.events[0].size, 30);
    assert_int_equal(transcript.events[0].time_us, 1210);
    assert_int_equal(transcript.events[0].code, 250);
    assert_int_equal(transcript.events[0].body, 3);
    assert_true(transcript.events[0].is_secret);
    assert_string_equal(transcript.events[0].enhanced, "2.1.0");
    assert_int_equal(transcript.events[1].answers, 1);
    assert_int_equal(transcript.events[1].time_us, 9000);
    assert_true(bytes_equal(transcript.events[1].detail, BYTES("quit")));
    arena_free(&arena);
    buffer_free(&pieces[0]);
    buffer_free(&pieces[1]);
    transcript_log_free(log);
}

static void octets_beyond_the_limit_are_counted_not_kept(void **state)
{
    struct transcript_log *log = transcript_log_new(100);
    unsigned char line[80];
    struct arena arena = {0};
    struct buffer piece = {0};
    struct buffer got = {0};
    struct transcript transcript;
    struct bytes pieces[1];

    (void)state;
    memset(line, 'x', sizeof(line));
    for (int i = 0; i < 1000; i++) {
        transcript_log_add(log, TRANSCRIPT_CLIENT,
                           (struct bytes){line, sizeof(line)});
    }
    assert_int_equal(transcript_log_offset(log, TRANSCRIPT_CLIENT), 80000);
    buffer_add(&piece, transcript_log_take(log));
    assert_true(piece.size < 120);
    pieces[0] = buffer_bytes(&piece);
    assert_int_equal(transcript_read(pieces, 1, &arena, &transcript), 0);
    assert_false(transcript.is_lossless);
    assert_int_equal(transcript.lost_from[TRANSCRIPT_CLIENT], 80);
    assert_int_equal(transcript.lost_from[TRANSCRIPT_SERVER], UINT64_MAX);
    assert_int_equal(transcript.size[TRANSCRIPT_CLIENT], 80000);
    assert_int_equal(transcript_wire(&transcript,
                                     (struct transcript_range){
                                         0, UINT64_MAX, TRANSCRIPT_CLIENT},
                                     NULL, &got),
                     -1);
    assert_int_equal(got.size, 80);
    buffer_free(&got);
    buffer_free(&piece);
    arena_free(&arena);
    transcript_log_free(log);
}

static void lines_that_all_servers_say_take_an_octet_each(void **state)
{
    static const char said[] = "250-mail.test greets a.test\r\n"
                               "250-PIPELINING\r\n250-DSN\r\n250 HELP\r\n"
                               "250 2.1.0 Sender accepted\r\n";
    struct transcript_log *log = transcript_log_new(1000);
    struct arena arena = {0};
    struct buffer piece = {0};
    struct buffer got = {0};
    struct transcript transcript;
    struct bytes pieces[1];

    (void)state;
    transcript_log_add(log, TRANSCRIPT_SERVER, bytes_of(said));
    transcript_log_add(log, TRANSCRIPT_SERVER, BYTES("250-DSN\r\n\x80\xff"));
    buffer_add(&piece, transcript_log_take(log));
    assert_true(piece.size < 70);
    pieces[0] = buffer_bytes(&piece);
    assert_int_equal(transcript_read(pieces, 1, &arena, &transcript), 0);
    assert_int_equal(transcript_wire(&transcript,
                                     (struct transcript_range){
                                         0, UINT64_MAX, TRANSCRIPT_SERVER},
                                     NULL, &got),
                     0);
    assert_int_equal(got.size, strlen(said) + 11);
    assert_memory_equal(got.at, said, strlen(said));
    assert_memory_equal(got.at + strlen(said), "250-DSN\r\n\x80\xff", 11);
    buffer_free(&got);
    buffer_free(&piece);
    arena_free(&arena);
    transcript_log_free(log);
}

static void a_missing_piece_is_noticed(void **state)
{
    struct conversation talk;
    struct arena arena = {0};
    struct transcript transcript;
    struct bytes pieces[2];
    uint32_t seed = 1;

    (void)state;
    do {
        converse(&talk, seed++);
        if (talk.piece_count < 3) {
            forget(&talk);
        }
    } while (talk.piece_count < 3);
    pieces[0] = buffer_bytes(&talk.pieces[0]);
    pieces[1] = buffer_bytes(&talk.pieces[2]);
    assert_int_equal(transcript_read(pieces, 2, &arena, &transcript), -1);
    assert_false(transcript.is_lossless);
    arena_free(&arena);
    forget(&talk);
}

static void a_damaged_piece_gives_what_stood_before_the_damage(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 500; seed++) {
        struct conversation talk;
        struct arena arena = {0};
        struct transcript transcript;
        struct buffer *piece;

        converse(&talk, seed);
        if (talk.piece_count > 0) {
            piece = &talk.pieces[chance(&talk, (uint32_t)talk.piece_count)];
            piece->at[chance(&talk, (uint32_t)piece->size)] ^=
                (unsigned char)(1 + chance(&talk, 255));
            piece->size -= chance(&talk, 2);
            (void)read_all(&talk, &arena, &transcript);
            assert_true(transcript.segment_count[0] <= 100000);
        }
        arena_free(&arena);
        forget(&talk);
    }
}

static void single_octets_for_a_day_stay_within_the_limit(void **state)
{
    struct transcript_log *log = transcript_log_new(4096);
    struct buffer piece = {0};

    (void)state;
    for (uint64_t i = 0; i < 86400; i++) {
        transcript_log_chunk(
            log, &(struct transcript_chunk){
                     .offset = i, .size = 1, .time_us = i * 1000000});
        transcript_log_add(log, TRANSCRIPT_CLIENT, BYTES("x"));
        transcript_log_event(
            log, &(struct transcript_event){.type = TRANSCRIPT_NOTE,
                                            .time_us = i * 1000000});
    }
    buffer_add(&piece, transcript_log_take(log));
    assert_true(piece.size < 4200);
    buffer_free(&piece);
    transcript_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_conversations_are_rebuilt_octet_for_octet),
        cmocka_unit_test(events_and_chunks_come_back_as_they_were_noted),
        cmocka_unit_test(octets_beyond_the_limit_are_counted_not_kept),
        cmocka_unit_test(lines_that_all_servers_say_take_an_octet_each),
        cmocka_unit_test(a_missing_piece_is_noticed),
        cmocka_unit_test(a_damaged_piece_gives_what_stood_before_the_damage),
        cmocka_unit_test(single_octets_for_a_day_stay_within_the_limit),
    };

    return cmocka_run_group_tests_name("transcript", tests, NULL, NULL);
}
