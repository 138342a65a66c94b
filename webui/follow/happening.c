/* SPDX-License-Identifier: MIT */
#include "webui/follow/happening.h"

#include "webui/call/reading.h"
#include "webui/json/summaries.h"

#include <string.h>

void happening_begin(struct happening *happening, struct webui *webui,
                     const struct inbox_event *event)
{
    *happening = (struct happening){.event = *event, .webui = webui};
}

void happening_end(struct happening *happening)
{
    buffer_free(&happening->frame);
    arena_free(&happening->arena);
}

bool happening_is_in(const struct happening *happening, const char *inbox)
{
    return inbox == NULL || strcmp(happening->event.inbox, inbox) == 0;
}

static bool is_about_session(const struct happening *happening)
{
    return happening->event.happening == INBOX_HAPPENED_SESSION ||
           happening->event.kind == INBOX_SESSIONS;
}

static bool read_about(struct happening *happening)
{
    struct inbox *inbox = happening->webui->inbox;
    uint64_t id = happening->event.id;

    if (happening->is_read) {
        return happening->is_here;
    }
    happening->is_read = true;
    happening->is_here =
        (is_about_session(happening)
             ? inbox_session(inbox, id, &happening->arena, &happening->session)
             : inbox_message(inbox, id, &happening->arena,
                             &happening->message)) == INBOX_OK;
    return happening->is_here;
}

/* Reads again when more is wanted than is there. */
static bool make_facts(struct happening *happening, unsigned wants)
{
    if (!read_about(happening)) {
        return false;
    }
    if (happening->has_facts && (happening->wants & wants) == wants) {
        return true;
    }
    happening->wants |= wants;
    happening->has_facts = true;
    struct reading reading = {.inbox = happening->webui->inbox,
                              .arena = &happening->arena,
                              .wants = happening->wants};
    if (is_about_session(happening)) {
        reading_session(&reading, &happening->session, &happening->facts);
    } else {
        reading_message(&reading, &happening->message, &happening->facts);
    }
    return true;
}

bool happening_meets(struct happening *happening, const struct query *query,
                     unsigned wants)
{
    if (query == NULL) {
        return true;
    }
    return make_facts(happening, wants) &&
           match_query(query, &happening->facts, &happening->arena);
}

bool happening_obeys(struct happening *happening, const struct match_rule *rule)
{
    struct match_verdict verdict = {0};

    if (rule == NULL) {
        return true;
    }
    if (make_facts(happening, 0)) {
        match_judge(rule, &happening->facts, &happening->arena, &verdict);
    }
    return verdict.is_met;
}

bool happening_is_for(struct happening *happening, const struct stream *stream)
{
    if (!happening_is_in(happening, stream->inbox)) {
        return false;
    }
    switch (happening->event.happening) {
    case INBOX_HAPPENED_MESSAGE:
    case INBOX_HAPPENED_SESSION:
    case INBOX_HAPPENED_CHANGED:
        return happening_meets(happening, stream->query, stream->wants);
    case INBOX_HAPPENED_DELETED: /* what it was cannot be judged any more */
    case INBOX_HAPPENED_BOX:
        break;
    }
    return true;
}

static struct json *gone(const struct happening *happening)
{
    struct json *value = json_new_object();

    json_put_text(value, "kind",
                  is_about_session(happening) ? "session" : "message");
    json_put_number(value, "id", (int64_t)happening->event.id);
    json_put_text(value, "inbox", happening->event.inbox);
    return value;
}

static struct json *box(const struct happening *happening)
{
    struct json *value = json_new_object();

    json_put_text(value, "name", happening->event.inbox);
    json_put_bool(value, "deleted", happening->event.is_gone);
    return value;
}

static struct json *content(struct happening *happening, const char **type_out)
{
    switch (happening->event.happening) {
    case INBOX_HAPPENED_BOX:
        *type_out = "inbox";
        return box(happening);
    case INBOX_HAPPENED_MESSAGE:
        *type_out = "message";
        break;
    case INBOX_HAPPENED_SESSION:
        *type_out = "session";
        break;
    case INBOX_HAPPENED_CHANGED:
        *type_out = "changed";
        break;
    case INBOX_HAPPENED_DELETED:
        *type_out = "deleted";
        return gone(happening);
    }
    if (!read_about(happening)) {
        /* deleted since: its own change comes later in the same ring */
        return gone(happening);
    }
    return is_about_session(happening) ? session_summary(&happening->session)
                                       : message_summary(&happening->message);
}

static void add_frame(struct happening *happening, const char *type,
                      struct json *value)
{
    buffer_print(&happening->frame, "id: %llu\nevent: %s\ndata: ",
                 (unsigned long long)happening->event.seq, type);
    json_write(value, &happening->frame);
    buffer_add(&happening->frame, BYTES("\n\n"));
    json_free(value);
}

/* What was found in a session is known at its end. */
static void add_findings(struct happening *happening)
{
    const struct inbox_session *session = &happening->session;

    for (size_t i = 0; i < session->finding_count; i++) {
        add_frame(happening, "finding", session_finding(session, i));
    }
}

struct bytes happening_frame(struct happening *happening)
{
    const char *type = "";

    if (happening->frame.size == 0) {
        struct json *value = content(happening, &type);
        if (!happening->is_here &&
            happening->event.happening != INBOX_HAPPENED_BOX) {
            type = "deleted";
        }
        add_frame(happening, type, value);
        if (happening->is_here &&
            happening->event.happening == INBOX_HAPPENED_SESSION) {
            add_findings(happening);
        }
    }
    return buffer_bytes(&happening->frame);
}
