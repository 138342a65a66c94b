/* SPDX-License-Identifier: MIT */
#ifndef INBOX_INDEX_INDEX_H
#define INBOX_INDEX_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "inbox/inbox.h"
#include "inbox/journal/journal.h"
#include "inbox/record/record.h"

/* SQLite over the journal: rows for lists, queries and totals, and nothing
 * that the journal could not give again. One thread writes; readers have
 * connections of their own, or, in memory, take turns on the one there is. */

#define INDEX_DEFAULT_BOX 1

struct index;
struct index_view; /* a reader's connection */

/* ---- Opening */

/* How far the index follows the journal. */
struct index_position {
    uint64_t store; /* whose journal */
    uint64_t generation;
    struct journal_place place; /* where the next record begins */
    uint64_t seq;
    uint64_t filled; /* messages up to this id have been read whole */
    uint64_t told;   /* the same of sessions */
};

/* Opens DIR/index.db, or one in memory with `dir` NULL. What is missing, old
 * or broken is made anew, empty: then position->place is {0}. NULL with a line
 * in `error_out`. */
struct index *index_open(const char *dir, struct index_position *position_out,
                         char error_out[INBOX_ERROR_SIZE]);

/* Writes everything, marks the index as whole when `is_clean`; frees. */
void index_close(struct index *index, bool is_clean);

/* Removes the index in `dir`, which nobody has open. */
void index_remove(const char *dir);

/* Forgets every row and begins anew. 0; -1 failed. */
int index_reset(struct index *index);

/* Why the last call failed; the index's own string. */
const char *index_reason(const struct index *index);

/* ---- Writing (the keeper). All return 0, or -1: then index_cancel(). */

/* Begins or goes on with the open transaction (in memory: takes the turn). */
int index_begin(struct index *index);

/* In memory: gives the turn back. In files: the transaction stays open. */
int index_pause(struct index *index);

/* Makes everything since the last commit visible, with `position`. */
int index_commit(struct index *index, const struct index_position *position);

/* Forgets everything since the last commit. */
void index_cancel(struct index *index);

/* Has SQLite found its file damaged? Only index_reset() mends that. */
bool index_is_corrupt(const struct index *index);

/* Is something written and not committed? */
bool index_is_dirty(const struct index *index);

struct index_message {
    uint64_t id;
    uint64_t seq;
    uint32_t box;
    const struct record_body *body;
    struct bytes begin; /* the message's first octets: all, or 64 KB */
    uint64_t size;
    uint32_t head; /* the message's octets begin here in the record's */
    struct journal_place place;
};

/* Adds a message with what its header block says. */
int index_add_message(struct index *index, const struct index_message *message);

struct index_session {
    uint64_t seq;
    uint32_t box;
    const struct inbox_session *session; /* scalars and counts */
    const uint64_t *messages;
    size_t message_count;
    uint64_t alive; /* messages that still exist */
    struct record_tip tip;
};

/* Adds a session that ended. */
int index_add_session(struct index *index, const struct index_session *session);

/* What the keeper must know of a row before it goes. */
struct index_row {
    uint64_t id;
    uint64_t seq;
    uint32_t box;
    uint64_t session; /* of a message */
    uint64_t alive;   /* of a session: messages left */
    bool has_had;     /* of a session: it delivered some */
    struct journal_place place;
    struct journal_place cut; /* of a session, see struct record_tip */
    uint64_t size;
    uint32_t head;
    bool is_read;  /* of a message */
    bool has_tags; /* of a message: some came with it, or were set or cleared */
};

/* 1 found, 0 not, -1 failed. */
int index_find_message(struct index *index, uint64_t id,
                       struct index_row *row_out);
int index_find_session(struct index *index, uint64_t id,
                       struct index_row *row_out);

/* The whole row, as the keeper sees it. */
int index_own_message(struct index *index, uint64_t id, struct arena *arena,
                      struct inbox_message *message_out);

/* A session that ended, and where its records are. */
struct index_ended {
    struct inbox_session session;
    struct record_tip tip;
};

/* The same of a session. */
int index_own_session(struct index *index, uint64_t id, struct arena *arena,
                      struct index_ended *ended_out);

/* Ids of sessions without a message, at most `size`. How many; -1 failed. */
int index_alone(struct index *index, uint64_t *ids_out, int size);

/* Removes the row. */
int index_drop_message(struct index *index, const struct index_row *row);
int index_drop_session(struct index *index, const struct index_row *row);

/* A message of session `id` went: it has one less. */
int index_session_less(struct index *index, uint64_t id);

/* The same when the session stays even with none: then it is an entry of
 * activity itself. */
int index_session_lost(struct index *index, uint64_t id);

/* From one place up to another. */
struct index_span {
    struct journal_place from;
    struct journal_place until;
};

/* Ids of messages whose record begins in `span`, at most `size`; looks at every
 * row. How many; -1 failed. */
int index_between(struct index *index, struct index_span span,
                  uint64_t *ids_out, int size);

/* Where the record is from now on. */
int index_move_message(struct index *index, uint64_t id,
                       struct journal_place place);

/* The session's records begin anew at their copies. */
int index_move_session(struct index *index, uint64_t id, struct record_tip tip);

/* Its records up to `cut` are gone, and with them its messages up to `message`.
 * 0; -1 failed. */
int index_cut_session(struct index *index, uint64_t id,
                      struct journal_place cut, uint64_t message);

struct index_mark {
    bool set_read, read;
    bool set_tags;
    const char *const *tags;
    size_t tag_count;
};

/* Sets read and tags. 1 found, 0 not, -1 failed. */
int index_mark_message(struct index *index, uint64_t id,
                       const struct index_mark *mark);

/* What reading a message whole has said. */
struct index_reading {
    uint64_t id;
    const char *snippet;
    int attachments;
    struct bytes signature; /* packed, of its texts */
};

/* Keeps it. */
int index_fill_message(struct index *index,
                       const struct index_reading *reading);

/* What was said in session `id`: a packed signature, kept while it is there. */
int index_sign_session(struct index *index, uint64_t id, struct bytes bits);

/* The oldest entries of activity (`box` 0: of all), as kinds and ids. Returns
 * how many, -1 failed. */
struct index_oldest {
    enum inbox_list_kind kind;
    uint64_t id;
    int64_t time_us;
};
int index_oldest(struct index *index, uint32_t box,
                 struct index_oldest *oldest_out, int size);

/* Names a box. */
int index_add_box(struct index *index, uint32_t box, const char *name);
int index_drop_box(struct index *index, uint32_t box);

/* What is live in a segment, kept for the next start. */
int index_save_segment(struct index *index, const struct segment *segment);
int index_drop_segment(struct index *index, uint32_t number);
/* Gives every saved segment to `load`. */
int index_load_segments(struct index *index,
                        void (*load)(void *context, const struct segment *one),
                        void *context);

/* ---- Totals (any time, from memory) */

enum index_total {
    INDEX_MESSAGES,
    INDEX_SESSIONS,
    INDEX_ACTIVITY,
    INDEX_BYTES /* octets of messages; of one box alone */
};

/* Exact number of entries in `box` (0: of all). The keeper's view. */
uint64_t index_total(struct index *index, enum index_total kind, uint32_t box);

/* ---- Reading (any thread) */

/* A view of what is committed; NULL: the index cannot answer. Given back with
 * index_view_end(). Keep it less than a millisecond: in memory it is the
 * turn. */
struct index_view *index_view(struct index *index);
void index_view_end(struct index *index, struct index_view *view);

/* Where in the journal a message is. */
struct index_where {
    struct journal_place place;
    uint32_t head;
    uint64_t size;
};

/* Each: 1 found, 0 not, -1 failed. */
int index_read_message(struct index_view *view, uint64_t id,
                       struct arena *arena, struct inbox_message *message_out);
int index_read_where(struct index_view *view, uint64_t id,
                     struct index_where *where_out);
int index_read_session(struct index_view *view, uint64_t id,
                       struct arena *arena, struct index_ended *ended_out);
int index_read_box(struct index_view *view, const char *name,
                   uint32_t *box_out);

/* Leaves in `ids` those of messages that are there, and those above `newest`,
 * of which the view may not know yet. Returns how many. */
size_t index_still_there(struct index_view *view, uint64_t newest,
                         uint64_t *ids, size_t count);

/* Ids above `after` that have not been read whole, at most `size`; -1
 * failed. */
int index_read_unfilled(struct index_view *view, uint64_t after,
                        uint64_t *ids_out, int size);

/* Ids of ended sessions above `after`, ascending, at most `size`; -1 failed. */
int index_read_sessions(struct index_view *view, uint64_t after,
                        uint64_t *ids_out, int size);

/* A stretch of a list, newest first; bounds are exclusive. */
struct index_list {
    enum inbox_list_kind kind;
    uint32_t box;    /* 0: all */
    uint64_t below;  /* id (activity: seq) */
    uint64_t above;  /* id (activity: seq) */
    uint64_t since;  /* only with a greater seq */
    bool is_upwards; /* the entries next above `above`, in ascending order */
    bool is_keys;    /* of each entry id and seq alone */
    unsigned limit;
    const char *filter;         /* SQL over rows of messages, NULL none */
    const char *session_filter; /* the same over rows of sessions */
    const struct bytes *values; /* for its ?1 ?2 ... */
    size_t value_count;
};

/* Reads entries into `entries_out` (room for `limit`); returns how many, -1
 * failed. */
int index_read_list(struct index_view *view, const struct index_list *list,
                    struct arena *arena, struct inbox_entry *entries_out);

/* Exact total of committed entries. -1 failed. */
int64_t index_read_total(struct index_view *view, enum index_total kind,
                         uint32_t box);

/* The id (activity: seq) of the entry with ordinal `at` (0: the newest).
 * 1 found, 0 not, -1 failed. */
int index_read_at(struct index_view *view, const struct index_list *list,
                  uint64_t at, uint64_t *key_out);

#endif
