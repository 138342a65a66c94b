/* SPDX-License-Identifier: MIT */
#include "inbox/reading/fill.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/index/signature.h"
#include "inbox/mail/mail.h"
#include "inbox/reading/scrub.h"
#include "inbox/reading/talk.h"

/* Snippets and attachments need the MIME tree, which takes longer than keeping
 * the message: they are read in idle time by a thread of their own, so that no
 * hostile mail holds the keeper up, or by whoever needs them first. */

#define IDLE_US 300000
#define IDLE_NICE 10
#define AT_ONCE 16
#define READ_MOST ((uint64_t)64 << 20)

static bool load_message(struct inbox *inbox, uint64_t id, struct buffer *out)
{
    struct inbox_body *body = inbox_body_open(inbox, id);
    if (body == NULL) {
        return false;
    }
    uint64_t size = inbox_body_size(body);
    size_t wanted = size < READ_MOST ? (size_t)size : (size_t)READ_MOST;
    unsigned char *at = buffer_room(out, wanted + 1);
    out->size = inbox_body_read(body, 0, at, wanted);
    inbox_body_close(body);
    return true;
}

static void sign_part(struct signature *signature, const struct mail_part *part)
{
    signature_add(signature, part->type);
    signature_add(signature, part->filename);
    for (size_t i = 0; i < part->child_count; i++) {
        sign_part(signature, &part->children[i]);
    }
}

/* All that a search in the body or in a header field, for a file or for a type
 * may look at. */
static void sign(struct buffer *out, struct bytes raw,
                 const struct mail_content *content, struct arena *arena)
{
    struct signature signature = {{0}};
    struct mail_header *headers = NULL;
    size_t count = mail_headers(raw, arena, &headers);
    for (size_t i = 0; i < count; i++) {
        signature_add(&signature, headers[i].value);
    }
    signature_add(&signature, content->text);
    signature_add(&signature, content->html);
    signature_add(&signature, content->html_text);
    signature_add(&signature, content->enclosed);
    sign_part(&signature, content->root);
    signature_pack(&signature, out);
}

/* What the index is to keep of a message that was read. */
static struct job *fill_job(uint64_t id, struct bytes raw,
                            const struct mail_content *content,
                            struct arena *arena)
{
    struct job *job = memory_new(sizeof(*job));
    job->kind = JOB_FILL;
    job->message = id;
    job->body = (uint64_t)content->attachments;
    buffer_add(&job->piece, bytes_of(content->snippet));
    sign(&job->meta, raw, content, arena);
    return job;
}

/* Sets snippet and attachments in `message`. NULL: it is gone. */
static struct job *read_whole(struct inbox *inbox,
                              struct inbox_message *message,
                              struct arena *arena)
{
    struct buffer raw = {0};
    struct arena scratch = {0};
    struct mail_content content = {0};
    struct job *job = NULL;
    if (load_message(inbox, message->id, &raw)) {
        mail_read(buffer_bytes(&raw), &scratch, &content);
    }
    content.snippet = content.snippet == NULL ? "" : content.snippet;
    message->attachments = content.attachments;
    message->snippet = arena_text(arena, bytes_of(content.snippet));
    if (raw.at != NULL) {
        job = fill_job(message->id, buffer_bytes(&raw), &content, &scratch);
    }
    arena_free(&scratch);
    buffer_free(&raw);
    return job;
}

void fill_message(struct inbox *inbox, struct inbox_message *message,
                  struct arena *arena)
{
    struct job *job = read_whole(inbox, message, arena);
    if (job != NULL) {
        queue_give(&inbox->queue, job, &job->next);
    }
}

/* Reads a few more; the keeper is woken once for them. How many; 0: none are
 * left. */
static int fill_some(struct inbox *inbox)
{
    uint64_t ids[AT_ONCE];
    struct index_view *view = index_view(inbox->index);
    struct arena arena = {0};
    struct job *first = NULL;
    struct job **last = &first;
    int count = 0;
    if (view != NULL) {
        count = index_read_unfilled(view, atomic_load(&inbox->fill_from), ids,
                                    AT_ONCE);
        index_view_end(inbox->index, view);
    }
    for (int i = 0; i < count; i++) {
        struct inbox_message message = {.id = ids[i]};
        *last = read_whole(inbox, &message, &arena);
        last = *last != NULL ? &(*last)->next : last;
    }
    if (first != NULL) {
        queue_give(&inbox->queue, first, last);
    }
    if (count > 0) {
        atomic_store(&inbox->fill_from, ids[count - 1]);
    }
    arena_free(&arena);
    return count;
}

/* Messages first: a list shows what is read of them. */
static int read_some(struct inbox *inbox)
{
    int count = fill_some(inbox);
    return count > 0 ? count : talk_some(inbox);
}

/* ---- Its thread */

struct filler {
    struct inbox *inbox;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    pthread_cond_t more; /* there is something new */
    _Atomic bool is_stopping;
};

/* Something new is visible. */
static void nudge(void *context)
{
    struct filler *filler = context;
    (void)pthread_mutex_lock(&filler->lock);
    (void)pthread_cond_signal(&filler->more);
    (void)pthread_mutex_unlock(&filler->lock);
}

/* Waits until nothing came for a while. False: it is time to stop. */
static bool wait_idle(struct filler *filler)
{
    struct inbox *inbox = filler->inbox;
    struct timespec when;
    uint64_t seq = 0;
    (void)pthread_mutex_lock(&filler->lock);
    do {
        (void)pthread_mutex_unlock(&filler->lock);
        (void)journal_bury_all(inbox->journal);
        (void)pthread_mutex_lock(&filler->lock);
        seq = atomic_load(&inbox->seq);
        int64_t until = clock_steady_us() + IDLE_US;
        when.tv_sec = until / 1000000;
        when.tv_nsec = until % 1000000 * 1000;
        if (!filler->is_stopping) {
            (void)pthread_cond_timedwait(&filler->stop, &filler->lock, &when);
        }
    } while (!filler->is_stopping &&
             (seq != atomic_load(&inbox->seq) ||
              seq != atomic_load(&inbox->queue.indexed)));
    (void)pthread_mutex_unlock(&filler->lock);
    return !filler->is_stopping;
}

/* Sleeps until something is new since `seen`, or it is time to stop. */
static void wait_new(struct filler *filler, uint64_t seen)
{
    (void)pthread_mutex_lock(&filler->lock);
    while (!filler->is_stopping && seen == atomic_load(&filler->inbox->seq)) {
        (void)pthread_cond_wait(&filler->more, &filler->lock);
    }
    (void)pthread_mutex_unlock(&filler->lock);
}

static void *run(void *context)
{
    struct filler *filler = context;
    struct inbox *inbox = filler->inbox;
    while (wait_idle(filler)) {
        uint64_t seq = atomic_load(&inbox->seq);
        int count = read_some(inbox);
        while (count > 0 && seq == atomic_load(&inbox->seq) &&
               !filler->is_stopping) {
            count = read_some(inbox);
        }
        /* A few megabytes between two rests: a disk has more to do. */
        if (count == 0 && !scrub_some(inbox)) {
            wait_new(filler, seq);
        }
    }
    return NULL;
}

static struct filler *make(struct inbox *inbox)
{
    struct filler *filler = memory_new(sizeof(*filler));
    pthread_condattr_t steady;
    filler->inbox = inbox;
    (void)pthread_condattr_init(&steady);
    (void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&filler->stop, &steady);
    (void)pthread_cond_init(&filler->more, &steady);
    (void)pthread_condattr_destroy(&steady);
    (void)pthread_mutex_init(&filler->lock, NULL);
    return filler;
}

int fill_start(struct inbox *inbox)
{
    struct filler *filler = make(inbox);
    inbox_on_change(inbox, nudge, filler);
    if (pthread_create(&filler->thread, NULL, run, filler) != 0) {
        inbox_off_change(inbox, filler);
        free(filler);
        return -1;
    }
    (void)pthread_setname_np(filler->thread, "filler");
    inbox->filler = filler;
    return 0;
}

void fill_stop(struct inbox *inbox)
{
    struct filler *filler = inbox->filler;
    if (filler == NULL) {
        return;
    }
    inbox_off_change(inbox, filler);
    (void)pthread_mutex_lock(&filler->lock);
    filler->is_stopping = true;
    (void)pthread_cond_signal(&filler->stop);
    (void)pthread_cond_signal(&filler->more);
    (void)pthread_mutex_unlock(&filler->lock);
    (void)pthread_join(filler->thread, NULL);
    (void)pthread_cond_destroy(&filler->stop);
    (void)pthread_cond_destroy(&filler->more);
    (void)pthread_mutex_destroy(&filler->lock);
    free(filler);
    inbox->filler = NULL;
}
