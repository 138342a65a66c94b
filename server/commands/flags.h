/* SPDX-License-Identifier: MIT */
#ifndef SERVER_COMMANDS_FLAGS_H
#define SERVER_COMMANDS_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A flag of one subcommand (those of `serve` are in options.def). Tables end
 * with a row without name. */
struct flag {
    const char *name;  /* without -- */
    const char *value; /* what --help calls its value; NULL: takes none */
    const char *sentence;
};

/* One flag as it was given. */
struct flag_given {
    const struct flag *flag;
    const char *text; /* NULL for a flag without value */
};

/* The command line of a subcommand, read. Texts live as long as argv. */
struct flags {
    struct flag_given *given; /* in the order of the command line */
    size_t given_count;
    char **arguments; /* what is no flag, in order */
    size_t argument_count;
};

enum flags_result { FLAGS_OK, FLAGS_DONE, FLAGS_BAD };

struct command;

/* Reads argv by the table of `command`. FLAGS_DONE: --help was asked for and
 * shown; FLAGS_BAD: one line was written to stderr. Flags and arguments may be
 * mixed; -- ends the flags. Free with flags_free() after FLAGS_OK. */
enum flags_result flags_read(const struct command *command, int argc,
                             char **argv, struct flags *flags_out)
    __attribute__((warn_unused_result));

/* Frees what flags_read() took. */
void flags_free(struct flags *flags);

/* The last value given for `name`, or `otherwise`. */
const char *flags_text(const struct flags *flags, const char *name,
                       const char *otherwise);

/* Was the flag given? */
bool flags_on(const struct flags *flags, const char *name);

/* Reads the value of `name` as a time (500ms, 5s, 2m, bare seconds) into
 * `ms_out`; `otherwise` when it was not given. Returns 0, or -1 after one
 * line to stderr. */
int flags_time(const struct flags *flags, const char *name, uint64_t otherwise,
               uint64_t *ms_out) __attribute__((warn_unused_result));

/* Reads the value of `name` as a number into `number_out`; `otherwise` when it
 * was not given. Returns 0, or -1 after one line to stderr. */
int flags_number(const struct flags *flags, const char *name,
                 uint64_t otherwise, uint64_t *number_out)
    __attribute__((warn_unused_result));

/* Reads a whole number that is not negative. Returns 0, or -1. */
int flags_whole(const char *text, uint64_t *number_out)
    __attribute__((warn_unused_result));

/* Writes usage, sentence and flags of `command`. */
void flags_show_help(const struct command *command, FILE *out);

#endif
