/* SPDX-License-Identifier: MIT */
#include "server/commands/commands.h"

/* Where the program begins: commands.c knows what was asked for, serve.c puts
 * the server together. */
int main(int argc, char **argv)
{
    return commands_run(argc, argv);
}
