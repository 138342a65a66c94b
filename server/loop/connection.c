/* SPDX-License-Identifier: MIT */
#include "server/loop/connection.h"

#include <stdlib.h>
#include <string.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "server/loop/connection_io.h"
#include "server/loop/connection_tls.h"
#include "server/loop/listener.h"
#include "server/loop/loop.h"
#include "server/peer/networks.h"
#include "server/tls/tls.h"

/* How much a client may send ahead while an answer is due. */
#define HOLD_MAX 65536

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    tls_free(connection->tls);
    buffer_free(&connection->header);
    free(connection);
}

static void unlink_connection(struct connection *connection)
{
    struct loop *loop = connection->loop;
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        loop->connections = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    slots_leave(&loop->slots, connection->ticket);
}

void connection_drop(struct connection *connection, const char *reason)
{
    if (connection->state == CONNECTION_CLOSED) {
        return;
    }
    struct loop *loop = connection->loop;
    connection->state = CONNECTION_CLOSED;
    unlink_connection(connection);
    if (connection->is_counted) {
        limits_leave(&loop->limits, connection->address_key);
    }
    COUNT_MORE(loop->counters.open, -1ULL);
    conversation_free(&connection->conversation, reason);
    loop_announce(loop);
    uv_close(&connection->socket.handle, on_closed);
}

/* The last word is said. After QUIT the client expects no more; else it may
 * still be sending, and closing with octets unread would destroy our reply. */
static void finish(struct connection *connection)
{
    if (connection->write != NULL) {
        connection->ends_when_written = true;
        return;
    }
    if (connection->has_eof) {
        connection_drop(connection, "client_closed");
        return;
    }
    if (connection->conversation.has_quit) {
        connection_end_tls(connection);
        connection_drop(connection, "quit");
        return;
    }
    connection_linger(connection);
}

/* Writes what the turn had to say and does what it asked for. */
static void follow(struct connection *connection, enum conversation_want want)
{
    struct conversation *conversation = &connection->conversation;
    for (;;) {
        connection_flush(connection);
        if (connection->state != CONNECTION_TALKING) {
            return;
        }
        if (want != CONVERSATION_FULL || connection->write != NULL) {
            break;
        }
        want = conversation_turn(conversation, (struct bytes){0});
    }
    if (want == CONVERSATION_ENDS) {
        finish(connection);
    } else if (want == CONVERSATION_SECURE) {
        connection_shake(connection);
    } else if (want == CONVERSATION_WAITS &&
               conversation->hold.size > HOLD_MAX) {
        connection_pause(connection);
    } else if (want == CONVERSATION_HEARS && connection->has_eof &&
               !conversation->has_ended_input) {
        conversation_end_input(conversation);
        connection_advance(connection, (struct bytes){0});
    } else if (want == CONVERSATION_HEARS && connection->has_eof) {
        finish(connection);
    }
}

/* What was put off comes before anything else. */
static void catch_up(struct connection *connection)
{
    if (connection->is_due) {
        connection->is_due = false;
        follow(connection, connection->due);
    }
}

bool connection_answer_all(struct loop *loop)
{
    size_t count = 0;
    for (; count < loop->due_count; count++) {
        struct connection *connection =
            slots_find(&loop->slots, loop->due[count]);
        if (connection != NULL) {
            catch_up(connection);
        }
    }
    loop->due_count = 0;
    return count > 0;
}

static void put_off(struct connection *connection, enum conversation_want want)
{
    struct loop *loop = connection->loop;
    if (loop->due_count == loop->due_capacity) {
        loop->due_capacity = loop->due_capacity * 2 + 64;
        loop->due =
            memory_resize(loop->due, loop->due_capacity * sizeof(*loop->due));
    }
    loop->due[loop->due_count++] = connection->ticket;
    connection->due = want;
    connection->is_due = true;
}

void connection_advance(struct connection *connection, struct bytes input)
{
    enum conversation_want want =
        conversation_turn(&connection->conversation, input);
    bool is_usual =
        want == CONVERSATION_HEARS ||
        (want == CONVERSATION_ENDS && connection->conversation.has_quit);
    if (is_usual && connection->tls == NULL && !connection->has_eof) {
        put_off(connection, want);
    } else {
        follow(connection, want);
    }
}

void connection_begin(struct connection *connection)
{
    struct loop *loop = connection->loop;
    struct conversation *conversation = &connection->conversation;
    const char *peer = recorder_peer(conversation->recorder);
    connection->address_key = limits_key(peer);
    connection->is_counted = true;
    const struct smtp_reply *refusal =
        limits_enter(&loop->limits, connection->address_key);
    if (refusal != NULL) {
        COUNT(loop->counters.refused);
    }
    connection->state = CONNECTION_TALKING;
    conversation_begin(conversation, connection->is_trusted,
                       connection->tls != NULL, refusal);
    connection_advance(connection, (struct bytes){0});
}

static void on_proxy_header(struct connection *connection, struct bytes input)
{
    struct proxy_header header;
    size_t size = 0;
    buffer_add(&connection->header, input);
    struct bytes all = buffer_bytes(&connection->header);
    enum proxy_result result = proxy_read(all, &header, &size);
    if (result == PROXY_MORE) {
        return;
    }
    struct buffer held = connection->header;
    connection->header = (struct buffer){0};
    if (result == PROXY_BAD) {
        conversation_no_proxy(&connection->conversation, all);
        connection_drop(connection, "client_closed");
    } else {
        conversation_proxy(&connection->conversation, &header);
        connection->is_trusted =
            networks_have(connection->loop->trusted,
                          recorder_peer(connection->conversation.recorder));
        connection_start(connection);
        connection_heard(connection, bytes_part(all, size, all.size));
    }
    buffer_free(&held);
}

void connection_heard(struct connection *connection, struct bytes input)
{
    if (input.size == 0) {
        return;
    }
    catch_up(connection);
    connection->heard_us = connection->loop->active_us;
    connection->is_stalled = false;
    switch (connection->state) {
    case CONNECTION_PROXY:
        on_proxy_header(connection, input);
        break;
    case CONNECTION_SHAKING:
        connection_on_handshake(connection, input);
        break;
    case CONNECTION_TALKING:
        if (connection->tls != NULL) {
            connection_on_records(connection, input);
        } else {
            connection_advance(connection, input);
        }
        break;
    case CONNECTION_LINGERING:
    case CONNECTION_CLOSED:
        break;
    }
}

void connection_ended(struct connection *connection)
{
    catch_up(connection);
    connection->has_eof = true;
    if (connection->state == CONNECTION_TALKING &&
        !connection->conversation.is_waiting) {
        connection_advance(connection, (struct bytes){0});
        return;
    }
    if (connection->state == CONNECTION_TALKING) {
        connection_pause(connection);
        return;
    }
    /* Who knocks at the TLS port and goes is a port probe, no failure. */
    bool is_probe = connection->listener->kind == LISTENER_SMTPS &&
                    !connection->has_records;
    if (connection->state == CONNECTION_SHAKING && !is_probe) {
        connection_handshake_failed(connection);
    }
    connection_drop(connection, "client_closed");
}

void connection_written(struct connection *connection)
{
    if (connection->state != CONNECTION_TALKING) {
        return;
    }
    if (connection->ends_when_written) {
        finish(connection);
        return;
    }
    connection_resume(connection);
    if (!connection->conversation.is_waiting) {
        connection_advance(connection, (struct bytes){0});
    }
}

void connection_kept(struct connection *connection,
                     const struct inbox_answer *answer)
{
    if (!connection->conversation.is_waiting) {
        return;
    }
    conversation_kept(&connection->conversation, answer);
    connection_resume(connection);
    connection_advance(connection, (struct bytes){0});
    loop_announce(connection->loop);
    if (connection->close_reason != NULL) {
        connection_end(connection, connection->close_reason,
                       connection->close_text);
    }
}

void connection_end(struct connection *connection, const char *reason,
                    const char *text)
{
    catch_up(connection);
    if (connection->state == CONNECTION_CLOSED ||
        connection->state == CONNECTION_LINGERING) {
        return;
    }
    if (connection->state != CONNECTION_TALKING) {
        connection->conversation.close_reason = reason;
        connection_drop(connection, reason);
        return;
    }
    bool is_timeout =
        strcmp(reason, "idle") == 0 || strcmp(reason, "total") == 0;
    struct smtp_reply reply = {.code = 421, .text = bytes_of(text)};
    memcpy(reply.enhanced, is_timeout ? "4.4.2" : "4.3.2", 6);
    if (!conversation_close(&connection->conversation, &reply, reason)) {
        connection->close_reason = reason;
        connection->close_text = text;
        return;
    }
    connection_advance(connection, (struct bytes){0});
}
