/* SPDX-License-Identifier: MIT */
#include "server/loop/connection_tls.h"

#include <stdlib.h>
#include <string.h>

#include "server/loop/connection_io.h"
#include "server/loop/listener.h"
#include "server/loop/loop.h"
#include "server/loop/tls_records.h"
#include "server/tls/tls.h"

/* Decrypted in pieces, so that the memory BIOs of an idle connection never had
 * to hold a whole read. */
#define PIECE 16384

static void keep(struct connection *connection, enum transcript_dir dir,
                 struct bytes octets)
{
    if (connection->records != 0 && octets.size > 0) {
        struct recorder *recorder = connection->conversation.recorder;
        tls_records_add(
            connection->loop->tls_records, connection->records,
            &(struct tls_octets){.octets = octets,
                                 .time_us = recorder_time_us(recorder),
                                 .dir = dir});
    }
}

void connection_flush_tls(struct connection *connection)
{
    if (connection->tls == NULL || connection->state == CONNECTION_CLOSED) {
        return;
    }
    struct bytes records = tls_output(connection->tls);
    if (records.size == 0) {
        return;
    }
    keep(connection, TRANSCRIPT_SERVER, records);
    int result = connection_write(connection, records);
    tls_sent(connection->tls, records.size);
    if (result != 0) {
        connection_drop(connection, "client_reset");
    }
}

void connection_end_tls(struct connection *connection)
{
    if (connection->tls != NULL) {
        tls_end(connection->tls);
        connection_flush_tls(connection);
    }
}

static const char *mode_of(const struct connection *connection)
{
    return connection->listener->kind == LISTENER_SMTPS ? "implicit"
                                                        : "starttls";
}

void connection_shake(struct connection *connection)
{
    connection->state = CONNECTION_SHAKING;
    connection->tls = tls_new(connection->loop->tls);
    if (connection->loop->tls_records != NULL) {
        connection->records = tls_records_open(connection->loop->tls_records,
                                               connection->conversation.id);
    }
}

void connection_handshake_failed(struct connection *connection)
{
    COUNT(connection->loop->counters.tls_failures);
    tls_give_up(connection->tls,
                connection->conversation.has_early_hello
                    ? "the client sent its ClientHello before it read the "
                      "220; what comes in the clear behind STARTTLS is dropped"
                    : "the client went in the middle of the handshake");
    const char *mode = mode_of(connection);
    char *event = tls_describe_whole(connection->tls, mode);
    struct conversation_failure failure = {
        .tls = tls_describe(connection->tls, mode),
        .event = event,
        .why = tls_failure(connection->tls),
        .is_cert_rejected = tls_is_cert_rejected(connection->tls)};
    conversation_not_secured(&connection->conversation, &failure);
    free(event);
}

/* Octets of a command on the port where TLS comes first: the client waits for
 * a greeting that can never come in the clear. */
static bool is_plain(const struct connection *connection, struct bytes records)
{
    return connection->listener->kind == LISTENER_SMTPS &&
           !connection->has_records && records.at[0] != 0x16 &&
           (records.at[0] & 0x80) == 0;
}

static size_t binding_of(const void *tls, unsigned char into[64],
                         const char **type_out)
{
    return tls_binding(tls, into, type_out);
}

static void on_open(struct connection *connection)
{
    struct conversation *conversation = &connection->conversation;
    struct tls *tls = connection->tls;
    COUNT(connection->loop->counters.tls_handshakes);
    conversation_bind(conversation, &(struct conversation_channel){
                                        .binding = binding_of, .tls = tls});
    char *event = tls_describe_whole(tls, mode_of(connection));
    conversation_secured(conversation, tls_describe(tls, mode_of(connection)),
                         event, tls_has_client_certificate(tls));
    free(event);
    if (tls_is_old(tls)) {
        recorder_remark(
            conversation->recorder,
            &(struct recorder_remark){
                .check = BYTES("tls-old-version"),
                .text = BYTES("the client speaks nothing newer than TLS 1.1"),
                .dir = TRANSCRIPT_CLIENT,
                .place = {.offset = recorder_heard(conversation->recorder)}});
    }
    if (conversation->session == NULL) {
        connection_begin(connection);
    } else {
        connection->state = CONNECTION_TALKING;
    }
}

void connection_on_handshake(struct connection *connection,
                             struct bytes records)
{
    if (is_plain(connection, records)) {
        conversation_plain_on_tls(&connection->conversation, records);
        connection_drop(connection, "client_closed");
        return;
    }
    connection->has_records = true;
    keep(connection, TRANSCRIPT_CLIENT, records);
    enum tls_result result = tls_receive(connection->tls, records);
    if (result != TLS_OPEN) {
        /* Else it leaves with the greeting, or the reply to what came with
         * the last flight. */
        connection_flush_tls(connection);
    }
    if (connection->state != CONNECTION_SHAKING || result == TLS_MORE) {
        return;
    }
    if (connection->records != 0) {
        tls_records_secrets(connection->loop->tls_records, connection->records,
                            tls_secrets(connection->tls));
    }
    if (result == TLS_FAILED) {
        connection_handshake_failed(connection);
        connection_linger(connection);
        return;
    }
    on_open(connection);
    if (connection->state == CONNECTION_TALKING) {
        /* The last flight may bring the first command with it. */
        connection_on_records(connection, (struct bytes){0});
    }
}

void connection_on_records(struct connection *connection, struct bytes records)
{
    struct tls *tls = connection->tls;
    unsigned char *plain = connection->loop->plain_buffer;
    size_t size = 0;
    keep(connection, TRANSCRIPT_CLIENT, records);
    do {
        struct bytes piece = bytes_part(records, 0, PIECE);
        records = bytes_part(records, piece.size, records.size);
        (void)tls_receive(tls, piece);
        /* A record holds at least as many octets as the text in it. */
        size += tls_read(tls, plain + size, LOOP_PLAIN_SIZE - size);
    } while (records.size > 0);
    if (size > 0) {
        connection_advance(connection, (struct bytes){plain, size});
    }
    connection_flush_tls(connection);
    if (connection->state == CONNECTION_TALKING && tls_is_closed(tls)) {
        connection_ended(connection);
    } else if (connection->state == CONNECTION_TALKING &&
               tls_failure(tls) != NULL) {
        connection_drop(connection, "client_reset");
    }
}
