/* SPDX-License-Identifier: MIT */
#include "server/smtp/state.h"

#include <string.h>

/* Increments of the offered extensions (RFC 5321 4.5.3.1.4 and the RFC of
 * each). */
static const struct {
    uint32_t feature;
    uint16_t mail;
    uint16_t rcpt;
} increments[] = {
    {SMTP_SIZE, 26, 0},          /* RFC 1870 3 */
    {SMTP_AUTH, 500, 0},         /* RFC 4954 3 */
    {SMTP_BINARYMIME, 16, 0},    /* RFC 3030 3 */
    {SMTP_SMTPUTF8, 10, 0},      /* RFC 6531 3.1 */
    {SMTP_DSN, 107 + 9, 524},    /* RFC 3461 5.4: RCPT has 1036 */
    {SMTP_MTRK, 40, 0},          /* RFC 3885 2 */
    {SMTP_DELIVERBY, 17, 0},     /* RFC 2852 2 */
    {SMTP_FUTURERELEASE, 34, 0}, /* RFC 4865 3 */
    {SMTP_MT_PRIORITY, 15, 0},   /* RFC 6710 3 */
    {SMTP_REQUIRETLS, 11, 0},    /* RFC 8689 2 */
    {SMTP_RRVS, 0, 33},          /* RFC 7293 3.1 */
};

#define COMMAND_LINE 512 /* RFC 5321 4.5.3.1.4 */
#define AUTH_LINE 12288  /* RFC 4954 4 */

static size_t envelope_limit(const struct smtp_session *session, bool is_mail)
{
    size_t limit = COMMAND_LINE;
    for (size_t i = 0; i < sizeof(increments) / sizeof(increments[0]); i++) {
        if (smtp_has(session, (enum smtp_feature)increments[i].feature)) {
            limit += is_mail ? increments[i].mail : increments[i].rcpt;
        }
    }
    return limit;
}

/* The first octets of the line under way: held ones, then those of `input`. */
static struct bytes line_head(const struct smtp_session *session,
                              struct bytes input, unsigned char head[4])
{
    struct bytes held = bytes_part(buffer_bytes(&session->wire.line), 0, 4);
    struct bytes rest = bytes_part(input, 0, 4 - held.size);
    if (held.size > 0) {
        memcpy(head, held.at, held.size);
    }
    if (rest.size > 0) {
        memcpy(head + held.size, rest.at, rest.size);
    }
    return (struct bytes){head, held.size + rest.size};
}

/* How long the line may be that begins with what is there. While fewer than
 * four octets are, it is far from any limit. */
static size_t line_limit(const struct smtp_session *session, struct bytes input)
{
    unsigned char octets[4];
    struct bytes head = line_head(session, input, octets);
    uint64_t start = session->wire.taken - session->wire.line.size;
    size_t limit = session->policy->max_line_bytes;
    if (session->mode == MODE_SASL) {
        return AUTH_LINE;
    }
    if (start == 0 && head.size > 1 && head.at[0] == 0x16 &&
        head.at[1] == 0x03 && !session->is_secure) {
        return 2; /* a TLS record: there will be no line end */
    }
    if (bytes_start_nocase(head, BYTES("AUTH"))) {
        return AUTH_LINE;
    }
    if (limit > 0) {
        return limit;
    }
    if (bytes_start_nocase(head, BYTES("MAIL"))) {
        return envelope_limit(session, true);
    }
    if (bytes_start_nocase(head, BYTES("RCPT"))) {
        return envelope_limit(session, false);
    }
    return COMMAND_LINE;
}

bool smtp_is_busy(const struct smtp_session *session)
{
    return session->is_answer_due || session->unit.kind != WIRE_NONE ||
           session->mode == MODE_START || session->is_end_due ||
           session->is_abandoned ||
           (session->mode == MODE_CHUNK && session->chunk->left == 0) ||
           session->remarks.told < session->remarks.count;
}

static size_t feed_chunk(struct smtp_session *session, struct bytes input)
{
    const struct wire_rest rest = {
        session->chunk->left, session->transaction.body == BODY_BINARYMIME ||
                                  session->chunk->refusal.code != 0};
    size_t taken = wire_chunk(&session->wire, input, rest, &session->unit);
    session->chunk->left -= taken;
    if (session->chunk->refusal.code != 0) {
        session->unit.kind = WIRE_DISCARD;
    }
    return taken;
}

size_t smtp_session_feed(struct smtp_session *session, struct bytes input)
{
    uint64_t end = session->wire.taken + input.size;
    session->offered = end > session->offered ? end : session->offered;
    if (input.size == 0 || smtp_is_busy(session)) {
        return 0;
    }
    session->wire.remarks = &session->remarks;
    switch ((enum smtp_mode)session->mode) {
    case MODE_COMMAND:
    case MODE_SASL:
        return wire_line(&session->wire, input, line_limit(session, input),
                         &session->unit);
    case MODE_DATA:
        return wire_dotted(&session->wire, input, &session->unit);
    case MODE_CHUNK:
        return feed_chunk(session, input);
    case MODE_SECURE:
        input.size = wire_discard(&session->wire, input, &session->unit);
        smtp_starttls_leftover(session);
        return input.size;
    case MODE_START:
    case MODE_CLOSING:
        break;
    }
    return wire_discard(&session->wire, input, &session->unit);
}

void smtp_session_end_input(struct smtp_session *session)
{
    if (!session->is_ended) {
        session->is_ended = true;
        session->offered = session->wire.taken;
    }
}
