/* SPDX-License-Identifier: MIT */
#include "inbox/record/chain.h"

#include <string.h>

/* A session's records, each of which names the one before it. */

void chain_follow(struct journal *journal, uint64_t session,
                  struct journal_place place, struct arena *arena,
                  struct chain *chain_out)
{
    struct buffer all = {0};
    struct journal_found found;
    while (place.segment != 0 && journal_look(journal, place, &found) == 0 &&
           found.key[0] == session &&
           (found.type == RECORD_BODY || found.type == RECORD_PIECE ||
            found.type == RECORD_WHOLE)) {
        unsigned char back[8];
        buffer_add(
            &all, (struct bytes){(const unsigned char *)&found, sizeof(found)});
        if (journal_peek(journal, &found, 0, back, 8) != 8) {
            break;
        }
        struct journal_place before = record_place_of(unpack_u64(back));
        /* Records only ever name older ones: anything else is damage. */
        if (record_place(before) >= record_place(place)) {
            break;
        }
        place = before;
    }
    struct bytes copy = arena_bytes(arena, buffer_bytes(&all));
    chain_out->found = (struct journal_found *)(uintptr_t)copy.at;
    chain_out->count = copy.size / sizeof(found);
    buffer_free(&all);
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

int chain_session(struct journal *journal, const struct chain *chain,
                  struct arena *arena, struct inbox_session *session_out,
                  struct bytes **pieces_out, size_t *count_out)
{
    struct telling telling = {.arena = arena};
    bool is_whole = true;
    if (pieces_out != NULL) {
        telling.pieces =
            arena_new(arena, chain->count * sizeof(*telling.pieces));
    }
    for (size_t i = chain->count; i > 0; i--) {
        const struct journal_found *found = &chain->found[i - 1];
        if (found->type != RECORD_BODY &&
            add_piece(journal, found, &telling) != 0) {
            is_whole = false;
        }
    }
    record_merge_end(&telling.merge, arena, session_out);
    session_out->is_lossless = session_out->is_lossless && is_whole;
    if (pieces_out != NULL) {
        *pieces_out = telling.pieces;
        *count_out = telling.count;
    }
    return telling.count == 0 ? -1 : 0;
}
