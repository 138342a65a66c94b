/* SPDX-License-Identifier: MIT */
#include "inbox/match/fields.h"

#include "inbox/base/calendar.h"

#include <string.h>

static void add(struct match_values *values, struct match_value value)
{
    if (values->count == values->room) {
        size_t room = values->room ? 2 * values->room : 4;
        struct match_value *grown =
            arena_new(values->arena, room * sizeof(*grown));

        if (values->count > 0) {
            memcpy(grown, values->values, values->count * sizeof(*grown));
        }
        values->values = grown;
        values->room = room;
    }
    values->values[values->count++] = value;
}

void match_add_text(struct match_values *values, const char *text)
{
    if (text) {
        add(values, (struct match_value){.kind = MATCH_TEXT, .text = text});
    }
}

void match_add_number(struct match_values *values, int64_t number)
{
    add(values, (struct match_value){.kind = MATCH_NUMBER, .number = number});
}

void match_add_bool(struct match_values *values, bool is_so)
{
    add(values, (struct match_value){.kind = MATCH_BOOL, .number = is_so});
}

static void add_time(struct match_values *values, int64_t time_us)
{
    if (time_us != INT64_MIN) {
        char *text = arena_new(values->arena, CALENDAR_TEXT_SIZE);

        match_add_text(values, calendar_text(time_us, text));
    }
}

/* An address can be asked for alone, and as "name <address>". */
static void add_box(struct match_values *values,
                    const struct inbox_mailbox *box, const char *rest)
{
    if (!box->address) {
        return;
    }
    if (strcmp(rest, "name") == 0) {
        match_add_text(values, box->name);
        return;
    }
    values->is_address = true;
    match_add_text(values, box->address);
    if (*rest == '\0' && box->name && box->name[0] != '\0') {
        match_add_text(values, arena_print(values->arena, "%s <%s>", box->name,
                                           box->address));
    }
}

static void add_boxes(struct match_values *values,
                      const struct inbox_mailbox *boxes, size_t count,
                      const char *rest)
{
    values->is_list = true;
    for (size_t i = 0; i < count; i++) {
        add_box(values, &boxes[i], rest);
    }
}

static void add_texts(struct match_values *values, const char *const *texts,
                      size_t count)
{
    values->is_list = true;
    for (size_t i = 0; i < count; i++) {
        match_add_text(values, texts[i]);
    }
}

static bool is(const char *what, const char *name)
{
    return strcmp(what, name) == 0;
}

void match_add_counts(struct match_values *values, const char *severity,
                      const struct inbox_counts *counts)
{
    if (is(severity, "error")) {
        match_add_number(values, counts->error);
    } else if (is(severity, "warning")) {
        match_add_number(values, counts->warning);
    } else if (is(severity, "info")) {
        match_add_number(values, counts->notice);
    }
}

static bool gather_people(const char *what, const char *rest,
                          const struct facts *facts,
                          struct match_values *values)
{
    const struct inbox_message *message = facts->message;

    if (is(what, "from")) {
        add_box(values, &message->from, rest);
    } else if (is(what, "to")) {
        add_boxes(values, message->to, message->to_count, rest);
    } else if (is(what, "cc")) {
        add_boxes(values, message->cc, message->cc_count, rest);
    } else if (is(what, "bcc")) {
        add_texts(values, facts->bcc, facts->bcc_count);
        values->is_address = true;
    } else if (is(what, "mailfrom")) {
        match_add_text(values, message->envelope_from);
        values->is_address = true;
    } else if (is(what, "rcpt")) {
        add_texts(values, message->envelope_to, message->envelope_to_count);
        values->is_address = true;
    } else {
        return false;
    }
    return true;
}

static bool gather_numbers(const char *what,
                           const struct inbox_message *message,
                           struct match_values *values)
{
    const struct {
        const char *name;
        uint64_t number;
    } rows[] = {{"id", message->id},
                {"seq", message->seq},
                {"session", message->session},
                {"size", message->size},
                {"wire_size", message->wire_size}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (is(what, rows[i].name)) {
            match_add_number(values, (int64_t)rows[i].number);
            return true;
        }
    }
    return false;
}

static bool gather_texts(const char *what, const struct inbox_message *message,
                         struct match_values *values)
{
    const struct {
        const char *name;
        const char *text;
    } rows[] = {{"inbox", message->inbox},
                {"subject", message->subject},
                {"message_id", message->message_id},
                {"body_type", message->body_type}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (is(what, rows[i].name)) {
            match_add_text(values, rows[i].text);
            return true;
        }
    }
    return false;
}

bool match_gather_message(const char *what, const char *rest,
                          const struct facts *facts,
                          struct match_values *values)
{
    const struct inbox_message *message = facts->message;

    if (gather_people(what, rest, facts, values) ||
        gather_numbers(what, message, values) ||
        gather_texts(what, message, values)) {
        return true;
    }
    if (is(what, "date")) {
        add_time(values, message->date_us);
    } else if (is(what, "received_at")) {
        add_time(values, message->received_at_us);
    } else if (is(what, "read")) {
        match_add_bool(values, message->is_read);
    } else if (is(what, "smtputf8")) {
        match_add_bool(values, message->is_smtputf8);
    } else if (is(what, "bdat")) {
        match_add_bool(values, message->is_bdat);
    } else if (is(what, "tags")) {
        add_texts(values, message->tags, message->tag_count);
    } else if (is(what, "findings")) {
        match_add_counts(values, rest, &message->findings);
    } else {
        return false;
    }
    return true;
}

static void add_parts(struct match_values *values, const struct mail_part *part,
                      bool of_names)
{
    values->is_list = true;
    match_add_text(values, of_names ? part->filename : part->type);
    for (size_t i = 0; i < part->child_count; i++) {
        add_parts(values, &part->children[i], of_names);
    }
}

static void add_headers(struct match_values *values, const struct facts *facts,
                        const char *name)
{
    values->is_list = true;
    for (size_t i = 0; i < facts->header_count; i++) {
        if (bytes_equal_nocase(facts->headers[i].name, bytes_of(name))) {
            match_add_text(values, facts->headers[i].value);
        }
    }
}

bool match_gather_content(const char *what, const char *rest,
                          const struct facts *facts,
                          struct match_values *values)
{
    static const struct mail_content nothing = {0};
    const struct mail_content *content =
        facts->content ? facts->content : &nothing;

    if (is(what, "header")) {
        add_headers(values, facts, rest);
    } else if (is(what, "text")) {
        match_add_text(values, content->text);
    } else if (is(what, "html")) {
        match_add_text(values, content->html);
    } else if (is(what, "body")) {
        const char *texts[] = {content->text, content->html,
                               content->html_text};

        add_texts(values, texts, 3);
    } else if (is(what, "snippet")) {
        match_add_text(values, facts->content ? content->snippet
                                              : facts->message->snippet);
    } else if (is(what, "attachments")) {
        match_add_number(values, facts->content ? content->attachments
                                                : facts->message->attachments);
    } else if (is(what, "filename") || is(what, "part")) {
        if (content->root) {
            add_parts(values, content->root, is(what, "filename"));
        }
    } else {
        return false;
    }
    return true;
}
