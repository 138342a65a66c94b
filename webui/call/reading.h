/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_CALL_READING_H
#define WEBUI_CALL_READING_H

#include "inbox/inbox.h"
#include "inbox/query/facts.h"

/* Reads from the inbox what judging a message or session needs. */

struct reading {
    struct inbox *inbox;
    struct arena *arena; /* of everything that comes out */
    unsigned wants;      /* enum facts_want */
};

/* All octets of a body in `arena` (at most `limit`); what cannot be read is
 * missing at the end. */
struct bytes reading_body(struct inbox_body *body, uint64_t limit,
                          struct arena *arena);

/* All octets of message `id`; size 0 when it is gone. */
struct bytes reading_raw(struct inbox *inbox, uint64_t id, struct arena *arena);

/* The facts of a message, with its session when that is wanted. */
void reading_message(const struct reading *reading,
                     const struct inbox_message *message,
                     struct facts *facts_out);

/* The facts of a session; a summary from a list is read whole when that is
 * wanted. */
void reading_session(const struct reading *reading,
                     const struct inbox_session *session,
                     struct facts *facts_out);

#endif
