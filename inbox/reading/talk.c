/* SPDX-License-Identifier: MIT */
#include "inbox/reading/talk.h"

#include <stdio.h>

#include "inbox/base/memory.h"
#include "inbox/index/signature.h"
#include "inbox/query/facts.h"
#include "inbox/reading/reading.h"

/* What was said in a session is signed when nothing else is to be done, as the
 * texts of messages are: searches for a client, a command or a reply then read
 * only sessions that may hold it. One that ends after later ones were signed,
 * or is very long, is never signed; searches read it. */

#define AT_ONCE 16

static void sign_people(struct signature *signature,
                        const struct inbox_session *session)
{
    for (size_t i = 0; i < session->transaction_count; i++) {
        const struct inbox_transaction *one = &session->transactions[i];
        signature_add(signature, one->from);
        for (size_t j = 0; j < one->recipient_count; j++) {
            signature_add(signature, one->recipients[j].address);
        }
    }
}

static void sign_members(struct signature *signature, const char *json,
                         struct arena *arena)
{
    static const char *const names[] = {"user",   "mechanism", "version",
                                        "cipher", "sni",       NULL};
    for (size_t i = 0; names[i] != NULL; i++) {
        signature_add(signature, facts_member(json, names[i], arena));
    }
}

/* As =550= and =5xx=, so that no other text is taken for one. */
static void sign_code(struct signature *signature, uint16_t code)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "=%u=%uxx=", code, code / 100U);
    signature_add(signature, text);
}

static void sign_talk(struct signature *signature, const struct facts *facts)
{
    for (size_t i = 0; i < facts->verb_count; i++) {
        signature_add(signature, facts->verbs[i]);
    }
    for (size_t i = 0; i < facts->reply_count; i++) {
        signature_add(signature, facts->replies[i].text);
        sign_code(signature, facts->replies[i].code);
    }
}

/* All that a search may look at. */
static void sign(struct signature *signature, const struct facts *facts,
                 struct arena *arena)
{
    const struct inbox_session *session = facts->session;
    signature_add(signature, session->peer);
    signature_add(signature, session->helo);
    sign_members(signature, session->tls, arena);
    sign_members(signature, session->auth, arena);
    sign_people(signature, session);
    for (size_t i = 0; i < session->finding_count; i++) {
        signature_add(signature, session->findings[i].check);
    }
    sign_talk(signature, facts);
}

/* To read a longer one for a search that nobody made would be felt. */
#define COMMANDS_MOST 2000

static bool is_short(struct inbox *inbox, uint64_t id, struct arena *arena)
{
    struct index_ended row;
    struct index_view *view = index_view(inbox->index);
    if (view == NULL) {
        return false;
    }
    int found = index_read_session(view, id, arena, &row);
    index_view_end(inbox->index, view);
    return found == 1 && row.session.commands <= COMMANDS_MOST;
}

/* NULL: it is gone, or too long. */
static struct job *read_session(struct inbox *inbox, uint64_t id)
{
    struct arena arena = {0};
    struct reading_session said = {.wants_pieces = true};
    struct facts facts;
    struct signature signature = {{0}};
    struct facts_source source = {.session = &said.session,
                                  .wants = FACTS_TRANSCRIPT};
    struct job *job = NULL;
    if (is_short(inbox, id, &arena) &&
        reading_whole(inbox, id, &arena, &said) == INBOX_OK) {
        source.pieces = said.pieces.items;
        source.piece_count = said.pieces.count;
        facts_make(&source, &arena, &facts);
        sign(&signature, &facts, &arena);
        job = memory_new(sizeof(*job));
        job->kind = JOB_TALK;
        job->message = id;
        signature_pack(&signature, &job->meta);
    }
    arena_free(&arena);
    return job;
}

int talk_some(struct inbox *inbox)
{
    uint64_t ids[AT_ONCE];
    struct index_view *view = index_view(inbox->index);
    struct job *first = NULL;
    struct job **last = &first;
    int count = 0;
    if (view != NULL) {
        count = index_read_sessions(view, atomic_load(&inbox->talk_from), ids,
                                    AT_ONCE);
        index_view_end(inbox->index, view);
    }
    for (int i = 0; i < count; i++) {
        *last = read_session(inbox, ids[i]);
        last = *last != NULL ? &(*last)->next : last;
    }
    if (first != NULL) {
        queue_give(&inbox->queue, first, last);
    }
    if (count > 0) {
        atomic_store(&inbox->talk_from, ids[count - 1]);
    }
    return count;
}
