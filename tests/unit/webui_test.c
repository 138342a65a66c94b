/* SPDX-License-Identifier: MIT */
/* threads: yes */
#include "webui/webui.h"

#include "tests/support/store.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* The web over a store in memory, spoken to by sockets: what its threads give
 * each other is looked at by the sanitizers. */

struct scene {
    void *store;
    struct webui *webui;
    struct webui_options options;
};

static struct store *store_of(struct scene *scene)
{
    return scene->store;
}

static int begin(void **state)
{
    struct scene *scene = memory_new(sizeof *scene);
    char error[WEBUI_ERROR_SIZE] = "";

    assert_int_equal(store_memory(&scene->store), 0);
    scene->options = (struct webui_options){.address = "127.0.0.1:0",
                                            .listen_socket = -1,
                                            .version = "test",
                                            .hostname = "test",
                                            .inbox = store_of(scene)->inbox};
    scene->webui = webui_start(&scene->options, error);
    if (scene->webui == NULL) {
        fail_msg("%s", error);
    }
    *state = scene;
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;

    webui_stop(scene->webui);
    assert_int_equal(store_close(&scene->store), 0);
    free(scene);
    return 0;
}

/* A connection on which `request` was sent. */
static int ask(const struct scene *scene, const char *method, const char *path)
{
    char request[400];
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 60};
    int link = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_port =
        htons((uint16_t)atoi(strrchr(webui_url(scene->webui), ':') + 1));
    assert_int_equal(connect(link, (struct sockaddr *)&at, sizeof at), 0);
    (void)setsockopt(link, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    int size = snprintf(request, sizeof request,
                        "%s %s HTTP/1.1\r\nHost: localhost\r\n"
                        "Connection: close\r\n\r\n",
                        method, path);
    assert_int_equal(write(link, request, (size_t)size), size);
    return link;
}

/* Reads until `mark` is there, or to the end. */
static char *read_until(int link, const char *mark)
{
    struct buffer got = {0};

    for (;;) {
        unsigned char *room = buffer_room(&got, 4097);
        ssize_t size = read(link, room, 4096);
        if (size <= 0) {
            break;
        }
        got.size += (size_t)size;
        got.at[got.size] = '\0';
        if (mark != NULL && strstr((const char *)got.at, mark) != NULL) {
            break;
        }
    }
    buffer_add_byte(&got, '\0');
    return (char *)got.at;
}

static void assert_answer(int link, const char *status, const char *mark)
{
    char *answer = read_until(link, NULL);

    close(link);
    if (strncmp(answer + 9, status, 3) != 0 || strstr(answer, mark) == NULL) {
        fail_msg("expected %s with %s, got: %s", status, mark, answer);
    }
    free(answer);
}

static void what_was_kept_is_answered(void **state)
{
    struct scene *scene = *state;
    char path[64];

    store_deliver(store_of(scene), "ada@x.test", "Subject: one\r\n\r\nHi\r\n");
    assert_answer(ask(scene, "GET", "/api/messages"), "200", "\"one\"");
    snprintf(path, sizeof path, "/api/messages/%llu",
             (unsigned long long)store_of(scene)->answer.message);
    assert_answer(ask(scene, "GET", path), "200", "\"headers\"");
    assert_answer(ask(scene, "DELETE", path), "200", "\"deleted\":1");
    assert_answer(ask(scene, "GET", path), "404", "no message");
    assert_answer(ask(scene, "GET", "/api/nothing"), "404", "problem");
}

#define WAITS 20

static void waits_and_streams_hear_of_new_mail(void **state)
{
    struct scene *scene = *state;
    int waits[WAITS];
    int stream = ask(scene, "GET", "/api/events");

    free(read_until(stream, "hello"));
    for (size_t i = 0; i < WAITS; i++) {
        waits[i] = ask(scene, "GET", "/api/messages?wait=120s&q=subject:later");
    }
    store_deliver(store_of(scene), "a@x.test", "Subject: other\r\n\r\nHi\r\n");
    store_deliver(store_of(scene), "a@x.test", "Subject: later\r\n\r\nHi\r\n");
    for (size_t i = 0; i < WAITS; i++) {
        assert_answer(waits[i], "200", "\"later\"");
    }
    char *frames = read_until(stream, "later");
    assert_non_null(strstr(frames, "event: message"));
    free(frames);
    close(stream);
}

static void *deliver_many(void *context)
{
    for (int i = 0; i < 200; i++) {
        store_deliver(context, "a@x.test", "Subject: many\r\n\r\nHi\r\n");
    }
    return NULL;
}

static void mail_comes_while_it_is_asked_for(void **state)
{
    struct scene *scene = *state;
    pthread_t giver;
    int stream = ask(scene, "GET", "/api/events");

    assert_int_equal(pthread_create(&giver, NULL, deliver_many, scene->store),
                     0);
    for (int i = 0; i < 20; i++) {
        assert_answer(ask(scene, "GET", "/api/messages?q=body:hi"), "200",
                      "\"messages\"");
        assert_answer(ask(scene, "GET", "/api/activity?wait=5"), "400", "wait");
        assert_answer(ask(scene, "GET", "/metrics"), "200", "mailscope_seq");
        assert_answer(
            ask(scene, "GET", "/api/messages?wait=60s&count=3&limit=2"), "200",
            "many");
    }
    pthread_join(giver, NULL);
    close(stream);
}

static void stopping_answers_who_waits(void **state)
{
    struct scene *scene = *state;
    int stream = ask(scene, "GET", "/api/events");
    int wait = ask(scene, "GET", "/api/messages?wait=300s&q=subject:never");
    char error[WEBUI_ERROR_SIZE];

    free(read_until(stream, "hello"));
    /* the wait may not be read yet: then its connection just ends */
    webui_stop(scene->webui);
    char *rest = read_until(wait, NULL);
    assert_true(rest[0] == '\0' || strncmp(rest, "HTTP/1.1 404", 12) == 0 ||
                strncmp(rest, "HTTP/1.1 503", 12) == 0);
    free(rest);
    free(read_until(stream, NULL));
    close(stream);
    close(wait);
    scene->webui = webui_start(&scene->options, error);
    assert_non_null(scene->webui);
    assert_answer(ask(scene, "GET", "/healthz"), "200", "ok");
}

static void wrong_options_are_refused_with_a_reason(void **state)
{
    struct scene *scene = *state;
    struct webui_options wrong = scene->options;
    char error[WEBUI_ERROR_SIZE] = "";

    wrong.address = "nowhere";
    assert_null(webui_start(&wrong, error));
    assert_non_null(strstr(error, "HOST:PORT"));
    wrong.address = strrchr(webui_url(scene->webui), '/') + 1;
    assert_null(webui_start(&wrong, error));
    assert_non_null(strstr(error, "port"));
    wrong.address = "127.0.0.1:0";
    wrong.path = "mail";
    assert_null(webui_start(&wrong, error));
    assert_non_null(strstr(error, "--http-path"));
    wrong.path = NULL;
    wrong.auth = "/nowhere";
    assert_null(webui_start(&wrong, error));
    assert_non_null(strstr(error, "--http-auth"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_kept_is_answered, begin, end),
        cmocka_unit_test_setup_teardown(waits_and_streams_hear_of_new_mail,
                                        begin, end),
        cmocka_unit_test_setup_teardown(mail_comes_while_it_is_asked_for, begin,
                                        end),
        cmocka_unit_test_setup_teardown(stopping_answers_who_waits, begin, end),
        cmocka_unit_test_setup_teardown(wrong_options_are_refused_with_a_reason,
                                        begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
