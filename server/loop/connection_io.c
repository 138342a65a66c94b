/* SPDX-License-Identifier: MIT */
#include "server/loop/connection_io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "server/loop/connection_tls.h"
#include "server/loop/listener.h"
#include "server/loop/loop.h"
#include "server/peer/networks.h"
#include "server/tls/tls.h"

/* What the socket did not take at once. */
struct pending_write {
    uv_write_t request;
    struct connection *connection;
    unsigned char octets[];
};

/* How long a client may take to close its side after our last word. */
#define LINGER_US 2000000

/* Silence in DATA after which the engine looks at what stands there: a client
 * whose end of data we did not understand waits just like that. */
#define STALL_US 2000000

/* A ClientHello that came too early was dropped: the client waits for an answer
 * to it that cannot come. */
#define LOST_HELLO_US 2000000

/* A TLS handshake or a PROXY header must not take longer. */
#define START_US 60000000

/* As libuv has it. */
#define READS_AT_ONCE 32

/* No room for libuv to read() into: on_read() is called with UV_ENOBUFS then,
 * and takes the octets itself. */
static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)handle;
    (void)suggested;
    *out = uv_buf_init(NULL, 0);
}

static void on_received(struct connection *connection, ssize_t count)
{
    struct loop *loop = connection->loop;
    loop->active_us = loop_turn_us(loop);
    if (count > 0) {
        COUNT_MORE(loop->counters.bytes_in, (uint64_t)count);
        connection_heard(connection,
                         (struct bytes){loop->read_buffer, (size_t)count});
    } else if (count == 0) {
        (void)uv_read_stop(&connection->socket.stream);
        connection_ended(connection);
    } else {
        connection_drop(connection, "client_reset");
    }
}

/* By recv(): read() first looks for a file's position and for who watches
 * it. A client that sends much is not asked about each time. */
static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *from)
{
    struct connection *connection = stream->data;
    uv_os_fd_t fd = -1;
    int turns = READS_AT_ONCE;
    (void)from;
    if (count != UV_ENOBUFS || uv_fileno(&connection->socket.handle, &fd)) {
        connection_drop(connection, "client_reset");
        return;
    }
    do {
        count = recv(fd, connection->loop->read_buffer, LOOP_READ_SIZE, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        on_received(connection, count);
    } while (count == LOOP_READ_SIZE && --turns > 0 &&
             uv_is_active(&connection->socket.handle));
}

static int start_reading(struct connection *connection)
{
    return uv_read_start(&connection->socket.stream, on_allocate, on_read);
}

void connection_pause(struct connection *connection)
{
    if (!connection->is_paused && connection->state != CONNECTION_CLOSED) {
        connection->is_paused = true;
        (void)uv_read_stop(&connection->socket.stream);
    }
}

void connection_resume(struct connection *connection)
{
    if (connection->is_paused && !connection->has_eof &&
        connection->write == NULL && connection->state != CONNECTION_CLOSED) {
        connection->is_paused = false;
        (void)start_reading(connection);
    }
}

static void on_written(uv_write_t *request, int status)
{
    struct pending_write *pending = request->data;
    struct connection *connection = pending->connection;
    bool is_last = connection->write == pending;
    free(pending);
    if (!is_last || connection->state == CONNECTION_CLOSED) {
        return;
    }
    connection->write = NULL;
    connection->heard_us = clock_steady_us();
    if (status < 0) {
        connection_drop(connection, "client_reset");
        return;
    }
    connection_written(connection);
}

static int write_later(struct connection *connection, struct bytes octets)
{
    struct pending_write *pending = memory_new(sizeof(*pending) + octets.size);
    memcpy(pending->octets, octets.at, octets.size);
    pending->connection = connection;
    pending->request.data = pending;
    uv_buf_t buffer =
        uv_buf_init((char *)pending->octets, (unsigned)octets.size);
    if (uv_write(&pending->request, &connection->socket.stream, &buffer, 1,
                 on_written) != 0) {
        free(pending);
        return -1;
    }
    connection->write = pending;
    connection_pause(connection);
    return 0;
}

/* What uv_try_write() does, by send(): write() first looks for a file's
 * position and for who watches it. Returns how many octets left, -1 the
 * connection is broken. */
static ssize_t send_now(struct connection *connection, struct bytes octets)
{
    /* Closed right behind the answer to QUIT, the socket sends that together
     * with its end: one segment, which is a tenth of a session with one mail.
     */
    int more = connection->conversation.has_quit ? MSG_MORE : 0;
    uv_os_fd_t fd = -1;
    if (uv_fileno(&connection->socket.handle, &fd) != 0) {
        return -1;
    }
    ssize_t sent = send(fd, octets.at, octets.size, MSG_NOSIGNAL | more);
    if (sent < 0) {
        bool is_full =
            errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        return is_full || errno == ENOBUFS ? 0 : -1;
    }
    return sent;
}

int connection_write(struct connection *connection, struct bytes octets)
{
    ssize_t written = 0;
    COUNT_MORE(connection->loop->counters.bytes_out, octets.size);
    if (connection->write == NULL) {
        written = send_now(connection, octets);
    }
    if (written < 0) {
        return -1;
    }
    if ((size_t)written == octets.size) {
        return 0;
    }
    return write_later(
        connection,
        (struct bytes){octets.at + written, octets.size - (size_t)written});
}

void connection_flush(struct connection *connection)
{
    struct conversation *conversation = &connection->conversation;
    struct bytes output = conversation_output(conversation);
    if (output.size == 0 || connection->state == CONNECTION_CLOSED) {
        return;
    }
    int result = 0;
    if (connection->tls != NULL) {
        result = tls_send(connection->tls, output);
        if (conversation->has_quit) {
            tls_end(connection->tls); /* with the same write as 221 */
        }
    } else {
        result = connection_write(connection, output);
    }
    /* Noted even when it failed: it was said. */
    conversation_sent(conversation, output.size);
    if (result != 0) {
        connection_drop(connection, "client_reset");
        return;
    }
    connection_flush_tls(connection);
}

static void on_shut_down(uv_shutdown_t *request, int status)
{
    (void)status;
    free(request);
}

void connection_linger(struct connection *connection)
{
    connection_end_tls(connection);
    if (connection->state == CONNECTION_CLOSED) {
        return;
    }
    uv_shutdown_t *request = memory_new(sizeof(*request));
    if (uv_shutdown(request, &connection->socket.stream, on_shut_down) != 0) {
        free(request);
        connection_drop(connection, "client_reset");
        return;
    }
    connection_resume(connection);
    connection->state = CONNECTION_LINGERING;
    connection->heard_us = clock_steady_us();
}

void connection_tick(struct connection *connection, int64_t now_us)
{
    const struct options *options = connection->loop->options;
    int64_t silent_us = now_us - connection->heard_us;
    int64_t age_us = now_us - connection->opened_us;
    struct conversation *conversation = &connection->conversation;
    if (connection->state == CONNECTION_LINGERING) {
        if (silent_us > LINGER_US) {
            connection_drop(connection, "client_closed");
        }
        return;
    }
    int64_t idle_us = (int64_t)options->idle_timeout_ms * 1000;
    bool is_starting = connection->state != CONNECTION_TALKING;
    if (is_starting && idle_us > START_US) {
        idle_us = START_US;
    }
    if (conversation->is_waiting) {
        return;
    }
    bool is_lost = connection->state == CONNECTION_SHAKING &&
                   conversation->has_early_hello && !connection->has_records;
    if (is_lost && silent_us > LOST_HELLO_US) {
        connection_handshake_failed(connection);
        conversation->close_reason = "idle";
        connection_drop(connection, "idle");
    } else if (silent_us > idle_us &&
               (is_starting || connection->write != NULL)) {
        conversation->close_reason = "idle";
        connection_drop(connection, "idle");
    } else if (silent_us > idle_us) {
        conversation_idle(conversation);
        connection_end(connection, "idle", "Idle for too long; goodbye");
    } else if (age_us > (int64_t)options->session_timeout_ms * 1000) {
        connection_end(connection, "total",
                       "The session took too long (--session-timeout)");
    } else if (!is_starting && !connection->is_stalled &&
               silent_us > STALL_US &&
               smtp_session_in_body(conversation->session)) {
        connection->is_stalled = true;
        smtp_session_stalled(conversation->session);
        connection_advance(connection, (struct bytes){0});
    }
}

static void link_connection(struct connection *connection)
{
    struct loop *loop = connection->loop;
    connection->next = loop->connections;
    if (loop->connections != NULL) {
        loop->connections->previous = connection;
    }
    loop->connections = connection;
    connection->ticket = slots_take(&loop->slots, connection);
}

/* The address at one end of a TCP connection: the peer's with `ask` being
 * uv_tcp_getpeername(), else ours. False when a reset has already taken it. */
static bool show_end(const struct connection *connection,
                     int (*ask)(const uv_tcp_t *, struct sockaddr *, int *),
                     char text_out[ADDRESS_TEXT_SIZE])
{
    struct sockaddr_storage address;
    int size = sizeof(address);
    if (ask(&connection->socket.tcp, (struct sockaddr *)&address, &size) != 0) {
        return false;
    }
    listener_show((struct sockaddr *)&address, text_out);
    return true;
}

/* Who calls, and where he reached us when that is not the listener's address
 * itself. */
static void open_conversation(struct connection *connection)
{
    struct listener *listener = connection->listener;
    char peer[ADDRESS_TEXT_SIZE] = "unix";
    char local[ADDRESS_TEXT_SIZE];
    if (!listener->address.is_unix &&
        !show_end(connection, uv_tcp_getpeername, peer)) {
        (void)snprintf(peer, sizeof(peer), "unknown");
    }
    bool has_local = listener->is_wildcard &&
                     show_end(connection, uv_tcp_getsockname, local);
    conversation_open(
        &connection->conversation,
        &(struct conversation_start){.service = &listener->service,
                                     .ticket = connection->ticket,
                                     .peer = peer,
                                     .local = has_local ? local : NULL});
    connection->is_trusted = networks_have(connection->loop->trusted, peer);
}

void connection_start(struct connection *connection)
{
    if (connection->listener->kind == LISTENER_SMTPS) {
        connection_shake(connection);
        return;
    }
    connection_begin(connection);
}

static void on_refused(uv_handle_t *handle)
{
    free(handle->data);
}

void connection_accept(struct listener *listener)
{
    struct loop *loop = listener->loop;
    struct connection *connection = memory_new(sizeof(*connection));
    connection->loop = loop;
    connection->listener = listener;
    if (listener->address.is_unix) {
        (void)uv_pipe_init(&loop->uv, &connection->socket.pipe, 0);
    } else {
        (void)uv_tcp_init(&loop->uv, &connection->socket.tcp);
    }
    connection->socket.handle.data = connection;
    if (uv_accept(&listener->socket.stream, &connection->socket.stream) != 0) {
        uv_close(&connection->socket.handle, on_refused);
        return;
    }
    loop->active_us = loop_turn_us(loop);
    connection->opened_us = loop->active_us;
    connection->heard_us = loop->active_us;
    COUNT(loop->counters.accepted);
    COUNT(loop->counters.open);
    link_connection(connection);
    open_conversation(connection);
    loop_wake(loop);
    connection->state = CONNECTION_PROXY;
    if (start_reading(connection) != 0) {
        connection_drop(connection, "client_reset");
    } else if (!listener->expects_proxy) {
        connection_start(connection);
    }
}
