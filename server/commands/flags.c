/* SPDX-License-Identifier: MIT */
#include "server/commands/flags.h"

#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"
#include "server/commands/commands.h"
#include "server/options/options.h"

/* Where sentences begin. */
#define COLUMN 28

void flags_show_help(const struct command *command, FILE *out)
{
    fprintf(out, "usage: mailscope %s [FLAG...]%s%s\n\n%s.\n", command->name,
            *command->arguments ? " " : "", command->arguments,
            command->sentence);
    if (command->flags == NULL || command->flags->name == NULL) {
        return;
    }
    fputc('\n', out);
    for (const struct flag *row = command->flags; row->name; row++) {
        char head[60];
        snprintf(head, sizeof head, "--%s%s%s", row->name,
                 row->value ? " " : "", row->value ? row->value : "");
        bool is_wide = strlen(head) > COLUMN - 2;
        fprintf(out, "  %-*s%s%*s%s\n", COLUMN, head, is_wide ? "\n" : "",
                is_wide ? COLUMN + 2 : 0, "", row->sentence);
    }
}

static const struct flag *flag_of(const struct command *command,
                                  const char *name, size_t length)
{
    for (const struct flag *row = command->flags; row->name; row++) {
        if (strlen(row->name) == length &&
            memcmp(row->name, name, length) == 0) {
            return row;
        }
    }
    return NULL;
}

static int bad(const struct command *command, const char *what,
               const char *word)
{
    command_fail("%s: %s '%s'; see mailscope %s --help", command->name, what,
                 word, command->name);
    return -1;
}

/* Reads the flag at argv[place]. Returns how many words it took, or -1. */
static int read_flag(const struct command *command, char **argv, int place,
                     struct flags *out)
{
    const char *word = argv[place] + 2;
    size_t length = strcspn(word, "=");
    const struct flag *row = flag_of(command, word, length);
    const char *text = word[length] == '=' ? word + length + 1 : NULL;
    if (row == NULL) {
        return bad(command, "unknown flag", argv[place]);
    }
    if (row->value == NULL && text != NULL) {
        return bad(command, "no value belongs to", argv[place]);
    }
    int used = 1;
    if (row->value != NULL && text == NULL) {
        text = argv[place + 1];
        used = 2;
    }
    if (row->value != NULL && text == NULL) {
        return bad(command, "a value is missing behind", argv[place]);
    }
    out->given[out->given_count++] = (struct flag_given){row, text};
    return used;
}

static enum flags_result read_words(const struct command *command, int argc,
                                    char **argv, struct flags *out)
{
    bool ended = false;
    for (int i = 1; i < argc;) {
        if (!ended &&
            (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
            flags_show_help(command, stdout);
            return FLAGS_DONE;
        }
        if (!ended && strcmp(argv[i], "--") == 0) {
            ended = true;
            i++;
        } else if (!ended && strncmp(argv[i], "--", 2) == 0) {
            int used = read_flag(command, argv, i, out);
            if (used < 0) {
                return FLAGS_BAD;
            }
            i += used;
        } else {
            out->arguments[out->argument_count++] = argv[i++];
        }
    }
    return FLAGS_OK;
}

enum flags_result flags_read(const struct command *command, int argc,
                             char **argv, struct flags *flags_out)
{
    size_t most = (size_t)argc + 1;
    *flags_out = (struct flags){0};
    flags_out->given = memory_new(most * sizeof *flags_out->given);
    flags_out->arguments = memory_new(most * sizeof *flags_out->arguments);
    enum flags_result result = read_words(command, argc, argv, flags_out);
    if (result == FLAGS_OK && *command->arguments == '\0' &&
        flags_out->argument_count > 0) {
        bad(command, "unexpected", flags_out->arguments[0]);
        result = FLAGS_BAD;
    }
    if (result != FLAGS_OK) {
        flags_free(flags_out);
    }
    return result;
}

void flags_free(struct flags *flags)
{
    free(flags->given);
    free(flags->arguments);
    *flags = (struct flags){0};
}

static const struct flag_given *last_of(const struct flags *flags,
                                        const char *name)
{
    for (size_t i = flags->given_count; i > 0; i--) {
        if (strcmp(flags->given[i - 1].flag->name, name) == 0) {
            return &flags->given[i - 1];
        }
    }
    return NULL;
}

const char *flags_text(const struct flags *flags, const char *name,
                       const char *otherwise)
{
    const struct flag_given *given = last_of(flags, name);
    return given != NULL ? given->text : otherwise;
}

bool flags_on(const struct flags *flags, const char *name)
{
    return last_of(flags, name) != NULL;
}

static int read_as(const struct flags *flags, const struct option_row *row,
                   uint64_t *number_out)
{
    const char *text = flags_text(flags, row->flag, NULL);
    if (text == NULL || option_number(row, text, number_out) == 0) {
        return 0;
    }
    command_fail("--%s: '%s' is not %s", row->flag, text,
                 row->type == OPTION_TIME ? "a time such as 500ms, 5s or 2m"
                                          : "a number");
    return -1;
}

int flags_time(const struct flags *flags, const char *name, uint64_t otherwise,
               uint64_t *ms_out)
{
    *ms_out = otherwise;
    struct option_row row = {
        .type = OPTION_TIME, .flag = name, .max = INT64_MAX / 1000};
    return read_as(flags, &row, ms_out);
}

int flags_number(const struct flags *flags, const char *name,
                 uint64_t otherwise, uint64_t *number_out)
{
    *number_out = otherwise;
    struct option_row row = {
        .type = OPTION_NUMBER, .flag = name, .max = INT64_MAX};
    return read_as(flags, &row, number_out);
}

int flags_whole(const char *text, uint64_t *number_out)
{
    struct option_row row = {.type = OPTION_NUMBER, .max = INT64_MAX};
    return option_number(&row, text, number_out);
}
