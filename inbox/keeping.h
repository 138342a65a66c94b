/* SPDX-License-Identifier: MIT */
#ifndef INBOX_KEEPING_H
#define INBOX_KEEPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/base/inbox_name.h"
#include "inbox/said.h"

/* Handing over what was said (the loop; inbox_keep_now() from http for POST). */

struct inbox; /* inbox/inbox.h */

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

#endif
