/* SPDX-License-Identifier: MIT */
#ifndef SERVER_CONNECTION_TLS_H
#define SERVER_CONNECTION_TLS_H

#include "server/connection.h"

/* The TLS side of a connection: between the socket and the conversation. */

/* Begins the handshake; `mode` is "starttls" or "implicit". */
void connection_shake(struct connection *connection, const char *mode);

/* Records of the handshake came. */
void connection_on_handshake(struct connection *connection,
                             struct bytes records);

/* Records of the conversation came. */
void connection_on_records(struct connection *connection, struct bytes records);

/* The client left in the handshake, or it cannot succeed. */
void connection_handshake_failed(struct connection *connection);

/* Writes the records that wait. */
void connection_flush_tls(struct connection *connection);

/* The session ends: its records and keys go where pcapng finds them. */
void connection_keep_records(struct connection *connection);

#endif
