/* SPDX-License-Identifier: MIT */
#include "webui/follow/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* One subscriber's frames: what is told when he reads too slowly. */

struct scene {
    struct stream *stream;
    struct http_request request;
    struct buffer heard; /* with a NUL behind it */
    int64_t now_us;
};

static void begin(struct scene *scene)
{
    *scene = (struct scene){.now_us = STREAM_SILENCE_US};
    scene->stream = stream_new();
    stream_answer(scene->stream, &scene->request);
    stream_take(scene->stream);
}

static void end(struct scene *scene)
{
    stream_free(scene->stream);
    buffer_free(&scene->heard);
}

static void add(struct scene *scene, uint64_t from, uint64_t to)
{
    char frame[40];

    for (uint64_t seq = from; seq <= to; seq++) {
        snprintf(frame, sizeof frame, "id: %d\n\n", (int)seq);
        stream_add(scene->stream, bytes_of(frame), seq);
    }
}

/* The client reads everything that may be written by now. */
static const char *hear(struct scene *scene)
{
    scene->heard.size = 0;
    while (scene->stream->is_due) {
        int got =
            scene->request.answer.pull(scene->request.answer.context,
                                       buffer_room(&scene->heard, 100), 100);
        assert_true(got > 0);
        scene->heard.size += (size_t)got;
    }
    buffer_add_byte(&scene->heard, '\0');
    return (const char *)scene->heard.at;
}

static void flush(struct scene *scene)
{
    scene->now_us += STREAM_BUNCH_US;
    (void)stream_flush(scene->stream, scene->now_us);
}

static void the_first_frame_goes_at_once_and_others_in_bunches(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    flush(&scene);
    (void)hear(&scene); /* the comment that ends a silence */
    add(&scene, 1, 1);
    flush(&scene);
    assert_string_equal(hear(&scene), "id: 1\n\n");
    add(&scene, 2, 3);
    int64_t again_us = stream_flush(scene.stream, scene.now_us + 1);
    assert_int_equal(again_us, scene.now_us + STREAM_BUNCH_US);
    assert_string_equal(hear(&scene), "");
    flush(&scene);
    assert_string_equal(hear(&scene), "id: 2\n\nid: 3\n\n");
    end(&scene);
}

static void what_is_too_much_becomes_one_gap(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    add(&scene, 1, STREAM_WAITING + 50);
    flush(&scene);
    const char *heard = hear(&scene);
    assert_non_null(strstr(heard, "id: 200\n\n"
                                  "id: 250\nevent: gap\n"
                                  "data: {\"from\":201,\"to\":250}\n\n"));
    add(&scene, 251, 251);
    flush(&scene);
    assert_string_equal(hear(&scene), "id: 251\n\n");
    end(&scene);
}

static void a_gap_grows_until_the_client_reads(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    add(&scene, 1, STREAM_WAITING);
    flush(&scene); /* may be written, and nobody reads */
    add(&scene, 201, 300);
    flush(&scene);
    add(&scene, 301, 400);
    const char *heard = hear(&scene);
    assert_non_null(strstr(heard, "id: 200\n\n"));
    assert_null(strstr(heard, "gap"));
    add(&scene, 401, 401);
    flush(&scene);
    assert_string_equal(hear(&scene), "id: 401\nevent: gap\n"
                                      "data: {\"from\":201,\"to\":401}\n\n");
    end(&scene);
}

static void silence_is_broken_by_a_comment(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    flush(&scene);
    (void)hear(&scene);
    scene.now_us += STREAM_SILENCE_US;
    flush(&scene);
    assert_string_equal(hear(&scene), ": still here\n\n");
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_frame_goes_at_once_and_others_in_bunches),
        cmocka_unit_test(what_is_too_much_becomes_one_gap),
        cmocka_unit_test(a_gap_grows_until_the_client_reads),
        cmocka_unit_test(silence_is_broken_by_a_comment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
