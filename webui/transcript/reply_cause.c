/* SPDX-License-Identifier: MIT */
#include "webui/transcript/reply_cause.h"

#include <stddef.h>
#include <string.h>

/* From special to general: the first row that fits tells. */
static const struct {
    uint16_t code;
    const char *enhanced; /* NULL: any */
    const char *cause;
} rows[] = {
    {421, "4.3.2", "limit --max-connections, or the server stops"},
    {421, "4.4.2", "limit --idle-timeout or --session-timeout"},
    {421, NULL,
     "no SMTP at all, or a limit for one client: "
     "--max-connections-per-address, --max-commands, --max-errors or "
     "--max-transactions"},
    {452, "4.5.3", "limit --max-recipients or --max-domains"},
    {452, NULL, "no room: --max-draft-bytes, or the store"},
    {454, NULL, "TLS or the login is not available now"},
    {500, NULL, "no such command, or a line beyond --max-command-line"},
    {501, NULL, "syntax of the arguments (RFC 5321 4.1.1, 4.1.2)"},
    {502, NULL, "not offered here: --without, or the listener's role"},
    {503, NULL, "order of commands (RFC 5321 4.1.4)"},
    {504, NULL, "mechanism or parameter that is not offered"},
    {530, NULL, "option --auth-required, or TLS is needed first"},
    {534, NULL, "mechanism too weak"},
    {535, NULL, "login that --auth-file does not hold, or a broken exchange"},
    {538, NULL, "this mechanism needs TLS first"},
    {550, "5.6.7", "address that needs SMTPUTF8 (RFC 6531 3.5)"},
    {552, NULL, "limit --max-message-size"},
    {553, "5.6.7", "address that needs SMTPUTF8 (RFC 6531 3.5)"},
    {553, NULL, "syntax of the mailbox (RFC 5321 4.1.2)"},
    {555, NULL, "parameter that the answer to EHLO does not offer"},
    {554, "5.6.0", "octets of the message (RFC 5321 2.3.8)"},
    {550, NULL, "policy: profile strict"},
    {554, NULL, "policy: profile strict"},
};

const char *reply_cause(uint16_t code, const char *enhanced)
{
    if (code < 400) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].code == code && (rows[i].enhanced == NULL ||
                                     strcmp(rows[i].enhanced, enhanced) == 0)) {
            return rows[i].cause;
        }
    }
    return "the server's policy";
}
