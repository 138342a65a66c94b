/* SPDX-License-Identifier: MIT */
#include "inbox/record/record.h"

#include <string.h>
#include <strings.h>

#include "inbox/diagnosis/catalogue.h"
#include "inbox/record/draft.h"

enum { FLAG_BDAT = 1, FLAG_ABORTED = 2, FLAG_SMTPUTF8 = 4 };

uint64_t record_place(struct journal_place place)
{
    return (uint64_t)place.segment << 32 | place.offset;
}

struct journal_place record_place_of(uint64_t packed)
{
    return (struct journal_place){(uint32_t)(packed >> 32), (uint32_t)packed};
}

/* ---- Messages and bodies */

static const struct inbox_param *
find_param(const struct inbox_transaction *envelope, const char *keyword)
{
    for (size_t i = 0; envelope != NULL && i < envelope->param_count; i++) {
        if (strcasecmp(envelope->params[i].keyword, keyword) == 0) {
            return &envelope->params[i];
        }
    }
    return NULL;
}

/* The words of RFC 6152 and RFC 3030 as the API writes them. */
static const char *body_type(const struct inbox_transaction *envelope)
{
    static const char *const words[] = {"7bit", "8bitmime", "binarymime"};
    const struct inbox_param *param = find_param(envelope, "BODY");
    for (size_t i = 0; param != NULL && param->value != NULL && i < 3; i++) {
        if (strcasecmp(param->value, words[i]) == 0) {
            return words[i];
        }
    }
    return NULL;
}

static bool is_accepted(const struct inbox_recipient *recipient)
{
    return recipient->code >= 200 && recipient->code < 300;
}

static void pack_envelope(struct buffer *out,
                          const struct inbox_transaction *envelope)
{
    size_t count = 0;
    if (envelope == NULL) {
        pack_text(out, NULL);
        pack_number(out, 0);
        return;
    }
    pack_text(out, envelope->from);
    for (size_t i = 0; i < envelope->recipient_count; i++) {
        count += is_accepted(&envelope->recipients[i]) ? 1 : 0;
    }
    pack_number(out, count);
    for (size_t i = 0; i < envelope->recipient_count; i++) {
        if (is_accepted(&envelope->recipients[i])) {
            pack_text(out, envelope->recipients[i].address);
        }
    }
}

static void pack_counts(struct buffer *out, const struct inbox_counts *counts)
{
    pack_number(out, counts->error);
    pack_number(out, counts->warning);
    pack_number(out, counts->notice);
}

static void read_counts(struct unpack *from, struct inbox_counts *counts)
{
    counts->error = (uint32_t)unpack_number(from);
    counts->warning = (uint32_t)unpack_number(from);
    counts->notice = (uint32_t)unpack_number(from);
}

void record_pack_body(struct buffer *out, const struct inbox_delivery *delivery,
                      int64_t received_at_us)
{
    const struct inbox_session *session = delivery->session;
    const struct inbox_transaction *envelope = delivery->envelope;
    struct inbox_counts counts = {0};
    unsigned flags = delivery->is_bdat ? FLAG_BDAT : 0;
    flags |= delivery->is_aborted ? FLAG_ABORTED : 0;
    flags |= find_param(envelope, "SMTPUTF8") != NULL ? FLAG_SMTPUTF8 : 0;
    if (session != NULL && delivery->transaction != 0) {
        counts = record_findings(session, delivery->transaction);
    }
    pack_signed(out, received_at_us);
    pack_number(out, session != NULL ? session->id : 0);
    pack_number(out, delivery->transaction);
    pack_number(out, delivery->body);
    pack_number(out, delivery->wire_size);
    pack_number(out, flags);
    pack_text(out, body_type(envelope));
    pack_envelope(out, envelope);
    pack_counts(out, &counts);
    pack_number(out, delivery->draft->dot_count);
    pack_number(out, delivery->draft->dots.size);
    buffer_add(out, buffer_bytes(&delivery->draft->dots));
}

static void read_envelope(struct unpack *from, struct arena *arena,
                          struct record_body *body)
{
    body->body_type = unpack_text(from, arena);
    body->from = unpack_text(from, arena);
    body->to_count = unpack_count(from);
    const char **to = arena_new(arena, body->to_count * sizeof(*to));
    for (size_t i = 0; i < body->to_count; i++) {
        to[i] = unpack_text(from, arena);
        to[i] = to[i] == NULL ? "" : to[i];
    }
    body->to = to;
}

static void read_meta(struct unpack *from, struct arena *arena,
                      struct record_body *body)
{
    body->received_at_us = unpack_signed(from);
    body->session = unpack_number(from);
    body->transaction = (uint32_t)unpack_number(from);
    body->number = unpack_number(from);
    body->wire_size = unpack_number(from);
    uint64_t flags = unpack_number(from);
    body->is_bdat = (flags & FLAG_BDAT) != 0;
    body->is_aborted = (flags & FLAG_ABORTED) != 0;
    body->is_smtputf8 = (flags & FLAG_SMTPUTF8) != 0;
    read_envelope(from, arena, body);
    read_counts(from, &body->findings);
    body->dot_count = unpack_number(from);
    body->dots = bytes_part(from->rest, 0, unpack_count(from));
}

size_t record_read_body(struct bytes octets, bool is_message,
                        struct arena *arena, struct record_body *body_out)
{
    *body_out = (struct record_body){0};
    size_t prefix = is_message ? RECORD_PREFIX_MESSAGE : RECORD_PREFIX_BODY;
    if (octets.size < prefix) {
        return 0;
    }
    uint32_t size = unpack_u32(octets.at + prefix - 4);
    struct unpack from = {bytes_part(octets, prefix, size), false};
    if (from.rest.size < size) {
        return 0;
    }
    if (is_message) {
        body_out->inbox = unpack_text(&from, arena);
    }
    read_meta(&from, arena, body_out);
    bool is_bad = from.is_broken || body_out->dot_count > body_out->dots.size ||
                  (is_message && body_out->inbox == NULL);
    return is_bad ? 0 : prefix + size;
}

uint64_t *record_dots(const struct record_body *body, struct arena *arena)
{
    uint64_t *dots = arena_new(arena, (size_t)body->dot_count * sizeof(*dots));
    struct unpack from = {body->dots, false};
    uint64_t at = 0;
    for (uint64_t i = 0; i < body->dot_count; i++) {
        at += unpack_number(&from);
        dots[i] = at;
    }
    return dots;
}

/* ---- Findings and ids */

struct inbox_counts record_findings(const struct inbox_session *session,
                                    uint32_t transaction)
{
    struct inbox_counts counts = {0};
    for (size_t i = 0; i < session->finding_count; i++) {
        const struct inbox_finding *finding = &session->findings[i];
        if (transaction != 0 && finding->transaction != transaction) {
            continue;
        }
        const struct diagnosis_check *check = diagnosis_find(finding->check);
        enum diagnosis_severity severity =
            check == NULL ? DIAGNOSIS_INFO : check->severity;
        counts.error += severity == DIAGNOSIS_ERROR ? 1 : 0;
        counts.warning += severity == DIAGNOSIS_WARNING ? 1 : 0;
        counts.notice += severity == DIAGNOSIS_INFO ? 1 : 0;
    }
    return counts;
}

void record_pack_ids(struct buffer *out, const uint64_t *ids, size_t count)
{
    uint64_t last = 0;
    pack_number(out, count);
    for (size_t i = 0; i < count; i++) {
        pack_signed(out, (int64_t)(ids[i] - last));
        last = ids[i];
    }
}

size_t record_read_ids(struct unpack *from, struct arena *arena,
                       uint64_t **ids_out)
{
    size_t count = unpack_count(from);
    uint64_t *ids = arena_new(arena, count * sizeof(*ids));
    uint64_t last = 0;
    for (size_t i = 0; i < count; i++) {
        last += (uint64_t)unpack_signed(from);
        ids[i] = last;
    }
    *ids_out = ids;
    return from->is_broken ? 0 : count;
}
