/* SPDX-License-Identifier: MIT */
#include "inbox/store/jobs.h"

#include "inbox/base/memory.h"
#include "inbox/store/queue.h"

#define SPARE_MOST 256
#define ROOM_KEPT 4096

void jobs_open(struct jobs *jobs)
{
    (void)pthread_mutex_init(&jobs->lock, NULL);
}

static void free_list(struct job *list)
{
    while (list != NULL) {
        struct job *next = list->next;
        job_free(list);
        list = next;
    }
}

static struct job *take_spare(struct jobs *jobs)
{
    (void)pthread_mutex_lock(&jobs->lock);
    struct job *spare = jobs->spare;
    jobs->spare = NULL;
    jobs->count = 0;
    (void)pthread_mutex_unlock(&jobs->lock);
    return spare;
}

struct job *jobs_take(struct jobs *jobs)
{
    if (jobs->ready == NULL) {
        jobs->ready = take_spare(jobs);
    }
    struct job *job = jobs->ready;
    if (job == NULL) {
        return memory_new(sizeof(*job));
    }
    jobs->ready = job->next;
    job->next = NULL;
    return job;
}

static struct buffer emptied(struct buffer buffer)
{
    if (buffer.capacity > ROOM_KEPT) {
        buffer_free(&buffer);
    }
    buffer.size = 0;
    return buffer;
}

static void empty(struct job *job)
{
    inbox_draft_drop(job->draft);
    *job = (struct job){.next = job->next,
                        .meta = emptied(job->meta),
                        .said = emptied(job->said),
                        .tallies = emptied(job->tallies),
                        .piece = emptied(job->piece),
                        .body_prefix = emptied(job->body_prefix),
                        .piece_prefix = emptied(job->piece_prefix)};
}

void jobs_done(struct jobs *jobs, struct job *list)
{
    struct job *last = NULL;
    size_t count = 0;
    for (struct job *job = list; job != NULL; job = job->next) {
        empty(job);
        last = job;
        count++;
    }
    (void)pthread_mutex_lock(&jobs->lock);
    bool is_room = jobs->count + count <= SPARE_MOST;
    if (is_room && last != NULL) {
        last->next = jobs->spare;
        jobs->spare = list;
        jobs->count += count;
    }
    (void)pthread_mutex_unlock(&jobs->lock);
    if (!is_room) {
        free_list(list);
    }
}

void jobs_rest(struct jobs *jobs)
{
    free_list(take_spare(jobs));
}

void jobs_close(struct jobs *jobs)
{
    jobs_rest(jobs);
    free_list(jobs->ready);
    jobs->ready = NULL;
}
