/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "inbox/record/record.h"

/* Sessions: what a piece says of one, and how pieces add up. */

/* In place of a text that can be told from the one before it. */
#define SAME "="

enum {
    FLAG_LIVE = 1,
    FLAG_FAULT = 2,
    FLAG_LOSSLESS = 4,
    FLAG_REFUSAL = 8, /* a refusal is behind the scalars */
    FLAG_WAITS = 16   /* waits are behind it */
};

static bool has_waits(const struct inbox_waits *waits)
{
    return (waits->client_us | waits->server_us | waits->tls_us) != 0;
}

void record_pack_scalars(struct buffer *out,
                         const struct inbox_session *session)
{
    unsigned flags = session->is_live ? FLAG_LIVE : 0;
    flags |= session->is_fault ? FLAG_FAULT : 0;
    flags |= session->is_lossless ? FLAG_LOSSLESS : 0;
    flags |= session->refusal != NULL ? FLAG_REFUSAL : 0;
    flags |= has_waits(&session->waits) ? FLAG_WAITS : 0;
    pack_number(out, session->id);
    pack_number(out, flags);
    pack_text(out, session->listener);
    pack_text(out, session->peer);
    bool is_same = session->local != NULL && session->listener != NULL &&
                   strcmp(session->local, session->listener) == 0;
    pack_text(out, is_same ? SAME : session->local);
    pack_signed(out, session->opened_at_us);
    pack_signed(out, session->closed_at_us);
    pack_text(out, session->outcome);
    pack_text(out, session->close_reason);
    pack_text(out, session->helo);
    pack_text(out, session->helo_verb);
    pack_text(out, session->tls);
    pack_text(out, session->auth);
    pack_text(out, session->proxy);
    pack_number(out, session->bytes_in);
    pack_number(out, session->bytes_out);
    pack_number(out, session->commands);
    pack_number(out, session->errors);
    pack_number(out, session->slowest_gap_us);
    pack_number(out, session->accepted);
    pack_number(out, session->refused);
    if (session->refusal != NULL) {
        pack_text(out, session->refusal);
    }
    if (has_waits(&session->waits)) {
        pack_number(out, session->waits.client_us);
        pack_number(out, session->waits.server_us);
        pack_number(out, session->waits.tls_us);
    }
}

void record_read_scalars(struct unpack *from, struct arena *arena,
                         struct inbox_session *session_out)
{
    struct inbox_session *session = session_out;
    session->id = unpack_number(from);
    uint64_t flags = unpack_number(from);
    session->is_live = (flags & FLAG_LIVE) != 0;
    session->is_fault = (flags & FLAG_FAULT) != 0;
    session->is_lossless = (flags & FLAG_LOSSLESS) != 0;
    session->listener = unpack_text(from, arena);
    session->peer = unpack_text(from, arena);
    session->local = unpack_text(from, arena);
    if (session->local != NULL && strcmp(session->local, SAME) == 0) {
        session->local = session->listener;
    }
    session->opened_at_us = unpack_signed(from);
    session->closed_at_us = unpack_signed(from);
    session->outcome = unpack_text(from, arena);
    session->close_reason = unpack_text(from, arena);
    session->helo = unpack_text(from, arena);
    session->helo_verb = unpack_text(from, arena);
    session->tls = unpack_text(from, arena);
    session->auth = unpack_text(from, arena);
    session->proxy = unpack_text(from, arena);
    session->bytes_in = unpack_number(from);
    session->bytes_out = unpack_number(from);
    session->commands = (uint32_t)unpack_number(from);
    session->errors = (uint32_t)unpack_number(from);
    session->slowest_gap_us = unpack_number(from);
    session->accepted = (uint32_t)unpack_number(from);
    session->refused = (uint32_t)unpack_number(from);
    session->refusal =
        (flags & FLAG_REFUSAL) != 0 ? unpack_text(from, arena) : NULL;
    session->waits = (struct inbox_waits){0};
    if ((flags & FLAG_WAITS) != 0) {
        session->waits.client_us = unpack_number(from);
        session->waits.server_us = unpack_number(from);
        session->waits.tls_us = unpack_number(from);
    }
}

static void pack_params(struct buffer *out, const struct inbox_param *params,
                        size_t count)
{
    pack_number(out, count);
    for (size_t i = 0; i < count; i++) {
        pack_text(out, params[i].keyword);
        pack_text(out, params[i].value);
    }
}

static size_t read_params(struct unpack *from, struct arena *arena,
                          const struct inbox_param **params_out)
{
    size_t count = unpack_count(from);
    struct inbox_param *params = arena_new(arena, count * sizeof(*params));
    for (size_t i = 0; i < count; i++) {
        const char *keyword = unpack_text(from, arena);
        params[i].keyword = keyword == NULL ? "" : keyword;
        params[i].value = unpack_text(from, arena);
    }
    *params_out = params;
    return count;
}

/* Nearly every path is the address in angle brackets. */
static void pack_raw(struct buffer *out, const char *raw, const char *address)
{
    size_t size = raw == NULL || address == NULL ? 0 : strlen(address);
    bool is_same = size > 0 && raw[0] == '<' &&
                   strncmp(raw + 1, address, size) == 0 &&
                   strcmp(raw + 1 + size, ">") == 0;
    pack_text(out, is_same ? SAME : raw);
}

static const char *read_raw(struct unpack *from, struct arena *arena,
                            const char *address)
{
    const char *raw = unpack_text(from, arena);
    if (raw == NULL || address == NULL || strcmp(raw, SAME) != 0) {
        return raw;
    }
    return arena_print(arena, "<%s>", address);
}

static void pack_transaction(struct buffer *out,
                             const struct inbox_transaction *one)
{
    pack_text(out, one->from);
    pack_raw(out, one->from_raw, one->from);
    pack_params(out, one->params, one->param_count);
    pack_number(out, one->mail_code);
    pack_number(out, one->code);
    pack_number(out, one->body);
    pack_number(out, one->message);
    pack_number(out, one->size);
    pack_number(out, one->recipient_count);
    for (size_t i = 0; i < one->recipient_count; i++) {
        const struct inbox_recipient *recipient = &one->recipients[i];
        pack_text(out, recipient->address);
        pack_raw(out, recipient->raw, recipient->address);
        pack_params(out, recipient->params, recipient->param_count);
        pack_number(out, recipient->code);
    }
}

static void read_transaction(struct unpack *from, struct arena *arena,
                             struct inbox_transaction *one)
{
    one->from = unpack_text(from, arena);
    one->from_raw = read_raw(from, arena, one->from);
    one->param_count = read_params(from, arena, &one->params);
    one->mail_code = (uint16_t)unpack_number(from);
    one->code = (uint16_t)unpack_number(from);
    one->body = unpack_number(from);
    one->message = unpack_number(from);
    one->size = unpack_number(from);
    one->recipient_count = unpack_count(from);
    struct inbox_recipient *recipients =
        arena_new(arena, one->recipient_count * sizeof(*recipients));
    for (size_t i = 0; i < one->recipient_count; i++) {
        struct inbox_recipient *recipient = &recipients[i];
        recipient->address = unpack_text(from, arena);
        recipient->raw = read_raw(from, arena, recipient->address);
        recipient->param_count = read_params(from, arena, &recipient->params);
        recipient->code = (uint16_t)unpack_number(from);
    }
    one->recipients = recipients;
}

static void pack_finding(struct buffer *out, const struct inbox_finding *one)
{
    pack_text(out, one->check);
    pack_number(out, one->count);
    pack_text(out, one->text);
    pack_number(out, one->event);
    pack_number(out, one->transaction);
    pack_number(out, one->dir);
    pack_number(out, one->offset);
    pack_number(out, one->length);
}

static void read_finding(struct unpack *from, struct arena *arena,
                         struct inbox_finding *one)
{
    const char *check = unpack_text(from, arena);
    one->check = check == NULL ? "" : check;
    one->count = (uint32_t)unpack_number(from);
    one->text = unpack_text(from, arena);
    one->event = (uint32_t)unpack_number(from);
    one->transaction = (uint32_t)unpack_number(from);
    one->dir = (uint8_t)unpack_number(from);
    one->offset = unpack_number(from);
    one->length = unpack_number(from);
}

void record_pack_session(struct buffer *out,
                         const struct inbox_session *session)
{
    record_pack_scalars(out, session);
    pack_number(
        out, session->first_transaction == 0 ? 1 : session->first_transaction);
    pack_number(out, session->transaction_count);
    for (size_t i = 0; i < session->transaction_count; i++) {
        pack_transaction(out, &session->transactions[i]);
    }
    pack_number(out, session->finding_count);
    for (size_t i = 0; i < session->finding_count; i++) {
        pack_finding(out, &session->findings[i]);
    }
    record_pack_ids(out, session->messages, session->message_count);
}

int record_read_session(struct bytes octets, struct arena *arena,
                        struct inbox_session *session_out)
{
    struct unpack from = {octets, false};
    *session_out = (struct inbox_session){0};
    record_read_scalars(&from, arena, session_out);
    session_out->first_transaction = (uint32_t)unpack_number(&from);
    size_t count = unpack_count(&from);
    struct inbox_transaction *transactions =
        arena_new(arena, count * sizeof(*transactions));
    for (size_t i = 0; i < count && !from.is_broken; i++) {
        read_transaction(&from, arena, &transactions[i]);
    }
    session_out->transactions = transactions;
    session_out->transaction_count = count;
    count = unpack_count(&from);
    struct inbox_finding *findings =
        arena_new(arena, count * sizeof(*findings));
    for (size_t i = 0; i < count && !from.is_broken; i++) {
        read_finding(&from, arena, &findings[i]);
    }
    session_out->findings = findings;
    session_out->finding_count = count;
    uint64_t *messages = NULL;
    session_out->message_count = record_read_ids(&from, arena, &messages);
    session_out->messages = messages;
    return from.is_broken ? -1 : 0;
}

int record_read_piece(struct bytes octets, struct arena *arena,
                      struct record_piece *piece_out)
{
    if (octets.size < RECORD_PREFIX_PIECE) {
        return -1;
    }
    piece_out->back = record_place_of(unpack_u64(octets.at));
    piece_out->message = unpack_u64(octets.at + 8);
    uint32_t size = unpack_u32(octets.at + 16);
    struct unpack from = {bytes_part(octets, RECORD_PREFIX_PIECE, size), false};
    if (from.rest.size < size) {
        return -1;
    }
    piece_out->inbox = unpack_text(&from, arena);
    piece_out->session = from.rest;
    piece_out->transcript =
        bytes_part(octets, (size_t)RECORD_PREFIX_PIECE + size, SIZE_MAX);
    return from.is_broken || piece_out->inbox == NULL ? -1 : 0;
}
