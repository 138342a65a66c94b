/* SPDX-License-Identifier: MIT */
#include "tests/support/dialogue.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/smtp/keyword.h"
#include "server/smtp/sasl.h"

/* What a listener with everything switched on offers to anybody. */
#define USUAL_FEATURES                                                         \
    (SMTP_PIPELINING | SMTP_SIZE | SMTP_STARTTLS | SMTP_AUTH | SMTP_8BITMIME | \
     SMTP_BINARYMIME | SMTP_CHUNKING | SMTP_SMTPUTF8 | SMTP_DSN |              \
     SMTP_ENHANCEDSTATUSCODES | SMTP_REQUIRETLS | SMTP_DELIVERBY |             \
     SMTP_FUTURERELEASE | SMTP_MT_PRIORITY | SMTP_RRVS | SMTP_MTRK |           \
     SMTP_HELP | SMTP_XCLIENT | SMTP_XFORWARD | SMTP_VRFY)

#define USUAL_MECHANISMS \
    (SMTP_PLAIN | SMTP_LOGIN | SMTP_CRAM_MD5 | SMTP_XOAUTH2 | SMTP_OAUTHBEARER)

/* The file under way. */
struct reader {
    struct dialogue *dialogue;
    enum smtp_profile profile;
    bool is_skipping; /* lines hold for the other profile only */
    unsigned number;
    const char *error;
};

static struct dialogue_step *add_step(struct reader *reader,
                                      enum dialogue_kind kind)
{
    struct dialogue *dialogue = reader->dialogue;
    static struct dialogue_step spare;
    if (dialogue->step_count == DIALOGUE_STEPS) {
        reader->error = "too many steps";
        return &spare;
    }
    struct dialogue_step *step = &dialogue->steps[dialogue->step_count++];
    step->kind = kind;
    step->number = reader->number;
    return step;
}

static int hex_value(char digit)
{
    return isdigit((unsigned char)digit)
               ? digit - '0'
               : tolower((unsigned char)digit) - 'a' + 10;
}

/* \{N OCTETS} repeats; returns what stands behind it, NULL when it is none. */
static const char *repeat(const char *text, struct buffer *out)
{
    char *end = NULL;
    unsigned long count = strtoul(text + 1, &end, 10);
    const char *close = strchr(text, '}');
    if (close == NULL || *end != ' ' || end + 1 >= close) {
        return NULL;
    }
    while (count-- > 0) {
        buffer_add(out, (struct bytes){(const unsigned char *)end + 1,
                                       (size_t)(close - end) - 1});
    }
    return close + 1;
}

/* C escapes: \r \n \t \0 \\ \xHH, and \{N OCTETS}. -1 when one is wrong. */
static int unescape(const char *text, struct buffer *out)
{
    static const char letters[] = "rnt0\\";
    static const unsigned char octets[] = "\r\n\t\0\\";
    while (*text != '\0') {
        if (*text != '\\') {
            buffer_add_byte(out, (unsigned char)*text++);
            continue;
        }
        text++;
        const char *letter = *text == '\0' ? NULL : strchr(letters, *text);
        if (letter != NULL) {
            buffer_add_byte(out, octets[letter - letters]);
            text++;
        } else if (*text == 'x' && isxdigit((unsigned char)text[1]) &&
                   isxdigit((unsigned char)text[2])) {
            int value = hex_value(text[1]) * 16 + hex_value(text[2]);
            buffer_add_byte(out, (unsigned char)value);
            text += 3;
        } else if (*text != '{' || (text = repeat(text, out)) == NULL) {
            return -1;
        }
    }
    return 0;
}

static struct bytes escaped(struct reader *reader, const char *text)
{
    struct buffer octets = {0};
    if (unescape(text, &octets) != 0) {
        reader->error = "a wrong escape";
    }
    struct bytes kept =
        arena_bytes(&reader->dialogue->arena, buffer_bytes(&octets));
    buffer_free(&octets);
    return kept;
}

/* C: text, C& text, C= octets, C=& octets */
static void read_send(struct reader *reader, const char *line)
{
    bool is_exact = line[1] == '=';
    const char *mark = is_exact ? line + 2 : line + 1;
    struct dialogue_step *step = add_step(reader, STEP_SEND);
    step->is_joined = *mark == '&';
    const char *text = strchr(line, ' ');
    text = text == NULL ? "" : text + 1;
    if (is_exact) {
        step->octets = escaped(reader, text);
    } else {
        char *copy = arena_print(&reader->dialogue->arena, "%s\r\n", text);
        step->octets = bytes_of(copy);
    }
    reader->dialogue->size += step->octets.size;
}

/* S: one line; S* a whole reply */
static void read_reply(struct reader *reader, const char *line)
{
    struct dialogue_step *step =
        add_step(reader, line[1] == '*' ? STEP_REPLY : STEP_LINE);
    struct bytes text = bytes_of(line[2] == ' ' ? line + 3 : line + 2);
    step->octets = arena_bytes(&reader->dialogue->arena, text);
}

/* answer 451 4.3.0 text; \n parts the lines of the text */
static void read_answer(struct reader *reader, const char *text)
{
    struct dialogue_step *step = add_step(reader, STEP_ANSWER);
    char *end = NULL;
    step->answer.code = (uint16_t)strtoul(text, &end, 10);
    while (*end == ' ') {
        end++;
    }
    size_t size = strcspn(end, " ");
    if (size >= 5 && size < sizeof(step->answer.enhanced) && end[1] == '.') {
        memcpy(step->answer.enhanced, end, size);
        end += size;
        end += *end == ' ' ? 1 : 0;
    }
    step->answer.text = escaped(reader, end);
}

static void read_features(struct reader *reader, const char *text,
                          bool is_offer)
{
    struct smtp_policy *policy = &reader->dialogue->policy;
    uint32_t bits = 0;
    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        struct bytes word = {(const unsigned char *)text, size};
        uint32_t bit = smtp_keyword_find(word);
        if (bit == 0) {
            reader->error = "an unknown extension";
        }
        bits |= bit;
        text += size + (text[size] == ' ' ? 1 : 0);
    }
    policy->offered = is_offer ? bits : policy->offered & ~bits;
}

static void read_mechanisms(struct reader *reader, const char *text)
{
    struct smtp_policy *policy = &reader->dialogue->policy;
    uint32_t bits = 0;
    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        struct bytes word = {(const unsigned char *)text, size};
        const struct sasl_mechanism *row = sasl_find(word);
        if (row == NULL) {
            reader->error = "an unknown mechanism";
        }
        bits |= row == NULL ? 0 : row->bit;
        text += size + (text[size] == ' ' ? 1 : 0);
    }
    policy->mechanisms = bits;
    policy->tls_mechanisms = bits;
}

/* policy KEY VALUE */
static void read_policy(struct reader *reader, const char *text)
{
    struct smtp_policy *policy = &reader->dialogue->policy;
    const struct {
        const char *key;
        uint32_t *value;
    } numbers[] = {
        {"max_recipients ", &policy->max_recipients},
        {"max_line_bytes ", &policy->max_line_bytes},
        {"max_commands ", &policy->max_commands},
        {"max_errors ", &policy->max_errors},
        {"max_transactions ", &policy->max_transactions},
        {"max_domains ", &policy->max_domains},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        size_t size = strlen(numbers[i].key);
        if (strncmp(text, numbers[i].key, size) == 0) {
            *numbers[i].value = (uint32_t)strtoul(text + size, NULL, 10);
            return;
        }
    }
    if (strncmp(text, "max_message_bytes ", 18) == 0) {
        policy->max_message_bytes = strtoull(text + 18, NULL, 10);
    } else {
        reader->error = "an unknown policy";
    }
}

static const struct {
    const char *word;
    enum dialogue_kind kind;
} plain_steps[] = {
    {"secure", STEP_SECURE},
    {"wait 2s", STEP_WAIT},
    {"end", STEP_END},
    {"closed", STEP_CLOSED},
};

/* Words of a single line that set something. True when `line` was one. */
static bool read_switch(struct reader *reader, const char *line)
{
    struct dialogue *dialogue = reader->dialogue;
    const struct {
        const char *word;
        bool *value;
    } switches[] = {
        {"lmtp", &dialogue->policy.is_lmtp},
        {"trusted", &dialogue->policy.is_trusted},
        {"submission", &dialogue->policy.is_submission},
        {"auth-required", &dialogue->policy.auth_required},
        {"tls-required", &dialogue->policy.tls_required},
        {"tls", &dialogue->is_secure},
        {"certificate", &dialogue->has_certificate},
        {"early", &dialogue->is_early},
    };
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        if (strcmp(line, switches[i].word) == 0) {
            *switches[i].value = true;
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(plain_steps) / sizeof(plain_steps[0]); i++) {
        if (strcmp(line, plain_steps[i].word) == 0) {
            (void)add_step(reader, plain_steps[i].kind);
            return true;
        }
    }
    return false;
}

static void read_mark(struct reader *reader, const char *line)
{
    struct dialogue *dialogue = reader->dialogue;
    if (dialogue->message_count == DIALOGUE_MARKS ||
        dialogue->remark_count == DIALOGUE_MARKS) {
        reader->error = "too many marks";
    } else if (strncmp(line, "M=", 2) == 0) {
        const char *text = line[2] == ' ' ? line + 3 : line + 2;
        dialogue->messages[dialogue->message_count++] = escaped(reader, text);
    } else {
        dialogue->remarks[dialogue->remark_count++] =
            arena_text(&dialogue->arena, bytes_of(line + 7));
    }
}

static bool starts(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

static void read_line(struct reader *reader, const char *line)
{
    if (starts(line, "profile ")) {
        bool is_strict = reader->profile == SMTP_PROFILE_STRICT;
        bool is_both = strcmp(line, "profile both") == 0;
        const char *other = is_strict ? "profile sink" : "profile strict";
        reader->is_skipping = !is_both && strcmp(line, other) == 0;
    } else if (reader->is_skipping || line[0] == '#' || line[0] == '\0') {
        return;
    } else if (line[0] == 'C' && strchr(":=&", line[1]) != NULL) {
        read_send(reader, line);
    } else if (line[0] == 'S' && strchr(":*", line[1]) != NULL) {
        read_reply(reader, line);
    } else if (starts(line, "M=") || starts(line, "remark ")) {
        read_mark(reader, line);
    } else if (starts(line, "answer ")) {
        read_answer(reader, line + 7);
    } else if (starts(line, "offer ")) {
        read_features(reader, line + 6, true);
    } else if (starts(line, "without ")) {
        read_features(reader, line + 8, false);
    } else if (starts(line, "mechanisms ")) {
        read_mechanisms(reader, line + 11);
    } else if (starts(line, "policy ")) {
        read_policy(reader, line + 7);
    } else if (!read_switch(reader, line)) {
        reader->error = "a line that means nothing";
    }
}

static void read_file(struct reader *reader, FILE *file)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    while (reader->error == NULL &&
           (size = getline(&line, &capacity, file)) >= 0) {
        reader->number++;
        if (size > 0 && line[size - 1] == '\n') {
            line[size - 1] = '\0';
        }
        read_line(reader, line);
    }
    free(line);
}

struct dialogue *dialogue_read(const char *path, enum smtp_profile profile,
                               char **error_out)
{
    struct dialogue *dialogue = memory_new(sizeof(*dialogue));
    struct reader reader = {.dialogue = dialogue, .profile = profile};
    dialogue->policy = (struct smtp_policy){
        .hostname = "mailscope.test",
        .product = "mailscope",
        .profile = profile,
        .offered = USUAL_FEATURES,
        .mechanisms = USUAL_MECHANISMS,
        .tls_mechanisms = USUAL_MECHANISMS,
        .max_message_bytes = 26214400,
        .max_recipients = 1000,
    };
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        reader.error = "cannot be opened";
    } else {
        read_file(&reader, file);
        (void)fclose(file);
    }
    if (reader.error == NULL) {
        return dialogue;
    }
    struct buffer text = {0};
    buffer_print(&text, "%s:%u: %s", path, reader.number, reader.error);
    buffer_add_byte(&text, '\0');
    *error_out = (char *)text.at;
    dialogue_free(dialogue);
    return NULL;
}

void dialogue_free(struct dialogue *dialogue)
{
    arena_free(&dialogue->arena);
    free(dialogue);
}
