/* SPDX-License-Identifier: MIT */
#ifndef SERVER_RECORDER_RECORDER_H
#define SERVER_RECORDER_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/base/memory.h"
#include "inbox/inbox.h"
#include "inbox/transcript/transcript.h"
#include "server/smtp/session.h"

/* One connection's octets, times and remarks on their way to the inbox: the
 * transcript without loss, and the summary that lists show. It decides
 * nothing; the conversation tells it what happened. */

struct recorder;

struct recorder_start {
    uint64_t session;     /* its id */
    const char *listener; /* "127.0.0.1:2525"; outlives the recorder */
    const char *inbox;    /* bound by the listener, or NULL; outlives it too */
    const char *peer;
    const char *local;
    uint64_t max_bytes; /* --max-session-bytes */
    bool drop_secrets;  /* what AUTH brings is stored as asterisks */
};

/* A recorder for a connection that was just accepted. */
struct recorder *recorder_new(const struct recorder_start *start);

/* Frees it; NULL is allowed. */
void recorder_free(struct recorder *recorder);

/* Microseconds since the session opened. */
uint64_t recorder_time_us(const struct recorder *recorder);

/* A turn begins: what happens in it gets one time, that of the read. */
void recorder_tick(struct recorder *recorder);

/* When it opened, in microseconds since 1970. */
int64_t recorder_opened_at_us(const struct recorder *recorder);

/* The peer's address as it shows ("192.0.2.1:4711"); a PROXY header or XCLIENT
 * may change it. */
const char *recorder_peer(const struct recorder *recorder);
void recorder_set_peer(struct recorder *recorder, const char *peer);

/* What a PROXY header said, as JSON text (taken over), and where we were
 * reached (NULL: as before). */
void recorder_set_proxy(struct recorder *recorder, char *json,
                        const char *local);

/* ---- Octets from the client */

/* One read brought `size` plain octets. */
void recorder_arrived(struct recorder *recorder, size_t size,
                      enum transcript_layer layer);

/* The engine took `run`, the next part of the client's stream; `run` must stay
 * readable until recorder_settle(). */
void recorder_fed(struct recorder *recorder, struct bytes run);

/* The engine said that a run of them belongs to body number `body`. */
void recorder_body(struct recorder *recorder, const struct smtp_event *event,
                   uint64_t body);

/* Octets that the engine never read: the rest of a line that was too long, or
 * the half of one. With secrets to be dropped, theirs are. */
void recorder_passed_over(struct recorder *recorder,
                          const struct smtp_event *event);

/* The engine threw octets away that stood in the clear behind STARTTLS. */
void recorder_discarded(struct recorder *recorder,
                        const struct smtp_event *event);

/* Stores what recorder_fed() lent. Inside a body a few octets may still turn
 * out to belong to it: those are copied. */
void recorder_settle(struct recorder *recorder, bool is_in_body);

/* How many octets arrived. */
uint64_t recorder_heard(const struct recorder *recorder);

/* Octets that arrived and that the engine never took: they are kept too. */
void recorder_unread(struct recorder *recorder, struct bytes run);

/* ---- Octets to the client */

/* One write: `run` left. */
void recorder_sent(struct recorder *recorder, struct bytes run,
                   enum transcript_layer layer);

/* ---- What it meant */

/* An event of the host (OPEN, PROXY, TLS_EVENT, NOTE, IDLE) with its detail,
 * at the end of the client's stream. */
void recorder_note(struct recorder *recorder, enum transcript_event_type type,
                   struct bytes detail);

/* The client asked. */
void recorder_command(struct recorder *recorder,
                      const struct smtp_event *event);

/* A body's octets with their end, or one BDAT chunk: `place` in the client's
 * stream. What is answered next answers this. */
void recorder_body_end(struct recorder *recorder, uint64_t body,
                       struct smtp_place place);

/* The next reply answers nothing: we waited for the client, and speak by
 * ourselves. */
void recorder_unasked(struct recorder *recorder);

/* The reply that the engine put into its output, as it will leave; `from` is
 * counted from where the output began that was not sent yet. */
void recorder_reply(struct recorder *recorder, struct bytes reply, size_t from);

/* A remark, of the engine or of the host. Counted once per check and
 * transaction, with its first place. `dir` is whose octets `place` speaks of.
 */
struct recorder_remark {
    struct bytes check;
    struct bytes detail; /* which kind of it, or "" */
    struct bytes text;
    enum transcript_dir dir;
    struct smtp_place place;
};
void recorder_remark(struct recorder *recorder,
                     const struct recorder_remark *remark);

/* ---- The summary */

/* The client named itself. */
void recorder_set_helo(struct recorder *recorder, const char *verb,
                       struct bytes name);

/* JSON texts that the API shows as `tls` and `auth`; taken over. With that of
 * TLS the handshake is over, however it went. */
void recorder_set_tls(struct recorder *recorder, char *json);
void recorder_set_auth(struct recorder *recorder, char *json);

/* How a command was answered; before smtp_session_answer(), while its slices
 * live. */
void recorder_mail(struct recorder *recorder, const struct smtp_event *event,
                   uint16_t code);
void recorder_rcpt(struct recorder *recorder, const struct smtp_event *event,
                   uint16_t code);
void recorder_refused_data(struct recorder *recorder, uint16_t code);

/* The end of data is going to be answered with `code`: body number `body` has
 * `size` octets. */
void recorder_end_of_data(struct recorder *recorder, uint16_t code,
                          uint64_t body, uint64_t size);

/* The transaction is over, however. */
void recorder_transaction_over(struct recorder *recorder);

/* The number of the open transaction; 0 none. */
uint32_t recorder_open_transaction(const struct recorder *recorder);

/* The number of the current or last transaction, from 1; 0 none yet. */
uint32_t recorder_transaction(const struct recorder *recorder);

/* The current transaction's envelope; NULL none. */
const struct inbox_transaction *
recorder_envelope(const struct recorder *recorder);

/* The inbox its first message went to. */
void recorder_set_inbox(struct recorder *recorder, const char *inbox);

/* Was anything refused, did something fail: what makes the outcome. */
void recorder_auth_failed(struct recorder *recorder, bool has_failed);
void recorder_tls_failed(struct recorder *recorder);
void recorder_aborted(struct recorder *recorder);
void recorder_refused(struct recorder *recorder);

/* The session ended; `reason` is a close_reason of the API (a literal). */
void recorder_close(struct recorder *recorder, const char *reason);

/* The outcome as the API has it; NULL while live. */
const char *recorder_outcome(const struct recorder *recorder);

/* The summary as of now, everything in `arena` or the recorder's own. */
void recorder_summary(const struct recorder *recorder, struct arena *arena,
                      struct inbox_session *session_out);

/* What the transcript has beyond the pieces that were taken. */
size_t recorder_pending(const struct recorder *recorder);

/* Takes the next piece of the transcript, valid until more is recorded;
 * recorder_handed_over() says that it arrived with the finished transactions,
 * which are forgotten then. */
struct bytes recorder_take(struct recorder *recorder);
void recorder_handed_over(struct recorder *recorder);

#endif
