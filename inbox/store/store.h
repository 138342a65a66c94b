/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_H
#define INBOX_STORE_H

#include <pthread.h>
#include <stdatomic.h>

#include "inbox/inbox.h"
#include "inbox/index/index.h"
#include "inbox/journal/journal.h"
#include "inbox/record/chain.h"
#include "inbox/record/draft.h"
#include "inbox/record/record.h"
#include "inbox/store/live.h"

/* The inbox as its own files see it. Unless a lock is named, a member belongs
 * to who holds `writing`. */

#define INBOX_NAME_SIZE 65

struct box {
    uint32_t id;
    char name[INBOX_NAME_SIZE];
    uint64_t max_messages;
    uint64_t max_bytes;
    uint64_t max_age_us;
    int64_t expires_at_us;
    bool is_created;
};

enum job_kind {
    JOB_DELIVERY,
    JOB_CALL,
    JOB_TALK,    /* session `message` was read: `meta` is its signature */
    JOB_DAMAGED, /* `message` cannot be read at the packed place `seq` */
    JOB_FILL     /* `message` was read: `piece` the snippet,
              * `meta` the signature, `body` attachments */
};

/* A question to the keeper whose asker waits; run in steps. */
struct call {
    /* One bounded step. 1: go on later, 0: done. */
    int (*step)(struct inbox *inbox, struct call *call);
    const void *asked; /* what the kind of call needs */
    void *state;
    size_t at; /* how far it is */
    int64_t result;
    char *reason; /* INBOX_ERROR_SIZE */
    bool is_idle; /* changes nothing itself */
    bool is_done; /* under the queue's lock */
    struct call *next;
};

/* What waits for the keeper. */
struct job {
    struct job *next;
    enum job_kind kind;
    struct call *call;           /* of a delivery: its giver waits, or NULL */
    struct inbox_answer *answer; /* for that giver */
    /* A delivery: */
    struct inbox_draft *draft;
    bool is_message;
    bool is_end; /* of the session */
    uint64_t ticket;
    uint64_t session; /* 0 none */
    uint64_t body;
    uint32_t first_transaction;
    struct buffer meta;    /* record_pack_body() */
    struct buffer said;    /* record_pack_session() */
    struct buffer tallies; /* live_count() */
    struct buffer piece;
    char bound[INBOX_NAME_SIZE];
    char login[INBOX_NAME_SIZE];
    char plus[INBOX_NAME_SIZE];
    /* While it is written: */
    uint32_t box;
    uint64_t message;
    uint64_t seq;
    uint64_t end_seq;
    size_t body_entry; /* in the batch, plus 1; 0 none */
    size_t piece_entry;
    struct buffer body_prefix;
    struct buffer piece_prefix;
};

/* What the journal holds and the index is to have: a message, or a session that
 * ended. */
struct kept {
    uint64_t id;
    uint64_t seq;
    uint32_t box;
    struct live *ended; /* the session; NULL: a message */
    struct journal_place place;
    struct bytes said; /* the record's octets before the mail; of a session:
                        * its scalars */
    struct bytes mail; /* its beginning, unless it is in `draft` */
    const struct inbox_draft *draft;
    uint64_t size; /* of the mail */
};

struct kept_list {
    struct kept *items;
    size_t count;
    size_t capacity;
};

#define RING_SIZE 10000

/* The newest changes. */
struct ring {
    struct inbox_event *events; /* RING_SIZE, by seq */
    uint64_t first;             /* oldest seq that is held; 0 none */
    uint64_t last;
    pthread_mutex_t lock;
};

struct listener {
    void (*changed)(void *context);
    void *context;
};

struct inbox {
    struct inbox_options options;
    char *dir; /* NULL in memory */
    int lock_file;
    int64_t started_at_us;
    uint64_t epoch;
    struct journal *journal;
    struct index *index;
    struct draft_room drafts;
    pthread_t thread;
    bool is_started;

    /* Who appends to the journal holds it, and before any other lock: the
     * keeper in its turns; in memory, where nothing waits for a disk, the loop
     * too when it is free. */
    pthread_mutex_t writing;

    /* The queue, under `lock`. */
    pthread_mutex_t lock;
    pthread_cond_t wake;      /* the keeper: something came */
    pthread_cond_t fill_wake; /* the filler: stop */
    pthread_cond_t fill_more; /* the filler: there is something new */
    pthread_cond_t answered;  /* callers: a call is done, or seq was indexed */
    struct job *first;
    struct job **last;
    bool is_stopping;
    _Atomic bool is_fill_stopping;
    bool is_waiting;  /* the keeper does */
    bool is_napping;  /* it does for a few milliseconds at most */
    bool is_reminded; /* something was kept that is not indexed */
    bool is_wanted;   /* a reader waits for what is not committed yet */

    /* What the loop gathers for one inbox_push(); the loop's alone. */
    struct job *gathered;
    struct job **gathered_last;
    _Atomic uint64_t handed; /* deliveries that the keeper has not written */

    /* Answers to the loop, under answer_lock. */
    pthread_mutex_t answer_lock;
    struct inbox_answer *answers;
    size_t answer_count;
    size_t answer_capacity;

    /* Who is told of them, under wake_lock: the nudge is a system call, and
     * whom it wakes must not find the lock of the answers taken. */
    pthread_mutex_t wake_lock;
    void (*answer_wake)(void *context);
    void *answer_context;

    struct listener listeners[4]; /* under listener_lock */
    pthread_mutex_t listener_lock;
    size_t listener_count;

    /* Numbers that any thread reads. */
    _Atomic uint64_t seq;
    _Atomic uint64_t indexed_seq;
    _Atomic uint64_t next_session;
    _Atomic uint64_t message_total;
    _Atomic uint64_t session_total;
    _Atomic uint64_t retired_messages;
    _Atomic uint64_t retired_sessions;
    _Atomic uint64_t damaged;
    _Atomic uint64_t space; /* of the journal, as last looked at */

    /* Why it fails, under state_lock. */
    pthread_mutex_t state_lock;
    bool is_failing;
    char failure[INBOX_ERROR_SIZE];

    /* The keeper's. */
    struct live_table live;
    struct box *boxes; /* changed under box_lock */
    size_t box_count;
    uint32_t next_box;
    pthread_mutex_t box_lock;
    struct ring ring;
    struct journal_batch batch;
    struct kept_list kept; /* what the index lacks, in order */
    uint64_t next_message;
    uint64_t next_seq;
    uint64_t reserved_sessions; /* ids below it may be given out */
    bool has_reserve;
    int64_t reserve_at_us; /* when it may be tried again */
    bool is_behind;        /* the index lacks something */
    bool is_space_known;   /* what is live in each segment was counted */
    bool is_replaying;     /* what happened is told again */
    int64_t retry_at_us;
    int64_t dirty_since_us;
    struct index_position position; /* of what is committed */
    uint64_t filled;
    int64_t busy_at_us;        /* when mail came last */
    struct kept_list indexing; /* the keeper's alone */
    struct job *late;          /* pieces that could not be written yet */
    size_t late_bytes;
    int64_t swept_at_us;
    uint32_t compacting; /* segment whose rest is being copied, 0 none */
    uint64_t compact_offset;
    uint64_t *orphans; /* sessions whose messages all went while open */
    size_t orphan_count;
    struct call *calls; /* asked and not done, in order */
    struct buffer scratch;
    _Atomic unsigned followers;

    /* The filler's. */
    pthread_t fill_thread;
    bool is_fill_started;
    _Atomic uint64_t fill_from; /* ids up to it have been read whole */
    _Atomic uint64_t talk_from; /* the same of sessions */
};

/* ---- keeper.c */

/* Starts the keeper's thread. 0; -1 failed. */
int keeper_start(struct inbox *inbox);

/* Tells a waiting giver or asker that it is done. */
void keeper_done(struct inbox *inbox, struct call *call);

/* Lets it write what waits, and ends it. */
void keeper_stop(struct inbox *inbox);

/* Hands over a list of jobs; `last` is where its end points on. */
void keeper_give(struct inbox *inbox, struct job *first, struct job **last);

/* Asks and waits. Returns the call's result. */
int64_t keeper_ask(struct inbox *inbox, struct call *call);

/* Frees a delivery with what it holds. */
void keeper_free_job(struct job *job);

/* Makes what is indexed visible to readers. 0; -1 failed. */
int keeper_commit(struct inbox *inbox);

/* The index failed: its transaction is lost, it is caught up later. */
void keeper_index_failed(struct inbox *inbox);

/* Notes why writing fails; `reason` NULL: it works again. */
void keeper_say(struct inbox *inbox, const char *reason);

/* Makes room for `size` octets: begins a segment, with what stands at its head,
 * when needed or with `is_forced`. 0 or an errno. */
int keeper_make_room(struct inbox *inbox, uint64_t size, bool is_forced);

/* Writes the numbers that are to be gone on with at the next start. */
int keeper_save_numbers(struct inbox *inbox);

/* In memory the loop appends by itself while the keeper sleeps: as long as mail
 * keeps coming its rows are added together this often, or when asked for. */
#define KEEPER_NAP_US 10000

/* The keeper: takes what waits, sleeping for `patience` microseconds at most
 * while there is nothing. */
struct job *keeper_take(struct inbox *inbox, int64_t patience,
                        bool *is_stopping_out);

/* Something was kept and waits to be indexed: the keeper is woken when it is
 * asleep or somebody wants to see it. Any thread. */
void keeper_remind(struct inbox *inbox);

/* ---- capture.c */

/* Writes and acknowledges deliveries, and indexes them; frees them. The
 * keeper. */
void capture(struct inbox *inbox, struct job *jobs);

/* Cuts a batch of bounded size off `*jobs`, which are all deliveries. */
struct job *capture_cut(struct job **jobs);

/* The loop: the same without indexing, if it can be done without waiting.
 * Returns the deliveries that are left to the keeper, all, some or NULL. */
struct job *capture_at_once(struct inbox *inbox, struct job *jobs);

/* ---- kept.c */

/* Notes for the index what the job in the batch written last has brought. */
void kept_note(struct inbox *inbox, const struct job *job);

/* Indexes what was noted. With `is_shared` more may be appended meanwhile, and
 * is left over. */
void kept_index(struct inbox *inbox, bool is_shared);

/* Indexes all that was noted; then nothing is until `writing` is given up. */
void kept_settle(struct inbox *inbox);

/* ---- answers.c */

void answers_add(struct inbox *inbox, const struct inbox_answer *answer);
void answers_wake(struct inbox *inbox);

/* ---- ring.c */

void ring_open(struct ring *ring);
void ring_close(struct ring *ring);

/* More happened with `seq` than can be told: whoever is not that far must read
 * the lists again. */
void ring_break(struct ring *ring, uint64_t seq);

/* Notes a change that queries will see. */
void ring_add(struct ring *ring, const struct inbox_event *event);

/* ---- fill.c: reads messages whole while nothing else is to be done */

int fill_start(struct inbox *inbox);
void fill_stop(struct inbox *inbox);

/* Reads the message whole, sets snippet and attachments in it, and has the
 * index keep them. */
void fill_message(struct inbox *inbox, struct inbox_message *message,
                  struct arena *arena);

/* ---- talk.c: signs what was said in sessions, in the filler's idle time */

/* Reads a few more. How many; 0: none are left. */
int talk_some(struct inbox *inbox);

/* ---- reading.c */

/* Reads an ended or a live session with the pieces of its transcript. */
enum inbox_result reading_whole(struct inbox *inbox, uint64_t id,
                                struct arena *arena,
                                struct inbox_session *session_out,
                                struct bytes **pieces_out, size_t *count_out);

/* ---- boxes.c */

/* The box of that name; NULL: there is none. The keeper. */
struct box *boxes_find(struct inbox *inbox, const char *name);
struct box *boxes_by_id(struct inbox *inbox, uint32_t id);

/* The same, noted when it is not there (a listener's). */
struct box *boxes_need(struct inbox *inbox, const char *name);

/* Where a delivery goes, by the rules of the API. */
uint32_t boxes_route(struct inbox *inbox, const struct job *job,
                     const struct live *live);

/* Removes boxes whose time is over, step by step. True: there is more. */
bool boxes_expire(struct inbox *inbox);

/* Names all boxes in the index. 0; -1 failed. */
int boxes_index(struct inbox *inbox);

/* Appends the record of all boxes to `out`, and reads it. */
void boxes_pack(struct inbox *inbox, struct buffer *out);
void boxes_read(struct inbox *inbox, struct bytes octets);

/* Frees them. */
void boxes_free(struct inbox *inbox);

/* ---- replay.c */

/* Brings numbers, boxes, open sessions and the index up to the journal. 0; -1
 * failed. */
int replay(struct inbox *inbox, bool is_start,
           char error_out[INBOX_ERROR_SIZE]);

/* ---- change.c */

/* What goes, or is marked, in one step. */
struct removal {
    const uint64_t *messages;
    size_t message_count;
    const uint64_t *sessions;
    size_t session_count;
};

/* Deletes them with the sessions that go with them: one record, index, events.
 * Returns how many entries went (`messages_out`: messages), -1 failed with
 * `reason`. */
int64_t change_remove(struct inbox *inbox, const struct removal *removal,
                      uint64_t *messages_out, char *reason);

/* Applies a DELETED or MARKED record to the index; used by replay too. 0; -1
 * failed. */
int change_apply_deleted(struct inbox *inbox, struct bytes octets);
int change_apply_marked(struct inbox *inbox, struct bytes octets);

/* Tells whoever follows that the entry of `row` went; takes a number. */
void change_tell_gone(struct inbox *inbox, const struct index_row *row,
                      enum inbox_list_kind kind);

/* ---- damage.c: records that cannot be read any more */

/* The octets of `message` are not what was written at `place`. Any thread. */
void damage_found(struct inbox *inbox, uint64_t message,
                  struct journal_place place);

/* The keeper: takes such a message out of the index, unless it moved since. */
void damage_take(struct inbox *inbox, const struct job *job);

/* The same for all whose record begins at `from` or behind it and before
 * `until`, in the index's open transaction. How many; -1 the index failed. */
int64_t damage_between(struct inbox *inbox, struct journal_place from,
                       struct journal_place until);

/* ---- reserve.c: room for deletions on a full disk */

/* Makes the reserve when it is not there and there is room. */
void reserve_make(struct inbox *inbox);

/* May mail be taken? Not while the reserve was given up and no room is for a
 * new one. */
bool reserve_stands(struct inbox *inbox);

/* Gives it up. True: there may be room now. */
bool reserve_release(struct inbox *inbox);

/* ---- renew.c */

/* Deletes everything by a new generation when `change` asks for that. 1 done,
 * 0 it asks for less, -1 failed. */
int renew_everything(struct inbox *inbox, const struct inbox_change *change,
                     uint64_t *gone_out, char *reason);

/* ---- retention.c */

/* One bounded step. True: there is more to do at once. */
bool retention_step(struct inbox *inbox);

/* ---- compact.c */

/* Gives space back: one bounded step. True: there is more to do at once. */
bool compact_step(struct inbox *inbox);

/* Writes a session's records anew at the journal's end. 0 or an errno. */
int compact_session(struct inbox *inbox, uint64_t id,
                    struct journal_place place,
                    struct journal_place *place_out);

#endif
