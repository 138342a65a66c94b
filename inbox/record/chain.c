/* SPDX-License-Identifier: MIT */
#include "inbox/record/chain.h"

#include <string.h>

/* A session's records, each of which names the one before it. */

static bool is_behind(struct journal_place place, struct journal_place cut)
{
    return record_place(place) <= record_place(cut);
}

/* Given up, or in a segment that went: it goes when nothing in it is needed. */
static bool is_gone(struct journal *journal, struct journal_place place,
                    struct journal_place cut)
{
    if (place.segment == 0 || is_behind(place, cut)) {
        return place.segment != 0;
    }
    struct segment *segment = journal_hold(journal, place.segment);
    if (segment != NULL) {
        journal_release(journal, segment);
    }
    return segment == NULL;
}

void chain_follow(struct chain *chain, uint64_t session, struct record_tip tip)
{
    struct buffer all = {0};
    struct journal_found found;
    struct journal_place place = tip.place;
    while (place.segment != 0 && !is_behind(place, tip.cut) &&
           journal_look(chain->journal, place, &found) == 0 &&
           found.key[0] == session &&
           (found.type == RECORD_BODY || found.type == RECORD_PIECE ||
            found.type == RECORD_WHOLE)) {
        unsigned char back[8];
        buffer_add(
            &all, (struct bytes){(const unsigned char *)&found, sizeof(found)});
        if (journal_peek(chain->journal, &found, 0, (struct room){back, 8}) !=
            8) {
            break;
        }
        struct journal_place before = record_place_of(unpack_u64(back));
        /* Records only ever name older ones: anything else is damage. */
        if (record_place(before) >= record_place(place)) {
            break;
        }
        place = before;
    }
    struct bytes copy = arena_bytes(chain->arena, buffer_bytes(&all));
    chain->found = (struct journal_found *)(uintptr_t)copy.at;
    chain->count = copy.size / sizeof(found);
    chain->is_cut = is_gone(chain->journal, place, tip.cut);
    chain->has_start = place.segment == 0;
    buffer_free(&all);
}

static uint64_t newest(const struct inbox_session *session)
{
    uint64_t id = 0;
    for (size_t i = 0; i < session->message_count; i++) {
        id = session->messages[i] > id ? session->messages[i] : id;
    }
    return id;
}

uint64_t chain_message(struct journal *journal,
                       const struct journal_found *found)
{
    unsigned char octets[8];
    struct buffer whole = {0};
    struct arena arena = {0};
    struct record_piece piece;
    struct inbox_session session;
    uint64_t id = 0;
    if (found->type == RECORD_PIECE &&
        journal_peek(journal, found, 8, (struct room){octets, 8}) == 8) {
        id = unpack_u64(octets);
    } else if (found->type == RECORD_WHOLE &&
               journal_load(journal, found, &whole) == 0 &&
               record_read_piece(buffer_bytes(&whole), &arena, &piece) == 0 &&
               record_read_session(piece.session, &arena, &session) == 0) {
        id = newest(&session);
    }
    buffer_free(&whole);
    arena_free(&arena);
    return id;
}

struct telling {
    struct record_merge merge;
    struct bytes *pieces; /* NULL: not wanted */
    size_t count;
    struct arena *arena;
};

static int add_piece(struct journal *journal, const struct journal_found *found,
                     struct telling *telling)
{
    struct buffer octets = {0};
    struct record_piece piece;
    struct inbox_session said;
    int result = journal_load(journal, found, &octets);
    if (result == 0) {
        result =
            record_read_piece(buffer_bytes(&octets), telling->arena, &piece);
    }
    if (result == 0) {
        result = record_read_session(piece.session, telling->arena, &said);
    }
    if (result == 0) {
        said.inbox = piece.inbox;
        said.seq = found->key[1];
        record_merge_add(&telling->merge, &said, piece.message);
        if (telling->pieces != NULL) {
            telling->pieces[telling->count] =
                arena_bytes(telling->arena, piece.transcript);
        }
        telling->count++;
    }
    buffer_free(&octets);
    return result;
}

int chain_session(const struct chain *chain, struct inbox_session *session_out,
                  struct inbox_pieces *pieces_out)
{
    struct telling telling = {.arena = chain->arena};
    bool is_whole = true;
    if (pieces_out != NULL) {
        telling.pieces =
            arena_new(chain->arena, chain->count * sizeof(*telling.pieces));
    }
    for (size_t i = chain->count; i > 0; i--) {
        const struct journal_found *found = &chain->found[i - 1];
        if (found->type != RECORD_BODY &&
            add_piece(chain->journal, found, &telling) != 0) {
            is_whole = false;
        }
    }
    record_merge_end(&telling.merge, chain->arena, session_out);
    session_out->is_lossless =
        session_out->is_lossless && is_whole && !chain->is_cut;
    /* What was copied forward begins with its oldest that was left. */
    bool is_retired = chain->is_cut || (chain->has_start && is_whole);
    session_out->retired_transactions =
        is_retired ? session_out->first_transaction - 1 : 0;
    if (pieces_out != NULL) {
        *pieces_out = (struct inbox_pieces){telling.pieces, telling.count};
    }
    return telling.count == 0 ? -1 : 0;
}
