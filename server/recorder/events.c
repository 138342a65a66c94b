/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox/transcript/detail.h"
#include "inbox/transcript/secret.h"
#include "server/recorder/inside.h"
#include "server/recorder/recorder.h"

/* A check may be raised for every line of a large body; one text of it is
 * enough, and a peer must not fill the memory with different ones. */
#define FINDINGS_MAX 2000
#define TEXT_MAX 300
#define REFUSAL_MAX 160

static const char *const verb_names[] = {
    [SMTP_VERB_EHLO] = "EHLO",         [SMTP_VERB_HELO] = "HELO",
    [SMTP_VERB_LHLO] = "LHLO",         [SMTP_VERB_STARTTLS] = "STARTTLS",
    [SMTP_VERB_AUTH] = "AUTH",         [SMTP_VERB_MAIL] = "MAIL",
    [SMTP_VERB_RCPT] = "RCPT",         [SMTP_VERB_DATA] = "DATA",
    [SMTP_VERB_BDAT] = "BDAT",         [SMTP_VERB_RSET] = "RSET",
    [SMTP_VERB_NOOP] = "NOOP",         [SMTP_VERB_VRFY] = "VRFY",
    [SMTP_VERB_EXPN] = "EXPN",         [SMTP_VERB_HELP] = "HELP",
    [SMTP_VERB_QUIT] = "QUIT",         [SMTP_VERB_ETRN] = "ETRN",
    [SMTP_VERB_BURL] = "BURL",         [SMTP_VERB_XCLIENT] = "XCLIENT",
    [SMTP_VERB_XFORWARD] = "XFORWARD", [SMTP_VERB_OTHER] = NULL,
};

/* The first word of a line that is no command we know, in upper case. */
static struct bytes first_word(struct bytes line, unsigned char word[32])
{
    size_t size = 0;
    while (size < line.size && size < 32 && line.at[size] > ' ' &&
           line.at[size] < 0x7f) {
        unsigned char octet = line.at[size];
        bool is_lower = octet >= 'a' && octet <= 'z';
        word[size++] = is_lower ? (unsigned char)(octet & 0xdf) : octet;
    }
    return (struct bytes){word, size};
}

static uint32_t log_event(struct recorder *recorder,
                          struct transcript_event *event)
{
    event->time_us = recorder->now_us;
    return transcript_log_event(recorder->log, event);
}

void recorder_note(struct recorder *recorder, enum transcript_event_type type,
                   struct bytes detail)
{
    struct transcript_event event = {.type = (uint8_t)type,
                                     .dir = TRANSCRIPT_CLIENT,
                                     .offset = recorder->fed,
                                     .detail = detail};
    (void)log_event(recorder, &event);
}

/* Nearly every verb has a name that need not be copied. */
static void note_asked(struct recorder *recorder, const char *name,
                       struct bytes word)
{
    free(recorder->asked_odd);
    recorder->asked_odd = NULL;
    recorder->asked = name;
    if (name == NULL && word.size > 0) {
        recorder->asked_odd = memory_copy(word);
        recorder->asked = recorder->asked_odd;
    }
}

/* An answer to an AUTH that was refused. */
static bool is_stray(const struct recorder *recorder,
                     const struct smtp_event *command)
{
    return recorder->after_login && command->verb == SMTP_VERB_OTHER &&
           transcript_is_word(command->line);
}

/* Whatever became of it, a login is masked. */
static bool is_secret(const struct recorder *recorder,
                      const struct smtp_event *command, bool is_sasl)
{
    return is_sasl ? command->is_secret
                   : is_stray(recorder, command) ||
                         transcript_is_login(command->line);
}

static struct bytes word_of(const struct recorder *recorder,
                            const struct smtp_event *command,
                            unsigned char room[32])
{
    const char *name = verb_names[command->verb];
    if (name != NULL) {
        return bytes_of(name);
    }
    return is_stray(recorder, command) ? BYTES("*")
                                       : first_word(command->line, room);
}

void recorder_command(struct recorder *recorder,
                      const struct smtp_event *command)
{
    unsigned char word[32];
    bool is_sasl = command->verb == SMTP_VERB_AUTH && recorder->in_sasl;
    const char *name = verb_names[command->verb];
    struct transcript_event event = {
        .type = is_sasl ? TRANSCRIPT_SASL : TRANSCRIPT_COMMAND,
        .dir = TRANSCRIPT_CLIENT,
        .offset = command->place.offset,
        .size = command->place.size,
        .is_secret = is_secret(recorder, command, is_sasl),
        .detail = word_of(recorder, command, word)};
    if (event.is_secret && recorder->drop_secrets) {
        recorder_mask(recorder, command, is_sasl);
    }
    recorder->after_login =
        command->verb == SMTP_VERB_AUTH || is_stray(recorder, command);
    recorder->in_secret =
        event.is_secret && command->line.at[command->line.size - 1] != '\n';
    recorder->line_end = command->place.offset + command->place.size;
    recorder->answered = log_event(recorder, &event);
    recorder->commands += !is_sasl;
    note_asked(recorder, name, event.detail);
    recorder->in_sasl = false;
}

void recorder_passed_over(struct recorder *recorder,
                          const struct smtp_event *event)
{
    bool is_answer = recorder->after_login && transcript_is_word(event->line);
    bool is_whole = recorder->in_sasl || recorder->in_secret || is_answer;
    if (recorder->drop_secrets &&
        (is_whole || transcript_is_login(event->line))) {
        recorder_mask(recorder, event, is_whole);
    }
}

void recorder_body_end(struct recorder *recorder, uint64_t body,
                       struct smtp_place place)
{
    struct transcript_event event = {.type = TRANSCRIPT_BODY,
                                     .dir = TRANSCRIPT_CLIENT,
                                     .offset = place.offset,
                                     .size = place.size,
                                     .body = body};
    recorder->line_end = place.offset + place.size;
    recorder->answered = log_event(recorder, &event);
}

void recorder_unasked(struct recorder *recorder)
{
    recorder->answered = 0;
    recorder_awaited(recorder);
}

/* Code and enhanced code (RFC 2034: the class equals the first digit) of a
 * reply as it goes out. */
static void read_reply(struct bytes reply, struct transcript_event *event)
{
    if (reply.size < 4) {
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        event->code = (uint16_t)(event->code * 10 + (reply.at[i] - '0'));
    }
    size_t size = 0;
    bool is_enhanced =
        reply.size > 6 && reply.at[4] == reply.at[0] && reply.at[5] == '.';
    while (is_enhanced && size < sizeof(event->enhanced) - 1 &&
           4 + size < reply.size && reply.at[4 + size] > ' ') {
        event->enhanced[size] = (char)reply.at[4 + size];
        size++;
    }
}

/* What lists say of a session that was refused: the reply, and to what. */
static void note_refusal(struct recorder *recorder, struct bytes reply,
                         const struct transcript_event *event)
{
    struct buffer json = {0};
    size_t start = 4 + strlen(event->enhanced);
    while (start < reply.size && reply.at[start] == ' ') {
        start++;
    }
    size_t end = start;
    while (end < reply.size && end < start + REFUSAL_MAX &&
           reply.at[end] != '\r') {
        end++;
    }
    bool is_rcpt =
        recorder->asked != NULL && strcmp(recorder->asked, "RCPT") == 0;
    detail_open(&json);
    detail_number(&json, "code", event->code);
    detail_text(&json, "enhanced",
                event->enhanced[0] == '\0' ? NULL : event->enhanced);
    detail_text(&json, "verb", recorder->asked);
    detail_text(&json, "recipient", is_rcpt ? recorder->refused_to : NULL);
    detail_bytes(&json, "text", bytes_part(reply, start, end - start));
    detail_close(&json);
    recorder->refusal = detail_take(&json);
}

void recorder_reply(struct recorder *recorder, struct bytes reply, size_t from)
{
    uint64_t base = recorder_said(recorder);
    bool is_banner = !recorder->has_banner;
    struct transcript_event event = {.type = is_banner ? TRANSCRIPT_BANNER
                                                       : TRANSCRIPT_REPLY,
                                     .dir = TRANSCRIPT_SERVER,
                                     .offset = base + from,
                                     .size = reply.size,
                                     .answers = recorder->answered};
    read_reply(reply, &event);
    (void)log_event(recorder, &event);
    recorder->errors += event.code >= 400;
    if (event.code >= 400 && recorder->refusal == NULL) {
        note_refusal(recorder, reply, &event);
    }
    recorder->in_sasl = event.code == 334;
    recorder->has_banner = true;
}

static struct recorder_finding *find(struct recorder *recorder,
                                     struct bytes check, uint32_t transaction)
{
    for (size_t i = recorder->finding_count; i > 0; i--) {
        struct recorder_finding *finding = &recorder->findings[i - 1];
        if (finding->is.transaction == transaction &&
            bytes_equal(bytes_of(finding->is.check), check)) {
            return finding;
        }
    }
    return NULL;
}

static uint32_t log_finding(struct recorder *recorder,
                            const struct recorder_remark *remark)
{
    struct buffer detail = {0};
    detail_open(&detail);
    detail_bytes(&detail, "check", remark->check);
    detail_bytes(&detail, "text", remark->text);
    detail_close(&detail);
    struct transcript_event event = {.type = TRANSCRIPT_FINDING,
                                     .dir = (uint8_t)remark->dir,
                                     .offset = remark->place.offset,
                                     .size = remark->place.size,
                                     .detail = buffer_bytes(&detail)};
    uint32_t number = log_event(recorder, &event);
    buffer_free(&detail);
    return number;
}

/* Counts a remark again; a kind of it that is new is named too. */
static void count_again(struct recorder_finding *known,
                        const struct recorder_remark *remark)
{
    known->is.count++;
    size_t size = strlen(known->is.text);
    struct bytes detail = remark->detail;
    if (detail.size == 0 || size > TEXT_MAX ||
        memmem(known->is.text, size, detail.at, detail.size) != NULL) {
        return;
    }
    struct buffer text = {0};
    buffer_print(&text, "%s; %.*s", known->is.text, (int)detail.size,
                 (const char *)detail.at);
    free((char *)known->is.text);
    known->is.text = memory_copy(buffer_bytes(&text));
    buffer_free(&text);
}

void recorder_remark(struct recorder *recorder,
                     const struct recorder_remark *remark)
{
    uint32_t transaction = recorder_open_transaction(recorder);
    struct recorder_finding *known = find(recorder, remark->check, transaction);
    if (known != NULL) {
        count_again(known, remark);
        return;
    }
    if (recorder->finding_count >= FINDINGS_MAX) {
        return;
    }
    if (recorder->finding_count == recorder->finding_capacity) {
        recorder->finding_capacity += recorder->finding_capacity / 2 + 2;
        recorder->findings =
            memory_resize(recorder->findings, recorder->finding_capacity *
                                                  sizeof(*recorder->findings));
    }
    recorder->findings[recorder->finding_count++] =
        (struct recorder_finding){.is = {.check = memory_copy(remark->check),
                                         .text = memory_copy(remark->text),
                                         .count = 1,
                                         .event = log_finding(recorder, remark),
                                         .transaction = transaction,
                                         .dir = (uint8_t)remark->dir,
                                         .offset = remark->place.offset,
                                         .length = remark->place.size}};
}
