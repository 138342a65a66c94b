/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_JSON_SUMMARIES_H
#define WEBUI_JSON_SUMMARIES_H

#include "inbox/inbox.h"
#include "webui/json/json.h"

/* Messages and sessions as JSON, as lists, events and answers show them. */

/* The summary of a message. */
struct json *message_summary(const struct inbox_message *message);

/* The summary of a session. */
struct json *session_summary(const struct inbox_session *session);

/* Its transactions. */
struct json *session_transactions(const struct inbox_session *session);

/* Number `number` (from 1) of them; NULL: it is not there, or not any more. */
const struct inbox_transaction *
session_transaction(const struct inbox_session *session, uint32_t number);

/* One of them. */
struct json *transaction_json(const struct inbox_transaction *transaction);

/* The findings of transaction number `transaction` (0: all, those of the
 * session itself too). */
struct json *diagnosis_json(const struct inbox_session *session,
                            uint32_t transaction);

/* Finding number `index` of a session, with the session's id and the message's
 * it belongs to. */
struct json *session_finding(const struct inbox_session *session, size_t index);

#endif
