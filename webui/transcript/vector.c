/* SPDX-License-Identifier: MIT */
#include "webui/transcript/formats.h"

#include "inbox/base/calendar.h"
#include "webui/transcript/view.h"

#include <string.h>

/* A body beyond this is written in long pieces instead of line by line. */
#define MOST_BY_LINE 8192
#define PIECE ((uint64_t)4096)
/* A message beyond this is not repeated as what must be kept. */
#define MOST_MESSAGE 65536

/* A dialogue being written. What the client says is held back by one line: only
 * the next one tells whether both came in one write. */
struct vector {
    const struct transcript_view *view;
    struct view_secrets secrets;
    struct buffer *out;
    struct buffer held; /* the client's last line, without its mark */
    bool is_held_exact;
    bool has_held;
    struct buffer replies; /* what came back since */
    uint64_t client_at;    /* what was written of the client's stream */
    size_t chunk;          /* the read that the last octet came in */
    bool has_spoken;
};

static void write_held(struct vector *vector, bool is_joined)
{
    if (!vector->has_held) {
        return;
    }
    if (vector->is_held_exact) {
        buffer_print(vector->out, "C=%s ", is_joined ? "&" : "");
    } else {
        buffer_print(vector->out, "C%s ", is_joined ? "&" : ":");
    }
    buffer_add(vector->out, buffer_bytes(&vector->held));
    buffer_add_byte(vector->out, '\n');
    vector->held.size = 0;
    vector->has_held = false;
}

/* Nothing further belongs to the write that is held. */
static void flush(struct vector *vector)
{
    write_held(vector, false);
    buffer_add(vector->out, buffer_bytes(&vector->replies));
    vector->replies.size = 0;
}

/* The number of the read that brought the client's octet `offset`; offsets only
 * grow. */
static size_t chunk_of(struct vector *vector, size_t from, uint64_t offset)
{
    const struct transcript *transcript = vector->view->transcript;
    size_t found = from;

    for (size_t i = from; i < transcript->chunk_count; i++) {
        const struct transcript_chunk *chunk = &transcript->chunks[i];

        if (chunk->dir == TRANSCRIPT_CLIENT && chunk->offset > offset) {
            break;
        }
        if (chunk->dir == TRANSCRIPT_CLIENT) {
            found = i;
        }
    }
    return found;
}

static bool is_plain(struct bytes line)
{
    if (line.size < 3 || line.at[line.size - 2] != '\r' ||
        line.at[line.size - 1] != '\n' || line.at[line.size - 3] == ' ') {
        return false;
    }
    for (size_t i = 0; i < line.size - 2; i++) {
        if (line.at[i] < ' ' || line.at[i] >= 0x7F) {
            return false;
        }
    }
    return true;
}

static void add_escaped(struct buffer *out, struct bytes octets)
{
    for (size_t i = 0; i < octets.size; i++) {
        unsigned char octet = octets.at[i];

        if (octet == '\r' || octet == '\n' || octet == '\t') {
            buffer_print(out, "\\%c",
                         octet == '\r'   ? 'r'
                         : octet == '\n' ? 'n'
                                         : 't');
        } else if (octet == '\\') {
            buffer_add(out, BYTES("\\\\"));
        } else if (octet < ' ' || octet >= 0x7F ||
                   (octet == ' ' && i + 1 == octets.size)) {
            buffer_print(out, "\\x%02x", octet);
        } else {
            buffer_add_byte(out, octet);
        }
    }
}

/* The client's octets from `offset` on, as one line. */
static void say(struct vector *vector, uint64_t offset, struct bytes line)
{
    size_t chunk = chunk_of(vector, vector->chunk, offset);

    if (line.size == 0) {
        return;
    }
    if (vector->has_held && chunk == vector->chunk) {
        write_held(vector, true);
    } else {
        flush(vector);
    }
    vector->is_held_exact = !is_plain(line);
    if (vector->is_held_exact) {
        add_escaped(&vector->held, line);
    } else {
        buffer_add(&vector->held, bytes_part(line, 0, line.size - 2));
    }
    vector->has_held = true;
    vector->has_spoken = true;
    vector->chunk = chunk_of(vector, chunk, offset + line.size - 1);
}

/* The client's stream up to `end`, line by line. */
static void say_lines(struct vector *vector, uint64_t end)
{
    struct buffer octets = {0};
    uint64_t size = end - vector->client_at;
    struct bytes rest;

    (void)transcript_wire(
        vector->view->transcript,
        (struct transcript_range){vector->client_at, size, TRANSCRIPT_CLIENT},
        vector->view->bodies, &octets);
    if (octets.size == size) {
        view_mask(&vector->secrets, vector->client_at, octets.at, octets.size);
    } else {
        flush(vector);
        buffer_print(vector->out, "# %llu octets are gone here\n",
                     (unsigned long long)(size - octets.size));
    }
    rest = buffer_bytes(&octets);
    while (rest.size > 0) {
        const unsigned char *line_end = memchr(rest.at, '\n', rest.size);
        size_t step = line_end ? (size_t)(line_end - rest.at) + 1 : rest.size;

        if (octets.size > MOST_BY_LINE) {
            step = rest.size < PIECE ? rest.size : PIECE;
        }
        say(vector, end - rest.size, bytes_part(rest, 0, step));
        rest = bytes_part(rest, step, rest.size);
    }
    vector->client_at = end;
    buffer_free(&octets);
}

static void hear(struct vector *vector, const struct transcript_event *event)
{
    const struct transcript *transcript = vector->view->transcript;
    bool is_ours =
        event->type == TRANSCRIPT_BANNER || event->code == 334 ||
        (event->answers > 0 &&
         transcript->events[event->answers - transcript->first_event].type ==
             TRANSCRIPT_BODY);
    struct buffer octets = {0};
    struct bytes rest;

    view_add_octets(vector->view, event, UINT32_MAX, &octets);
    rest = buffer_bytes(&octets);
    while (rest.size > 0) {
        const unsigned char *end = memchr(rest.at, '\n', rest.size);
        size_t step = end ? (size_t)(end - rest.at) + 1 : rest.size;
        size_t size = step;

        while (size > 0 &&
               (rest.at[size - 1] == '\n' || rest.at[size - 1] == '\r')) {
            size--;
        }
        /* Names, challenges and numbers are not the same elsewhere. */
        buffer_add(&vector->replies,
                   is_ours ? BYTES("# as sent: ") : BYTES("S: "));
        buffer_add(&vector->replies, bytes_part(rest, 0, size));
        buffer_add_byte(&vector->replies, '\n');
        rest = bytes_part(rest, step, rest.size);
    }
    if (is_ours) {
        buffer_print(&vector->replies, "S* %d%s%s%s*\n", event->code,
                     event->enhanced[0] ? " " : "", event->enhanced,
                     event->enhanced[0] ? " " : "");
    }
    buffer_free(&octets);
}

static bool is_one_of(struct bytes word, const char *const *words)
{
    while (*words != NULL && !bytes_equal(word, bytes_of(*words))) {
        words++;
    }
    return *words != NULL;
}

static void add_close(struct vector *vector,
                      const struct transcript_event *event)
{
    static const char *const by_client[] = {"client_closed", "client_reset",
                                            NULL};
    static const char *const by_reply[] = {"quit", "too_many_errors", "limit",
                                           "not_smtp", NULL};

    say_lines(vector, vector->view->transcript->size[TRANSCRIPT_CLIENT]);
    flush(vector);
    if (is_one_of(event->detail, by_client)) {
        buffer_add(vector->out, BYTES("end\n"));
    } else if (is_one_of(event->detail, by_reply)) {
        buffer_add(vector->out, BYTES("closed\n"));
    } else {
        buffer_print(vector->out, "# closed: %.*s\n", (int)event->detail.size,
                     (const char *)event->detail.at);
    }
}

static void add_event(struct vector *vector,
                      const struct transcript_event *event)
{
    switch ((enum transcript_event_type)event->type) {
    case TRANSCRIPT_COMMAND:
    case TRANSCRIPT_SASL:
    case TRANSCRIPT_BODY:
        if (event->offset > vector->client_at) {
            say_lines(vector, event->offset);
        }
        if (event->offset + event->size > vector->client_at) {
            say_lines(vector, event->offset + event->size);
        }
        break;
    case TRANSCRIPT_BANNER:
    case TRANSCRIPT_REPLY:
        hear(vector, event);
        break;
    case TRANSCRIPT_TLS_EVENT:
        if (vector->has_spoken) {
            if (event->offset > vector->client_at) {
                say_lines(vector, event->offset);
            }
            flush(vector);
            buffer_add(vector->out, BYTES("secure\n"));
        }
        break;
    case TRANSCRIPT_CLOSE:
        add_close(vector, event);
        break;
    default:
        break;
    }
}

static bool begins_in_tls(const struct transcript *transcript)
{
    for (size_t i = 0; i < transcript->event_count; i++) {
        if (transcript->events[i].type == TRANSCRIPT_BANNER) {
            break;
        }
        if (transcript->events[i].type == TRANSCRIPT_TLS_EVENT) {
            return true;
        }
    }
    return false;
}

static void add_head(struct vector *vector)
{
    const struct inbox_session *session = vector->view->session;
    char opened[CALENDAR_TEXT_SIZE];

    calendar_text(session->opened_at_us, opened);
    buffer_print(vector->out, "# Session %llu from %s at %s, outcome: %s\n",
                 (unsigned long long)session->id,
                 session->peer ? session->peer : "?", opened,
                 session->outcome ? session->outcome : "still open");
    if (session->helo_verb && strcmp(session->helo_verb, "LHLO") == 0) {
        buffer_add(vector->out, BYTES("lmtp\n"));
    }
    if (begins_in_tls(vector->view->transcript)) {
        buffer_add(vector->out, BYTES("tls\n"));
    }
    if (vector->view->transcript->first_event > 1) {
        buffer_print(vector->out,
                     "# the beginning was retired: %u transactions\n",
                     (unsigned)session->retired_transactions);
    }
    buffer_add_byte(vector->out, '\n');
}

/* What must be kept, and what is to be remarked. Those of the connection are
 * not the engine's to raise. */
static void add_tail(struct vector *vector)
{
    const struct inbox_session *session = vector->view->session;
    const struct transcript_bodies *bodies = vector->view->bodies;

    for (size_t i = 0; i < session->transaction_count; i++) {
        const struct inbox_transaction *one = &session->transactions[i];
        unsigned char *room;
        struct buffer octets = {0};

        if (one->message == 0 || one->size > MOST_MESSAGE || bodies == NULL) {
            continue;
        }
        room = buffer_room(&octets, (size_t)one->size + 1);
        octets.size = bodies->read(bodies->context, one->body, 0,
                                   (struct room){room, (size_t)one->size});
        if (octets.size == one->size) {
            buffer_add(vector->out, BYTES("M= "));
            add_escaped(vector->out, buffer_bytes(&octets));
            buffer_add_byte(vector->out, '\n');
        }
        buffer_free(&octets);
    }
    for (size_t i = 0; i < session->finding_count; i++) {
        const char *check = session->findings[i].check;

        buffer_print(vector->out, "%sremark %s\n",
                     strncmp(check, "conn-", 5) == 0 ? "# " : "", check);
    }
}

void transcript_vector(const struct transcript_view *view, struct buffer *out)
{
    const struct transcript *transcript = view->transcript;
    struct vector vector = {.view = view,
                            .out = out,
                            .client_at =
                                transcript->retired[TRANSCRIPT_CLIENT]};

    view_secrets_begin(view, &vector.secrets);
    add_head(&vector);
    for (size_t i = 0; i < transcript->event_count; i++) {
        add_event(&vector, &transcript->events[i]);
    }
    if (vector.client_at < transcript->size[TRANSCRIPT_CLIENT]) {
        say_lines(&vector, transcript->size[TRANSCRIPT_CLIENT]);
    }
    flush(&vector);
    add_tail(&vector);
    view_secrets_end(&vector.secrets);
    buffer_free(&vector.held);
    buffer_free(&vector.replies);
}
