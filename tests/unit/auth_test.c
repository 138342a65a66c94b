/* SPDX-License-Identifier: MIT */
#include "webui/http/auth.h"

#include "webui/http/keyed_hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ada:secret, with bcrypt at its lowest cost */
#define ADA "ada:$2b$04$KBCwKxOzLha2MUDgW0PjXe/hE/UCO9qF89dOydoHjSwxcHev5LRn.\n"

static void hashes_are_those_of_its_inventors(void **state)
{
    /* The first vectors of the reference implementation: key 00..0f, inputs
     * of 0 and 1 octets. */
    struct hash_key key = {{0x0706050403020100U, 0x0f0e0d0c0b0a0908U}};
    struct hash_value none = hash_of(key, (struct bytes){0});
    struct hash_value one = hash_of(key, BYTES("\0"));

    (void)state;
    assert_true(none.words[0] == 0xe6a825ba047f81a3U);
    assert_true(none.words[1] == 0x930255c71472f66dU);
    assert_true(one.words[0] == 0x44af996bd8c187daU);
    assert_true(one.words[1] == 0x45fc229b11597634U);
}

static void a_plain_login_is_known_at_once(void **state)
{
    static const struct {
        const char *header;
        enum auth_verdict want;
    } rows[] = {
        {NULL, AUTH_REFUSED},
        {"", AUTH_REFUSED},
        {"Basic", AUTH_REFUSED},
        {"Basic !!!!", AUTH_REFUSED},
        {"Bearer YWRhOnNlY3JldA==", AUTH_REFUSED},
        {"Basic YWRhOnNlY3JldA==", AUTH_ACCEPTED}, /* ada:secret */
        {"basic YWRhOnNlY3JldA==", AUTH_ACCEPTED},
        {"Basic YWRhOndyb25n", AUTH_REFUSED},     /* ada:wrong */
        {"Basic YWRh", AUTH_REFUSED},             /* no colon */
        {"Basic YWRhOnNlY3JldAB4", AUTH_REFUSED}, /* a NUL behind it */
    };
    char error[WEBUI_ERROR_SIZE];
    struct auth *auth = auth_new("ada:secret", error);

    (void)state;
    assert_non_null(auth);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(auth_check(auth, rows[i].header), rows[i].want);
    }
    auth_free(auth);
}

static struct auth *from_file(const char *text, char error[WEBUI_ERROR_SIZE])
{
    char path[] = "/tmp/mailscope-auth-XXXXXX";
    int made = mkstemp(path);

    assert_true(made >= 0);
    assert_int_equal(write(made, text, strlen(text)), (ssize_t)strlen(text));
    close(made);
    struct auth *auth = auth_new(path, error);
    unlink(path);
    return auth;
}

static void bcrypt_runs_once_for_a_login(void **state)
{
    char error[WEBUI_ERROR_SIZE];
    struct auth *auth = from_file("# staff\n" ADA, error);

    (void)state;
    assert_non_null(auth);
    assert_int_equal(auth_check(auth, "Basic YWRhOndyb25n"), AUTH_UNKNOWN);
    assert_false(auth_verify(auth, "Basic YWRhOndyb25n"));
    assert_int_equal(auth_check(auth, "Basic YWRhOndyb25n"), AUTH_UNKNOWN);
    assert_false(auth_verify(auth, "Basic Ym9iOnNlY3JldA==")); /* bob */
    auth_free(auth);
}

static void an_accepted_login_is_remembered(void **state)
{
    char error[WEBUI_ERROR_SIZE];
    struct auth *auth = from_file(ADA, error);

    (void)state;
    assert_non_null(auth);
    assert_int_equal(auth_check(auth, "Basic YWRhOnNlY3JldA=="), AUTH_UNKNOWN);
    assert_true(auth_verify(auth, "Basic YWRhOnNlY3JldA=="));
    assert_int_equal(auth_check(auth, "Basic YWRhOnNlY3JldA=="), AUTH_ACCEPTED);
    auth_free(auth);
}

static void wrong_files_are_refused_with_a_reason(void **state)
{
    char error[WEBUI_ERROR_SIZE] = "";

    (void)state;
    assert_null(from_file("ada:secret\n", error));
    assert_non_null(strstr(error, "line 1"));
    assert_null(from_file("# nobody\n", error));
    assert_non_null(strstr(error, "no user"));
    assert_null(auth_new("/nowhere/at/all", error));
    assert_non_null(strstr(error, "USER:PASSWORD"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_its_inventors),
        cmocka_unit_test(a_plain_login_is_known_at_once),
        cmocka_unit_test(bcrypt_runs_once_for_a_login),
        cmocka_unit_test(an_accepted_login_is_remembered),
        cmocka_unit_test(wrong_files_are_refused_with_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
