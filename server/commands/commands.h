/* SPDX-License-Identifier: MIT */
#ifndef SERVER_COMMANDS_COMMANDS_H
#define SERVER_COMMANDS_COMMANDS_H

#include <stddef.h>
#include <stdio.h>

#include "server/commands/flags.h"

/* `mailscope NAME ...`: one file and one row each. */
struct command {
    const char *name;
    const char *arguments;    /* what stands behind the flags, for usage */
    const char *sentence;     /* what it does */
    const struct flag *flags; /* ends with a row without name */
    int (*run)(const struct flags *flags); /* returns the exit status */
    int (*run_raw)(int argc, char **argv); /* reads its arguments itself */
};

/* In the order in which --help shows them; ends with a row without name. */
extern const struct command commands[];

/* The row of that name, or NULL. */
const struct command *command_of(const char *name);

/* Runs what argv asks for: the command it names, `sendmail` when the program
 * is called by that name, else `serve`. Returns the exit status: 0 done,
 * 1 not met or failed, 2 not understood or not possible to start. */
int commands_run(int argc, char **argv);

/* Writes what `mailscope --help` shows. */
void commands_show_help(FILE *out);

/* One line to stderr, behind "mailscope: " (printf's rules). Returns 2. */
int command_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The digits of an id as `mailscope list` shows it, m12 or (kind 's') s12, or
 * without the letter; NULL after one line on stderr. */
const char *command_id(const char *command, const char *text, char kind);

/* Starts the server and waits for its end. argv[0] is skipped, the rest are
 * options; --help and --version are answered too. */
int command_serve(int argc, char **argv);

/* Takes the arguments of the classic sendmail program. */
int command_sendmail(int argc, char **argv);

/* The rows of commands.def: each has its own file. */
#define COMMAND(name, arguments, sentence)   \
    extern const struct flag name##_flags[]; \
    int command_##name(const struct flags *flags);
#include "server/commands/commands.def"
#undef COMMAND

#endif
