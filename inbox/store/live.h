/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_LIVE_H
#define INBOX_STORE_LIVE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "inbox/inbox.h"
#include "inbox/record/record.h"

/* Sessions that have handed something over and have not ended. */

/* What one transaction (number 0: the session itself) adds to the counts. */
struct live_tally {
    uint32_t number;
    uint32_t accepted;
    uint32_t refused;
    struct inbox_counts findings;
};

struct live {
    struct live *next;
    uint64_t id;
    struct journal_place place;   /* its newest record in the journal */
    struct journal_place pending; /* that of the batch being written */
    struct journal_place cut;     /* its records up to here are gone */
    uint64_t kept;                /* octets of those that are not */
    uint32_t box;                 /* 0: not known yet */
    uint32_t pending_box;         /* that with the batch being written */
    bool is_placed;               /* by its first message */
    bool is_unread;               /* replay: what its pieces said is not */
    bool has_lost;                /* messages that are not listed any more */
    uint64_t *messages;
    size_t message_count;
    size_t message_capacity;
    uint64_t alive;            /* messages that still exist */
    struct live_tally settled; /* sums of what no piece will replace */
    struct live_tally *last;   /* what the last piece said */
    size_t last_count;
};

#define LIVE_BUCKETS 4096

struct live_table {
    struct live *buckets[LIVE_BUCKETS];
    uint64_t count;
    uint64_t kept;        /* octets of all, the keeper's */
    pthread_mutex_t lock; /* the keeper changes under it, readers look */
};

/* The session's entry; NULL: there is none. The keeper. */
struct live *live_find(struct live_table *table, uint64_t id);

/* The same, made when it is not there. */
struct live *live_need(struct live_table *table, uint64_t id);

/* Where the session's records are. Any thread. 0; -1: it is not live. */
int live_tip(struct live_table *table, uint64_t id, struct record_tip *tip_out);

/* Sets that place. */
void live_set_place(struct live_table *table, struct live *live,
                    struct journal_place place);

/* Its records up to `cut` are gone, and with them its messages up to
 * `message`. */
void live_cut(struct live_table *table, struct live *live,
              struct journal_place cut, uint64_t message);

/* Its records are `size` octets now. */
void live_set_kept(struct live_table *table, struct live *live, uint64_t size);

/* Forgets the session. */
void live_drop(struct live_table *table, uint64_t id);

/* Forgets them all. */
void live_table_free(struct live_table *table);

/* A message of the session was kept. */
void live_add_message(struct live *live, uint64_t message);

/* What `session` says, per transaction, appended as struct live_tally. */
void live_count(const struct inbox_session *session, struct buffer *out);

/* A piece said `count` tallies, from transaction `first` on. */
void live_add_tallies(struct live *live, uint32_t first,
                      const struct live_tally *tallies, size_t count);

/* Sets the counts of the whole session in `session`. */
void live_sum(const struct live *live, struct inbox_session *session);

#endif
