/* SPDX-License-Identifier: MIT */
#include "tests/support/match_scene.h"

#include "inbox/transcript/transcript.h"

#include <stdlib.h>

/* One message in its session, as a store would give them. */
static const char raw[] =
    "From: Ada L\xC3\xB6velace <ada@example.test>\r\n"
    "X-Id: 77\r\nx-id: 78\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    "Gr\xC3\xBC\xC3\x9F"
    "e aus K\xC3\xB6ln\r\n"
    "--b\r\nContent-Type: text/html\r\n\r\n"
    "<p>Click <a href=\"https://x.test/go\">he</a>re</p>\r\n"
    "--b\r\nContent-Type: application/pdf; name=Bill.pdf\r\n\r\nx\r\n--b--\r\n";

static const struct inbox_mailbox to[] = {{"Bob", "bob@example.test"},
                                          {"", "eve@example.test"}};
static const char *const rcpt[] = {"bob@example.test", "Hidden@example.test"};
static const char *const tags[] = {"ci", "welcome mail"};

static const struct inbox_recipient recipients[] = {
    {.address = "bob@example.test", .code = 250},
    {.address = "Hidden@example.test", .code = 250},
    {.address = "nobody@example.test", .code = 550}};
static const struct inbox_transaction transaction = {.from = "bounce@app.test",
                                                     .recipients = recipients,
                                                     .recipient_count = 3,
                                                     .code = 250,
                                                     .body = 1,
                                                     .message = 42};
static const struct inbox_finding findings[] = {
    {.check = "data-bare-lf", .count = 2, .transaction = 1},
    {.check = "conn-no-quit", .count = 1}};
static const uint64_t message_ids[] = {42};

static const struct inbox_session session = {
    .id = 17,
    .seq = 98,
    .inbox = "ci",
    .listener = "127.0.0.1:2525",
    .peer = "127.0.0.1:51034",
    .opened_at_us = 1795255200000000,
    .closed_at_us = 1795255202500000,
    .outcome = "delivered",
    .close_reason = "client_closed",
    .helo = "app.test",
    .helo_verb = "EHLO",
    .tls = "{\"version\":\"TLSv1.3\",\"cipher\":\"TLS_AES_256_GCM_SHA384\","
           "\"resumed\":false,\"sni\":null}",
    .auth = "{\"mechanism\":\"PLAIN\",\"user\":\"al\\u0069ce\"}",
    .bytes_in = 412,
    .commands = 6,
    .errors = 1,
    .slowest_gap_us = 700000,
    .transactions = &transaction,
    .transaction_count = 1,
    .findings = findings,
    .finding_count = 2,
    .finding_counts = {.error = 1, .warning = 1},
    .messages = message_ids,
    .message_count = 1,
    .first_transaction = 1};

const struct inbox_message match_scene_message = {
    .id = 42,
    .seq = 97,
    .inbox = "ci",
    .session = 17,
    .transaction = 1,
    .body = 1,
    .received_at_us = 1795255201000000,
    .size = 1868,
    .envelope_from = "bounce@app.test",
    .envelope_to = rcpt,
    .envelope_to_count = 2,
    .from = {"Ada L\xC3\xB6velace", "ada@example.test"},
    .to = to,
    .to_count = 2,
    .subject = "Wellcome Ada",
    .message_id = "<1@app.test>",
    .date_us = 1795255200000000,
    .snippet = "x",
    .attachments = 1,
    .tags = tags,
    .tag_count = 2,
    .findings = {.error = 1}};

/* What was said: a 550 among the replies. */
static struct bytes make_piece(struct arena *arena)
{
    struct transcript_log *log = transcript_log_new(10000);
    struct buffer piece = {0};
    struct bytes result;

    transcript_log_add(log, TRANSCRIPT_SERVER,
                       BYTES("220 hi\r\n550 5.1.1 No such user\r\n"));
    transcript_log_event(log,
                         &(struct transcript_event){.type = TRANSCRIPT_BANNER,
                                                    .code = 220,
                                                    .dir = TRANSCRIPT_SERVER,
                                                    .size = 8});
    transcript_log_event(log,
                         &(struct transcript_event){.type = TRANSCRIPT_COMMAND,
                                                    .detail = BYTES("RCPT")});
    transcript_log_event(log,
                         &(struct transcript_event){.type = TRANSCRIPT_REPLY,
                                                    .code = 550,
                                                    .dir = TRANSCRIPT_SERVER,
                                                    .offset = 8,
                                                    .size = 24});
    buffer_add(&piece, transcript_log_take(log));
    result = arena_bytes(arena, buffer_bytes(&piece));
    buffer_free(&piece);
    transcript_log_free(log);
    return result;
}

int match_scene_open(void **state)
{
    struct match_scene *scene = memory_new(sizeof(*scene));
    struct facts_source source = {
        .message = &match_scene_message,
        .session = &session,
        .raw = {(const unsigned char *)raw, sizeof(raw) - 1},
        .pieces = &scene->piece,
        .piece_count = 1,
        .wants = FACTS_HEADERS | FACTS_CONTENT | FACTS_TRANSCRIPT};

    scene->piece = make_piece(&scene->arena);
    facts_make(&source, &scene->arena, &scene->of_message);
    source.message = NULL;
    facts_make(&source, &scene->arena, &scene->of_session);
    *state = scene;
    return 0;
}

int match_scene_close(void **state)
{
    struct match_scene *scene = *state;

    arena_free(&scene->arena);
    free(scene);
    return 0;
}
