/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "inbox/base/clock.h"
#include "server/recorder/inside.h"
#include "server/recorder/recorder.h"

static struct recorder_transaction *current(const struct recorder *recorder)
{
    if (recorder->transaction_count == 0) {
        return NULL;
    }
    return &recorder->transactions[recorder->transaction_count - 1];
}

uint32_t recorder_open_transaction(const struct recorder *recorder)
{
    const struct recorder_transaction *last = current(recorder);
    return last != NULL && last->is_open ? recorder_transaction(recorder) : 0;
}

uint32_t recorder_transaction(const struct recorder *recorder)
{
    return recorder->first_transaction + recorder->transaction_count - 1;
}

const struct inbox_transaction *
recorder_envelope(const struct recorder *recorder)
{
    const struct recorder_transaction *last = current(recorder);
    return last != NULL ? &last->is : NULL;
}

void recorder_set_helo(struct recorder *recorder, const char *verb,
                       struct bytes name)
{
    free(recorder->helo);
    recorder->helo = memory_copy(name);
    recorder->helo_verb = verb;
}

void recorder_set_tls(struct recorder *recorder, char *json)
{
    free(recorder->tls);
    recorder->tls = json;
    (void)recorder_waited(recorder, &recorder->waits.tls_us);
}

void recorder_set_auth(struct recorder *recorder, char *json)
{
    free(recorder->auth);
    recorder->auth = json;
}

void recorder_set_inbox(struct recorder *recorder, const char *inbox)
{
    if (recorder->inbox == NULL) {
        recorder->inbox = memory_text(inbox);
    }
}

static const struct inbox_param *copy_params(struct arena *arena,
                                             const struct smtp_event *event)
{
    if (event->param_count == 0) {
        return NULL;
    }
    struct inbox_param *params =
        arena_new(arena, event->param_count * sizeof(*params));
    for (size_t i = 0; i < event->param_count; i++) {
        const struct smtp_param *from = &event->params[i];
        params[i].keyword = arena_text(arena, from->keyword);
        params[i].value =
            from->has_value ? arena_text(arena, from->value) : NULL;
    }
    return params;
}

void recorder_mail(struct recorder *recorder, const struct smtp_event *event,
                   uint16_t code)
{
    recorder->has_refused |= code >= 400;
    if (recorder_open_transaction(recorder) != 0) {
        return; /* nested, and refused: the open one goes on */
    }
    if (recorder->transaction_count == recorder->transaction_capacity) {
        recorder->transaction_capacity += recorder->transaction_capacity + 1;
        recorder->transactions = memory_resize(
            recorder->transactions,
            recorder->transaction_capacity * sizeof(*recorder->transactions));
    }
    struct recorder_transaction *new =
        &recorder->transactions[recorder->transaction_count++];
    *new = (struct recorder_transaction){.is_open = code < 400};
    struct arena *arena = &new->arena;
    new->is.from = arena_text(arena, event->path.address);
    new->is.from_raw = arena_text(arena, event->path.raw);
    new->is.params = copy_params(arena, event);
    new->is.param_count = event->param_count;
    new->is.mail_code = code;
}

/* Lists name the first recipient that was refused. */
static void note_refused(struct recorder *recorder, struct bytes address)
{
    free(recorder->refused_to);
    recorder->refused_to = memory_copy(address);
}

void recorder_rcpt(struct recorder *recorder, const struct smtp_event *event,
                   uint16_t code)
{
    recorder->has_refused |= code >= 400;
    if (code >= 400 && recorder->refusal == NULL) {
        note_refused(recorder, event->path.address);
    }
    struct recorder_transaction *now = current(recorder);
    if (now == NULL || !now->is_open) {
        return;
    }
    struct inbox_recipient *list = (struct inbox_recipient *)now->is.recipients;
    size_t count = now->is.recipient_count;
    if (count == now->capacity) {
        size_t capacity = now->capacity * 2 + 1;
        struct inbox_recipient *more =
            arena_new(&now->arena, capacity * sizeof(*more));
        if (count > 0) {
            memcpy(more, list, count * sizeof(*more));
        }
        list = more;
        now->capacity = capacity;
        now->is.recipients = list;
    }
    list[count] = (struct inbox_recipient){
        .address = arena_text(&now->arena, event->path.address),
        .raw = arena_text(&now->arena, event->path.raw),
        .params = copy_params(&now->arena, event),
        .param_count = event->param_count,
        .code = code};
    now->is.recipient_count++;
}

void recorder_refused_data(struct recorder *recorder, uint16_t code)
{
    recorder->has_refused = true;
    struct recorder_transaction *now = current(recorder);
    if (now != NULL && now->is_open) {
        now->is.code = code;
    }
}

void recorder_end_of_data(struct recorder *recorder, uint16_t code,
                          uint64_t body, uint64_t size)
{
    struct recorder_transaction *now = current(recorder);
    if (now == NULL) {
        return;
    }
    now->is.code = code;
    now->is.body = body;
    now->is.size = size;
}

/* The oldest transaction was handed over: forget it. */
static void forget_first(struct recorder *recorder, uint32_t count)
{
    for (size_t i = 0; i < count; i++) {
        arena_free(&recorder->transactions[i].arena);
    }
    recorder->transaction_count -= count;
    if (recorder->transaction_count > 0) {
        memmove(recorder->transactions, recorder->transactions + count,
                recorder->transaction_count * sizeof(*recorder->transactions));
    }
    recorder->first_transaction += count;
    uint32_t kept = 0;
    for (size_t i = 0; i < recorder->finding_count; i++) {
        struct recorder_finding *finding = &recorder->findings[i];
        uint32_t transaction = finding->is.transaction;
        if (transaction != 0 && transaction < recorder->first_transaction) {
            free((char *)finding->is.check);
            free((char *)finding->is.text);
            continue;
        }
        recorder->findings[kept++] = *finding;
    }
    recorder->finding_count = kept;
}

void recorder_transaction_over(struct recorder *recorder)
{
    struct recorder_transaction *now = current(recorder);
    if (now == NULL || !now->is_open) {
        return;
    }
    now->is_open = false;
    if (now->is.code >= 200 && now->is.code < 300) {
        recorder->delivered++;
    } else if (now->is.code >= 400) {
        recorder->has_rejected |= now->is.body != 0;
    }
    bool is_said = now->handed_code != 0 && now->handed_code == now->is.code;
    if (is_said && recorder->transaction_count == 1) {
        forget_first(recorder, 1);
    }
}

void recorder_handed_over(struct recorder *recorder)
{
    uint32_t closed = 0;
    for (size_t i = 0; i < recorder->transaction_count; i++) {
        recorder->transactions[i].handed_code =
            recorder->transactions[i].is.code;
        closed += !recorder->transactions[i].is_open;
    }
    if (closed > 0) {
        forget_first(recorder, closed);
    }
}

void recorder_auth_failed(struct recorder *recorder, bool has_failed)
{
    recorder->has_failed_auth = has_failed;
}

void recorder_tls_failed(struct recorder *recorder)
{
    recorder->has_failed_tls = true;
}

void recorder_aborted(struct recorder *recorder)
{
    recorder->has_aborted = true;
}

void recorder_refused(struct recorder *recorder)
{
    recorder->has_refused = true;
}

void recorder_close(struct recorder *recorder, const char *reason)
{
    recorder_tick(recorder);
    recorder_note(recorder, TRANSCRIPT_CLOSE, bytes_of(reason));
    recorder_awaited(recorder);
    recorder->close_reason = reason;
}

const char *recorder_outcome(const struct recorder *recorder)
{
    const char *reason = recorder->close_reason;
    if (reason == NULL) {
        return NULL;
    }
    bool is_timeout =
        strcmp(reason, "idle") == 0 || strcmp(reason, "total") == 0;
    return recorder->has_failed_tls    ? "tls_failed"
           : recorder->has_failed_auth ? "auth_failed"
           : is_timeout                ? "timeout"
           : recorder->has_aborted     ? "aborted"
           : recorder->has_rejected    ? "rejected"
           : recorder->has_refused     ? "refused"
           : recorder->delivered > 0   ? "delivered"
                                       : "empty";
}

static void summarize_lists(const struct recorder *recorder,
                            struct arena *arena, struct inbox_session *session)
{
    size_t count = recorder->transaction_count;
    struct inbox_transaction *transactions =
        arena_new(arena, count * sizeof(*transactions));
    for (size_t i = 0; i < count; i++) {
        transactions[i] = recorder->transactions[i].is;
    }
    struct inbox_finding *findings =
        arena_new(arena, recorder->finding_count * sizeof(*findings));
    for (size_t i = 0; i < recorder->finding_count; i++) {
        findings[i] = recorder->findings[i].is;
    }
    session->first_transaction = recorder->first_transaction;
    session->transactions = transactions;
    session->transaction_count = count;
    session->findings = findings;
    session->finding_count = recorder->finding_count;
}

void recorder_summary(const struct recorder *recorder, struct arena *arena,
                      struct inbox_session *session_out)
{
    const char *inbox = recorder->bound_inbox;
    *session_out = (struct inbox_session){
        .id = recorder->session,
        .inbox = inbox != NULL ? inbox : recorder->inbox,
        .is_live = recorder->close_reason == NULL,
        .listener = recorder->listener,
        .peer = recorder->peer,
        .local = recorder->local != NULL ? recorder->local : recorder->listener,
        .opened_at_us = recorder->opened_at_us,
        .closed_at_us = recorder->close_reason != NULL
                            ? recorder->opened_at_us + (int64_t)recorder->now_us
                            : 0,
        .outcome = recorder_outcome(recorder),
        .close_reason = recorder->close_reason,
        .helo = recorder->helo,
        .helo_verb = recorder->helo_verb,
        .tls = recorder->tls,
        .auth = recorder->auth,
        .proxy = recorder->proxy,
        .refusal = recorder->refusal,
        .bytes_in = recorder->arrived,
        .bytes_out = recorder_said(recorder),
        .commands = recorder->commands,
        .errors = recorder->errors,
        .slowest_gap_us = recorder->slowest_gap_us,
        .waits = recorder->waits,
        .is_lossless = !recorder->is_lossy};
    summarize_lists(recorder, arena, session_out);
}
