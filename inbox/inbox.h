/* SPDX-License-Identifier: MIT */
#ifndef INBOX_INBOX_H
#define INBOX_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/base/inbox_name.h"
#include "inbox/base/memory.h"
#include "inbox/keeping.h"
#include "inbox/said.h"

/* The public face of what is kept: opening, reading, changing. What is kept is
 * in said.h, how it is handed over in keeping.h.
 *
 * The keeper thread behind it appends every message and transcript to the
 * journal (the truth), acknowledges, then indexes. Any thread may call; who may
 * call what is said in each section. Nothing here knows SMTP or HTTP. */

struct inbox;
struct query; /* inbox/query/query.h */

enum inbox_durability {
    INBOX_PROCESS, /* survives the end of the process, however it came */
    INBOX_POWER    /* fdatasync before a message is acknowledged */
};

struct inbox_options {
    const char *dir; /* NULL: in memory, nothing touches the disk */
    enum inbox_durability durability;
    uint64_t max_messages;    /* 0: no limit */
    uint64_t max_bytes;       /* 0: no limit */
    uint64_t max_age_us;      /* 0: no limit */
    uint64_t max_draft_bytes; /* all drafts together */
};

#define INBOX_ERROR_SIZE 512

/* Opens (and creates, or recovers) the store. Returns NULL with one line in
 * `error_out` that says what is wrong and what to do. Freed by inbox_close().
 */
struct inbox *inbox_open(const struct inbox_options *options,
                         char error_out[INBOX_ERROR_SIZE]);

/* Builds the index of the store in `dir` anew from its journal; nobody else may
 * hold it. Returns how many messages there are, -1 with a line in
 * `error_out`. */
int64_t inbox_reindex(const char *dir, char error_out[INBOX_ERROR_SIZE]);

/* Keeps everything that was handed over, stops the keeper and frees it. */
void inbox_close(struct inbox *inbox);

/* ---- Numbers */

/* The newest change that is acknowledged. */
uint64_t inbox_seq(struct inbox *inbox);

/* The newest change that queries see. Grows to inbox_seq() by itself. */
uint64_t inbox_indexed_seq(struct inbox *inbox);

/* Waits (a reader thread, never http's) until queries see `seq`. 0; -1 after
 * `limit_ms`: indexing fails or is slow, `reason_out` says which. */
int inbox_wait_indexed(struct inbox *inbox, uint64_t seq, unsigned limit_ms,
                       char reason_out[INBOX_ERROR_SIZE]);

/* Waits (a reader thread) until everything that was handed over before is kept
 * and queries see it, or cannot be. */
void inbox_settle(struct inbox *inbox);

/* `changed` runs on the keeper's thread after each batch that queries see; it
 * must only nudge. At most 4 listeners; set before traffic. */
void inbox_on_change(struct inbox *inbox, void (*changed)(void *context),
                     void *context);

/* Takes the listeners with this `context` away; none of them runs any more
 * once it has returned (webui stops before the inbox closes). */
void inbox_off_change(struct inbox *inbox, const void *context);

/* Somebody follows the changes (+1) or no longer does (-1): while anybody does,
 * changes become visible at once, not bundled for up to 10 ms. */
void inbox_follow(struct inbox *inbox, int change);

struct inbox_state {
    uint64_t seq;
    uint64_t epoch; /* differs when the store was started anew */
    int64_t started_at_us;
    const char *kind; /* "memory" or "disk" */
    const char *path; /* NULL in memory; the inbox's own string */
    uint64_t messages;
    uint64_t sessions;
    uint64_t bytes;            /* of the journal's live records */
    uint64_t space;            /* of the journal, dead records too */
    uint64_t retired_messages; /* since the start */
    uint64_t retired_sessions;
    uint64_t damaged_records; /* found since the start */
    uint64_t draft_bytes;
    bool is_failing;                /* the last write failed */
    char failure[INBOX_ERROR_SIZE]; /* why, "" when not */
};

/* How the store is now. Cheap. */
void inbox_state(struct inbox *inbox, struct inbox_state *state_out);

/* ---- Reading (http and reader threads). Results live in `arena`. Queries see
 * what inbox_indexed_seq() says. */

enum inbox_list_kind { INBOX_MESSAGES, INBOX_SESSIONS, INBOX_ACTIVITY };

struct inbox_list_request {
    enum inbox_list_kind kind;
    const struct query *query; /* NULL: all */
    const char *inbox;         /* NULL: all */
    unsigned limit;            /* 1-500 */
    uint64_t before;           /* id (activity: seq); 0 none */
    uint64_t after;            /* id (activity: seq); UINT64_MAX none */
    uint64_t at;               /* ordinal from 0; UINT64_MAX none */
    uint64_t since;            /* only captured after this seq; 0 none */
    uint64_t up_to;            /* only ids (activity: seqs) up to; 0 none */
};

struct inbox_entry {
    const struct inbox_message *message; /* or */
    const struct inbox_session *session; /* without transactions */
};

struct inbox_list {
    struct inbox_entry *entries; /* newest first */
    size_t count;
    uint64_t total; /* UINT64_MAX: not counted */
    uint64_t next;  /* for the same parameter; 0: the end */
    uint64_t seq;   /* the list is as of this change */
};

enum inbox_result {
    INBOX_OK,
    INBOX_NOT_FOUND,
    INBOX_BROKEN /* the index cannot answer: 503 */
};

/* Lists. */
enum inbox_result inbox_list(struct inbox *inbox,
                             const struct inbox_list_request *request,
                             struct arena *arena, struct inbox_list *list_out);

/* One message's summary. */
enum inbox_result inbox_message(struct inbox *inbox, uint64_t id,
                                struct arena *arena,
                                struct inbox_message *message_out);

/* One session, whole (a live one that has handed over a piece too). */
enum inbox_result inbox_session(struct inbox *inbox, uint64_t id,
                                struct arena *arena,
                                struct inbox_session *session_out);

/* Open sessions. */
struct inbox_open {
    struct inbox_session **items;
    size_t count;
};

/* Fills in which messages each has delivered that are still there; nothing
 * while the keeper is stuck. Settles (inbox_settle()) on the way. */
void inbox_open_messages(struct inbox *inbox, const struct inbox_open *open,
                         struct arena *arena);

struct inbox_pieces {
    struct bytes *items;
    size_t count;
};

/* The pieces of a session's transcript, in order. */
enum inbox_result inbox_pieces(struct inbox *inbox, uint64_t session,
                               struct arena *arena,
                               struct inbox_pieces *pieces_out);

/* An open body: keeps its octets readable until closed, deleted or not. */
struct inbox_body;

/* Opens a message's octets; NULL: not found. */
struct inbox_body *inbox_body_open(struct inbox *inbox, uint64_t message);

/* Opens body number `body` of a session (kept, refused or aborted); NULL: not
 * there any more. */
struct inbox_body *inbox_session_body(struct inbox *inbox, uint64_t session,
                                      uint64_t body);

/* How many octets the message has. */
uint64_t inbox_body_size(const struct inbox_body *body);

/* Copies octets from `offset`; returns how many, 0 at the end or when they
 * cannot be read. */
size_t inbox_body_read(struct inbox_body *body, uint64_t offset,
                       unsigned char *into, size_t size);

/* Where dots had been removed: body offsets, ascending; owned by the body. */
const uint64_t *inbox_body_dots(const struct inbox_body *body,
                                size_t *count_out);

/* Closes what inbox_body_open() or inbox_session_body() gave. */
void inbox_body_close(struct inbox_body *body);

/* ---- Changing (reader threads: blocks until the keeper has done it, or is
 * stuck in a write of something else: then it is not done, or in part) */

struct inbox_change {
    enum inbox_list_kind kind; /* what ids and query speak of */
    uint64_t id;               /* one, 0: all that match */
    const struct query *query; /* NULL: all */
    const char *inbox;         /* NULL: all */
    uint64_t up_to;            /* id (activity: seq); UINT64_MAX: no bound */
    bool set_read, read;
    bool set_tags;
    const char *const *tags;
    size_t tag_count;
};

/* Sets read and tags of messages. Returns how many were found, -1 failed
 * (`reason_out`). */
int64_t inbox_mark(struct inbox *inbox, const struct inbox_change *change,
                   char reason_out[INBOX_ERROR_SIZE]);

/* Deletes; messages with their closed session when it was their last, sessions
 * with their messages. Returns how many went of what the list of this kind
 * counts, not of what went along; -1 failed. */
int64_t inbox_delete(struct inbox *inbox, const struct inbox_change *change,
                     char reason_out[INBOX_ERROR_SIZE]);

/* ---- Inboxes */

struct inbox_box {
    const char *name;
    uint64_t messages;
    uint64_t bytes;        /* octets of these */
    uint64_t max_messages; /* 0 none; as the limits of the whole store: */
    uint64_t max_bytes;    /* its oldest go, and a session without a message */
    uint64_t max_age_us;   /* counts as one of no octets */
    int64_t expires_at_us; /* 0 never */
    bool is_created;       /* false: default, or only a listener's */
};

/* Creates or changes one. 0; -1 failed (`reason_out`). */
int inbox_box_create(struct inbox *inbox, const struct inbox_box *box,
                     char reason_out[INBOX_ERROR_SIZE]);

/* Deletes one with its messages. Returns messages that went; -1 failed. */
int64_t inbox_box_delete(struct inbox *inbox, const char *name,
                         char reason_out[INBOX_ERROR_SIZE]);

/* All inboxes, by name. */
enum inbox_result inbox_boxes(struct inbox *inbox, struct arena *arena,
                              struct inbox_box **boxes_out, size_t *count_out);

/* ---- Changes: what waits and event streams follow */

enum inbox_happening {
    INBOX_HAPPENED_MESSAGE,
    INBOX_HAPPENED_SESSION, /* ended */
    INBOX_HAPPENED_CHANGED, /* read, tags */
    INBOX_HAPPENED_DELETED, /* a message or session went */
    INBOX_HAPPENED_BOX
};

struct inbox_event {
    uint64_t seq;
    uint64_t id;
    enum inbox_happening happening;
    enum inbox_list_kind kind; /* what `id` is (DELETED) */
    char inbox[INBOX_NAME_SIZE];
    bool is_gone; /* BOX: deleted */
};

/* Where changes are copied to. */
struct inbox_events {
    struct inbox_event *items;
    size_t size;  /* of `items`; both are the caller's */
    bool has_gap; /* set: older ones were asked for than there are (10,000) */
};

/* Copies changes after `since` (ascending) that queries see. Returns how many.
 */
size_t inbox_events(struct inbox *inbox, uint64_t since,
                    struct inbox_events *events);

#endif
