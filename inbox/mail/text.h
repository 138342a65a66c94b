/* SPDX-License-Identifier: MIT */
#ifndef INBOX_MAIL_TEXT_H
#define INBOX_MAIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "inbox/base/memory.h"
#include "inbox/mail/mail.h"

/* What the files of this room share: text in whatever charset becomes valid
 * UTF-8 without NUL. */

/* GMime is set up at the first call; any thread, any number of times. */
void text_begin(void);

/* The size of the UTF-8 sequence that `text` begins with; when it is none (or
 * NUL), of what is to be replaced by one U+FFFD. */
size_t text_sequence(struct bytes text, bool *valid_out);

/* Valid UTF-8 without NUL? */
bool text_is_utf8(struct bytes text);

/* Appends `text` with every invalid sequence replaced. */
void text_add_valid(struct buffer *out, struct bytes text);

/* Moves `text` into `arena`; the buffer is empty afterwards. */
char *text_settle(struct buffer *text, struct arena *arena);

/* How many octets of `text` to show when at most `most` are wanted, so that no
 * character is cut. */
size_t text_cut(const char *text, size_t most);

/* The charset that senders mean by this label: a superset of the one it names,
 * or `label` itself. */
const char *text_charset(const char *label);

/* Appends `text` of `charset` (NULL: not said) as UTF-8 to `out`. `bad_out`
 * says that some of it was no such charset. */
void text_add_charset(struct buffer *out, struct bytes text,
                      const char *charset, bool *bad_out);

/* May there be encoded words (RFC 2047) in `text`? */
bool text_has_words(struct bytes text);

/* Appends `text`, unfolded, with its encoded words as GMime reads them whole:
 * their charsets spelled as they are meant, neighbours in base64 joined. */
void text_add_words(struct buffer *out, struct bytes text);

/* A header field's value unfolded, its encoded words decoded (RFC 2047). */
char *text_header(struct bytes raw, struct arena *arena);

/* The same without decoding: unfolded, valid UTF-8, its words as
 * text_add_words() has them; for a parser that decodes. */
char *text_unfolded(struct bytes raw, struct arena *arena);

/* A field of a header block as it lies there. */
struct text_field {
    struct bytes name;
    struct bytes value; /* behind the colon, with its line end */
    size_t offset;
};

/* The field at `*at` of `block` (offset 0: the block's start), which moves
 * behind it. False at the end of the block: `*at` is then where the body
 * begins. */
bool text_next_field(struct bytes block, size_t *at,
                     struct text_field *field_out);

/* The addresses of `raw`, a field's value (RFC 5322 3.4), behind the
 * `*count` of `known`: a new array in `arena` with all of them, of which there
 * are never more than TEXT_MOST_ADDRESSES. */
struct mail_address *text_addresses(struct bytes raw, struct arena *arena,
                                    struct mail_address *known, size_t *count);

#define TEXT_MOST_ADDRESSES 1000

/* The time a Date field says (RFC 5322 3.3), in microseconds since 1970;
 * INT64_MIN when it says none. */
int64_t text_date(struct bytes raw, struct arena *arena);

/* Without the white space at both ends. */
struct bytes text_trim(struct bytes text);

/* Appends what a person reads of `html`: no tags, no styles or scripts,
 * entities resolved, at most `most` octets. */
void text_add_html(struct buffer *out, struct bytes html, size_t most);

/* The character that an entity of HTML names; 0: it shows none. False: there is
 * no such entity. */
bool text_entity(const char *name, uint32_t *character_out);

/* The first 200 characters of `text` with runs of white space as one blank. */
char *text_snippet(struct bytes text, struct arena *arena);

#endif
