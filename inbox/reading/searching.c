/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/index/query.h"
#include "inbox/match/match.h"
#include "inbox/query/facts.h"
#include "inbox/reading/fill.h"
#include "inbox/reading/listing.h"

/* Lists with a query: the index leaves out what surely does not match, the
 * rest is judged one by one as waits and events judge it. */

#define SEARCH_US 1000000
#define COUNT_MOST 10000
#define CHUNK 200

/* The session of the last candidate: its messages come one after the other,
 * and reading it for each would cost the square of their number. */
struct known_session {
    uint64_t id; /* 0: none */
    bool is_found;
    struct arena arena;
    struct inbox_session session;
    struct facts talk; /* what was said, when that is wanted */
};

struct search {
    struct inbox *inbox;
    const struct inbox_list_request *request;
    unsigned wants;
    int64_t until_us;
    struct arena *arena; /* of the result */
    struct inbox_list *found;
    uint64_t matched;
    bool is_counting; /* a total is wanted, not only a page */
    bool is_cut;      /* time ran out */
    struct known_session known;
};

static void load_body(struct inbox *inbox, uint64_t id, unsigned wants,
                      struct buffer *out)
{
    struct inbox_body *body = inbox_body_open(inbox, id);
    if (body == NULL) {
        return;
    }
    uint64_t most =
        (wants & FACTS_CONTENT) != 0 ? (uint64_t)64 << 20 : (uint64_t)256 << 10;
    uint64_t size = inbox_body_size(body);
    size = size < most ? size : most;
    out->size = inbox_body_read(body, 0, buffer_room(out, (size_t)size + 1),
                                (size_t)size);
    inbox_body_close(body);
}

/* Reads session `id` unless it is the one that is known. */
static const struct known_session *know_session(struct search *search,
                                                uint64_t id)
{
    struct known_session *known = &search->known;
    struct facts_source source = {.wants = search->wants & FACTS_TRANSCRIPT};
    struct inbox_pieces pieces;

    if (known->id == id) {
        return known;
    }
    arena_free(&known->arena);
    *known = (struct known_session){.id = id};
    known->is_found = id != 0 && inbox_session(search->inbox, id, &known->arena,
                                               &known->session) == INBOX_OK;
    if (known->is_found && source.wants != 0) {
        source.session = &known->session;
        (void)inbox_pieces(search->inbox, id, &known->arena, &pieces);
        source.pieces = pieces.items;
        source.piece_count = pieces.count;
        facts_make(&source, &known->arena, &known->talk);
    }
    return known;
}

static void add_session(struct search *search, const struct inbox_entry *entry,
                        struct facts_source *source, struct facts *talk_out)
{
    unsigned wanted =
        FACTS_TRANSCRIPT |
        (entry->message != NULL ? FACTS_SESSION : FACTS_TRANSACTIONS);
    uint64_t id =
        entry->message != NULL ? entry->message->session : entry->session->id;

    source->session = entry->session;
    if ((search->wants & wanted) != 0) {
        const struct known_session *known = know_session(search, id);
        source->session = known->is_found ? &known->session : entry->session;
        *talk_out = known->talk;
    }
}

/* Is there a term of which only the whole message tells, not yet its row? */
static bool asks_tree(const struct query *query)
{
    if (query->kind == QUERY_TERM) {
        return query->field == QUERY_HAS;
    }
    return asks_tree(query->first) ||
           (query->kind != QUERY_NOT && asks_tree(query->second));
}

/* The message, read whole first when nobody has and the query asks for that. */
static const struct inbox_message *
whole_message(struct search *search, const struct inbox_entry *entry,
              struct arena *arena)
{
    const struct inbox_message *message = entry->message;
    if (message == NULL || message->attachments >= 0 ||
        !asks_tree(search->request->query)) {
        return message;
    }
    struct inbox_message *whole = arena_new(arena, sizeof(*whole));
    *whole = *message;
    fill_message(search->inbox, whole, arena);
    return whole;
}

static bool matches(struct search *search, const struct inbox_entry *entry)
{
    struct arena arena = {0};
    struct buffer raw = {0};
    struct facts talk = {0};
    struct facts facts;
    struct facts_source source = {
        .message = whole_message(search, entry, &arena),
        .wants = search->wants & ~(unsigned)FACTS_TRANSCRIPT};

    add_session(search, entry, &source, &talk);
    if (entry->message != NULL &&
        (search->wants & (FACTS_HEADERS | FACTS_CONTENT)) != 0) {
        load_body(search->inbox, entry->message->id, search->wants, &raw);
        source.raw = buffer_bytes(&raw);
    }
    facts_make(&source, &arena, &facts);
    facts.verbs = talk.verbs;
    facts.verb_count = talk.verb_count;
    facts.replies = talk.replies;
    facts.reply_count = talk.reply_count;
    bool is_met = match_query(search->request->query, &facts, &arena);
    buffer_free(&raw);
    arena_free(&arena);
    return is_met;
}

/* The row once more, to outlive its chunk. 1 found, 0 gone. */
static int read_again(struct search *search, const struct inbox_entry *entry,
                      struct inbox_entry *kept)
{
    struct index_view *view = index_view(search->inbox->index);
    int found = -1;
    *kept = (struct inbox_entry){0};
    if (view == NULL) {
        return 0;
    }
    if (entry->message != NULL) {
        struct inbox_message *one = arena_new(search->arena, sizeof(*one));
        kept->message = one;
        found =
            index_read_message(view, entry->message->id, search->arena, one);
    } else {
        struct index_ended *one = arena_new(search->arena, sizeof(*one));
        kept->session = &one->session;
        found =
            index_read_session(view, entry->session->id, search->arena, one);
    }
    index_view_end(search->inbox->index, view);
    return found == 1 ? 1 : 0;
}

static void keep(struct search *search, const struct inbox_entry *entry)
{
    struct inbox_list *found = search->found;
    search->matched++;
    if (found->count <= search->request->limit) {
        found->count +=
            (size_t)read_again(search, entry, &found->entries[found->count]);
    }
}

/* The next candidates; how many, -1 failed. */
static int read_chunk(struct search *search, struct index_list *list,
                      struct arena *arena, struct inbox_entry *entries)
{
    struct index_view *view = index_view(search->inbox->index);
    if (view == NULL) {
        return -1;
    }
    int count = index_read_list(view, list, arena, entries);
    index_view_end(search->inbox->index, view);
    return count;
}

/* A page, and the count where it is wanted. */
static bool is_enough(const struct search *search)
{
    bool is_full = search->found->count > search->request->limit;
    return search->matched > COUNT_MOST || (is_full && !search->is_counting);
}

static void judge(struct search *search, const struct inbox_entry *entries,
                  int count, uint64_t *last)
{
    for (int i = 0; i < count && !search->is_cut; i++) {
        *last = listing_key(&entries[i], search->request->kind);
        if (matches(search, &entries[i])) {
            keep(search, &entries[i]);
        }
        search->is_cut = clock_steady_us() > search->until_us;
    }
}

/* One chunk of candidates. How many; -1 failed. */
static int step(struct search *search, struct index_list *list, uint64_t *last)
{
    struct arena arena = {0};
    struct inbox_entry entries[CHUNK];
    int count = read_chunk(search, list, &arena, entries);
    judge(search, entries, count, last);
    if (list->is_upwards) {
        list->above = *last;
    } else {
        list->below = *last;
    }
    arena_free(&arena);
    return count;
}

static enum inbox_result run(struct search *search, struct index_list *list)
{
    uint64_t last = 0;
    list->limit = CHUNK;
    int count = step(search, list, &last);
    while (count == CHUNK && !search->is_cut && !is_enough(search)) {
        count = step(search, list, &last);
    }
    if (count < 0) {
        return INBOX_BROKEN;
    }
    /* Where the search goes on when time ran out before the page was full. */
    if (search->is_cut && search->found->count <= search->request->limit) {
        search->found->next = last;
    }
    return INBOX_OK;
}

enum inbox_result searching_list(struct inbox *inbox,
                                 const struct inbox_list_request *request,
                                 struct arena *arena,
                                 struct inbox_list *list_out)
{
    struct index_list list;
    struct search search = {.inbox = inbox,
                            .request = request,
                            .wants = query_wants(request->query),
                            .until_us = clock_steady_us() + SEARCH_US,
                            .arena = arena,
                            .found = list_out,
                            .is_counting = request->before == 0 &&
                                           request->up_to == 0 &&
                                           request->after == UINT64_MAX};
    listing_bounds(request, &list);
    struct index_view *view = index_view(inbox->index);
    if (view == NULL) {
        return INBOX_BROKEN;
    }
    int known = listing_box(view, request->inbox, &list.box);
    index_view_end(inbox->index, view);
    if (known != 1) {
        return known == 0 ? INBOX_OK : INBOX_BROKEN;
    }
    index_query(request->query, arena, &list);
    list_out->entries = arena_new(arena, ((size_t)request->limit + 1) *
                                             sizeof(*list_out->entries));
    enum inbox_result result = run(&search, &list);
    arena_free(&search.known.arena);
    if (result == INBOX_OK) {
        bool is_counted = !search.is_cut && search.matched <= COUNT_MOST &&
                          search.is_counting;
        list_out->total = is_counted ? search.matched : UINT64_MAX;
        uint64_t next = list_out->next;
        listing_finish(request, list_out);
        list_out->next = list_out->next == 0 ? next : list_out->next;
    }
    return result;
}
