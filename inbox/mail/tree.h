/* SPDX-License-Identifier: MIT */
#ifndef INBOX_MAIL_TREE_H
#define INBOX_MAIL_TREE_H

#include "inbox/mail/mail.h"

/* The MIME tree of `raw` in `arena`; `*count_out` parts (at least 1), `cut_out`
 * when limits left some out. Never NULL. */
struct mail_part *tree_read(struct bytes raw, struct arena *arena,
                            size_t *count_out, bool *cut_out);

/* The tree of a message that is plainly one text, read without GMime; NULL: it
 * is not, or not plainly. */
struct mail_part *tree_single(struct bytes raw, struct arena *arena);

/* Is the tree below `part` a message inside the message? */
bool tree_is_message(const struct mail_part *part);

#endif
