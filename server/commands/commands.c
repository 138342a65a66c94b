/* SPDX-License-Identifier: MIT */
#include "server/commands/commands.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "server/options/options.h"

static const struct flag no_flags[] = {{NULL, NULL, NULL}};

const struct command commands[] = {
    {"serve", "[-- COMMAND...]",
     "Start the server (what happens without a command)", no_flags, NULL,
     command_serve},
#define COMMAND(name, arguments, sentence) \
    {#name, arguments, sentence, name##_flags, command_##name, NULL},
#include "server/commands/commands.def"
#undef COMMAND
    {"sendmail", "[RECIPIENT...]",
     "Take a mail as /usr/sbin/sendmail does (-t -i -f -bs ...)", no_flags,
     NULL, command_sendmail},
    {0}};

const struct command *command_of(const char *name)
{
    for (const struct command *row = commands; row->name != NULL; row++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

int command_fail(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs("mailscope: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    return 2;
}

const char *command_id(const char *command, const char *text, char kind)
{
    const char *digits = *text == kind ? text + 1 : text;
    size_t size = strlen(digits);
    if (size > 0 && strspn(digits, "0123456789") == size) {
        return digits;
    }
    (void)command_fail("%s: '%s' is no %s id such as %c12; see mailscope list",
                       command, text, kind == 's' ? "session" : "message",
                       kind);
    return NULL;
}

void commands_show_help(FILE *out)
{
    fputs("usage: mailscope [serve] [OPTION...] [-- COMMAND...]\n"
          "       mailscope COMMAND [FLAG...]\n\n"
          "An SMTP server for developers: it accepts every mail, delivers\n"
          "none, and shows the message and the whole conversation.\n\n"
          "Commands (each explains itself with --help):\n",
          out);
    for (const struct command *row = commands; row->name != NULL; row++) {
        fprintf(out, "  %-12s%s\n", row->name, row->sentence);
    }
    options_show_help(out);
    fputs("\n  --help, -h                  Show this\n"
          "  --version, -V               Show version, commit, libraries\n\n"
          "An option may also be set in the environment (--max-age is\n"
          "MAILSCOPE_MAX_AGE) or in the file that --config names.\n",
          out);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static int run(const struct command *command, int argc, char **argv)
{
    if (command->run_raw != NULL) {
        return command->run_raw(argc, argv);
    }
    struct flags flags;
    enum flags_result result = flags_read(command, argc, argv, &flags);
    if (result != FLAGS_OK) {
        return result == FLAGS_DONE ? 0 : 2;
    }
    int status = command->run(&flags);
    flags_free(&flags);
    return status;
}

static bool is_name_of_sendmail(const char *name)
{
    static const char *const names[] = {"sendmail", "mailscope-sendmail",
                                        "mailq", "newaliases"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* What nobody could be told is no success. */
static int finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return status;
    }
    command_fail("stdout cannot be written: %s", strerror(errno));
    return 1;
}

/* `help`, `help list` and `version` for who does not think of dashes. */
static int run_word(int argc, char **argv)
{
    char *words[] = {argv[0], NULL, NULL};
    const struct command *command = argc > 2 ? command_of(argv[2]) : NULL;
    bool is_help = strcmp(argv[1], "help") == 0;
    words[1] = is_help ? "--help" : "--version";
    if (is_help && command != NULL) {
        return run(command, 2, words);
    }
    return argc > 2 ? command_fail("%s: unexpected '%s'", argv[1], argv[2])
                    : command_serve(2, words);
}

static int run_called(int argc, char **argv)
{
    const char *called = argc > 0 ? base_name(argv[0]) : "mailscope";
    const struct command *command = NULL;
    if (is_name_of_sendmail(called)) {
        return run(command_of("sendmail"), argc, argv);
    }
    if (argc > 1 &&
        (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "version") == 0)) {
        return run_word(argc, argv);
    }
    if (argc > 1 && argv[1][0] != '-') {
        command = command_of(argv[1]);
        if (command == NULL) {
            return command_fail("unknown command '%s'; see mailscope --help",
                                argv[1]);
        }
        return run(command, argc - 1, argv + 1);
    }
    return command_serve(argc, argv);
}

int commands_run(int argc, char **argv)
{
    return finish(run_called(argc, argv));
}
