/* SPDX-License-Identifier: MIT */
#include "webui/call/router.h"

#include "webui/describe/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct found {
    enum route_found how;
    const char *path; /* of the row; NULL none */
    const char *allow;
    struct call call;
};

static struct found look(const char *method, const char *target,
                         struct arena *arena)
{
    struct found found = {.call = {.arena = arena}};
    const char *why;

    assert_int_equal(target_read(target, arena, &found.call.target, &why), 0);
    found.how = route_find(&found.call, method, 0, &found.allow);
    found.path = found.how == ROUTE_FOUND ? found.call.route->path : NULL;
    return found;
}

static void targets_find_their_row(void **state)
{
    static const struct {
        const char *method;
        const char *target;
        const char *path; /* NULL: none */
    } rows[] = {
        {"GET", "/", "/"},
        {"HEAD", "/api/info", "/api/info"},
        {"GET", "/api/messages/latest", "/api/messages/latest"},
        {"GET", "/api/messages/42", "/api/messages/{id}"},
        {"GET", "/api/messages/042", NULL},
        {"GET", "/api/messages/0", NULL},
        {"GET", "/api/messages/-1", NULL},
        {"GET", "/api/messages/99999999999999999999", NULL},
        {"GET", "/api/messages/42/", NULL},
        {"GET", "/api/messages/7/parts/1.2",
         "/api/messages/{id}/parts/{section}"},
        {"GET", "/api/messages/7/parts/", NULL},
        {"GET", "/api//info", NULL},
        {"GET", "/./api/info", NULL},
        {"GET", "/x/../api/info", NULL},
        {"GET", "/api%2Finfo", "/{file}"},
        {"GET", "/%61pi/info", "/api/info"},
        {"GET", "/api/INFO", NULL},
        {"GET", "/api/", "/api/"},
        {"GET", "/preview/1-ab/", "/preview/{capability}/"},
        {"GET", "/preview/1-ab", NULL},
        {"GET", "/preview/1-ab/cid/3", "/preview/{capability}/cid/{n}"},
        {"GET", "/assets/a.js", "/assets/{file}"},
        {"GET", "/assets/a/b.js", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = {0};
        struct found found = look(rows[i].method, rows[i].target, &arena);
        assert_string_equal(found.path == NULL ? "none" : found.path,
                            rows[i].path == NULL ? "none" : rows[i].path);
        arena_free(&arena);
    }
}

static void ids_and_words_come_out_of_the_path(void **state)
{
    struct arena arena = {0};
    struct found found = look("GET", "/api/messages/7/parts/1.2", &arena);

    (void)state;
    assert_int_equal(found.call.id, 7);
    assert_string_equal(found.call.words[0], "1.2");
    arena_free(&arena);
}

static void another_method_is_told_what_is_allowed(void **state)
{
    struct arena arena = {0};
    struct found found = look("PUT", "/api/messages/7", &arena);

    (void)state;
    assert_int_equal(found.how, ROUTE_NO_METHOD);
    assert_string_equal(found.allow, "GET, HEAD, PATCH, DELETE");
    arena_free(&arena);
}

static void unknown_and_doubled_parameters_are_found(void **state)
{
    static const struct {
        const char *target;
        const char *wrong; /* NULL: none */
    } rows[] = {
        {"/api/messages?q=a&limit=5&wait=5s", NULL},
        {"/api/messages?qq=a", "qq"},
        {"/api/messages?lim=5", "lim"},
        {"/api/messages?limit=5&limit=6", "limit"},
        {"/api/messages?limit%20before=5", "limit before"},
        {"/api/info?x", "x"},
        {"/?anything=1&anything=2", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = {0};
        struct found found = look("GET", rows[i].target, &arena);
        const char *wrong = route_wrong_param(&found.call);
        assert_string_equal(wrong == NULL ? "none" : wrong,
                            rows[i].wrong == NULL ? "none" : rows[i].wrong);
        arena_free(&arena);
    }
}

static void every_parameter_of_the_table_is_described(void **state)
{
    size_t count;
    const struct route *rows = routes(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const char *at = rows[i].params;
        while (*at != '\0' && *at != '*') {
            size_t size = strcspn(at, " ");
            char name[32] = {0};
            assert_true(size < sizeof name);
            memcpy(name, at, size);
            assert_non_null(schema_param(name));
            at += size + (at[size] == ' ');
        }
    }
}

static void every_object_of_the_table_is_described(void **state)
{
    size_t count;
    const struct route *rows = routes(&count);
    struct json *objects = schema_objects();

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const char *names[] = {rows[i].answer, rows[i].asks};
        for (size_t k = 0; k < 2; k++) {
            if (names[k] != NULL && strchr(names[k], '/') == NULL) {
                assert_non_null(json_member(objects, names[k]));
            }
        }
    }
    json_free(objects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_find_their_row),
        cmocka_unit_test(ids_and_words_come_out_of_the_path),
        cmocka_unit_test(another_method_is_told_what_is_allowed),
        cmocka_unit_test(unknown_and_doubled_parameters_are_found),
        cmocka_unit_test(every_parameter_of_the_table_is_described),
        cmocka_unit_test(every_object_of_the_table_is_described),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
