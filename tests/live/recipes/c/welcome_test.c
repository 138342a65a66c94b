/* SPDX-License-Identifier: MIT */
/* Run by: mailscope serve --ready-file ready.json -- ./welcome_test, or let the
 * fixture below start it. Needs cmocka; sends with `mailscope send`. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static pid_t server;
static char ready[64];
static char smtp[64];

/* Starts mailscope on free ports and learns them from its ready file. */
static int start_mailscope(void **state)
{
    char url[80];
    (void)state;
    snprintf(ready, sizeof ready, "/tmp/welcome-%d.json", (int)getpid());
    server = fork();
    if (server == 0) {
        execlp("mailscope", "mailscope", "serve", "--smtp", "127.0.0.1:0",
               "--http", "127.0.0.1:0", "--ready-file", ready, "--log", "warn",
               (char *)NULL);
        _exit(127);
    }
    FILE *file;
    while ((file = fopen(ready, "r")) == NULL) {
        if (waitpid(server, NULL, WNOHANG) != 0) {
            return -1;
        }
        usleep(20000);
    }
    int got = fscanf(file,
                     "{\"pid\":%*d,\"smtp\":[\"%63[^\"]\"],\"smtps\":[],"
                     "\"lmtp\":[],\"http\":\"%79[^\"]\"",
                     smtp, url);
    fclose(file);
    return got == 2 ? setenv("MAILSCOPE_URL", url, 1) : -1;
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
    char command[300];
    (void)state;
    snprintf(command, sizeof command,
             "mailscope send --server %s ada@example.test --subject "
             "'Welcome aboard' --text 'https://app.test/confirm/1'",
             smtp);
    assert_int_equal(run(command), 0);
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
