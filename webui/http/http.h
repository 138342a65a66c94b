/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_HTTP_HTTP_H
#define WEBUI_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/base/memory.h"

/* Requests come in and answers go out as plain structs: the only face of the
 * HTTP library. A request belongs to the server's thread, except from
 * http_park() to http_resume(): then to whoever it was handed to. */

struct http_field {
    const char *name;
    const char *value;
};

#define HTTP_FIELDS 16

/* What is sent back. Exactly one of body, still, read and pull gives the
 * content; the first that is there. */
struct http_answer {
    unsigned status;                       /* 0: not answered yet */
    struct http_field fields[HTTP_FIELDS]; /* values outlive the request */
    size_t field_count;
    struct buffer body; /* freed with the request */
    struct bytes still; /* outlives the request */
    /* Content of known size: copies up to `size` octets from `offset` on and
     * returns how many; 0 ends it early. */
    size_t (*read)(void *context, uint64_t offset, unsigned char *into,
                   size_t size);
    uint64_t read_size;
    /* Content without end: returns how many octets were copied; 0 after it
     * called http_park() because there are none; -1 at the end. */
    int (*pull)(void *context, unsigned char *into, size_t size);
    void *context;
    void (*release)(void *context); /* of `context`, when all is over */
};

struct http_request {
    const char *method;
    const char *target; /* path and query exactly as they came */
    struct bytes body;
    uint64_t max_body; /* on_head() sets it; larger ones are answered 413 */
    struct arena arena;
    struct http_answer answer;
    void *state; /* the handler's */
};

/* The value of a header field; NULL: not sent. */
const char *http_header(const struct http_request *request, const char *name);

/* How often a header field was sent. */
unsigned http_header_count(const struct http_request *request,
                           const char *name);

/* Adds a field to the answer; at most HTTP_FIELDS, values are not copied. */
void http_field(struct http_request *request, const char *name,
                const char *value);

/* What the server calls, on its own threads. */
struct http_handler {
    void *context;
    /* The head is there. Sets max_body, or answers right away; then the body
     * is not read. */
    void (*on_head)(void *context, struct http_request *request);
    /* All of it is there: answers, or parks. */
    void (*on_request)(void *context, struct http_request *request);
    /* The body is larger than max_body: answers 413. */
    void (*on_too_large)(void *context, struct http_request *request);
    /* It is over; the request is freed next. */
    void (*on_end)(void *context, struct http_request *request);
};

struct http_options {
    const char *address;      /* as webui_options.address */
    int listen_socket;        /* -1: bind `address` */
    const char *tls_cert_pem; /* NULL: plain */
    const char *tls_key_pem;
    struct http_handler handler;
};

#define HTTP_ERROR_SIZE 512
#define HTTP_URL_SIZE 300

struct http_server;

/* Binds and serves. NULL with one line in `error_out`. */
struct http_server *http_start(const struct http_options *options,
                               char error_out[HTTP_ERROR_SIZE]);

/* "http://127.0.0.1:8025" as bound. */
const char *http_url(const struct http_server *server);

/* Sets a request aside; called on the server's thread by on_request() or a
 * pull. It stays so until http_resume(). */
void http_park(struct http_request *request);

/* Gives a parked request back: its answer is sent, or pulled on. Any thread;
 * the caller must not touch the request afterwards. */
void http_resume(struct http_request *request);

/* No new connection is accepted from now on. */
void http_quiesce(struct http_server *server);

/* Stops and frees the server; no request may be parked any more. NULL is
 * allowed. */
void http_stop(struct http_server *server);

#endif
