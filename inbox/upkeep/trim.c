/* SPDX-License-Identifier: MIT */
#include "inbox/upkeep/trim.h"

#include "inbox/base/memory.h"
#include "inbox/record/chain.h"

/* A connection that is kept for thousands of messages has a piece of
 * transcript for each. When messages are retired, their pieces go with them,
 * oldest first, while the session lives on in the others. */

int trim_tip(struct inbox *inbox, uint64_t session, struct record_tip *tip_out)
{
    struct index_row row;
    const struct live *live = live_find(&inbox->live, session);
    if (live != NULL) {
        *tip_out = (struct record_tip){live->place, live->cut};
        return live->place.segment != 0 ? 1 : 0;
    }
    int found = index_find_session(inbox->index, session, &row);
    if (found == 1) {
        *tip_out = (struct record_tip){row.place, row.cut};
    }
    return found;
}

/* A message and its piece are written in one go, so the one stands behind the
 * other, unless they were copied since. */
static bool is_next_to(struct inbox *inbox, const struct index_row *row,
                       struct record_tip tip, struct journal_place *cut_out)
{
    struct journal_found found;
    struct journal_place next = row->place;
    next.offset += JOURNAL_RECORD_HEAD + row->head + (uint32_t)row->size;
    *cut_out = next;
    return record_place(next) > record_place(tip.cut) &&
           record_place(next) <= record_place(tip.place) &&
           journal_look(inbox->journal, next, &found) == 0 &&
           found.type == RECORD_PIECE && found.key[0] == row->session &&
           chain_message(inbox->journal, &found) == row->id;
}

/* The newest record whose messages all went with `message`. */
static bool look_back(struct inbox *inbox, const struct index_row *row,
                      struct record_tip tip, struct journal_place *cut_out)
{
    struct arena arena = {0};
    struct chain chain = {.journal = inbox->journal, .arena = &arena};
    uint64_t newest = UINT64_MAX;
    chain_follow(&chain, row->session, tip);
    for (size_t i = 0; i < chain.count && newest > row->id; i++) {
        uint64_t id = chain_message(inbox->journal, &chain.found[i]);
        newest = id != 0 ? id : newest;
        *cut_out = chain.found[i].place;
    }
    arena_free(&arena);
    return newest <= row->id;
}

int trim_find(struct inbox *inbox, const struct index_row *row,
              struct trim *trim_out)
{
    struct record_tip tip;
    int found = trim_tip(inbox, row->session, &tip);
    if (found != 1) {
        return found;
    }
    *trim_out = (struct trim){row->session, row->id, {0}};
    return is_next_to(inbox, row, tip, &trim_out->cut) ||
                   look_back(inbox, row, tip, &trim_out->cut)
               ? 1
               : 0;
}

/* Of those whose messages all went, or never came, the one that keeps most. */
static const struct live *most_kept(const struct live_table *table)
{
    const struct live *most = NULL;
    for (size_t i = 0; i < LIVE_BUCKETS; i++) {
        const struct live *live = table->buckets[i];
        for (; live != NULL; live = live->next) {
            if (live->alive == 0 && live->kept > 0 &&
                (most == NULL || live->kept > most->kept)) {
                most = live;
            }
        }
    }
    return most;
}

bool trim_find_open(struct inbox *inbox, uint64_t least, struct trim *trim_out)
{
    struct arena arena = {0};
    struct chain chain = {.journal = inbox->journal, .arena = &arena};
    const struct live *live = most_kept(&inbox->live);
    if (live == NULL || live->kept < least) {
        return false;
    }
    const struct record_tip tip = {live->place, live->cut};
    uint64_t kept = 0;
    size_t at = 0;
    chain_follow(&chain, live->id, tip);
    while (at < chain.count && (at == 0 || kept < live->kept / 2)) {
        kept += chain.found[at++].size;
    }
    bool is_found = at < chain.count;
    if (is_found) {
        *trim_out = (struct trim){live->id, 0, chain.found[at].place};
    }
    arena_free(&arena);
    return is_found;
}

/* Octets of the records between, which nobody needs from now on. */
static uint64_t release(struct inbox *inbox, uint64_t session,
                        struct record_tip tip)
{
    struct arena arena = {0};
    struct chain chain = {.journal = inbox->journal, .arena = &arena};
    uint64_t size = 0;
    bool is_counted = !inbox->is_replaying || !inbox->is_space_known;
    chain_follow(&chain, session, tip);
    for (size_t i = 0; i < chain.count && is_counted; i++) {
        const struct journal_found *found = &chain.found[i];
        size += found->size;
        journal_live(inbox->journal, found->place.segment,
                     -((int64_t)found->size + JOURNAL_RECORD_HEAD));
    }
    arena_free(&arena);
    return size;
}

static void cut_live(struct inbox *inbox, struct live *live,
                     const struct trim *trim, uint64_t size)
{
    live_cut(&inbox->live, live, trim->cut, trim->message);
    live_set_kept(&inbox->live, live,
                  live->kept > size ? live->kept - size : 0);
}

int trim_apply(struct inbox *inbox, const struct trim *trim)
{
    struct record_tip tip;
    int found = trim_tip(inbox, trim->session, &tip);
    if (found != 1 || record_place(trim->cut) <= record_place(tip.cut)) {
        return found < 0 ? -1 : 0;
    }
    const struct record_tip gone = {trim->cut, tip.cut};
    uint64_t size = release(inbox, trim->session, gone);
    struct live *live = live_find(&inbox->live, trim->session);
    if (live != NULL) {
        cut_live(inbox, live, trim, size);
        return 0;
    }
    return index_cut_session(inbox->index, trim->session, trim->cut,
                             trim->message);
}

void trim_apply_live(struct inbox *inbox, const struct trim *trim)
{
    struct live *live = live_find(&inbox->live, trim->session);
    if (live != NULL && record_place(trim->cut) > record_place(live->cut)) {
        live_cut(&inbox->live, live, trim->cut, trim->message);
    }
}
