/* SPDX-License-Identifier: MIT */
#ifndef SERVER_LOGIN_ACCOUNTS_H
#define SERVER_LOGIN_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "inbox/base/bytes.h"
#include "server/smtp/session.h"

/* Who may log in, when there is a list (--auth-file). No I/O: the text comes
 * in, and so does what must be random. One thread. */

struct accounts;

/* Reads a list: a line is `user:password`; empty lines and lines that begin
 * with # are passed over. A password may hold colons and spaces. `seed` is
 * random and makes SCRAM's salts. NULL when a line is wrong: `line_out` is its
 * number from 1 then (0: nobody is in the list). Freed with accounts_free(). */
struct accounts *accounts_read(struct bytes text, struct bytes seed,
                               size_t *line_out);

/* Frees the list; NULL is allowed. */
void accounts_free(struct accounts *accounts);

/* May this complete login (event.login.is_complete) in? PLAIN, LOGIN, CRAM-MD5
 * by the password; XOAUTH2 and OAUTHBEARER take the password as the token
 * (OAUTHBEARER without a user takes anybody's). EXTERNAL is the certificate's
 * affair and true; ANONYMOUS is false. Who asks to act for somebody else is
 * refused. Names and passwords are prepared by SASLprep (RFC 4013); secrets are
 * compared in constant time. */
bool accounts_allow(const struct accounts *accounts,
                    const struct smtp_login *login);

/* SCRAM's view of a user, for server/login/scram.c. */
struct accounts_keys {
    unsigned char salt[16];
    unsigned char stored_key[32]; /* `size` octets of each are used */
    unsigned char server_key[32];
    size_t size;
    unsigned iterations;
};

/* Fills `keys_out` for `user` with SHA-256 or SHA-1. False when nobody is
 * called that: the salt looks like any other then, and the keys fit no
 * password. The first call for a user takes about 2 ms. */
bool accounts_scram(const struct accounts *accounts, struct bytes user,
                    bool is_sha256, struct accounts_keys *keys_out);

#endif
