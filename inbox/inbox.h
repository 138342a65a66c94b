/* SPDX-License-Identifier: MIT */
#ifndef INBOX_INBOX_H
#define INBOX_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/base/inbox_name.h"
#include "inbox/base/memory.h"

/* The public face of what is kept. The keeper thread behind it appends every
 * message and transcript to the journal (the truth), acknowledges, then
 * indexes. Any thread may call; who may call what is said in each section.
 * Nothing here knows SMTP or HTTP. */

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

/* ---- What was said: shared by writing and reading. Strings are UTF-8 or raw
 * octets as they came (NUL-free); lists may be empty. */

struct inbox_param {
    const char *keyword;
    const char *value; /* NULL: none */
};

struct inbox_recipient {
    const char *address;
    const char *raw; /* as sent, with brackets */
    const struct inbox_param *params;
    size_t param_count;
    uint16_t code; /* of the reply */
};

/* One MAIL up to its last reply. */
struct inbox_transaction {
    const char *from; /* "" is the null sender */
    const char *from_raw;
    const struct inbox_param *params;
    size_t param_count;
    const struct inbox_recipient *recipients; /* accepted and refused */
    size_t recipient_count;
    uint16_t code;      /* of the end of data; 0 before it */
    uint64_t body;      /* number of its body in the session, 0 none */
    uint64_t message;   /* id, 0 none (filled by reading) */
    uint64_t size;      /* octets of its body */
    uint16_t mail_code; /* of the reply to MAIL */
};

/* Something the diagnosis says; severity and source are the catalogue's. */
struct inbox_finding {
    const char *check;
    uint32_t count;
    const char *text;
    uint32_t event;       /* number in the transcript, 0 none */
    uint32_t transaction; /* number from 1, 0: of the session */
    uint8_t dir;          /* enum transcript_dir */
    uint64_t offset;
    uint64_t length;
};

struct inbox_counts {
    uint32_t error;
    uint32_t warning;
    uint32_t notice; /* "info" in the API */
};

/* Whom a session waited for, from its opening to its last octet or its close.
 * All 0: not known, a store of an older version has it. */
struct inbox_waits {
    uint64_t client_us;
    uint64_t server_us;
    uint64_t tls_us; /* handshakes */
};

/* A session as its transcript knows it; written again with each of its pieces.
 * transactions[0] has number `first_transaction`: those before it were said by
 * earlier pieces and stay; what earlier pieces said of transactions (and of
 * their findings) from that number on is replaced. Findings of the session
 * itself (transaction 0) are always all there. So a connection kept for
 * thousands of messages costs each of them only its own. Reading gives all from
 * `first_transaction` on: 1, or more when the oldest were retired. */
struct inbox_session {
    uint64_t id;
    uint64_t seq;      /* of its end; 0 while live */
    const char *inbox; /* name */
    bool is_live;
    bool is_fault;        /* a fault rule touched it */
    const char *listener; /* "127.0.0.1:2525" */
    const char *peer;
    const char *local;
    int64_t opened_at_us;
    int64_t closed_at_us;     /* 0 while live */
    const char *outcome;      /* words of the API; NULL while live */
    const char *close_reason; /* NULL while live */
    const char *helo;         /* NULL none */
    const char *helo_verb;    /* "EHLO" "HELO" "LHLO", NULL none */
    const char *tls;          /* JSON text of an object, NULL none */
    const char *auth;         /* JSON text of an object, NULL none */
    const char *proxy;        /* JSON text of an object, NULL none */
    const char *refusal;      /* the first reply of 4xx or 5xx, the same way */
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint32_t commands;
    uint32_t errors;         /* 4xx and 5xx replies */
    uint64_t slowest_gap_us; /* longest wait for the client */
    struct inbox_waits waits;
    bool is_lossless;
    uint32_t first_transaction;                   /* from 1 */
    const struct inbox_transaction *transactions; /* lists: none */
    size_t transaction_count;
    const struct inbox_finding *findings; /* lists: none */
    size_t finding_count;
    struct inbox_counts finding_counts; /* filled by reading */
    uint32_t retired_transactions;      /* of these; filled by reading */
    uint32_t accepted;                  /* recipients; filled by reading */
    uint32_t refused;                   /* recipients; filled by reading */
    const uint64_t *messages;           /* ids, filled by reading */
    size_t message_count;
};

struct inbox_mailbox {
    const char *name; /* decoded display name, "" none */
    const char *address;
};

/* A message as lists show it. */
struct inbox_message {
    uint64_t id;
    uint64_t seq; /* of its capture */
    const char *inbox;
    uint64_t session;     /* 0: it came by POST */
    uint32_t transaction; /* number from 1 in the session */
    uint64_t body;        /* number of its body in the session */
    int64_t received_at_us;
    uint64_t size;      /* unstuffed octets */
    uint64_t wire_size; /* with dots and final dot line; 0 by POST */
    bool is_bdat;
    bool is_smtputf8;
    const char *body_type; /* "7bit" "8bitmime" "binarymime", NULL not said */
    const char *envelope_from;      /* NULL: none (POST without) */
    const char *const *envelope_to; /* accepted recipients */
    size_t envelope_to_count;
    struct inbox_mailbox from; /* address NULL: no From */
    const struct inbox_mailbox *to;
    size_t to_count;
    const struct inbox_mailbox *cc;
    size_t cc_count;
    const char *subject;    /* decoded; NULL none */
    const char *message_id; /* NULL none */
    int64_t date_us;        /* INT64_MIN none */
    const char *snippet;    /* NULL: not read yet */
    int attachments;        /* -1: not read yet */
    bool is_read;
    const char *const *tags;
    size_t tag_count;
    struct inbox_counts findings;
};

/* ---- Writing (the loop; inbox_keep_now() from http for POST) */

/* A number for a session that opens; never used before in this store. */
uint64_t inbox_session_id(struct inbox *inbox);

/* A message while it arrives, in memory. */
struct inbox_draft;

/* A new draft; `expected_bytes` (SIZE=, 0 unknown) spares growing. NULL when
 * all drafts together would exceed max_draft_bytes. */
struct inbox_draft *inbox_draft_new(struct inbox *inbox,
                                    uint64_t expected_bytes);

/* Appends octets; `dots` are positions in `run` before which a stuffing dot
 * had stood. -1 when the drafts' limit is reached: what is there stays. */
int inbox_draft_add(struct inbox_draft *draft, struct bytes run,
                    const uint32_t *dots, size_t dot_count);

/* Octets so far. */
uint64_t inbox_draft_size(const struct inbox_draft *draft);

/* Frees a draft that nobody wants; NULL is allowed. */
void inbox_draft_drop(struct inbox_draft *draft);

/* Is the disk so slow that no more mail should come? Any thread. */
bool inbox_is_stuck(struct inbox *inbox);

/* What is handed to the keeper in one go. Everything pointed to is copied or
 * encoded before the call returns, `draft` is taken over. */
struct inbox_delivery {
    struct inbox_draft *draft; /* NULL: only a piece of transcript */
    bool is_message;           /* false: a refused or aborted body, kept only
                                * for the transcript */
    const struct inbox_session *session; /* as it is now; NULL by POST */
    struct bytes piece;                  /* transcript since the last piece */
    uint32_t transaction; /* number from 1 of what the draft came in */
    uint64_t body;        /* number of the draft in the session, from 1 */
    const struct inbox_transaction *envelope; /* with a message; by POST too */
    bool is_bdat;
    bool is_aborted; /* body: the client went away inside it */
    uint64_t wire_size;
    const char *inbox; /* bound by the listener; NULL: routed by the
                                * login, recipients, default (API "Inboxes") */
    const char *login; /* AUTH user name for routing, NULL none */
    uint64_t ticket;   /* comes back in the answer; 0: none wanted */
};

/* Takes `delivery`; the keeper is told with the next inbox_push(), of all that
 * the loop heard of in one turn. Never blocks on I/O. */
void inbox_keep_soon(struct inbox *inbox, struct inbox_delivery *delivery);

/* Hands over what inbox_keep_soon() gathered. Only the loop, each turn. What
 * could be kept without waiting (in memory, as a rule) has its answer at once:
 * inbox_answers() gives it, nobody is woken for it. */
void inbox_push(struct inbox *inbox);

enum inbox_verdict {
    INBOX_KEPT,  /* the journal holds it */
    INBOX_FULL,  /* no room: 452 4.3.1 */
    INBOX_FAILED /* the store cannot write: 452 4.3.1 with the reason */
};

struct inbox_answer {
    uint64_t ticket;
    uint64_t message; /* its id */
    enum inbox_verdict verdict;
    char reason[120];            /* INBOX_FULL, INBOX_FAILED: why */
    char inbox[INBOX_NAME_SIZE]; /* name of the inbox it went to */
};

/* Takes one from a thread that may wait (not the loop): returns when the message
 * is kept and queries see it, or was refused. */
void inbox_keep_now(struct inbox *inbox, struct inbox_delivery *delivery,
                    struct inbox_answer *answer_out);

/* `wake` runs on the keeper's thread whenever answers wait; it must only nudge
 * (uv_async_send). Set before the first delivery; NULL takes it away: it
 * does not run any more when this returns. */
void inbox_on_answers(struct inbox *inbox, void (*wake)(void *context),
                      void *context);

/* Takes at most `size` answers; returns how many. Only the loop. */
size_t inbox_answers(struct inbox *inbox, struct inbox_answer *answers_out,
                     size_t size);

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

/* ---- Changing (reader threads: blocks until the keeper has done it) */

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
 * with their messages. Returns how many messages (kind INBOX_MESSAGES), or
 * entries, went; -1 failed. */
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
