/* SPDX-License-Identifier: MIT */
#include "webui/transcript/formats.h"

#include "inbox/diagnosis/catalogue.h"
#include "webui/json/json.h"
#include "webui/transcript/reply_cause.h"
#include "webui/transcript/view.h"

/* Of a longer line the page shows the beginning; `raw` has it all. */
#define MOST_TEXT 65536
#define MOST_DOTS 10000
/* Events of one answer; "next_event" says where to go on. A client that sends
 * NOOP all day must not make an answer of gigabytes. */
#define MOST_EVENTS 20000

static const char *const directions[] = {"c", "s"};
static const char *const layers[] = {"plain", "tls", "discarded"};

/* What the limits took of its beginning; null: nothing. */
static struct json *retired_json(const struct transcript_view *view)
{
    const struct transcript *transcript = view->transcript;
    struct json *object;

    if (transcript->first_event == 1) {
        return json_new_null();
    }
    object = json_new_object();
    json_put_number(object, "transactions",
                    view->session->retired_transactions);
    json_put_number(object, "events", transcript->first_event - 1);
    json_put_number(object, "octets_c", (int64_t)transcript->retired[0]);
    json_put_number(object, "octets_s", (int64_t)transcript->retired[1]);
    return object;
}

static struct json *session_json(const struct transcript_view *view)
{
    const struct inbox_session *session = view->session;
    const struct transcript *transcript = view->transcript;
    struct json *object = json_new_object();

    json_put_number(object, "id", (int64_t)session->id);
    json_put_text(object, "listener", session->listener);
    json_put_text(object, "peer", session->peer);
    json_put_text(object, "local", session->local);
    json_put(object, "opened_at",
             json_new_time(session->opened_at_us, INT64_MIN));
    json_put(object, "closed_at", json_new_time(session->closed_at_us, 0));
    json_put_text(object, "close_reason", session->close_reason);
    json_put_bool(object, "live", session->is_live);
    json_put_bool(object, "lossless",
                  session->is_lossless && transcript->is_lossless);
    for (int dir = 0; dir < 2; dir++) {
        const char *key =
            dir == TRANSCRIPT_CLIENT ? "lost_from_c" : "lost_from_s";

        if (transcript->lost_from[dir] == UINT64_MAX) {
            json_put_null(object, key);
        } else {
            json_put_number(object, key, (int64_t)transcript->lost_from[dir]);
        }
    }
    json_put(object, "retired", retired_json(view));
    json_put_number(object, "size_c", (int64_t)transcript->size[0]);
    json_put_number(object, "size_s", (int64_t)transcript->size[1]);
    json_put_embedded(object, "tls", session->tls);
    json_put_embedded(object, "auth", session->auth);
    json_put_embedded(object, "proxy", session->proxy);
    return object;
}

/* Which events are asked for: indices, `to` not among them. */
struct stretch {
    size_t from;
    size_t to;
};

static struct stretch asked_events(const struct transcript_view *view)
{
    size_t count = view->transcript->event_count;
    uint32_t first = view->transcript->first_event;
    struct stretch asked = {.from =
                                view->from > first ? view->from - first : 0};

    asked.from = asked.from < count ? asked.from : count;
    asked.to =
        count - asked.from > MOST_EVENTS ? asked.from + MOST_EVENTS : count;
    return asked;
}

/* [direction, offset, size, time, layer]; those that the events asked for may
 * refer to. */
static struct json *chunks_json(const struct transcript_view *view)
{
    const struct transcript *transcript = view->transcript;
    struct stretch asked = asked_events(view);
    struct json *array = json_new_array();
    uint64_t from_us = asked.from > 0 && asked.from < transcript->event_count
                           ? transcript->events[asked.from].time_us
                           : 0;
    uint64_t to_us = asked.to < transcript->event_count
                         ? transcript->events[asked.to].time_us
                         : UINT64_MAX;

    if (view->from > transcript->event_count + transcript->first_event) {
        return array;
    }
    for (size_t i = 0; i < transcript->chunk_count; i++) {
        const struct transcript_chunk *chunk = &transcript->chunks[i];
        struct json *row;

        if (chunk->time_us < from_us || chunk->time_us > to_us) {
            continue;
        }
        row = json_new_array();
        json_push(row, json_new_text(directions[chunk->dir]));
        json_push(row, json_new_number((int64_t)chunk->offset));
        json_push(row, json_new_number(chunk->size));
        json_push(row, json_new_number((int64_t)chunk->time_us));
        json_push(row, json_new_text(layers[chunk->layer]));
        json_push(array, row);
    }
    return array;
}

/* The octets of a line; of a secret as many asterisks, and where it stands. */
static void put_octets(const struct transcript_view *view,
                       const struct transcript_event *event,
                       struct json *object)
{
    struct view_stretch secret = view_secret(view, event);
    struct buffer octets = {0};

    view_add_octets(view, event, MOST_TEXT, &octets);
    json_put(object, "text", json_new_exact(buffer_bytes(&octets)));
    buffer_free(&octets);
    json_put_bool(object, "text_cut", event->size > MOST_TEXT);
    json_put_null(object, "masked");
    json_put_null(object, "secret");
    if (secret.size > 0) {
        struct json *place = json_new_object();

        json_put_number(place, "off", (int64_t)(secret.offset - event->offset));
        json_put_number(place, "len", (int64_t)secret.size);
        json_put(object, view->reveal ? "secret" : "masked", place);
    }
}

static size_t count_lines(const struct transcript_view *view,
                          const struct transcript_event *event)
{
    struct buffer octets = {0};
    size_t lines = 0;

    view_add_octets(view, event, MOST_TEXT, &octets);
    for (size_t i = 0; i < octets.size; i++) {
        lines += octets.at[i] == '\n';
    }
    buffer_free(&octets);
    return lines;
}

static void put_reply(const struct transcript_view *view,
                      const struct transcript_event *event, struct json *object)
{
    put_octets(view, event, object);
    json_put_number(object, "code", event->code);
    json_put_text(object, "enh", event->enhanced[0] ? event->enhanced : NULL);
    json_put_number(object, "lines", (int64_t)count_lines(view, event));
    json_put_text(object, "cause", reply_cause(event->code, event->enhanced));
    if (event->answers) {
        json_put_number(object, "re", event->answers);
    } else {
        json_put_null(object, "re");
    }
}

static void put_id(struct json *object, const char *key, uint64_t id)
{
    if (id) {
        json_put_number(object, key, (int64_t)id);
    } else {
        json_put_null(object, key);
    }
}

static void put_body(const struct transcript_view *view,
                     const struct transcript_event *event, struct json *object)
{
    const struct inbox_transaction *transaction =
        view_transaction(view, event->body);
    struct json *dots = json_new_array();
    struct view_body body;
    size_t count = 0;

    view_describe_body(view, event, &body);
    for (size_t i = 0; i < body.segment_count; i++) {
        for (size_t j = 0; j < body.segments[i].dot_count && count < MOST_DOTS;
             j++, count++) {
            json_push(dots, json_new_number((int64_t)body.segments[i].dots[j]));
        }
    }
    put_id(object, "message", transaction ? transaction->message : 0);
    json_put_number(object, "body", (int64_t)event->body);
    json_put_number(object, "body_off", (int64_t)body.offset);
    json_put_number(object, "body_len", (int64_t)body.size);
    json_put(object, "dots", dots);
    json_put_number(object, "dot_count", (int64_t)body.dot_count);
    json_put_text(object, "eod", body.end);
    json_put_bool(object, "deleted", body.is_deleted);
}

static void put_finding(const struct transcript_view *view,
                        const struct transcript_event *event, uint32_t number,
                        struct json *object)
{
    const struct inbox_finding *finding = view_finding(view, number);
    const struct diagnosis_check *check =
        finding ? diagnosis_find(finding->check) : NULL;
    struct json *at = json_new_object();

    json_put_text(object, "check", finding ? finding->check : NULL);
    json_put_text(object, "severity",
                  check ? diagnosis_word(check->severity) : NULL);
    json_put_number(object, "count", finding ? finding->count : 1);
    json_put_text(object, "text", finding ? finding->text : NULL);
    json_put_text(object, "source", check ? check->source : NULL);
    json_put_text(object, "fix", check ? check->fix : NULL);
    json_put_text(at, "dir", directions[event->dir]);
    json_put_number(at, "offset", (int64_t)event->offset);
    json_put_number(at, "length", (int64_t)event->size);
    json_put(object, "at", at);
}

static void put_meaning(const struct transcript_view *view,
                        const struct transcript_event *event, uint32_t number,
                        struct json *object)
{
    char *detail;
    struct arena arena = {0};

    switch ((enum transcript_event_type)event->type) {
    case TRANSCRIPT_BANNER:
    case TRANSCRIPT_REPLY:
        put_reply(view, event, object);
        break;
    case TRANSCRIPT_COMMAND:
        json_put(object, "verb", json_new_octets(event->detail));
        put_octets(view, event, object);
        break;
    case TRANSCRIPT_SASL:
        put_octets(view, event, object);
        break;
    case TRANSCRIPT_BODY:
        put_body(view, event, object);
        break;
    case TRANSCRIPT_FINDING:
        put_finding(view, event, number, object);
        break;
    case TRANSCRIPT_PROXY:
    case TRANSCRIPT_TLS_EVENT:
    case TRANSCRIPT_FAULT:
        detail = arena_text(&arena, event->detail);
        json_put_embedded(object, "detail", detail);
        break;
    default:
        json_put(object, "text", json_new_octets(event->detail));
        break;
    }
    arena_free(&arena);
}

static struct json *events_json(const struct transcript_view *view)
{
    const struct transcript *transcript = view->transcript;
    struct json *array = json_new_array();
    struct stretch asked = asked_events(view);

    for (size_t i = asked.from; i < asked.to; i++) {
        const struct transcript_event *event = &transcript->events[i];
        struct json *object = json_new_object();

        uint32_t number = transcript->first_event + (uint32_t)i;

        json_put_number(object, "event", number);
        json_put_number(object, "t_us", (int64_t)event->time_us);
        json_put_text(object, "type",
                      view_event_word((enum transcript_event_type)event->type));
        json_put_text(object, "dir", directions[event->dir]);
        json_put_number(object, "off", (int64_t)event->offset);
        json_put_number(object, "len", (int64_t)event->size);
        put_meaning(view, event, number, object);
        json_push(array, object);
    }
    return array;
}

static struct json *params_json(const struct inbox_param *params, size_t count)
{
    struct json *object = json_new_object();

    for (size_t i = 0; i < count; i++) {
        json_put_text(object, params[i].keyword, params[i].value);
    }
    return object;
}

static struct json *path_json(const char *raw, struct json *params)
{
    struct json *object = json_new_object();

    json_put_text(object, "raw", raw);
    json_put(object, "params", params);
    return object;
}

static struct json *recipients_json(const struct inbox_transaction *transaction)
{
    struct json *array = json_new_array();

    for (size_t i = 0; i < transaction->recipient_count; i++) {
        const struct inbox_recipient *one = &transaction->recipients[i];
        struct json *object =
            path_json(one->raw, params_json(one->params, one->param_count));

        json_put_number(object, "code", one->code);
        json_push(array, object);
    }
    return array;
}

/* The last event that carries octets of `body`, looked for from `*at` on: bodies
 * are numbered as they came. */
static uint32_t event_of_body(const struct transcript *transcript,
                              uint64_t body, size_t *at,
                              uint64_t *wire_size_out)
{
    uint32_t last = 0;

    *wire_size_out = 0;
    for (; *at < transcript->event_count; (*at)++) {
        const struct transcript_event *event = &transcript->events[*at];

        if (event->type == TRANSCRIPT_BODY && event->body > body) {
            break;
        }
        if (event->type == TRANSCRIPT_BODY && event->body == body) {
            last = transcript->first_event + (uint32_t)*at;
            *wire_size_out += event->size;
        }
    }
    return last;
}

static struct json *messages_json(const struct transcript_view *view)
{
    struct json *array = json_new_array();
    size_t at = 0;

    for (size_t i = 0; i < view->session->transaction_count; i++) {
        const struct inbox_transaction *one = &view->session->transactions[i];
        struct json *object;
        uint64_t wire_size;

        if (one->body == 0) {
            continue;
        }
        object = json_new_object();
        put_id(object, "id", one->message);
        put_id(object, "event",
               event_of_body(view->transcript, one->body, &at, &wire_size));
        json_put(object, "mail_from",
                 path_json(one->from_raw,
                           params_json(one->params, one->param_count)));
        json_put(object, "rcpt_to", recipients_json(one));
        json_put_number(object, "size", (int64_t)one->size);
        json_put_number(object, "wire_size", (int64_t)wire_size);
        json_put_bool(object, "complete", one->code != 0);
        json_push(array, object);
    }
    return array;
}

struct json *transcript_json(const struct transcript_view *view)
{
    struct json *object = json_new_object();
    struct json *creator = json_new_object();
    struct stretch asked = asked_events(view);

    json_put_text(creator, "name", "mailscope");
    json_put_text(creator, "version", view->version);
    json_put_number(object, "v", 1);
    json_put(object, "creator", creator);
    json_put(object, "session", session_json(view));
    json_put(object, "chunks", chunks_json(view));
    json_put(object, "events", events_json(view));
    json_put(object, "messages", messages_json(view));
    put_id(object, "next_event",
           asked.to < view->transcript->event_count
               ? view->transcript->first_event + asked.to
               : 0);
    return object;
}
