/* SPDX-License-Identifier: MIT */
#include "webui/call/reading.h"

#define HEADER_BYTES ((uint64_t)256 * 1024)

struct bytes reading_body(struct inbox_body *body, uint64_t limit,
                          struct arena *arena)
{
    uint64_t size = inbox_body_size(body);
    uint64_t got = 0;

    size = size < limit ? size : limit;
    unsigned char *octets = arena_new(arena, (size_t)size + 1);
    while (got < size) {
        size_t part =
            inbox_body_read(body, got, octets + got, (size_t)(size - got));
        if (part == 0) {
            break;
        }
        got += part;
    }
    return (struct bytes){octets, (size_t)got};
}

static struct bytes first_octets(struct inbox *inbox, uint64_t id,
                                 uint64_t limit, struct arena *arena)
{
    struct inbox_body *body = inbox_body_open(inbox, id);

    if (body == NULL) {
        return (struct bytes){0};
    }
    struct bytes raw = reading_body(body, limit, arena);
    inbox_body_close(body);
    return raw;
}

struct bytes reading_raw(struct inbox *inbox, uint64_t id, struct arena *arena)
{
    return first_octets(inbox, id, UINT64_MAX, arena);
}

static const struct inbox_session *whole_session(const struct reading *reading,
                                                 uint64_t id)
{
    struct inbox_session *session = arena_new(reading->arena, sizeof *session);

    if (id == 0 || inbox_session(reading->inbox, id, reading->arena, session) !=
                       INBOX_OK) {
        return NULL;
    }
    return session;
}

static void add_pieces(const struct reading *reading,
                       struct facts_source *source)
{
    struct inbox_pieces pieces;

    if ((reading->wants & FACTS_TRANSCRIPT) != 0 && source->session != NULL &&
        inbox_pieces(reading->inbox, source->session->id, reading->arena,
                     &pieces) == INBOX_OK) {
        source->pieces = pieces.items;
        source->piece_count = pieces.count;
    }
}

void reading_message(const struct reading *reading,
                     const struct inbox_message *message,
                     struct facts *facts_out)
{
    struct facts_source source = {.message = message, .wants = reading->wants};

    /* A connection kept for thousands of messages is long to read. */
    if ((reading->wants & FACTS_SESSION) != 0) {
        source.session = whole_session(reading, message->session);
    }

    if ((reading->wants & (FACTS_HEADERS | FACTS_CONTENT)) != 0) {
        bool all = (reading->wants & FACTS_CONTENT) != 0;
        source.raw =
            first_octets(reading->inbox, message->id,
                         all ? UINT64_MAX : HEADER_BYTES, reading->arena);
    }
    add_pieces(reading, &source);
    facts_make(&source, reading->arena, facts_out);
}

void reading_session(const struct reading *reading,
                     const struct inbox_session *session,
                     struct facts *facts_out)
{
    bool is_wanted =
        (reading->wants & (FACTS_TRANSACTIONS | FACTS_TRANSCRIPT)) != 0;
    const struct inbox_session *whole =
        is_wanted ? whole_session(reading, session->id) : NULL;
    struct facts_source source = {.session = whole == NULL ? session : whole,
                                  .wants = reading->wants};

    add_pieces(reading, &source);
    facts_make(&source, reading->arena, facts_out);
}
