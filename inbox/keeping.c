/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "inbox/base/clock.h"
#include "inbox/base/memory.h"
#include "inbox/store/capture.h"

/* Handing over: what was delivered becomes a job of the keeper. */

uint64_t inbox_session_id(struct inbox *inbox)
{
    return atomic_fetch_add(&inbox->next_session, 1);
}

struct inbox_draft *inbox_draft_new(struct inbox *inbox,
                                    uint64_t expected_bytes)
{
    return draft_new(&inbox->drafts, expected_bytes);
}

static const char *first_recipient(const struct inbox_transaction *envelope)
{
    for (size_t i = 0; envelope != NULL && i < envelope->recipient_count; i++) {
        uint16_t code = envelope->recipients[i].code;
        if (code >= 200 && code < 300) {
            return envelope->recipients[i].address;
        }
    }
    return NULL;
}

/* Fills `job`, which is empty. */
static struct job *job_of(struct job *job, struct inbox_delivery *delivery)
{
    const struct inbox_session *session = delivery->session;
    job->kind = JOB_DELIVERY;
    job->draft = delivery->draft;
    job->is_message = delivery->is_message && delivery->draft != NULL;
    job->ticket = delivery->ticket;
    job->body = delivery->body;
    text_copy(job->bound, sizeof(job->bound), delivery->inbox);
    inbox_name_asked(bytes_of(delivery->login), job->login);
    if (job->is_message) {
        const char *to = first_recipient(delivery->envelope);
        inbox_name_asked(bytes_of(to), job->plus);
    }
    if (delivery->draft != NULL) {
        (void)buffer_room(&job->meta, 200);
        record_pack_body(&job->meta, delivery, clock_now_us());
    }
    if (session != NULL) {
        job->session = session->id;
        job->is_end = !session->is_live;
        job->first_transaction = session->first_transaction;
        (void)buffer_room(&job->said, 500);
        record_pack_session(&job->said, session);
        live_count(session, &job->tallies);
    }
    buffer_add(&job->piece, delivery->piece);
    delivery->draft = NULL;
    return job;
}

void inbox_keep_soon(struct inbox *inbox, struct inbox_delivery *delivery)
{
    *inbox->gathered_last = job_of(jobs_take(&inbox->jobs), delivery);
    inbox->gathered_last = &(*inbox->gathered_last)->next;
}

void inbox_push(struct inbox *inbox)
{
    struct job *jobs = inbox->gathered;
    struct job **last = inbox->gathered_last;
    inbox->gathered = NULL;
    inbox->gathered_last = &inbox->gathered;
    jobs = jobs != NULL ? capture_at_once(inbox, jobs) : NULL;
    if (jobs == NULL) {
        return;
    }
    queue_deliver(&inbox->queue, jobs, last);
}

void inbox_keep_now(struct inbox *inbox, struct inbox_delivery *delivery,
                    struct inbox_answer *answer_out)
{
    struct job *job = job_of(memory_new(sizeof(*job)), delivery);
    job->ticket = 0;
    job->answer = answer_out;
    if (!queue_deliver_one(&inbox->queue, job)) {
        *answer_out = (struct inbox_answer){.verdict = INBOX_FAILED};
        text_copy(answer_out->reason, sizeof(answer_out->reason),
                  queue_stuck_reason);
        job_free(job);
    }
}

bool inbox_is_stuck(struct inbox *inbox)
{
    return queue_is_stuck(&inbox->queue);
}
