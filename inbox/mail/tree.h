/* SPDX-License-Identifier: MIT */
#ifndef INBOX_MAIL_TREE_H
#define INBOX_MAIL_TREE_H

#include "inbox/mail/mail.h"

/* The MIME tree of `raw` in `arena`; `*count_out` parts (at least 1), `cut_out`
 * when limits left some out. Never NULL. */
struct mail_part *tree_read(struct bytes raw, struct arena *arena,
                            size_t *count_out, bool *cut_out);

/* Is the tree below `part` a message inside the message? */
bool tree_is_message(const struct mail_part *part);

#endif
