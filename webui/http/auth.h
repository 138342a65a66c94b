/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_HTTP_AUTH_H
#define WEBUI_HTTP_AUTH_H

#include <stdbool.h>

#include "webui/webui.h"

/* Who may log in (HTTP Basic, RFC 7617). A header that was accepted is
 * remembered as a keyed hash, so that bcrypt runs once for it. */

struct auth;

enum auth_verdict {
    AUTH_ACCEPTED,
    AUTH_REFUSED,
    AUTH_UNKNOWN /* ask auth_verify() */
};

/* `login` is "user:password", or the path of a file of "user:$2b$..." lines.
 * NULL with one line in `error_out`. */
struct auth *auth_new(const char *login, char error_out[WEBUI_ERROR_SIZE]);

/* Frees it; NULL is allowed. */
void auth_free(struct auth *auth);

/* What is known of the Authorization field `header` (NULL: not sent), at once.
 * Any thread. */
enum auth_verdict auth_check(struct auth *auth, const char *header);

/* Is the login right? Takes as long as bcrypt does (a reader thread). */
bool auth_verify(struct auth *auth, const char *header);

#endif
