/* SPDX-License-Identifier: MIT */
#include "inbox/match/fields.h"

#include <stdlib.h>
#include <string.h>

static bool is(const char *what, const char *name)
{
    return strcmp(what, name) == 0;
}

/* A member of a JSON text as the value it was. */
static void add_member(struct match_values *values, const char *json,
                       const char *name)
{
    const char *text = facts_member(json, name, values->arena);
    char *end;
    long long number;

    if (!text || *text == '\0') {
        return;
    }
    if (is(text, "true") || is(text, "false")) {
        match_add_bool(values, is(text, "true"));
        return;
    }
    number = strtoll(text, &end, 10);
    if (*end == '\0') {
        match_add_number(values, number);
    } else {
        match_add_text(values, text);
    }
}

static void add_transactions(struct match_values *values,
                             const struct inbox_session *session,
                             bool of_senders)
{
    values->is_list = values->is_address = true;
    for (size_t i = 0; i < session->transaction_count; i++) {
        const struct inbox_transaction *one = &session->transactions[i];

        if (of_senders) {
            match_add_text(values, one->from);
            continue;
        }
        for (size_t j = 0; j < one->recipient_count; j++) {
            match_add_text(values, one->recipients[j].address);
        }
    }
}

static void add_findings(struct match_values *values, const struct facts *facts)
{
    const struct inbox_session *session = facts->session;

    values->is_list = true;
    for (size_t i = 0; i < session->finding_count; i++) {
        uint32_t transaction = session->findings[i].transaction;

        if (!facts->message || transaction == 0 ||
            transaction == facts->message->transaction) {
            match_add_text(values, session->findings[i].check);
        }
    }
}

static void add_talk(struct match_values *values, const char *what,
                     const struct facts *facts)
{
    values->is_list = true;
    for (size_t i = 0; is(what, "cmd") && i < facts->verb_count; i++) {
        match_add_text(values, facts->verbs[i]);
    }
    for (size_t i = 0; !is(what, "cmd") && i < facts->reply_count; i++) {
        if (is(what, "code")) {
            match_add_number(values, facts->replies[i].code);
        } else {
            match_add_text(values, facts->replies[i].text);
        }
    }
}

static bool gather_texts(const char *what, const struct inbox_session *session,
                         struct match_values *values)
{
    const struct {
        const char *name;
        const char *text;
    } rows[] = {{"inbox", session->inbox},
                {"client", session->peer},
                {"listener", session->listener},
                {"ehlo", session->helo},
                {"outcome", session->outcome},
                {"close_reason", session->close_reason}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (is(what, rows[i].name)) {
            match_add_text(values, rows[i].text);
            return true;
        }
    }
    return false;
}

static bool gather_numbers(const char *what,
                           const struct inbox_session *session,
                           struct match_values *values)
{
    int64_t end_us =
        session->closed_at_us ? session->closed_at_us : session->opened_at_us;
    const struct {
        const char *name;
        uint64_t number;
    } rows[] = {
        {"id", session->id},
        {"session", session->id},
        {"seq", session->seq},
        {"bytes_in", session->bytes_in},
        {"bytes_out", session->bytes_out},
        {"commands", session->commands},
        {"errors", session->errors},
        {"messages", session->message_count},
        {"transactions", session->transaction_count},
        {"duration_ms", (uint64_t)(end_us - session->opened_at_us) / 1000},
        {"slow_ms", session->slowest_gap_us / 1000},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (is(what, rows[i].name)) {
            match_add_number(values, (int64_t)rows[i].number);
            return true;
        }
    }
    return false;
}

bool match_gather_session(const char *what, const char *rest,
                          const struct facts *facts,
                          struct match_values *values)
{
    const struct inbox_session *session = facts->session;

    if (!session) {
        return false;
    }
    if (gather_texts(what, session, values) ||
        gather_numbers(what, session, values)) {
        return true;
    }
    if (is(what, "tls")) {
        add_member(values, session->tls, *rest ? rest : "version");
    } else if (is(what, "auth")) {
        add_member(values, session->auth, *rest ? rest : "user");
    } else if (is(what, "fault")) {
        match_add_bool(values, session->is_fault);
    } else if (is(what, "live")) {
        match_add_bool(values, session->is_live);
    } else if (is(what, "mailfrom") || is(what, "rcpt")) {
        add_transactions(values, session, is(what, "mailfrom"));
    } else if (is(what, "finding")) {
        add_findings(values, facts);
    } else if (is(what, "findings")) {
        match_add_counts(values, rest, &session->finding_counts);
    } else if (is(what, "code") || is(what, "cmd") || is(what, "reply")) {
        add_talk(values, what, facts);
    } else {
        return false;
    }
    return true;
}
