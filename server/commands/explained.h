/* SPDX-License-Identifier: MIT */
#ifndef SERVER_COMMANDS_EXPLAINED_H
#define SERVER_COMMANDS_EXPLAINED_H

#include "server/commands/client.h"

/* Shows the answer to a wait or an expectation: its JSON on stdout; when it
 * was not met, why on stderr, as one wants to read it in a CI log. Returns the
 * exit status: 0 met, 1 not met, 2 the question was refused. */
int show_explained(const struct client_answer *answer);

#endif
