/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_TRANSCRIPT_FORMATS_H
#define WEBUI_TRANSCRIPT_FORMATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/inbox.h"
#include "inbox/transcript/transcript.h"

struct json; /* webui/json/json.h */

/* A session's transcript in the forms that people and programs read. All are
 * made from a finished reading; nothing here touches the store. */

#define TRANSCRIPT_JSON_TYPE "application/vnd.smtp-transcript+json"
#define TRANSCRIPT_TEXT_TYPE "text/plain; charset=utf-8"
#define TRANSCRIPT_VECTOR_TYPE "text/plain; charset=utf-8"
#define TRANSCRIPT_RAW_TYPE "application/octet-stream"
#define TRANSCRIPT_PCAPNG_TYPE "application/x-pcapng"

/* Octets as they crossed the socket while TLS was on. */
struct transcript_tls_record {
    uint64_t time_us; /* since the session opened */
    struct bytes octets;
    uint8_t dir; /* enum transcript_dir */
};

/* What was kept of a session's TLS, for a capture that opens by itself. */
struct transcript_tls_records {
    const struct transcript_tls_record *records;
    size_t count;
    struct bytes keylog; /* NSS key log lines */
};

/* What to show. */
struct transcript_view {
    const struct inbox_session *session; /* whole: transactions, findings */
    const struct transcript *transcript;
    const struct transcript_bodies *bodies;   /* NULL: none can be read */
    const struct transcript_tls_records *tls; /* NULL: none kept */
    const char *version;                      /* of mailscope */
    uint32_t from; /* JSON: only events from this number; 0 and 1: all */
    bool reveal;   /* secrets in the clear */
};

/* The JSON form, version 1: session, chunks, events (at most 20,000 from
 * view->from on; "next_event" is where to go on, or null), messages. In the
 * text of a line a secret is as many asterisks, and "masked" {"off","len"} says
 * where in it ("secret" when revealed). The caller owns the value. */
struct json *transcript_json(const struct transcript_view *view);

/* Appends the form for reading (swaks's arrows, the client's perspective). */
void transcript_text(const struct transcript_view *view, struct buffer *out);

/* Appends a dialogue file: exact, replayable, one line per line. Secrets are
 * as many asterisks. */
void transcript_vector(const struct transcript_view *view, struct buffer *out);

/* Appends the octets of one direction; octets of secrets are asterisks, those
 * that were retired or stood in deleted bodies are left out. Returns how many
 * that is: nothing among the octets could say so. */
uint64_t transcript_raw(const struct transcript_view *view,
                        enum transcript_dir dir, struct buffer *out);

enum transcript_pcapng_tls {
    TRANSCRIPT_PCAPNG_AUTO,  /* embedded keys when records were kept and
                             * secrets are revealed, else split */
    TRANSCRIPT_PCAPNG_KEYS,  /* real TLS records with their keys */
    TRANSCRIPT_PCAPNG_SPLIT, /* what was decrypted, as a second stream */
    TRANSCRIPT_PCAPNG_ELIDE  /* as if there had been no STARTTLS */
};

struct transcript_pcapng_options {
    enum transcript_pcapng_tls tls;
    bool keep_port;    /* else the server's port is 25 (implicit TLS: 465), so
                        * that Wireshark sees SMTP by itself */
    bool exact_chunks; /* else packets also end where data ends */
};

/* Appends a capture that Wireshark opens. Without view->reveal secrets are
 * asterisks and neither TLS records nor keys are in it. */
void transcript_pcapng(const struct transcript_view *view,
                       const struct transcript_pcapng_options *options,
                       struct buffer *out);

#endif
