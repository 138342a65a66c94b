/* SPDX-License-Identifier: MIT */
#ifndef INBOX_RECORD_RECORD_H
#define INBOX_RECORD_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "inbox/base/pack.h"
#include "inbox/inbox.h"
#include "inbox/journal/journal.h"

/* What the journal's records mean: their types and how their octets are made
 * and read. Pure.
 *
 *   MESSAGE  key: id, seq. size[4] inbox meta, then the octets as sent; size
 *            is that of inbox and meta
 *   BODY     key: session, number. back[8] size[4] meta, then the octets of a
 *            message that was refused or broken off
 *   PIECE    key: session, seq of its end (0 live). back[8] message[8]
 *            size[4] inbox session, then a piece of transcript
 *   WHOLE    as PIECE: all pieces of a session in one, bodies excepted
 *   DELETED  key: first seq, count. ids of messages, of sessions; then, of
 *            sessions that lost their oldest pieces: how many, and of each
 *            session, newest message that went, place up to which
 *   MARKED   key: first seq, count. what was set, ids
 *   COUNTERS key: next session, next message. next seq, epoch
 *   BOXES    key: seq (0: none), 0. all inboxes
 *   OPEN     key: count, 0. sessions that are open: id and last place of
 *            each; then, of each, the place up to which its records are gone
 *
 * `back` is the place of the session's record before this one. */
enum record_type {
    RECORD_MESSAGE = 1,
    RECORD_BODY,
    RECORD_PIECE,
    RECORD_WHOLE,
    RECORD_DELETED,
    RECORD_MARKED,
    RECORD_COUNTERS,
    RECORD_BOXES,
    RECORD_OPEN
};

#define RECORD_PREFIX_MESSAGE 4
#define RECORD_PREFIX_BODY 12
#define RECORD_PREFIX_PIECE 20

/* A place as one number, for prefixes and the index. */
uint64_t record_place(struct journal_place place);
struct journal_place record_place_of(uint64_t packed);

/* A session's records from the newest at `place` back; those up to `cut` are
 * gone. */
struct record_tip {
    struct journal_place place;
    struct journal_place cut;
};

/* ---- Messages and bodies */

/* What is kept beside a message's octets. Texts live in an arena. */
struct record_body {
    const char *inbox; /* of a message */
    int64_t received_at_us;
    uint64_t session;
    uint32_t transaction;
    uint64_t number; /* of the body in the session */
    uint64_t wire_size;
    bool is_bdat;
    bool is_aborted;
    bool is_smtputf8;
    const char *body_type;
    const char *from;
    const char *const *to;
    size_t to_count;
    struct inbox_counts findings;
    uint64_t dot_count;
    struct bytes dots; /* packed distances */
};

/* Appends the meta of `delivery`, which has a draft with the packed `dots`. */
void record_pack_body(struct buffer *out, const struct inbox_delivery *delivery,
                      int64_t received_at_us);

/* Reads the octets of a MESSAGE (`is_message`) or BODY up to the message's
 * own. Returns where those begin in `octets`, 0 when it is damaged. */
size_t record_read_body(struct bytes octets, bool is_message,
                        struct arena *arena, struct record_body *body_out);

/* The positions of the dots, in `arena`. */
uint64_t *record_dots(const struct record_body *body, struct arena *arena);

/* ---- Sessions */

/* A piece's octets apart. */
struct record_piece {
    struct journal_place back;
    uint64_t message; /* id of the message that came with it, 0 none */
    const char *inbox;
    struct bytes session;    /* packed, record_read_session() */
    struct bytes transcript; /* the piece */
};

/* Appends `session`: its scalars, transactions and findings. */
void record_pack_session(struct buffer *out,
                         const struct inbox_session *session);

/* Splits the octets of a PIECE or WHOLE. 0; -1 damaged. */
int record_read_piece(struct bytes octets, struct arena *arena,
                      struct record_piece *piece_out);

/* Reads a packed session, as it was said in one piece. 0; -1 damaged. */
int record_read_session(struct bytes octets, struct arena *arena,
                        struct inbox_session *session_out);

/* A session while it is put together from what its pieces say. {0} is ready;
 * record_merge_end() frees it. */
struct record_merge {
    struct inbox_session session; /* scalars */
    uint32_t first_transaction;   /* of the oldest piece; 0: none yet */
    struct buffer transactions;
    struct buffer settled; /* findings */
    struct buffer latest;  /* findings that the next piece says again */
    struct buffer messages;
};

/* Lays what a later piece says over what earlier ones said; `message` came with
 * it, 0 none. */
void record_merge_add(struct record_merge *merge,
                      const struct inbox_session *later, uint64_t message);

/* The whole session; lists in `arena`. */
void record_merge_end(struct record_merge *merge, struct arena *arena,
                      struct inbox_session *session_out);

/* Counts of `session`'s findings for `transaction` (0: all of them), by the
 * catalogue's severity. */
struct inbox_counts record_findings(const struct inbox_session *session,
                                    uint32_t transaction);

/* The scalars alone, for a row of the index. */
void record_pack_scalars(struct buffer *out,
                         const struct inbox_session *session);
void record_read_scalars(struct unpack *from, struct arena *arena,
                         struct inbox_session *session_out);

/* ---- Lists of ids */

/* Appends ids (ascending or not) as distances. */
void record_pack_ids(struct buffer *out, const uint64_t *ids, size_t count);

/* Reads them into `arena`; returns how many. */
size_t record_read_ids(struct unpack *from, struct arena *arena,
                       uint64_t **ids_out);

#endif
