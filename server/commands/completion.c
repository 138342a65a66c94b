/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "server/commands/commands.h"
#include "server/options/options.h"

/* From the tables of commands, flags and options, for three shells. Without a
 * command the options of `serve` are meant. */

const struct flag completion_flags[] = {{NULL, NULL, NULL}};

/* "sink|strict" names what there is; "USER:PASSWORD|FILE" does not. */
static bool is_choice(const char *value)
{
    return value != NULL && strchr(value, '|') != NULL &&
           strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789.|-") ==
               strlen(value);
}

static void put_choice(const char *value)
{
    for (; *value != '\0'; value++) {
        putchar(*value == '|' ? ' ' : *value);
    }
}

/* What one row of either table says of a flag. */
typedef void write_flag(const struct command *command, const char *name,
                        const char *value, const char *sentence);

static bool is_serve(const struct command *command)
{
    return command->run_raw == command_serve;
}

static void for_each_flag(const struct command *command, write_flag *write)
{
    for (size_t i = 0; is_serve(command) && i < OPTION_COUNT; i++) {
        write(command, option_rows[i].flag, option_rows[i].value,
              option_rows[i].sentence);
    }
    for (const struct flag *row = command->flags; row->name; row++) {
        write(command, row->name, row->value, row->sentence);
    }
    write(command, "help", NULL, "Show what there is");
}

/* ---- bash */

static void bash_flag(const struct command *command, const char *name,
                      const char *value, const char *sentence)
{
    (void)command;
    (void)value;
    (void)sentence;
    printf(" --%s", name);
}

static void bash_values(const struct command *command, const char *name,
                        const char *value, const char *sentence)
{
    (void)sentence;
    if (is_choice(value)) {
        printf("        %s:--%s) words=\"",
               is_serve(command) ? "*" : command->name, name);
        put_choice(value);
        puts("\" ;;");
    }
}

static void bash_command(const struct command *command, const char *pattern)
{
    printf("        %s:*) words=\"", pattern);
    if (is_choice(command->arguments)) {
        put_choice(command->arguments);
    }
    for_each_flag(command, bash_flag);
    puts("\" ;;");
}

static void write_bash(void)
{
    puts("# bash completion for mailscope: source it\n"
         "_mailscope()\n{\n"
         "    local word=\"${COMP_WORDS[COMP_CWORD]}\" words=\"\"\n"
         "    if [ \"$COMP_CWORD\" -eq 1 ] && [ \"${word#-}\" = \"$word\" ]; "
         "then");
    fputs("        words=\"", stdout);
    for (const struct command *row = commands; row->name; row++) {
        printf("%s%s", row == commands ? "" : " ", row->name);
    }
    puts("\"\n    else\n"
         "        case \"${COMP_WORDS[1]}:${COMP_WORDS[COMP_CWORD-1]}\" in");
    for (const struct command *row = commands + 1; row->name; row++) {
        for_each_flag(row, bash_values);
        bash_command(row, row->name);
    }
    for_each_flag(commands, bash_values);
    bash_command(commands, "*");
    puts("        esac\n    fi\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "    [ ${#COMPREPLY[@]} -gt 0 ] || "
         "COMPREPLY=($(compgen -f -- \"$word\"))\n}\n"
         "complete -o filenames -F _mailscope mailscope");
}

/* ---- zsh and fish */

/* Between single quotes, what `escaped` lists behind a backslash. */
static void put_quoted(const char *sentence, const char *escaped)
{
    for (; *sentence != '\0'; sentence++) {
        if (*sentence == '\'') {
            fputs("'\\''", stdout);
        } else if (strchr(escaped, *sentence) != NULL) {
            printf("\\%c", *sentence);
        } else {
            putchar(*sentence);
        }
    }
}

static void zsh_flag(const struct command *command, const char *name,
                     const char *value, const char *sentence)
{
    (void)command;
    printf("            '--%s[", name);
    put_quoted(sentence, "[]\\");
    fputs(value != NULL ? "]:value:" : "]", stdout);
    if (is_choice(value)) {
        putchar('(');
        put_choice(value);
        putchar(')');
    } else if (value != NULL) {
        fputs("_files", stdout);
    }
    puts("' \\");
}

static void zsh_command(const struct command *command)
{
    printf("        %s)\n        _arguments \\\n", command->name);
    for_each_flag(command, zsh_flag);
    if (is_choice(command->arguments)) {
        fputs("            '1:what:(", stdout);
        put_choice(command->arguments);
        puts(")'\n        ;;");
    } else {
        puts("            '*:file:_files'\n        ;;");
    }
}

static void write_zsh(void)
{
    puts("#compdef mailscope\n_mailscope() {\n    local -a commands\n"
         "    commands=(");
    for (const struct command *row = commands; row->name; row++) {
        printf("        '%s:", row->name);
        put_quoted(row->sentence, "\\");
        puts("'");
    }
    puts("    )\n    local name=$words[2]\n"
         "    if [[ $name == -* ]]; then\n        name=serve\n"
         "    elif (( CURRENT == 2 )); then\n"
         "        _describe command commands\n        return\n"
         "    else\n        shift words\n        (( CURRENT-- ))\n    fi\n"
         "    case $name in");
    for (const struct command *row = commands; row->name; row++) {
        zsh_command(row);
    }
    /* autoloaded from $fpath, or sourced */
    puts("    esac\n}\n"
         "if [[ $funcstack[1] == _mailscope ]]; then\n    _mailscope \"$@\"\n"
         "else\n    compdef _mailscope mailscope\nfi");
}

static void fish_flag(const struct command *command, const char *name,
                      const char *value, const char *sentence)
{
    printf("complete -c mailscope -n '%s%s' -l %s -d '",
           is_serve(command) ? "__mailscope_serves"
                             : "__fish_seen_subcommand_from ",
           is_serve(command) ? "" : command->name, name);
    put_quoted(sentence, "\\");
    fputs("'", stdout);
    if (is_choice(value)) {
        fputs(" -x -a '", stdout);
        put_choice(value);
        fputs("'", stdout);
    } else if (value != NULL) {
        fputs(" -r", stdout);
    }
    putchar('\n');
}

static void fish_command(const struct command *command)
{
    printf("complete -c mailscope -n __fish_use_subcommand -f -a %s -d '",
           command->name);
    put_quoted(command->sentence, "\\");
    puts("'");
    if (is_choice(command->arguments)) {
        printf("complete -c mailscope -n '__fish_seen_subcommand_from %s' "
               "-f -a '",
               command->name);
        put_choice(command->arguments);
        puts("'");
    }
    for_each_flag(command, fish_flag);
}

static void write_fish(void)
{
    fputs("function __mailscope_serves\n"
          "    not __fish_seen_subcommand_from",
          stdout);
    for (const struct command *row = commands + 1; row->name; row++) {
        printf(" %s", row->name);
    }
    puts("\nend");
    for (const struct command *row = commands; row->name; row++) {
        fish_command(row);
    }
}

int command_completion(const struct flags *flags)
{
    static const struct {
        const char *shell;
        void (*write)(void);
    } shells[] = {
        {"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};
    const char *wanted = flags->argument_count == 1 ? flags->arguments[0] : "";
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].shell, wanted) == 0) {
            shells[i].write();
            return 0;
        }
    }
    return command_fail("completion: for which shell: bash, zsh or fish?");
}
