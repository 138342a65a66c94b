/* SPDX-License-Identifier: MIT */
#include "webui/call/readers.h"

#include <pthread.h>
#include <stdlib.h>

#define THREADS 2

struct readers {
    void (*run)(struct call *call);
    pthread_t threads[THREADS];
    size_t thread_count;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct call *first;
    struct call *last;
    bool is_stopping;
};

static struct call *take(struct readers *readers)
{
    pthread_mutex_lock(&readers->lock);
    while (readers->first == NULL && !readers->is_stopping) {
        pthread_cond_wait(&readers->wake, &readers->lock);
    }
    struct call *call = readers->first;
    if (call != NULL) {
        readers->first = call->next;
        call->next = NULL;
    }
    pthread_mutex_unlock(&readers->lock);
    return call;
}

static void *on_thread(void *context)
{
    struct readers *readers = context;
    struct call *call;

    while ((call = take(readers)) != NULL) {
        readers->run(call);
    }
    return NULL;
}

struct readers *readers_start(void (*run)(struct call *call))
{
    struct readers *readers = memory_new(sizeof *readers);

    readers->run = run;
    pthread_mutex_init(&readers->lock, NULL);
    pthread_cond_init(&readers->wake, NULL);
    for (size_t i = 0; i < THREADS; i++) {
        if (pthread_create(&readers->threads[i], NULL, on_thread, readers) !=
            0) {
            break;
        }
        readers->thread_count++;
    }
    if (readers->thread_count == 0) {
        readers_free(readers);
        return NULL;
    }
    return readers;
}

bool readers_add(struct readers *readers, struct call *call)
{
    pthread_mutex_lock(&readers->lock);
    bool is_taken = !readers->is_stopping;
    if (is_taken) {
        call->next = NULL;
        if (readers->first == NULL) {
            readers->first = call;
        } else {
            readers->last->next = call;
        }
        readers->last = call;
        pthread_cond_signal(&readers->wake);
    }
    pthread_mutex_unlock(&readers->lock);
    return is_taken;
}

void readers_stop(struct readers *readers)
{
    pthread_mutex_lock(&readers->lock);
    readers->is_stopping = true;
    pthread_cond_broadcast(&readers->wake);
    pthread_mutex_unlock(&readers->lock);
    for (size_t i = 0; i < readers->thread_count; i++) {
        pthread_join(readers->threads[i], NULL);
    }
    readers->thread_count = 0;
}

void readers_free(struct readers *readers)
{
    if (readers == NULL) {
        return;
    }
    pthread_cond_destroy(&readers->wake);
    pthread_mutex_destroy(&readers->lock);
    free(readers);
}
