/* SPDX-License-Identifier: MIT */
#include "inbox/index/turn.h"

void turn_open(struct turn *turn)
{
    (void)pthread_mutex_init(&turn->lock, NULL);
    (void)pthread_cond_init(&turn->next, NULL);
    turn->asked = 0;
    turn->given = 0;
}

void turn_close(struct turn *turn)
{
    (void)pthread_mutex_destroy(&turn->lock);
    (void)pthread_cond_destroy(&turn->next);
}

void turn_take(struct turn *turn)
{
    (void)pthread_mutex_lock(&turn->lock);
    uint64_t number = turn->asked++;
    while (turn->given != number) {
        (void)pthread_cond_wait(&turn->next, &turn->lock);
    }
    (void)pthread_mutex_unlock(&turn->lock);
}

void turn_give(struct turn *turn)
{
    (void)pthread_mutex_lock(&turn->lock);
    turn->given++;
    bool is_waited = turn->given != turn->asked;
    (void)pthread_mutex_unlock(&turn->lock);
    if (is_waited) {
        (void)pthread_cond_broadcast(&turn->next);
    }
}
