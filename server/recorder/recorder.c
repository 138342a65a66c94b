/* SPDX-License-Identifier: MIT */
#include "server/recorder/recorder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/base/clock.h"
#include "inbox/transcript/secret.h"
#include "server/recorder/inside.h"
#include "server/recorder/shared_text.h"

/* The engine keeps at most a few octets back (a CR, LF and dot whose meaning
 * the next octet decides). */
#define PENDING_MAX 16384
/* With --drop-secrets a whole line, the longest of --max-command-line, and what
 * was read with its end. */
#define HELD_MAX (((size_t)1 << 20) + ((size_t)64 << 10))

#define SHOWN_MAX 200

struct recorder *recorder_new(const struct recorder_start *start)
{
    struct recorder *recorder = memory_new(sizeof(*recorder));
    recorder->log = transcript_log_new(start->max_bytes);
    recorder->session = start->session;
    recorder->listener = start->listener;
    recorder->bound_inbox = start->inbox;
    recorder->peer = memory_text(start->peer);
    recorder->local = memory_text(start->local);
    recorder->opened_at_us = clock_now_us();
    recorder->opened_steady_us = clock_steady_us();
    recorder->drop_secrets = start->drop_secrets;
    recorder->first_transaction = 1;
    return recorder;
}

void recorder_free(struct recorder *recorder)
{
    if (recorder == NULL) {
        return;
    }
    for (size_t i = 0; i < recorder->transaction_count; i++) {
        arena_free(&recorder->transactions[i].arena);
    }
    for (size_t i = 0; i < recorder->finding_count; i++) {
        free((char *)recorder->findings[i].is.check);
        free((char *)recorder->findings[i].is.text);
    }
    for (size_t i = 0; i < RECORDER_SHARED; i++) {
        shared_text_free(recorder->shared[i]);
    }
    transcript_log_free(recorder->log);
    buffer_free(&recorder->pending);
    free(recorder->transactions);
    free(recorder->findings);
    free(recorder->inbox);
    free(recorder->peer);
    free(recorder->local);
    free(recorder->helo);
    free(recorder->tls);
    free(recorder->auth);
    free(recorder->proxy);
    free(recorder->refusal);
    free(recorder->refused_to);
    free(recorder->asked_odd);
    free(recorder);
}

uint64_t recorder_time_us(const struct recorder *recorder)
{
    return (uint64_t)(clock_steady_us() - recorder->opened_steady_us);
}

void recorder_tick(struct recorder *recorder)
{
    recorder->now_us = recorder_time_us(recorder);
}

int64_t recorder_opened_at_us(const struct recorder *recorder)
{
    return recorder->opened_at_us;
}

const char *recorder_peer(const struct recorder *recorder)
{
    return recorder->peer;
}

void recorder_set_peer(struct recorder *recorder, const char *peer)
{
    free(recorder->peer);
    recorder->peer = memory_text(peer);
}

void recorder_set_proxy(struct recorder *recorder, char *json,
                        const char *local)
{
    free(recorder->proxy);
    recorder->proxy = json;
    if (local != NULL) {
        free(recorder->local);
        recorder->local = memory_text(local);
    }
}

/* The last read is final: nothing changes its layer any more. */
static void flush_chunk(struct recorder *recorder)
{
    if (recorder->chunk.size > 0) {
        transcript_log_chunk(recorder->log, &recorder->chunk);
        recorder->chunk.size = 0;
    }
}

uint64_t recorder_waited(struct recorder *recorder, uint64_t *wait)
{
    uint64_t passed_us = recorder->now_us - (uint64_t)recorder->last_us;
    *wait += passed_us;
    recorder->last_us = (int64_t)recorder->now_us;
    return passed_us;
}

void recorder_awaited(struct recorder *recorder)
{
    uint64_t gap_us = recorder_waited(recorder, &recorder->waits.client_us);
    if (gap_us > recorder->slowest_gap_us) {
        recorder->slowest_gap_us = gap_us;
    }
}

void recorder_arrived(struct recorder *recorder, size_t size,
                      enum transcript_layer layer)
{
    flush_chunk(recorder);
    recorder_tick(recorder);
    recorder_awaited(recorder);
    recorder->chunk = (struct transcript_chunk){.offset = recorder->arrived,
                                                .time_us = recorder->now_us,
                                                .size = (uint32_t)size,
                                                .dir = TRANSCRIPT_CLIENT,
                                                .layer = (uint8_t)layer};
    recorder->arrived += size;
}

/* The octets too, as far as they are text: a reader should see what somebody
 * tried to slip in. */
static void note_discarded(struct recorder *recorder, struct bytes octets)
{
    struct buffer words = {0};
    buffer_print(&words,
                 "%zu octets behind STARTTLS were discarded: ", octets.size);
    struct bytes shown = bytes_part(octets, 0, SHOWN_MAX);
    for (size_t i = 0; i < shown.size; i++) {
        unsigned char octet = shown.at[i];
        if (octet >= 0x20 && octet < 0x7f) {
            buffer_add_byte(&words, octet);
        } else {
            buffer_print(&words, "\\x%02x", octet);
        }
    }
    recorder_note(recorder, TRANSCRIPT_NOTE, buffer_bytes(&words));
    buffer_free(&words);
}

void recorder_discarded(struct recorder *recorder,
                        const struct smtp_event *event)
{
    struct smtp_place place = event->place;
    struct transcript_chunk *chunk = &recorder->chunk;
    uint64_t end = chunk->offset + chunk->size;
    if (place.offset > chunk->offset && place.offset < end) {
        struct transcript_chunk rest = *chunk;
        chunk->size = (uint32_t)(place.offset - chunk->offset);
        rest.offset = place.offset;
        rest.size = (uint32_t)(end - place.offset);
        flush_chunk(recorder);
        *chunk = rest;
    }
    chunk->layer = TRANSCRIPT_CLEAR_DISCARDED;
    note_discarded(recorder, event->line);
}

uint64_t recorder_heard(const struct recorder *recorder)
{
    return recorder->arrived;
}

void recorder_fed(struct recorder *recorder, struct bytes run)
{
    recorder->recent = run;
    recorder->fed += run.size;
}

/* Leaves out the next `size` octets that the engine took: they are told
 * already. */
static void skip(struct recorder *recorder, size_t size)
{
    size_t held = recorder->pending.size;
    size_t first = size < held ? size : held;
    buffer_drop(&recorder->pending, first);
    recorder->recent =
        bytes_part(recorder->recent, size - first, recorder->recent.size);
}

/* Tells the transcript everything before stream offset `end` verbatim. */
static void tell(struct recorder *recorder, uint64_t end)
{
    uint64_t told = transcript_log_offset(recorder->log, TRANSCRIPT_CLIENT);
    if (end <= told) {
        return;
    }
    size_t size = (size_t)(end - told);
    struct bytes held = bytes_part(buffer_bytes(&recorder->pending), 0, size);
    struct bytes lent = bytes_part(recorder->recent, 0, size - held.size);
    if (held.size > 0) {
        transcript_log_add(recorder->log, TRANSCRIPT_CLIENT, held);
    }
    if (lent.size > 0) {
        transcript_log_add(recorder->log, TRANSCRIPT_CLIENT, lent);
    }
    skip(recorder, held.size + lent.size);
}

void recorder_body(struct recorder *recorder, const struct smtp_event *event,
                   uint64_t body)
{
    tell(recorder, event->place.offset);
    assert(transcript_log_offset(recorder->log, TRANSCRIPT_CLIENT) ==
           event->place.offset);
    transcript_log_body(
        recorder->log, &(struct transcript_run){body, event->body.size,
                                                event->dots, event->dot_count});
    skip(recorder, (size_t)event->place.size);
}

void recorder_settle(struct recorder *recorder, bool is_in_body)
{
    uint64_t safe = recorder->fed;
    bool is_held = is_in_body || recorder->drop_secrets;
    size_t size = recorder->pending.size + recorder->recent.size;
    if (is_held && size <= (is_in_body ? PENDING_MAX : HELD_MAX)) {
        safe = is_in_body ? 0 : recorder->line_end;
    }
    tell(recorder, safe);
    buffer_add(&recorder->pending, recorder->recent);
    recorder->recent = (struct bytes){0};
    if (recorder->pending.size == 0) {
        buffer_free(&recorder->pending);
    }
}

void recorder_unread(struct recorder *recorder, struct bytes run)
{
    recorder_settle(recorder, false);
    if (recorder->pending.size > 0) {
        /* a line that a reset cut off */
        const struct smtp_event rest = {
            .line = buffer_bytes(&recorder->pending),
            .place = {recorder->fed - recorder->pending.size,
                      recorder->pending.size}};
        recorder_passed_over(recorder, &rest);
    }
    tell(recorder, recorder->fed);
    if (run.size > 0) {
        transcript_log_add(recorder->log, TRANSCRIPT_CLIENT, run);
        recorder->fed += run.size;
    }
}

void recorder_mask(struct recorder *recorder, const struct smtp_event *event,
                   bool is_whole)
{
    struct bytes secret = is_whole ? transcript_without_end(event->line)
                                   : transcript_secret(event->line);
    if (secret.size == 0) {
        return;
    }
    uint64_t from =
        event->place.offset + (uint64_t)(secret.at - event->line.at);
    tell(recorder, from);
    uint64_t told = transcript_log_offset(recorder->log, TRANSCRIPT_CLIENT);
    uint64_t end = from + secret.size;
    size_t rest = end > told ? (size_t)(end - told) : 0;
    for (size_t i = 0; i < rest; i++) {
        transcript_log_add(recorder->log, TRANSCRIPT_CLIENT, BYTES("*"));
    }
    skip(recorder, rest);
    recorder->is_lossy = true;
}

uint64_t recorder_said(const struct recorder *recorder)
{
    uint64_t said = transcript_log_offset(recorder->log, TRANSCRIPT_SERVER);
    for (size_t i = 0; i < RECORDER_SHARED; i++) {
        if (recorder->shared[i] != NULL) {
            said += shared_text_bytes(recorder->shared[i]).size;
        }
    }
    return said;
}

/* What we said first waits beside the log: an idle connection shares it. */
static bool is_shared(struct recorder *recorder, struct bytes run)
{
    if (transcript_log_offset(recorder->log, TRANSCRIPT_SERVER) > 0) {
        return false;
    }
    for (size_t i = 0; i < RECORDER_SHARED; i++) {
        if (recorder->shared[i] == NULL) {
            recorder->shared[i] = shared_text_new(run);
            return recorder->shared[i] != NULL;
        }
    }
    return false;
}

static void tell_shared(struct recorder *recorder)
{
    for (size_t i = 0; i < RECORDER_SHARED; i++) {
        struct shared_text *text = recorder->shared[i];
        if (text != NULL) {
            transcript_log_add(recorder->log, TRANSCRIPT_SERVER,
                               shared_text_bytes(text));
            shared_text_free(text);
            recorder->shared[i] = NULL;
        }
    }
}

void recorder_sent(struct recorder *recorder, struct bytes run,
                   enum transcript_layer layer)
{
    struct transcript_chunk chunk = {.offset = recorder_said(recorder),
                                     .time_us = recorder->now_us,
                                     .size = (uint32_t)run.size,
                                     .dir = TRANSCRIPT_SERVER,
                                     .layer = (uint8_t)layer};
    flush_chunk(recorder);
    transcript_log_chunk(recorder->log, &chunk);
    if (!is_shared(recorder, run)) {
        tell_shared(recorder);
        transcript_log_add(recorder->log, TRANSCRIPT_SERVER, run);
    }
    (void)recorder_waited(recorder, &recorder->waits.server_us);
}

size_t recorder_pending(const struct recorder *recorder)
{
    return transcript_log_pending(recorder->log);
}

struct bytes recorder_take(struct recorder *recorder)
{
    tell_shared(recorder);
    flush_chunk(recorder);
    return transcript_log_take(recorder->log);
}
