/* SPDX-License-Identifier: MIT */
#include "inbox/mail/text.h"

#include <string.h>

#define MOST_TAGS 20
#define MOST_TAG_SIZE 64

/* X-Tags: one, two */
static void read_tags(struct bytes raw, struct arena *arena,
                      struct mail_summary *summary)
{
    char *text = text_header(raw, arena);

    if (!summary->tags) {
        summary->tags = arena_new(arena, MOST_TAGS * sizeof(char *));
    }
    while (*text != '\0' && summary->tag_count < MOST_TAGS) {
        size_t size = strcspn(text, ",");
        struct bytes tag =
            text_trim((struct bytes){(unsigned char *)text, size});

        if (tag.size > 0 && tag.size <= MOST_TAG_SIZE) {
            summary->tags[summary->tag_count++] = arena_text(arena, tag);
        }
        text += size;
        text += *text == ',';
    }
}

static void read_from(struct bytes raw, struct arena *arena,
                      struct mail_summary *summary)
{
    size_t count = 0;
    struct mail_address *from;

    if (summary->from.address) {
        return;
    }
    from = text_addresses(raw, arena, NULL, &count);
    if (count > 0) {
        summary->from = from[0];
    }
}

static void read_to(struct bytes raw, struct arena *arena,
                    struct mail_summary *summary)
{
    summary->to = text_addresses(raw, arena, summary->to, &summary->to_count);
}

static void read_cc(struct bytes raw, struct arena *arena,
                    struct mail_summary *summary)
{
    summary->cc = text_addresses(raw, arena, summary->cc, &summary->cc_count);
}

static void read_subject(struct bytes raw, struct arena *arena,
                         struct mail_summary *summary)
{
    if (!summary->subject) {
        summary->subject = text_header(raw, arena);
    }
}

static void read_id(struct bytes raw, struct arena *arena,
                    struct mail_summary *summary)
{
    if (!summary->message_id) {
        summary->message_id = text_unfolded(raw, arena);
    }
}

static void read_date(struct bytes raw, struct arena *arena,
                      struct mail_summary *summary)
{
    if (summary->date_us == INT64_MIN) {
        summary->date_us = text_date(raw, arena);
    }
}

/* `most`: how often a field is read. RFC 5322 3.6 allows each once; a sender
 * that writes a broken Date a million times must not hold the keeper up. */
static const struct {
    struct bytes name;
    void (*read)(struct bytes raw, struct arena *arena,
                 struct mail_summary *summary);
    unsigned most;
} wanted[] = {
    {{(const unsigned char *)"from", 4}, read_from, 1},
    {{(const unsigned char *)"to", 2}, read_to, 4},
    {{(const unsigned char *)"cc", 2}, read_cc, 4},
    {{(const unsigned char *)"subject", 7}, read_subject, 1},
    {{(const unsigned char *)"message-id", 10}, read_id, 1},
    {{(const unsigned char *)"date", 4}, read_date, 1},
    {{(const unsigned char *)"x-tags", 6}, read_tags, 4},
};

void mail_summarize(struct bytes raw, struct arena *arena,
                    struct mail_summary *summary_out)
{
    struct text_field field;
    unsigned seen[sizeof(wanted) / sizeof(wanted[0])] = {0};
    size_t at = 0;

    *summary_out = (struct mail_summary){.date_us = INT64_MIN};
    while (text_next_field(raw, &at, &field)) {
        for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
            if (bytes_equal_nocase(field.name, wanted[i].name) &&
                seen[i]++ < wanted[i].most) {
                wanted[i].read(field.value, arena, summary_out);
            }
        }
    }
    summary_out->header_bytes = at;
}
