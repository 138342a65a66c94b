/* SPDX-License-Identifier: MIT */
#include "inbox/query/parser.h"

#include <string.h>

/* Words that people bring along from other tools, and values that stand for
 * another term. Each is written out in the grammar itself; % is the value, as a
 * phrase, and > or < in front of it goes into that phrase. */
static const struct {
    const char *field;
    const char *value; /* NULL: any */
    const char *means;
} aliases[] = {
    {"addressed", NULL, "from:% OR to:% OR cc:% OR bcc:% OR header.reply-to:%"},
    {"reply-to", NULL, "header.reply-to:%"},
    {"message-id", NULL, "id:%"},
    {"larger", NULL, "size:>%"},
    {"smaller", NULL, "size:<%"},
    {"has", "attachments", "has:attachment"},
    {"has", "link", "body:\"http://\" OR body:\"https://\""},
    {"is", "tagged", "has:tag"},
    {"is", "tls", "has:tls"},
    {"is", "plaintext", "has:session -has:tls"},
    {"is", "faulted", "is:fault"},
    {"finding", "error", "has:error"},
    {"finding", "warning", "has:warning"},
    {"finding", "info", "has:info"},
};

/* The value as a phrase of the grammar; `before` stands in front inside it. */
static void add_phrase(struct buffer *out, const char *before,
                       const char *value)
{
    buffer_add_byte(out, '"');
    buffer_add(out, bytes_of(before));
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\') {
            buffer_add_byte(out, '\\');
        }
        buffer_add_byte(out, (unsigned char)*value);
    }
    buffer_add_byte(out, '"');
}

static char *write_out(struct query_parser *parser, const char *means,
                       const char *value)
{
    struct buffer out = {0};

    for (; *means != '\0'; means++) {
        if ((means[0] == '>' || means[0] == '<') && means[1] == '%') {
            add_phrase(&out, means[0] == '>' ? ">" : "<", value);
            means++;
        } else if (means[0] == '%') {
            add_phrase(&out, "", value);
        } else {
            buffer_add_byte(&out, (unsigned char)means[0]);
        }
    }
    char *text = arena_text(parser->arena, buffer_bytes(&out));
    buffer_free(&out);
    return text;
}

bool query_is_alias(struct query_parser *parser, struct bytes field,
                    const struct query_written *written, const char **means_out)
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        bool is_field = bytes_equal_nocase(field, bytes_of(aliases[i].field));
        bool is_value = aliases[i].value == NULL ||
                        bytes_equal_nocase(bytes_of(written->value),
                                           bytes_of(aliases[i].value));
        if (is_field && is_value) {
            *means_out = write_out(parser, aliases[i].means, written->value);
            return true;
        }
    }
    return false;
}
