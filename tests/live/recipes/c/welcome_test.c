/* SPDX-License-Identifier: MIT */
/* A cmocka fixture that starts mailscope on free ports. Build and run:
 * cc -D_GNU_SOURCE -o welcome_test welcome_test.c -lcmocka && ./welcome_test */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static pid_t server;
static char ready[64];

/* Sets the variable NAME to the text behind `key` in the ready file. */
static int learn(const char *name, const char *json, const char *key)
{
    const char *at = strstr(json, key);
    char text[80];
    if (at == NULL || sscanf(at + strlen(key), "%79[^\"]", text) != 1) {
        return -1;
    }
    return setenv(name, text, 1);
}

static int start_mailscope(void **state)
{
    char json[500] = "";
    FILE *file;
    (void)state;
    snprintf(ready, sizeof ready, "/tmp/welcome-%d.json", (int)getpid());
    server = fork();
    if (server == 0) {
        execlp("mailscope", "mailscope", "serve", "--smtp", "127.0.0.1:0",
               "--http", "127.0.0.1:0", "--ready-file", ready, "--log", "warn",
               (char *)NULL);
        _exit(127);
    }
    while ((file = fopen(ready, "r")) == NULL) {
        if (waitpid(server, NULL, WNOHANG) != 0) {
            return -1; /* it did not start */
        }
        usleep(20000);
    }
    fread(json, 1, sizeof json - 1, file);
    fclose(file);
    return learn("SMTP_SERVER", json, "\"smtp\":[\"") |
           learn("MAILSCOPE_URL", json, "\"http\":\"");
}

static int stop_mailscope(void **state)
{
    (void)state;
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    return unlink(ready);
}

static int run(const char *command)
{
    return WEXITSTATUS(system(command));
}

static void the_welcome_mail_has_a_link(void **state)
{
    (void)state;
    assert_int_equal(run("mailscope send --server $SMTP_SERVER ada@example.test"
                         " --subject 'Welcome aboard'"
                         " --text https://app.test/confirm/1"),
                     0);
    assert_int_equal(run("mailscope expect --to ada@example.test "
                         "--subject-contains Welcome --within 30s "
                         "--text-contains https://app.test/ >/dev/null"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_welcome_mail_has_a_link)};
    return cmocka_run_group_tests(tests, start_mailscope, stop_mailscope);
}
