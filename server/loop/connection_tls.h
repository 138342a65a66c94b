/* SPDX-License-Identifier: MIT */
#ifndef SERVER_LOOP_CONNECTION_TLS_H
#define SERVER_LOOP_CONNECTION_TLS_H

#include "server/loop/connection.h"

/* The TLS side of a connection: between the socket and the conversation. */

/* Begins the handshake. */
void connection_shake(struct connection *connection);

/* Records of the handshake came. */
void connection_on_handshake(struct connection *connection,
                             struct bytes records);

/* Records of the conversation came. */
void connection_on_records(struct connection *connection, struct bytes records);

/* The client left in the handshake, or it cannot succeed: noted, with why. */
void connection_handshake_failed(struct connection *connection);

/* Says close_notify, when there is TLS. */
void connection_end_tls(struct connection *connection);

/* Writes the records that wait. */
void connection_flush_tls(struct connection *connection);

#endif
