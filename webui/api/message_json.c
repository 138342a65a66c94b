/* SPDX-License-Identifier: MIT */
#include "webui/api/message_json.h"

#include "inbox/mail/mail.h"
#include "webui/api/previews.h"
#include "webui/call/reading.h"
#include "webui/json/summaries.h"
#include "webui/preview/preview.h"

#include <string.h>

/* Decoded sizes are counted by decoding; hostile mail gets no more than this
 * for it. */
#define DECODE_BYTES ((size_t)64 * 1024 * 1024)
#define DEPTH_MAX 100

static struct json *headers_json(struct call *call, struct bytes raw)
{
    struct mail_header *headers;
    size_t count = mail_headers(raw, call->arena, &headers);
    struct json *value = json_new_array();

    for (size_t i = 0; i < count; i++) {
        struct json *one = json_new_object();
        json_put(one, "name", json_new_octets(headers[i].name));
        json_put_text(one, "value", headers[i].value);
        json_put(one, "raw", json_new_exact(headers[i].raw));
        json_put_number(one, "offset", (int64_t)headers[i].offset);
        json_push(value, one);
    }
    return value;
}

struct part_reading {
    struct bytes raw;
    size_t left; /* octets that may still be decoded */
};

static struct json *decoded_size(struct part_reading *reading,
                                 const struct mail_part *part)
{
    struct buffer decoded = {0};

    if (part->child_count > 0 || part->body_size > reading->left) {
        return json_new_null();
    }
    reading->left -= part->body_size;
    mail_part_decode(reading->raw, part, &decoded);
    struct json *value = json_new_number((int64_t)decoded.size);
    buffer_free(&decoded);
    return value;
}

static struct json *part_json(struct part_reading *reading,
                              const struct mail_part *part, unsigned depth)
{
    struct json *value = json_new_object();
    struct json *children = json_new_array();

    json_put_text(value, "section", part->section);
    json_put_text(value, "type", part->type);
    json_put_text(value, "charset", part->charset);
    json_put_text(value, "encoding", part->encoding);
    json_put_text(value, "disposition", part->disposition);
    json_put_text(value, "filename", part->filename);
    json_put_text(value, "content_id", part->content_id);
    json_put_bool(value, "attachment", part->is_attachment);
    json_put_number(value, "header_offset", (int64_t)part->header_offset);
    json_put_number(value, "header_size", (int64_t)part->header_size);
    json_put_number(value, "offset", (int64_t)part->body_offset);
    json_put_number(value, "size", (int64_t)part->body_size);
    json_put(value, "decoded_size", decoded_size(reading, part));
    for (size_t i = 0; i < part->child_count && depth < DEPTH_MAX; i++) {
        json_push(children, part_json(reading, &part->children[i], depth + 1));
    }
    json_put(value, "parts", children);
    return value;
}

static struct json *remote_json(struct call *call,
                                const struct mail_content *content)
{
    struct preview_report report = {0};
    struct json *value = json_new_object();
    struct json *hosts = json_new_array();

    if (content->html != NULL) {
        struct buffer rewritten = {0};
        preview_rewrite(
            (struct preview_source){bytes_of(content->html), content->root},
            call->arena, &rewritten, &report);
        buffer_free(&rewritten);
    }
    for (size_t i = 0; i < report.host_count; i++) {
        json_push(hosts, json_new_text(report.hosts[i]));
    }
    json_put_number(value, "images", (int64_t)report.remote_images);
    json_put_number(value, "others", (int64_t)report.remote_others);
    json_put_number(value, "unresolved", (int64_t)report.unresolved);
    json_put(value, "hosts", hosts);
    return value;
}

/* Whether there is anything that the preview could show. */
static bool has_html(const struct mail_part *part)
{
    bool found = part->child_count == 0 && strcmp(part->type, "text/html") == 0;

    for (size_t i = 0; i < part->child_count && !found; i++) {
        found = has_html(&part->children[i]);
    }
    return found;
}

static void put_content(struct call *call, struct json *value, struct bytes raw,
                        uint64_t id)
{
    struct mail_content content;
    struct part_reading reading = {raw, DECODE_BYTES};

    mail_read(raw, call->arena, &content);
    json_put_text(value, "text", content.text);
    json_put_bool(value, "text_cut", content.text_is_cut);
    json_put_text(value, "html", content.html);
    json_put_bool(value, "html_cut", content.html_is_cut);
    json_put(value, "parts", part_json(&reading, content.root, 0));
    json_put_text(value, "preview",
                  has_html(content.root) ? previews_path(call, id) : NULL);
    json_put(value, "remote", remote_json(call, &content));
}

/* What its session says of it: its transaction and the findings in it. */
static void put_session(struct call *call, struct json *value,
                        const struct inbox_message *message)
{
    struct inbox_session session;
    uint32_t number = message->transaction;
    bool is_here = message->session != 0 &&
                   inbox_session(call->webui->inbox, message->session,
                                 call->arena, &session) == INBOX_OK;

    const struct inbox_transaction *one =
        is_here && number > 0 ? session_transaction(&session, number) : NULL;

    if (one != NULL) {
        json_put(value, "transaction", transaction_json(one));
    } else {
        json_put_null(value, "transaction");
    }
    json_put(value, "diagnosis",
             is_here && number > 0 ? diagnosis_json(&session, number)
                                   : json_new_array());
}

struct json *message_json(struct call *call,
                          const struct inbox_message *message)
{
    struct json *value = message_summary(message);
    struct bytes raw =
        reading_raw(call->webui->inbox, message->id, call->arena);

    json_put(value, "headers", headers_json(call, raw));
    put_content(call, value, raw, message->id);
    put_session(call, value, message);
    return value;
}
