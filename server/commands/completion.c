/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "server/commands/commands.h"
#include "server/options.h"

const struct flag completion_flags[] = {{NULL, NULL, NULL}};

static void bash_words(const struct command *command)
{
    if (command->run_raw == command_serve) {
        for (size_t i = 0; i < OPTION_COUNT; i++) {
            printf(" --%s", option_rows[i].flag);
        }
    }
    for (const struct flag *row = command->flags; row->name; row++) {
        printf(" --%s", row->name);
    }
    fputs(" --help", stdout);
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
    puts("\"\n    else\n        case \"${COMP_WORDS[1]}\" in");
    for (const struct command *row = commands + 1; row->name; row++) {
        printf("            %s) words=\"", row->name);
        bash_words(row);
        puts("\" ;;");
    }
    fputs("            *) words=\"", stdout);
    bash_words(commands);
    puts(" --version\" ;;\n        esac\n    fi\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "    [ ${#COMPREPLY[@]} -gt 0 ] || "
         "COMPREPLY=($(compgen -f -- \"$word\"))\n}\n"
         "complete -o filenames -F _mailscope mailscope");
}

/* A sentence between single quotes, for zsh and fish. */
static void quoted(const char *sentence)
{
    putchar('\'');
    for (; *sentence != '\0'; sentence++) {
        if (*sentence == '\'' || *sentence == '\\') {
            fputs("'\\", stdout);
            putchar(*sentence);
            putchar('\'');
        } else if (strchr("[]:", *sentence) != NULL) {
            putchar(' '); /* these mean something to zsh */
        } else {
            putchar(*sentence);
        }
    }
    putchar('\'');
}

static void zsh_row(const char *name, const char *value, const char *sentence)
{
    printf("            '--%s[", name);
    for (; *sentence != '\0'; sentence++) {
        putchar(strchr("[]:'\\", *sentence) != NULL ? ' ' : *sentence);
    }
    printf("]%s' \\\n", value != NULL ? ":value:_files" : "");
}

static void zsh_flags(const struct command *command)
{
    printf("        %s)\n        _arguments \\\n", command->name);
    if (command->run_raw == command_serve) {
        for (size_t i = 0; i < OPTION_COUNT; i++) {
            zsh_row(option_rows[i].flag, option_rows[i].value,
                    option_rows[i].sentence);
        }
    }
    for (const struct flag *row = command->flags; row->name; row++) {
        zsh_row(row->name, row->value, row->sentence);
    }
    puts("            '*:file:_files'\n        ;;");
}

static void write_zsh(void)
{
    puts("#compdef mailscope\n_mailscope() {\n    local -a commands\n"
         "    commands=(");
    for (const struct command *row = commands; row->name; row++) {
        printf("        %s:", row->name);
        quoted(row->sentence);
        putchar('\n');
    }
    puts("    )\n    if (( CURRENT == 2 )); then\n"
         "        _describe command commands\n        return\n    fi\n"
         "    local name=$words[2]\n    shift words\n    (( CURRENT-- ))\n"
         "    case $name in");
    for (const struct command *row = commands; row->name; row++) {
        zsh_flags(row);
    }
    puts("    esac\n}\ncompdef _mailscope mailscope");
}

static void fish_row(const char *command, const char *name, const char *value,
                     const char *sentence)
{
    printf("complete -c mailscope -n '__fish_seen_subcommand_from %s' -l %s%s "
           "-d ",
           command, name, value != NULL ? " -r" : "");
    quoted(sentence);
    putchar('\n');
}

static void write_fish(void)
{
    for (const struct command *row = commands; row->name; row++) {
        printf("complete -c mailscope -n __fish_use_subcommand -f -a %s -d ",
               row->name);
        quoted(row->sentence);
        putchar('\n');
        for (const struct flag *flag = row->flags; flag->name; flag++) {
            fish_row(row->name, flag->name, flag->value, flag->sentence);
        }
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        fish_row("serve", option_rows[i].flag, option_rows[i].value,
                 option_rows[i].sentence);
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
