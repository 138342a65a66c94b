/* SPDX-License-Identifier: MIT */
#include "inbox/base/log.h"
#include "inbox/keeper/replay.h"

/* Which segment the index has reached, if it can be gone on with at all. */

struct missing {
    struct journal *journal;
    uint64_t count;
};

static void load_segment(void *context, const struct segment *saved)
{
    struct inbox *inbox = context;
    struct segment *segment = journal_segment(inbox->journal, saved->number);
    if (segment != NULL) {
        journal_live(inbox->journal, saved->number,
                     (int64_t)saved->live - (int64_t)segment->live);
        segment->refers_to = saved->refers_to;
        segment->marks = saved->marks;
    }
}

/* What is alive in segments before `reached`. One of which nothing is known is
 * taken to be alive whole: it must not be given back. */
static int load_space(struct inbox *inbox, uint32_t reached)
{
    struct segment *segment = journal_segment_at(inbox->journal, 0);
    for (size_t i = 1; segment != NULL && segment->number < reached; i++) {
        journal_live(inbox->journal, segment->number, (int64_t)segment->used);
        segment = journal_segment_at(inbox->journal, i);
    }
    return index_load_segments(inbox->index, load_segment, inbox);
}

/* Segments of which the index has something and the journal nothing. */
static void note_missing(void *context, const struct segment *saved)
{
    struct missing *missing = context;
    if (saved->live > 0 &&
        journal_segment(missing->journal, saved->number) == NULL) {
        log_line(LOG_WARN, "event=segment-missing segment=%u octets=%llu",
                 saved->number, (unsigned long long)saved->live);
        missing->count++;
    }
}

/* Why the index cannot be gone on with; NULL: it can. */
static const char *find_flaw(struct inbox *inbox)
{
    const struct index_position *at = &inbox->position;
    struct missing missing = {inbox->journal, 0};
    bool is_disk = inbox->options.dir != NULL;
    const struct segment *segment =
        journal_segment(inbox->journal, at->place.segment);
    if (index_is_corrupt(inbox->index)) {
        return "it is damaged";
    }
    if (journal_is_empty(inbox->journal)) {
        return "the journal is gone";
    }
    if (at->store != journal_store(inbox->journal) ||
        at->generation != journal_generation(inbox->journal)) {
        return "it is of another journal";
    }
    if (is_disk &&
        index_load_segments(inbox->index, note_missing, &missing) != 0) {
        return index_reason(inbox->index);
    }
    atomic_fetch_add(&inbox->damaged, missing.count);
    if (segment == NULL || missing.count > 0) {
        return "a segment of the journal is missing";
    }
    return at->place.offset > segment->room ? "the journal is shorter than it"
                                            : NULL;
}

/* Where to begin: the segment that the index has reached, or all of them when
 * it is not an index of this journal. */
int replay_from(struct inbox *inbox, uint32_t *first_out)
{
    uint32_t reached = inbox->position.place.segment;
    const char *flaw = reached == 0 ? "" : find_flaw(inbox);
    if (flaw == NULL) {
        *first_out = reached;
        atomic_store(&inbox->fill_from, inbox->position.filled);
        atomic_store(&inbox->talk_from, inbox->position.told);
        return inbox->is_space_known ? 0 : load_space(inbox, reached);
    }
    *first_out = 0;
    inbox->position = (struct index_position){0};
    if (reached == 0 && !index_is_corrupt(inbox->index)) {
        return 0;
    }
    log_line(LOG_WARN, "event=index-rebuilt reason=\"%s\"", flaw);
    atomic_store(&inbox->fill_from, 0);
    atomic_store(&inbox->talk_from, 0);
    return index_reset(inbox->index);
}
