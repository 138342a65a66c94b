/* SPDX-License-Identifier: MIT */
#ifndef INBOX_INDEX_TURN_H
#define INBOX_INDEX_TURN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* A lock that is given in the order in which it was asked for: who takes it
 * again and again, as the keeper does with the one connection in memory, lets
 * everybody in who waits. A mutex would not. */

struct turn {
    pthread_mutex_t lock;
    pthread_cond_t next;
    uint64_t asked; /* numbers given out */
    uint64_t given; /* whose turn it is */
};

/* Makes it ready: nobody has it. */
void turn_open(struct turn *turn);

/* Ends it: nobody has it or waits. */
void turn_close(struct turn *turn);

/* Waits for the turn; given back with turn_give(), from any thread. */
void turn_take(struct turn *turn);
void turn_give(struct turn *turn);

#endif
