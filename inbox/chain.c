/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "inbox/inside.h"

/* A session's records, each of which names the one before it. */

void chain_follow(struct journal *journal, struct journal_place place,
                  struct arena *arena, struct chain *chain_out)
{
    struct buffer all = {0};
    struct journal_found found;
    while (place.segment != 0 && journal_look(journal, place, &found) == 0 &&
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

/* Names the message that came with the piece in its transaction. */
static void name_message(struct inbox_session *session, uint64_t message,
                         struct arena *arena)
{
    size_t count = session->transaction_count;
    uint64_t *ids =
        arena_new(arena, (session->message_count + 1) * sizeof(*ids));
    if (session->message_count > 0) {
        memcpy(ids, session->messages, session->message_count * sizeof(*ids));
    }
    ids[session->message_count++] = message;
    session->messages = ids;
    struct inbox_transaction *all = arena_new(arena, count * sizeof(*all));
    if (count == 0) {
        return;
    }
    memcpy(all, session->transactions, count * sizeof(*all));
    for (size_t i = count; i > 0; i--) {
        if (all[i - 1].body != 0 && all[i - 1].message == 0) {
            all[i - 1].message = message;
            break;
        }
    }
    session->transactions = all;
}

static int add_piece(struct journal *journal, const struct journal_found *found,
                     struct arena *arena, struct inbox_session *whole,
                     struct bytes *transcript_out)
{
    struct buffer octets = {0};
    if (journal_load(journal, found, &octets) != 0) {
        return -1;
    }
    struct bytes kept = arena_bytes(arena, buffer_bytes(&octets));
    buffer_free(&octets);
    struct record_piece piece;
    struct inbox_session said;
    if (record_read_piece(kept, arena, &piece) != 0 ||
        record_read_session(piece.session, arena, &said) != 0) {
        return -1;
    }
    said.inbox = piece.inbox;
    said.seq = found->key[1];
    if (piece.message != 0) {
        name_message(&said, piece.message, arena);
    }
    record_merge_session(whole, &said, arena);
    *transcript_out = piece.transcript;
    return 0;
}

int chain_session(struct journal *journal, const struct chain *chain,
                  struct arena *arena, struct inbox_session *session_out,
                  struct bytes **pieces_out, size_t *count_out)
{
    struct bytes *pieces = arena_new(arena, chain->count * sizeof(*pieces));
    size_t count = 0;
    *session_out = (struct inbox_session){0};
    for (size_t i = chain->count; i > 0; i--) {
        const struct journal_found *found = &chain->found[i - 1];
        if (found->type != RECORD_BODY &&
            add_piece(journal, found, arena, session_out, &pieces[count]) ==
                0) {
            count++;
        }
    }
    if (pieces_out != NULL) {
        *pieces_out = pieces;
        *count_out = count;
    }
    return count == 0 ? -1 : 0;
}
