/* SPDX-License-Identifier: MIT */
#ifndef INBOX_STORE_JOBS_H
#define INBOX_STORE_JOBS_H

#include <pthread.h>
#include <stddef.h>

struct job;

/* Deliveries that were written come back to the loop, empty but with the room
 * that their buffers have: what one thread takes and another gives back is
 * nothing that malloc() is quick at. */
struct jobs {
    pthread_mutex_t lock;
    struct job *spare; /* to be used again */
    size_t count;
    struct job *ready; /* those that the loop has fetched; the loop's alone */
};

/* None. */
void jobs_open(struct jobs *jobs);

/* An empty job. Only the loop. */
struct job *jobs_take(struct jobs *jobs);

/* Empties a list of jobs and keeps it, or frees it when there are enough. Any
 * thread. */
void jobs_done(struct jobs *jobs, struct job *list);

/* Frees those that the loop has not fetched. Any thread. */
void jobs_rest(struct jobs *jobs);

/* Frees all of them. The loop, or when it has ended. */
void jobs_close(struct jobs *jobs);

#endif
