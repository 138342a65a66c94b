/* SPDX-License-Identifier: MIT */
#include "webui/http/http.h"

#include "inbox/base/log.h"
#include "webui/http/bind.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* All apps on localhost share their cookies with us: at the library's 8 KB
 * pool a request with 3.9 KB of them was refused. */
#define POOL_BYTES ((size_t)32 * 1024)
#define IDLE_SECONDS 60U
/* A body without Content-Length that is too large can be answered only at its
 * end; beyond this it is cut off. */
#define SWALLOW_BYTES ((uint64_t)64 * 1024 * 1024)
#define FINISH_MS 2000
#define FINISH_STEP_MS 5
#define READ_WINDOW ((size_t)64 * 1024)

struct http_server {
    struct http_handler handler;
    struct MHD_Daemon *daemons[HTTP_SOCKETS]; /* each has its own thread */
    size_t daemon_count;
    atomic_size_t under_way; /* requests that have begun and not ended */
    struct http_sockets sockets;
    bool is_quiet; /* no daemon listens any more: the sockets are ours again */
    char url[HTTP_URL_SIZE + 16];
};

/* A request with what only this file may know of it. */
struct exchange {
    struct http_request request; /* first, so that one is the other */
    struct http_server *server;
    struct MHD_Connection *connection;
    char *target;
    struct buffer body;
    uint64_t swallowed;
    bool has_head;
    bool has_all;
    bool is_parked; /* by on_request() */
};

static struct exchange *exchange_of(struct http_request *request)
{
    return (struct exchange *)(void *)request;
}

const char *http_header(const struct http_request *request, const char *name)
{
    const struct exchange *exchange =
        (const struct exchange *)(const void *)request;

    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND,
                                       name);
}

struct counting {
    const char *name;
    unsigned count;
};

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind,
                                 const char *name, const char *value)
{
    struct counting *counting = context;

    (void)kind, (void)value;
    counting->count += strcasecmp(name, counting->name) == 0;
    return MHD_YES;
}

unsigned http_header_count(const struct http_request *request, const char *name)
{
    const struct exchange *exchange =
        (const struct exchange *)(const void *)request;
    struct counting counting = {name, 0};

    (void)MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND,
                                    on_header, &counting);
    return counting.count;
}

void http_field(struct http_request *request, const char *name,
                const char *value)
{
    struct http_answer *answer = &request->answer;

    assert(answer->field_count < HTTP_FIELDS);
    answer->fields[answer->field_count++] = (struct http_field){name, value};
}

void http_park(struct http_request *request)
{
    struct exchange *exchange = exchange_of(request);

    exchange->is_parked = true;
    MHD_suspend_connection(exchange->connection);
}

void http_resume(struct http_request *request)
{
    MHD_resume_connection(exchange_of(request)->connection);
}

/* ---- answers */

static ssize_t on_read(void *context, uint64_t offset, char *into, size_t size)
{
    struct http_answer *answer = context;
    size_t got =
        answer->read(answer->context, offset, (unsigned char *)into, size);

    return got == 0 ? MHD_CONTENT_READER_END_WITH_ERROR : (ssize_t)got;
}

static ssize_t on_pull(void *context, uint64_t offset, char *into, size_t size)
{
    struct http_answer *answer = context;
    int got = answer->pull(answer->context, (unsigned char *)into,
                           size > 1 << 20 ? 1 << 20 : size);

    (void)offset;
    return got < 0 ? MHD_CONTENT_READER_END_OF_STREAM : got;
}

static struct MHD_Response *response_of(struct http_answer *answer)
{
    if (answer->pull != NULL) {
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, READ_WINDOW,
                                                 on_pull, answer, NULL);
    }
    if (answer->read != NULL && answer->read_size > 0) {
        return MHD_create_response_from_callback(answer->read_size, READ_WINDOW,
                                                 on_read, answer, NULL);
    }
    struct bytes content =
        answer->body.size > 0 ? buffer_bytes(&answer->body) : answer->still;
    /* the library only reads it; its type has no const */
    return MHD_create_response_from_buffer(
        content.size, (void *)(uintptr_t)content.at, MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
    struct http_answer *answer = &exchange->request.answer;

    assert(answer->status != 0);
    struct MHD_Response *response = response_of(answer);
    if (response == NULL) {
        return MHD_NO;
    }
    for (size_t i = 0; i < answer->field_count; i++) {
        (void)MHD_add_response_header(response, answer->fields[i].name,
                                      answer->fields[i].value);
    }
    enum MHD_Result result =
        MHD_queue_response(exchange->connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

/* ---- requests */

static void *on_target(void *context, const char *target,
                       struct MHD_Connection *connection)
{
    struct exchange *exchange = memory_new(sizeof *exchange);

    exchange->server = context;
    exchange->connection = connection;
    exchange->target = memory_text(target);
    atomic_fetch_add(&exchange->server->under_way, 1);
    return exchange;
}

static enum MHD_Result on_head(struct exchange *exchange, const char *method)
{
    struct http_handler *handler = &exchange->server->handler;
    struct http_request *request = &exchange->request;

    exchange->has_head = true;
    request->target = exchange->target;
    request->method = arena_text(&request->arena, bytes_of(method));
    handler->on_head(handler->context, request);
    if (request->answer.status != 0) {
        return send_answer(exchange);
    }
    const char *length = http_header(request, "Content-Length");
    if (length != NULL && strtoull(length, NULL, 10) > request->max_body) {
        handler->on_too_large(handler->context, request);
        return send_answer(exchange);
    }
    return MHD_YES;
}

static enum MHD_Result on_body(struct exchange *exchange, const char *octets,
                               size_t *size)
{
    struct bytes run = {(const unsigned char *)octets, *size};

    *size = 0;
    if (exchange->swallowed == 0 &&
        exchange->body.size + run.size <= exchange->request.max_body) {
        buffer_add(&exchange->body, run);
        return MHD_YES;
    }
    exchange->swallowed += run.size;
    return exchange->swallowed > SWALLOW_BYTES ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_all(struct exchange *exchange)
{
    struct http_handler *handler = &exchange->server->handler;

    exchange->has_all = true;
    exchange->request.body = buffer_bytes(&exchange->body);
    if (exchange->swallowed > 0) {
        handler->on_too_large(handler->context, &exchange->request);
        return send_answer(exchange);
    }
    handler->on_request(handler->context, &exchange->request);
    if (exchange->is_parked) {
        return MHD_YES; /* may be another thread's already */
    }
    return send_answer(exchange);
}

/* The library calls once with the head, for each part of the body, at its end,
 * and again after a request was resumed. */
static enum MHD_Result on_access(void *context,
                                 struct MHD_Connection *connection,
                                 const char *url, const char *method,
                                 const char *version, const char *octets,
                                 size_t *octet_count, void **state)
{
    struct exchange *exchange = *state;

    (void)context, (void)connection, (void)url, (void)version;
    if (exchange == NULL) {
        return MHD_NO;
    }
    if (!exchange->has_head) {
        return on_head(exchange, method);
    }
    if (*octet_count > 0) {
        return on_body(exchange, octets, octet_count);
    }
    if (!exchange->has_all) {
        return on_all(exchange);
    }
    return send_answer(exchange);
}

static void on_completed(void *context, struct MHD_Connection *connection,
                         void **state, enum MHD_RequestTerminationCode why)
{
    struct exchange *exchange = *state;

    (void)context, (void)connection, (void)why;
    if (exchange == NULL) {
        return;
    }
    *state = NULL;
    atomic_fetch_sub(&exchange->server->under_way, 1);
    struct http_request *request = &exchange->request;
    struct http_handler *handler = &exchange->server->handler;
    if (request->answer.release != NULL) {
        request->answer.release(request->answer.context);
    }
    if (exchange->has_head) {
        handler->on_end(handler->context, request);
    }
    buffer_free(&request->answer.body);
    buffer_free(&exchange->body);
    arena_free(&request->arena);
    free(exchange->target);
    free(exchange);
}

__attribute__((format(printf, 2, 0))) static void
on_log(void *context, const char *format, va_list values)
{
    char line[300];

    (void)context;
    if (log_is_on(LOG_DEBUG)) {
        (void)vsnprintf(line, sizeof line, format, values);
        log_line(LOG_DEBUG, "event=http %s", line);
    }
}

/* ---- start and stop */

/* Half of the descriptors may be HTTP's: the other half is for mail. */
static unsigned connection_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > 65536) {
        return 32768;
    }
    return limit.rlim_cur < 128 ? 64 : (unsigned)(limit.rlim_cur / 2);
}

static struct MHD_Daemon *start_daemon(struct http_server *server,
                                       const struct http_options *options,
                                       int listen_socket)
{
    unsigned flags = MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD |
                     MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0,
         (void *)(uintptr_t)options->tls_cert_pem},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)options->tls_key_pem},
        {MHD_OPTION_END, 0, NULL}};

    if (options->tls_cert_pem == NULL) {
        tls[0].option = MHD_OPTION_END;
    } else {
        flags |= MHD_USE_TLS;
    }
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_access, server, MHD_OPTION_EXTERNAL_LOGGER,
        on_log, NULL, MHD_OPTION_LISTEN_SOCKET, listen_socket,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_BYTES,
        MHD_OPTION_CONNECTION_LIMIT, connection_limit(),
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

static int bind_sockets(struct http_server *server,
                        const struct http_options *options,
                        char error_out[HTTP_ERROR_SIZE])
{
    if (options->listen_socket >= 0) {
        http_adopt(options->listen_socket, &server->sockets);
        return 0;
    }
    return http_bind(options->address, &server->sockets, error_out);
}

static void set_url(struct http_server *server, bool is_tls)
{
    const char *host = server->sockets.host;

    snprintf(server->url, sizeof server->url, "%s%s",
             strncmp(host, "unix:", 5) == 0 ? ""
             : is_tls                       ? "https://"
                                            : "http://",
             host);
}

struct http_server *http_start(const struct http_options *options,
                               char error_out[HTTP_ERROR_SIZE])
{
    struct http_server *server = memory_new(sizeof *server);

    server->handler = options->handler;
    if (bind_sockets(server, options, error_out) != 0) {
        free(server);
        return NULL;
    }
    set_url(server, options->tls_cert_pem != NULL);
    for (size_t i = 0; i < server->sockets.count; i++) {
        struct MHD_Daemon *daemon =
            start_daemon(server, options, server->sockets.sockets[i]);
        if (daemon == NULL) {
            snprintf(error_out, HTTP_ERROR_SIZE,
                     "the HTTP server cannot start on %s: %s",
                     server->sockets.host,
                     options->tls_cert_pem == NULL
                         ? strerror(errno)
                         : "check the certificate and its key");
            http_stop(server);
            return NULL;
        }
        server->daemons[server->daemon_count++] = daemon;
    }
    return server;
}

const char *http_url(const struct http_server *server)
{
    return server->url;
}

void http_quiesce(struct http_server *server)
{
    /* Its thread may still look at the socket, which is closed behind its end.
     */
    for (size_t i = 0; i < server->daemon_count; i++) {
        server->is_quiet = MHD_quiesce_daemon(server->daemons[i]) >= 0;
    }
}

/* Answers that were just given are still to be written; the library would cut
 * them off. Who does not read for so long is not waited for. */
static void let_finish(struct http_server *server)
{
    const struct timespec pause = {.tv_nsec = FINISH_STEP_MS * 1000000L};

    for (int ms = 0; ms < FINISH_MS && atomic_load(&server->under_way) > 0;
         ms += FINISH_STEP_MS) {
        (void)nanosleep(&pause, NULL);
    }
}

void http_stop(struct http_server *server)
{
    if (server == NULL) {
        return;
    }
    let_finish(server);
    for (size_t i = 0; i < server->daemon_count; i++) {
        MHD_stop_daemon(server->daemons[i]);
    }
    /* those that were given back, and of daemons that did not start */
    size_t first = server->is_quiet ? 0 : server->daemon_count;
    for (size_t i = first; i < server->sockets.count; i++) {
        close(server->sockets.sockets[i]);
    }
    if (server->sockets.unlink_path[0] != '\0') {
        (void)unlink(server->sockets.unlink_path);
    }
    free(server);
}
