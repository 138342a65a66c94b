/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_STORE_H
#define TESTS_SUPPORT_STORE_H

#include "inbox/inbox.h"

/* An inbox for tests, and short ways to put mail into it. */

struct store {
    struct inbox *inbox;
    struct inbox_options options;
    char *dir;                  /* NULL: in memory */
    struct inbox_answer answer; /* to the last message */
    bool is_unseen;  /* deliveries do not wait until queries see them */
    bool is_loop;    /* nor that; they go as the loop's do */
    const char *box; /* the loop's listener names it; NULL none */
};

/* cmocka's set-ups: `*state` becomes a struct store. */
int store_memory(void **state);
int store_disk(void **state);

/* A store with these options; `on_disk` gives it a fresh directory. */
struct store *store_new(const struct inbox_options *options, bool on_disk);

/* cmocka's tear-down: closes the store and removes its directory. */
int store_close(void **state);

/* Removes a directory with all that is in it. */
void store_remove(const char *dir);

/* Closes and opens it again, as a restart does. */
void store_again(struct store *store);

/* The same with its index removed in between. */
void store_forget_index(struct store *store);

/* Octets of the files in the store's directory; 0 in memory. */
uint64_t store_space(const struct store *store);

/* Waits until queries see all that was acknowledged. */
void store_settle(struct store *store);

/* A session opens and hands over the piece `said`; `box` may be NULL. Returns
 * its id. */
uint64_t store_begin(struct store *store, const char *said, const char *box);

/* A message of `octets` for `to` comes in transaction `number` of the session;
 * returns when it was answered. */
void store_message(struct store *store, uint64_t session, uint32_t number,
                   const char *to, struct bytes octets);

/* The same in transaction 1, not waiting until queries see it. */
void store_message_unseen(struct store *store, uint64_t session, const char *to,
                          struct bytes octets);

/* The session ends with the piece `said`. */
void store_end(struct store *store, uint64_t session, const char *outcome,
               const char *said);

/* A session with one message; returns its id, the answer is in the store. */
uint64_t store_deliver(struct store *store, const char *to, const char *octets);

/* A body of `octets` that was refused in transaction `number` of the session,
 * which stays open. */
void store_refuse(struct store *store, uint64_t session, uint32_t number,
                  struct bytes octets);

/* How it is once all is seen. */
struct inbox_state store_state(struct store *store);

/* Deletes every entry one by one, sessions must have ended, and waits until
 * every octet is given back: what was given up before went once. */
void store_empty(struct store *store);

/* A request for the newest `limit`. */
struct inbox_list_request store_request(enum inbox_list_kind kind,
                                        unsigned limit);

/* How many there are, once all is seen. */
uint64_t store_total(struct store *store, enum inbox_list_kind kind,
                     const char *box);

/* How many messages match the query. */
uint64_t store_found(struct store *store, const char *query);

#endif
