/* SPDX-License-Identifier: MIT */
#include "server/loop/control_copy.h"

#include <string.h>

static const char *text(struct arena *arena, const char *from)
{
    return from == NULL ? NULL : arena_text(arena, bytes_of(from));
}

static const struct inbox_param *
params(struct arena *arena, const struct inbox_param *from, size_t count)
{
    struct inbox_param *out = arena_new(arena, count * sizeof(*out));
    for (size_t i = 0; i < count; i++) {
        out[i].keyword = text(arena, from[i].keyword);
        out[i].value = text(arena, from[i].value);
    }
    return out;
}

static void copy_transaction(struct arena *arena, struct inbox_transaction *out)
{
    struct inbox_recipient *recipients =
        arena_new(arena, out->recipient_count * sizeof(*recipients));
    for (size_t i = 0; i < out->recipient_count; i++) {
        const struct inbox_recipient *from = &out->recipients[i];
        recipients[i] = *from;
        recipients[i].address = text(arena, from->address);
        recipients[i].raw = text(arena, from->raw);
        recipients[i].params = params(arena, from->params, from->param_count);
    }
    out->from = text(arena, out->from);
    out->from_raw = text(arena, out->from_raw);
    out->params = params(arena, out->params, out->param_count);
    out->recipients = recipients;
}

static void copy_strings(struct arena *arena, struct inbox_session *out)
{
    /* it is known with the first message or at the end; until then what it is
     * without any */
    out->inbox = out->inbox == NULL ? "default" : text(arena, out->inbox);
    out->listener = text(arena, out->listener);
    out->peer = text(arena, out->peer);
    out->local = text(arena, out->local);
    out->helo = text(arena, out->helo);
    out->tls = text(arena, out->tls);
    out->auth = text(arena, out->auth);
    out->proxy = text(arena, out->proxy);
    out->refusal = text(arena, out->refusal);
}

void control_copy_session(const struct recorder *recorder, struct arena *arena,
                          struct inbox_session *session_out)
{
    recorder_summary(recorder, arena, session_out);
    copy_strings(arena, session_out);
    /* The lists themselves are in the arena already, and ours to change. */
    struct inbox_transaction *transactions =
        (struct inbox_transaction *)session_out->transactions;
    for (size_t i = 0; i < session_out->transaction_count; i++) {
        copy_transaction(arena, &transactions[i]);
    }
    struct inbox_finding *findings =
        (struct inbox_finding *)session_out->findings;
    for (size_t i = 0; i < session_out->finding_count; i++) {
        findings[i].check = text(arena, findings[i].check);
        findings[i].text = text(arena, findings[i].text);
    }
}
