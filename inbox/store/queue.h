/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_QUEUE_H
#define INBOX_STORE_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/inbox.h"
#include "inbox/store/boxes.h"

/* What waits for the keeper, and who waits for it. Nothing else locks here. */

enum job_kind {
    JOB_DELIVERY,
    JOB_TALK,    /* session `message` was read: `meta` is its signature */
    JOB_DAMAGED, /* `message` cannot be read at the packed place `seq`; 0: what
                  * stands there up to the place `body` is no record */
    JOB_FILL     /* `message` was read: `piece` the snippet, `meta` the
                  * signature, `body` attachments */
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
    /* Under the queue's lock: */
    bool is_due;     /* what was handed over before it was taken */
    bool is_running; /* in one of its steps */
    bool is_done;
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

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t wake;     /* the keeper: something came */
    pthread_cond_t answered; /* callers: a call is done, or more is indexed */
    struct job *first;
    struct job **last;
    struct call *calls; /* asked and not done, in order */
    bool is_stopping;
    bool is_waiting;            /* the keeper does */
    bool is_napping;            /* it does for a few milliseconds at most */
    bool is_reminded;           /* something was kept that is not indexed */
    bool is_wanted;             /* a reader waits for what is not indexed yet */
    _Atomic uint64_t indexed;   /* the number up to which readers see all */
    _Atomic unsigned followers; /* who wants to see everything at once */
    _Atomic uint64_t handed;    /* deliveries that the keeper has not written */
    _Atomic int64_t
        writing_us; /* since when it may wait for a disk; 0 not now */
};

/* What is said when it is stuck in a write. */
extern const char queue_stuck_reason[];

/* In memory the loop appends by itself while the keeper sleeps: as long as mail
 * keeps coming its rows are added together this often, when there are many, or
 * when asked for. */
#define QUEUE_NAP_US 10000

/* An empty one. */
void queue_open(struct queue *queue);

/* Hands over a list of jobs; `last` is where its end points on. */
void queue_give(struct queue *queue, struct job *first, struct job **last);

/* The same with deliveries, which are counted in `handed` until they are
 * written. */
void queue_deliver(struct queue *queue, struct job *first, struct job **last);

/* Asks and waits. Returns the call's result; -1, with the reason, once the
 * keeper is stuck in something else: nothing more of it is done then. In its
 * own write nobody knows yet what became of it, so that is waited for. */
int64_t queue_ask(struct queue *queue, struct call *call);

/* Hands over one delivery and waits for its answer. False, the job is the
 * caller's again: the keeper is stuck and has not taken it. */
bool queue_deliver_one(struct queue *queue, struct job *job);

/* The keeper begins something that may wait for a disk, or is done with all of
 * it. */
void queue_writes(struct queue *queue, bool is_writing);

/* Has it been at one write for so long that nobody should wait for it? Any
 * thread. */
bool queue_is_stuck(struct queue *queue);

/* The keeper: the oldest call that is due, to be run for a step; NULL none. It
 * cannot be taken back until queue_leave(). */
struct call *queue_enter(struct queue *queue);

/* The step is over; `is_done`: the whole call. */
void queue_leave(struct queue *queue, struct call *call, bool is_done);

/* Tells whoever waits for the call of a delivery that it is done. */
void queue_done(struct queue *queue, struct call *call);

/* Has the keeper make visible what is not indexed yet. */
void queue_want(struct queue *queue);

/* The same, and waits until number `seq` is indexed; until `until_us` of the
 * steady clock at most. Is it? */
bool queue_wait_indexed(struct queue *queue, uint64_t seq, int64_t until_us);

/* All up to `seq` is visible now. */
void queue_publish(struct queue *queue, uint64_t seq);

/* Something was kept and waits to be indexed: the keeper is woken when it is
 * asleep, when that is much or when somebody wants to see it. Any thread. */
void queue_remind(struct queue *queue, bool is_much);

/* The keeper: takes the jobs that wait, sleeping for `patience_us` at most while
 * there is nothing; calls asked until now are due. */
struct job *queue_take(struct queue *queue, int64_t patience_us,
                       bool *is_stopping_out);

/* Does a reader wait, and (`is_empty_out`) nothing else? */
bool queue_is_wanted(struct queue *queue, bool *is_empty_out);

/* What readers want cannot be had now; they go on waiting. */
void queue_unwant(struct queue *queue);

/* Has the keeper end once it has done what waits. */
void queue_stop(struct queue *queue);

/* Frees a job with what it holds. */
void job_free(struct job *job);

#endif
