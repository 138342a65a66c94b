/* SPDX-License-Identifier: MIT */
#include "server/loop/control.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "inbox/inbox.h"
#include "server/conversation/receiving.h"
#include "server/loop/connection.h"
#include "server/loop/control_copy.h"
#include "server/loop/control_test.h"
#include "server/loop/listener.h"
#include "server/loop/loop.h"
#include "server/loop/tls_records.h"
#include "webui/transcript/formats.h"

enum question_kind { QUESTION_LIST, QUESTION_HAND_OVER, QUESTION_CLOSE };

/* Lives on the stack of the reader that asks. */
struct question {
    struct question *next;
    enum question_kind kind;
    uint64_t session;
    struct arena *arena;
    struct inbox_session *sessions;
    size_t count;
    int result;
    bool is_answered;
};

struct control {
    struct loop *loop;
    const char *ca_pem;
    struct webui_listener *listeners;
    size_t listener_count;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct question *first; /* asked */
    struct question *last;
    bool is_stopping;
};

static struct connection *find(struct control *control, uint64_t session)
{
    struct connection *at = control->loop->connections;
    while (at != NULL && at->conversation.id != session) {
        at = at->next;
    }
    return at;
}

static void answer_list(struct control *control, struct question *question)
{
    size_t count = control->loop->slots.count;
    size_t used = 0;
    question->sessions =
        arena_new(question->arena, count * sizeof(*question->sessions));
    for (struct connection *at = control->loop->connections; at != NULL;
         at = at->next) {
        control_copy_session(at->conversation.recorder, question->arena,
                             &question->sessions[used++]);
    }
    question->count = used;
}

/* The recorder's octets go to the keeper; the reader waits for that. One that
 * ended in this very turn has gone there as well. */
static void hand_over(struct control *control, struct connection *connection)
{
    /* a page that looks again writes no empty record */
    if (connection != NULL &&
        recorder_pending(connection->conversation.recorder) > 0) {
        conversation_hand_over(&connection->conversation);
    }
    inbox_push(control->loop->inbox);
}

static void answer(struct control *control, struct question *question)
{
    question->result = 0;
    if (question->kind == QUESTION_LIST) {
        answer_list(control, question);
        inbox_push(control->loop->inbox);
        return;
    }
    struct connection *connection = find(control, question->session);
    question->result = connection == NULL ? -1 : 0;
    if (question->kind == QUESTION_HAND_OVER) {
        hand_over(control, connection);
    } else if (connection != NULL) {
        connection_end(connection, "api", "The session was ended by request");
    }
}

/* The reader may go on; its question is gone when this returns. */
static void release(struct control *control, struct question *question)
{
    (void)pthread_mutex_lock(&control->lock);
    question->is_answered = true;
    (void)pthread_cond_broadcast(&control->answered);
    (void)pthread_mutex_unlock(&control->lock);
}

/* Takes the whole queue. */
static struct question *take(struct control *control, bool is_stopping)
{
    (void)pthread_mutex_lock(&control->lock);
    struct question *first = control->first;
    control->first = NULL;
    control->last = NULL;
    control->is_stopping = control->is_stopping || is_stopping;
    (void)pthread_mutex_unlock(&control->lock);
    return first;
}

static void serve(struct control *control, bool is_stopping)
{
    struct question *question = take(control, is_stopping);
    while (question != NULL) {
        struct question *next = question->next;
        answer(control, question);
        release(control, question);
        question = next;
    }
}

void control_serve(struct control *control)
{
    serve(control, false);
}

void control_stop(struct control *control)
{
    serve(control, true);
}

/* Any thread but the loop: waits until the loop has answered. */
static int ask(struct control *control, struct question *question)
{
    (void)pthread_mutex_lock(&control->lock);
    if (control->is_stopping) {
        (void)pthread_mutex_unlock(&control->lock);
        return -1;
    }
    if (control->last != NULL) {
        control->last->next = question;
    } else {
        control->first = question;
    }
    control->last = question;
    /* Under the lock: once stopping, the handle may be closed. */
    (void)uv_async_send(&control->loop->asked);
    while (!question->is_answered) {
        (void)pthread_cond_wait(&control->answered, &control->lock);
    }
    (void)pthread_mutex_unlock(&control->lock);
    return question->result;
}

static int live_sessions(void *context, struct arena *arena,
                         struct inbox_session **sessions_out, size_t *count_out)
{
    struct question question = {.kind = QUESTION_LIST, .arena = arena};
    int result = ask(context, &question);
    *sessions_out = question.sessions;
    *count_out = question.count;
    return result;
}

static int session_handover(void *context, uint64_t session)
{
    struct question question = {.kind = QUESTION_HAND_OVER, .session = session};
    return ask(context, &question);
}

static int session_close(void *context, uint64_t session)
{
    struct question question = {.kind = QUESTION_CLOSE, .session = session};
    return ask(context, &question);
}

static int kept_records(void *context, uint64_t session, struct arena *arena,
                        struct transcript_tls_records *records_out)
{
    struct control *control = context;
    if (control->loop->tls_records == NULL) {
        return -1;
    }
    const struct tls_kept kept =
        tls_records_find(control->loop->tls_records, session, arena);
    if (kept.count == 0) {
        return -1;
    }
    struct transcript_tls_record *records =
        arena_new(arena, kept.count * sizeof(*records));
    for (size_t i = 0; i < kept.count; i++) {
        records[i] =
            (struct transcript_tls_record){.time_us = kept.octets[i].time_us,
                                           .octets = kept.octets[i].octets,
                                           .dir = (uint8_t)kept.octets[i].dir};
    }
    records_out->records = records;
    records_out->count = kept.count;
    records_out->keylog = kept.secrets;
    return 0;
}

static bool is_receiving(void *context, const char *inbox)
{
    struct control *control = context;
    return receiving_is(control->loop->receiving, inbox);
}

static const char *ca_pem(void *context)
{
    struct control *control = context;
    return control->ca_pem;
}

static size_t listeners(void *context,
                        const struct webui_listener **listeners_out)
{
    struct control *control = context;
    *listeners_out = control->listeners;
    return control->listener_count;
}

static void counters(void *context, struct webui_counters *out)
{
    struct control *control = context;
    struct counters *now = &control->loop->counters;
    *out = (struct webui_counters){
        .connections_accepted = atomic_load(&now->accepted),
        .connections_open = atomic_load(&now->open),
        .connections_refused = atomic_load(&now->refused),
        .commands = atomic_load(&now->commands),
        .bytes_in = atomic_load(&now->bytes_in),
        .bytes_out = atomic_load(&now->bytes_out),
        .tls_handshakes = atomic_load(&now->tls_handshakes),
        .tls_failures = atomic_load(&now->tls_failures),
        .auth_failures = atomic_load(&now->auth_failures),
        .messages_refused = atomic_load(&now->messages_refused)};
}

static int test_message(void *context, const char *inbox,
                        char error_out[WEBUI_ERROR_SIZE])
{
    struct control *control = context;
    return control_send_test(control->listeners, control->listener_count, inbox,
                             error_out);
}

void control_host(struct control *control, struct webui_host *host_out)
{
    *host_out = (struct webui_host){.context = control,
                                    .live_sessions = live_sessions,
                                    .session_handover = session_handover,
                                    .session_close = session_close,
                                    .tls_records = kept_records,
                                    .is_receiving = is_receiving,
                                    .test_message = test_message,
                                    .ca_pem = ca_pem,
                                    .listeners = listeners,
                                    .counters = counters};
}

static void list_listeners(struct control *control)
{
    static const char *const kinds[] = {"smtp", "smtps", "lmtp"};
    size_t count = 0;
    for (const struct listener *at = control->loop->listeners; at != NULL;
         at = at->next) {
        count++;
    }
    control->listeners = memory_new(count * sizeof(*control->listeners));
    control->listener_count = count;
    /* The loop's list has the newest first. */
    for (const struct listener *at = control->loop->listeners; at != NULL;
         at = at->next) {
        bool can_tls = (at->service.policy.offered & SMTP_STARTTLS) != 0;
        control->listeners[--count] = (struct webui_listener){
            .kind = kinds[at->kind],
            .address =
                at->address.is_unix ? at->address.path : at->address.host,
            .port = at->address.is_unix ? 0 : at->address.port,
            .tls = at->kind == LISTENER_SMTPS ? "implicit"
                   : can_tls                  ? "starttls"
                                              : "none"};
    }
}

struct control *control_new(struct loop *loop, const char *ca_pem_text)
{
    struct control *control = memory_new(sizeof(*control));
    control->loop = loop;
    control->ca_pem = ca_pem_text;
    (void)pthread_mutex_init(&control->lock, NULL);
    (void)pthread_cond_init(&control->answered, NULL);
    list_listeners(control);
    return control;
}

void control_free(struct control *control)
{
    if (control == NULL) {
        return;
    }
    (void)pthread_cond_destroy(&control->answered);
    (void)pthread_mutex_destroy(&control->lock);
    free(control->listeners);
    free(control);
}
