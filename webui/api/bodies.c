/* SPDX-License-Identifier: MIT */
#include "inbox/mail/mail.h"
#include "inbox/transcript/transcript.h"
#include "webui/api/lists.h"
#include "webui/api/messages.h"
#include "webui/call/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A message's octets: as kept, as they crossed the wire, and part by part. */

static enum call_result refuse(struct call *call)
{
    return list_missing(call, INBOX_MESSAGES);
}

struct open_body {
    struct inbox_body *body;
    uint64_t from;
};

static size_t on_read(void *context, uint64_t offset, unsigned char *into,
                      size_t size)
{
    struct open_body *open = context;

    return inbox_body_read(open->body, open->from + offset, into, size);
}

static void on_release(void *context)
{
    inbox_body_close(((struct open_body *)context)->body);
}

struct span {
    uint64_t from;
    uint64_t size;
};

/* "bytes=A-B", "bytes=A-" or "bytes=-N" (RFC 9110 14.2) within `size`. 1; 0:
 * none that we serve, then all is sent; -1: outside. */
static int read_range(const char *text, uint64_t size, struct span *span_out)
{
    char *rest;

    if (text == NULL || strncmp(text, "bytes=", 6) != 0 ||
        strchr(text, ',') != NULL || strpbrk(text + 6, " +") != NULL) {
        return 0;
    }
    const char *at = text + 6;
    if (*at == '-') {
        uint64_t last = strtoull(at + 1, &rest, 10);
        last = last < size ? last : size;
        *span_out = (struct span){size - last, last};
        return *rest != '\0' || rest == at + 1 ? 0 : last == 0 ? -1 : 1;
    }
    uint64_t from = strtoull(at, &rest, 10);
    if (rest == at || *rest != '-') {
        return 0;
    }
    uint64_t to = rest[1] == '\0' ? UINT64_MAX : strtoull(rest + 1, &rest, 10);
    if (to < from) {
        return 0;
    }
    to = to < size ? to : size - 1;
    *span_out = (struct span){from, size == 0 ? 0 : to - from + 1};
    return from >= size ? -1 : 1;
}

static void answer_span(struct call *call, struct open_body *open,
                        uint64_t size)
{
    struct span span = {0, size};
    struct http_answer *answer = &call->http->answer;

    answer->status = 200;
    switch (read_range(http_header(call->http, "Range"), size, &span)) {
    case 1:
        answer->status = 206;
        http_field(call->http, "Content-Range",
                   arena_print(call->arena, "bytes %llu-%llu/%llu",
                               (unsigned long long)span.from,
                               (unsigned long long)(span.from + span.size - 1),
                               (unsigned long long)size));
        break;
    case -1:
        (void)call_refuse(call, 416,
                          arena_print(call->arena,
                                      "the message has %llu octets only",
                                      (unsigned long long)size));
        http_field(
            call->http, "Content-Range",
            arena_print(call->arena, "bytes */%llu", (unsigned long long)size));
        inbox_body_close(open->body);
        return;
    default:
        span = (struct span){0, size};
        break;
    }
    open->from = span.from;
    http_field(call->http, "Content-Type", "message/rfc822");
    answer->read = on_read;
    answer->read_size = span.size;
    answer->context = open;
    answer->release = on_release;
}

enum call_result messages_raw(struct call *call)
{
    struct open_body *open = arena_new(call->arena, sizeof *open);

    open->body = inbox_body_open(call->webui->inbox, call->id);
    if (open->body == NULL) {
        return refuse(call);
    }
    answer_span(call, open, inbox_body_size(open->body));
    http_field(call->http, "Accept-Ranges", "bytes");
    http_field(call->http, "Content-Disposition",
               arena_print(call->arena,
                           "attachment; filename=\"message-%llu.eml\"",
                           (unsigned long long)call->id));
    return CALL_ANSWERED;
}

/* ---- wire */

/* The body with its dots back and the line that ended it. */
static void stuff(struct inbox_body *body, struct bytes raw, struct buffer *out)
{
    size_t count;
    const uint64_t *dots = inbox_body_dots(body, &count);
    size_t at = 0;

    for (size_t i = 0; i < count && dots[i] <= raw.size; i++) {
        buffer_add(out, bytes_part(raw, at, (size_t)dots[i] - at));
        buffer_add_byte(out, '.');
        at = (size_t)dots[i];
    }
    buffer_add(out, bytes_part(raw, at, raw.size - at));
    buffer_add(out, BYTES(".\r\n"));
}

struct body_source {
    struct inbox *inbox;
    uint64_t session;
};

static size_t on_session_body(void *context, uint64_t number, uint64_t offset,
                              struct room into)
{
    const struct body_source *source = context;
    struct inbox_body *body =
        inbox_session_body(source->inbox, source->session, number);
    size_t got =
        body == NULL ? 0 : inbox_body_read(body, offset, into.at, into.size);

    inbox_body_close(body);
    return got;
}

/* What the transcript says: clients may end a message in other ways than the
 * usual one. false: it does not know. */
static bool recorded(struct call *call, const struct inbox_message *message,
                     struct buffer *out)
{
    struct inbox_pieces pieces;
    struct transcript transcript;
    struct body_source source = {call->webui->inbox, message->session};
    const struct transcript_bodies bodies = {on_session_body, &source};

    if (inbox_pieces(call->webui->inbox, message->session, call->arena,
                     &pieces) != INBOX_OK) {
        return false;
    }
    (void)transcript_read(pieces.items, pieces.count, call->arena, &transcript);
    for (size_t i = 0; i < transcript.event_count; i++) {
        const struct transcript_event *event = &transcript.events[i];
        struct transcript_range range = {event->offset, event->size,
                                         TRANSCRIPT_CLIENT};
        if (event->type == TRANSCRIPT_BODY && event->body == message->body) {
            return transcript_wire(&transcript, range, &bodies, out) == 0;
        }
    }
    return false;
}

static void add_wire(struct call *call, const struct inbox_message *message,
                     struct inbox_body *body, struct buffer *out)
{
    struct bytes raw = reading_body(body, UINT64_MAX, call->arena);

    if (message->is_bdat) {
        buffer_add(out, raw);
        return;
    }
    stuff(body, raw, out);
    if (out->size == message->wire_size) {
        return;
    }
    struct buffer exact = {0};
    if (recorded(call, message, &exact)) {
        struct buffer usual = *out;
        *out = exact;
        exact = usual;
    }
    buffer_free(&exact);
}

enum call_result messages_wire(struct call *call)
{
    struct inbox_message message;
    struct buffer wire = {0};

    if (inbox_message(call->webui->inbox, call->id, call->arena, &message) !=
        INBOX_OK) {
        return refuse(call);
    }
    if (message.session == 0) {
        return call_refuse(call, 404,
                           "this message came by POST: it crossed no wire");
    }
    struct inbox_body *body = inbox_body_open(call->webui->inbox, call->id);
    if (body == NULL) {
        return refuse(call);
    }
    add_wire(call, &message, body, &wire);
    inbox_body_close(body);
    call_content(call, "application/octet-stream", &wire);
    http_field(call->http, "Content-Disposition",
               arena_print(call->arena,
                           "attachment; filename=\"message-%llu.wire\"",
                           (unsigned long long)call->id));
    return CALL_ANSWERED;
}

/* ---- parts */

/* What a browser would run is never named as what it is. */
static const char *served_type(const struct mail_part *part)
{
    static const char *const still[] = {
        "text/plain",      "text/csv",         "text/calendar",  "image/png",
        "image/jpeg",      "image/gif",        "image/webp",     "image/avif",
        "image/bmp",       "audio/mpeg",       "audio/ogg",      "video/mp4",
        "application/pdf", "application/json", "application/zip"};

    for (size_t i = 0; i < sizeof still / sizeof *still; i++) {
        if (part->type != NULL && strcmp(part->type, still[i]) == 0) {
            return still[i];
        }
    }
    return "application/octet-stream";
}

/* RFC 6266: the name in ASCII for old readers, and exactly. */
static const char *disposition(struct call *call, const char *name)
{
    struct buffer value = {0};

    buffer_print(&value, "attachment; filename=\"");
    for (const char *at = name; *at != '\0'; at++) {
        bool is_plain = *at >= ' ' && *at < 127 && strchr("\"\\%", *at) == NULL;
        buffer_add_byte(&value, is_plain ? (unsigned char)*at : '_');
    }
    buffer_print(&value, "\"; filename*=UTF-8''");
    for (const char *at = name; *at != '\0'; at++) {
        bool is_plain =
            (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
            (*at >= '0' && *at <= '9') || strchr("-._~", *at) != NULL;
        if (is_plain) {
            buffer_add_byte(&value, (unsigned char)*at);
        } else {
            buffer_print(&value, "%%%02X", (unsigned)(unsigned char)*at);
        }
    }
    const char *text = arena_text(call->arena, buffer_bytes(&value));
    buffer_free(&value);
    return text;
}

static void answer_part(struct call *call, struct bytes raw,
                        const struct mail_part *part, bool is_encoded)
{
    struct buffer octets = {0};

    if (is_encoded) {
        buffer_add(&octets,
                   bytes_part(raw, part->body_offset, part->body_size));
    } else {
        mail_part_decode(raw, part, &octets);
    }
    call_content(call,
                 is_encoded ? "application/octet-stream" : served_type(part),
                 &octets);
    http_field(call->http, "Content-Disposition",
               disposition(call, mail_safe_name(part->filename, call->id, part,
                                                call->arena)));
    http_field(call->http, "Content-Security-Policy",
               "sandbox; default-src 'none'");
}

enum call_result messages_part(struct call *call)
{
    const char *form = call_param(call, "form");
    struct mail_content content;

    if (form != NULL && strcmp(form, "encoded") != 0 &&
        strcmp(form, "decoded") != 0) {
        return call_refuse(call, 400, "form: expected encoded or decoded");
    }
    struct inbox_body *body = inbox_body_open(call->webui->inbox, call->id);
    if (body == NULL) {
        return refuse(call);
    }
    struct bytes raw = reading_body(body, UINT64_MAX, call->arena);
    inbox_body_close(body);
    mail_read(raw, call->arena, &content);
    const struct mail_part *part = mail_part_find(content.root, call->words[0]);
    if (part == NULL) {
        return call_refuse(call, 404, "no part has this section number");
    }
    answer_part(call, raw, part, form != NULL && form[0] == 'e');
    return CALL_ANSWERED;
}
