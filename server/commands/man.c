/* SPDX-License-Identifier: MIT */

#include "server/commands/commands.h"
#include "server/options/options.h"

const struct flag man_flags[] = {{NULL, NULL, NULL}};

static void write_head(void)
{
    puts(".Dd November 22, 2026\n.Dt MAILSCOPE 1\n.Os\n.Sh NAME\n"
         ".Nm mailscope\n.Nd an SMTP server that shows mail to developers\n"
         ".Sh SYNOPSIS\n.Nm\n.Op Cm serve\n.Op Ar option ...\n"
         ".Op Fl - Ar command ...\n.Nm\n.Ar command\n.Op Ar flag ...\n"
         ".Sh DESCRIPTION\n.Nm\naccepts every mail, delivers none, and shows "
         "each message and the whole\nSMTP conversation on a web page and by "
         "an HTTP API.\nWithout options it listens for SMTP on 127.0.0.1:2525 "
         "and 127.0.0.1:2465\n(TLS), and serves the page at "
         "http://127.0.0.1:8025.\n.Pp\nWith\n.Fl -\nand a command it starts "
         "on free ports, runs the command with\n.Ev MAILSCOPE_URL ,\n"
         ".Ev SMTP_HOST\nand\n.Ev SMTP_PORT\nset, and ends with its status.");
}

static void write_commands(void)
{
    puts(".Sh COMMANDS\n.Bl -tag -width Ds");
    for (const struct command *row = commands; row->name; row++) {
        printf(".It Cm %s%s%s\n%s.\n", row->name, *row->arguments ? " Ar " : "",
               row->arguments, row->sentence);
        if (row->flags->name == NULL) {
            continue;
        }
        puts(".Bl -tag -width Ds");
        for (const struct flag *flag = row->flags; flag->name; flag++) {
            printf(".It Fl -%s%s%s\n%s.\n", flag->name,
                   flag->value ? " Ar " : "", flag->value ? flag->value : "",
                   flag->sentence);
        }
        puts(".El");
    }
    puts(".El");
}

static void write_environment(void)
{
    puts(".Sh ENVIRONMENT\n.Bl -tag -width Ds\n"
         ".It Ev MAILSCOPE_URL\nThe server that the commands ask.");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char name[64];
        printf(".It Ev %s\nThe same as\n.Fl -%s .\n",
               option_variable(&option_rows[i], name), option_rows[i].flag);
    }
    puts(".El");
}

int command_man(const struct flags *flags)
{
    (void)flags;
    write_head();
    puts(".Sh OPTIONS\nA flag wins over the environment, that over the file of "
         "\n.Fl -config ,\nwhose keys are the long flags.");
    options_show_manual(stdout);
    write_commands();
    write_environment();
    puts(".Sh EXIT STATUS\n0 when done, 1 when an expectation was not met or "
         "something failed, 2 when the\ncommand line was not understood or the "
         "server cannot start or be reached.\n.Sh EXAMPLES\nStart, and send a "
         "first mail:\n.Bd -literal -offset indent\nmailscope &\nmailscope "
         "send ada@example.test\n.Ed\n.Pp\nIn a CI job:\n.Bd -literal -offset "
         "indent\nmailscope serve -- ./run-tests\n.Ed\n.Sh SEE ALSO\n"
         ".Xr sendmail 8");
    return 0;
}
