/* SPDX-License-Identifier: MIT */
#ifndef SERVER_LOOP_CONNECTION_IO_H
#define SERVER_LOOP_CONNECTION_IO_H

#include "server/loop/connection.h"

/* The socket's side of a connection: reading, writing, lingering. */

/* Stops reading for now, and starts again. */
void connection_pause(struct connection *connection);
void connection_resume(struct connection *connection);

/* Writes what the conversation has to say, in one write. */
void connection_flush(struct connection *connection);

/* Writes octets as they are. 0, -1 when the socket is broken. */
int connection_write(struct connection *connection, struct bytes octets);

/* Ends our side and waits for the client's end, for a while. */
void connection_linger(struct connection *connection);

#endif
