/* SPDX-License-Identifier: MIT */
#include "server/commands/client.h"
#include "server/commands/commands.h"

const struct flag ca_flags[] = {CLIENT_FLAGS, {NULL, NULL, NULL}};

int command_ca(const struct flags *flags)
{
    struct client *client = client_open(flags);
    int status = client_copy(client, "/api/ca.pem");
    client_close(client);
    return status;
}
