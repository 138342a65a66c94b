/* SPDX-License-Identifier: MIT */
#ifndef INBOX_MAIL_MAIL_H
#define INBOX_MAIL_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/base/memory.h"

/* Reading a message (RFC 5322, 2045-2049, 2047, 2231). It cannot fail: broken
 * mail is still a message. All text is valid UTF-8. Results live in `arena`,
 * slices in the given octets. No file, no clock, no log. */

struct mail_header {
    struct bytes name; /* original case */
    struct bytes raw;  /* value octets as they stand, folded, with line end */
    const char *value; /* unfolded and decoded (RFC 2047) */
    size_t offset;     /* of the field in the message */
};

struct mail_address {
    const char *name; /* "" none */
    const char *address;
};

/* The few fields a list and a wait need, from the header block alone. */
struct mail_summary {
    struct mail_address from; /* address NULL: none */
    struct mail_address *to;
    size_t to_count;
    struct mail_address *cc;
    size_t cc_count;
    const char *subject;    /* NULL none */
    const char *message_id; /* NULL none */
    int64_t date_us;        /* INT64_MIN none */
    char **tags;            /* of X-Tags */
    size_t tag_count;
    size_t header_bytes; /* where the header block ends */
};

/* Scans the header block. Cheap: GMime only for encoded words and addresses
 * that need it. `raw` may be only the first 256 KB of the message. */
void mail_summarize(struct bytes raw, struct arena *arena,
                    struct mail_summary *summary_out);

/* Every header field of the block that begins `raw`, in order (at most
 * 10,000). Returns how many. */
size_t mail_headers(struct bytes raw, struct arena *arena,
                    struct mail_header **headers_out);

/* A node of the MIME tree, sections numbered as IMAP does (RFC 3501 6.4.5). */
struct mail_part {
    const char *section;     /* "1.2"; the root of a single part is "1" */
    const char *type;        /* "text/html", lower case */
    const char *charset;     /* NULL none */
    const char *encoding;    /* "base64"; NULL: not said */
    const char *disposition; /* "inline" "attachment", NULL none */
    const char *filename;    /* decoded, as sent; NULL none */
    const char *content_id;  /* without brackets; NULL none */
    const char *location;    /* Content-Location; NULL none */
    bool is_attachment;
    size_t header_offset; /* of its header block in the message */
    size_t header_size;
    size_t body_offset; /* of its encoded octets */
    size_t body_size;
    struct mail_part *children;
    size_t child_count;
};

struct mail_content {
    struct mail_part *root; /* never NULL */
    size_t part_count;
    int attachments;
    const char *text; /* the text body, at most 1 MiB; NULL none */
    bool text_is_cut;
    const char *html; /* the HTML body; NULL none */
    bool html_is_cut;
    const char *html_text; /* what a person reads of it; NULL none */
    const char *enclosed;  /* subjects and texts of messages inside it, fields
                            * of reports, to be searched, some 1 MiB; NULL
                            * none */
    const char *snippet;   /* first 200 characters of what is readable */
    const struct mail_part *html_part; /* NULL none */
    bool is_cut;         /* limits stopped reading: parts are missing */
    bool is_undecodable; /* octets of the text were no such charset */
};

/* Reads the whole tree (readers only: up to seconds for hostile mail; the
 * limits are in the implementation). */
void mail_read(struct bytes raw, struct arena *arena,
               struct mail_content *content_out);

/* The part with this section number; NULL: none. */
const struct mail_part *mail_part_find(const struct mail_part *root,
                                       const char *section);

/* Appends the decoded octets of `part` of `raw` to `out`. */
void mail_part_decode(struct bytes raw, const struct mail_part *part,
                      struct buffer *out);

/* The part's text as UTF-8 (for text parts): undecodable octets become
 * U+FFFD. */
char *mail_part_text(struct bytes raw, const struct mail_part *part,
                     struct arena *arena);

/* A name for a download made from `filename` (may be NULL): no path, no
 * control or bidirectional characters, at most 120 octets, never empty: what
 * has no name is called after its message and its part, "m42-part-1.2.png". */
char *mail_safe_name(const char *filename, uint64_t message,
                     const struct mail_part *part, struct arena *arena);

/* Text with every invalid UTF-8 sequence replaced by U+FFFD; NUL becomes
 * U+FFFD too. */
char *mail_utf8(struct bytes text, struct arena *arena);

#endif
