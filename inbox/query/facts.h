/* SPDX-License-Identifier: MIT */
#ifndef INBOX_QUERY_FACTS_H
#define INBOX_QUERY_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/base/memory.h"
#include "inbox/inbox.h"
#include "inbox/mail/mail.h"

/* Everything that a query or an expectation may ask of a message or a session,
 * in one place. Pure: made from what the caller has read. */

/* What must be read beyond the summaries; bits. */
enum facts_want {
    FACTS_HEADERS = 1,      /* the message's header block */
    FACTS_CONTENT = 2,      /* its MIME tree: all its octets */
    FACTS_TRANSCRIPT = 4,   /* the session's pieces of transcript */
    FACTS_SESSION = 8,      /* of a message: the session it came in */
    FACTS_TRANSACTIONS = 16 /* of a session: whole, not as in a list */
};

struct facts_source {
    const struct inbox_message *message; /* NULL: a session is judged */
    const struct inbox_session *session; /* NULL: came by POST, or not wanted
                                          */
    struct bytes raw; /* the message's octets; for FACTS_HEADERS alone the
                       * first 256 KB do */
    const struct bytes *pieces;
    size_t piece_count;
    unsigned wants; /* which of raw and pieces are given */
};

struct facts_reply {
    uint16_t code;
    const char *text; /* all lines, valid UTF-8 */
};

struct facts {
    const struct inbox_message *message;
    const struct inbox_session *session;
    const struct inbox_transaction *transaction; /* of the message; NULL none */
    const struct mail_content *content;          /* NULL: not read */
    const struct mail_header *headers;
    size_t header_count;
    const char **bcc; /* recipients that no To or Cc names */
    size_t bcc_count;
    const char **verbs; /* commands of the session, each once */
    size_t verb_count;
    const struct facts_reply *replies; /* of the session, in order */
    size_t reply_count;
};

/* Flattens `source` into `facts_out`; what it points to must live as long,
 * everything new is in `arena`. */
void facts_make(const struct facts_source *source, struct arena *arena,
                struct facts *facts_out);

/* The member `name` of the flat JSON object in `text`: strings as they are,
 * numbers and booleans as written, "" for null. NULL: there is none. */
const char *facts_member(const char *text, const char *name,
                         struct arena *arena);

#endif
