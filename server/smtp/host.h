/* SPDX-License-Identifier: MIT */
#ifndef SERVER_SMTP_HOST_H
#define SERVER_SMTP_HOST_H

#include <stdbool.h>

#include "inbox/base/bytes.h"
#include "server/smtp/path.h"

/* What `name` is; `allow_utf8` takes U-labels (RFC 6531 3.3) and then nothing
 * may stand behind a literal. */
enum path_host host_kind(struct bytes name, bool allow_utf8);

/* The same of a name without UTF-8, as HELO and XCLIENT give it: text behind a
 * literal is passed over (RFC 5321 4.1.1.1). */
enum path_host host_plain_kind(struct bytes name);

#endif
