/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_STORE_H
#define INBOX_STORE_STORE_H

#include <pthread.h>
#include <stdatomic.h>

#include "inbox/inbox.h"
#include "inbox/index/index.h"
#include "inbox/journal/journal.h"
#include "inbox/record/draft.h"
#include "inbox/store/answers.h"
#include "inbox/store/boxes.h"
#include "inbox/store/failure.h"
#include "inbox/store/jobs.h"
#include "inbox/store/kept.h"
#include "inbox/store/listeners.h"
#include "inbox/store/live.h"
#include "inbox/store/queue.h"
#include "inbox/store/reserve.h"
#include "inbox/store/ring.h"

struct filler;

/* The inbox as its own files see it: what it is made of. Unless a lock is
 * named, a member belongs to who holds `writing`. */
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

    struct queue queue;
    struct jobs jobs;
    /* What the loop gathers for one inbox_push(); the loop's alone. */
    struct job *gathered;
    struct job **gathered_last;

    struct answers answers;
    struct listeners listeners;
    struct failure failure;

    /* Numbers that any thread reads. */
    _Atomic uint64_t seq;
    _Atomic uint64_t next_session;
    _Atomic uint64_t shown_message; /* the newest that readers may see */
    _Atomic uint64_t message_total;
    _Atomic uint64_t session_total;
    _Atomic uint64_t retired_messages;
    _Atomic uint64_t retired_sessions;
    _Atomic uint64_t damaged;
    _Atomic uint64_t space; /* of the journal, as last looked at */

    /* The keeper's. */
    struct live_table live;
    struct boxes boxes;
    struct ring ring;
    struct journal_batch batch;
    struct kept_list kept; /* what the index lacks, in order */
    uint64_t next_message;
    uint64_t next_seq;
    uint64_t reserved_sessions; /* ids below it may be given out */
    struct reserve reserve;
    bool is_behind;      /* the index lacks something */
    bool is_space_known; /* what is live in each segment was counted */
    bool is_replaying;   /* what happened is told again */
    int64_t retry_at_us;
    int64_t dirty_since_us;
    struct index_position position; /* of what is committed */
    int64_t busy_at_us;             /* when mail came last */
    struct kept_list indexing;      /* the keeper's alone */
    struct job *late;               /* pieces that could not be written yet */
    size_t late_bytes;
    int64_t swept_at_us;
    uint32_t compacting; /* segment whose rest is being copied, 0 none */
    uint64_t compact_offset;
    uint64_t *orphans; /* sessions whose messages all went while open */
    size_t orphan_count;
    struct buffer scratch;

    /* The filler's. */
    struct filler *filler;      /* NULL: not started */
    struct journal_check check; /* of what is on the disk */
    _Atomic uint64_t fill_from; /* ids up to it have been read whole */
    _Atomic uint64_t talk_from; /* the same of sessions */
};

#endif
