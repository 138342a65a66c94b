/* SPDX-License-Identifier: MIT */
#include "server/smtp/remark.h"

#include <stdlib.h>
#include <string.h>

#include "inbox/base/memory.h"

static const struct {
    const char *id;
    const char *text;
} checks[CHECK_COUNT] = {
    [CHECK_EARLY_TALKER] =
        {"conn-early-talker",
         "octets came before the greeting was out (RFC 5321 4.3.1)"},
    [CHECK_TLS_ON_PLAIN] = {"conn-tls-on-plaintext-port",
                            "a TLS ClientHello came to a port that speaks SMTP "
                            "in the clear first"},
    [CHECK_HTTP] = {"conn-http-request",
                    "an HTTP request came to the SMTP port"},
    [CHECK_PROXY_HEADER] =
        {"conn-proxy-header-unexpected",
         "a PROXY header came to a listener that expects none"},
    [CHECK_COMMAND_BARE_LF] =
        {"cmd-bare-lf",
         "the command line ends in LF without CR (RFC 5321 2.3.8)"},
    [CHECK_COMMAND_BARE_CR] =
        {"cmd-bare-cr",
         "a CR without LF stands in the command line (RFC 5321 2.3.8)"},
    [CHECK_COMMAND_NUL] = {"cmd-nul-byte", "a NUL stands in the command line"},
    [CHECK_COMMAND_LONG] =
        {"cmd-line-too-long",
         "the command line is longer than the standard and the offered "
         "extensions allow (RFC 5321 4.5.3.1.4)"},
    [CHECK_LEADING_SPACE] = {"cmd-leading-space",
                             "white space stands before the command"},
    [CHECK_TRAILING_SPACE] = {"cmd-trailing-space",
                              "white space stands before the line end"},
    [CHECK_TAB] = {"cmd-tab-separator", "a tab stands where a space belongs"},
    [CHECK_UNKNOWN] = {"cmd-unknown", "this server knows no such command"},
    [CHECK_EXTRA_ARGUMENT] = {"cmd-unexpected-argument",
                              "the command takes no argument"},
    [CHECK_NO_ARGUMENT] = {"cmd-missing-argument",
                           "the command needs an argument"},
    [CHECK_COLON_SPACE] =
        {"cmd-space-after-colon",
         "no space may stand on either side of the colon (RFC 5321 3.3)"},
    [CHECK_NO_BRACKETS] = {"cmd-missing-angle-brackets",
                           "the address has no angle brackets"},
    [CHECK_DISPLAY_NAME] = {"cmd-display-name-in-path",
                            "a display name stands in the envelope"},
    [CHECK_GLUED_PARAMETER] =
        {"cmd-missing-space-before-parameter",
         "a space must stand between > and the parameter"},
    [CHECK_BAD_UTF8] = {"cmd-invalid-utf8",
                        "octets above 127 are no UTF-8 (RFC 6531 3.3)"},
    [CHECK_PARAM_UNKNOWN] =
        {"param-unknown",
         "nobody defines this parameter here (RFC 5321 4.1.1.11)"},
    [CHECK_PARAM_NOT_OFFERED] =
        {"param-not-advertised",
         "the parameter belongs to an extension that was not offered"},
    [CHECK_PARAM_TWICE] = {"param-duplicate", "the parameter stands twice"},
    [CHECK_PARAM_VALUE] = {"param-bad-value",
                           "the value does not fit the parameter's grammar"},
    [CHECK_PARAM_XTEXT] = {"param-xtext-invalid",
                           "the value is no xtext (RFC 3461 4)"},
    [CHECK_NO_EHLO] =
        {"helo-no-ehlo",
         "HELO came without trying EHLO first (RFC 5321 4.1.1.1)"},
    [CHECK_HELO_NOT_FQDN] = {"helo-not-fqdn",
                             "the client's name has no dot (RFC 5321 2.3.5)"},
    [CHECK_HELO_BARE_IP] =
        {"helo-bare-ip",
         "an IP address needs square brackets (RFC 5321 4.1.3)"},
    [CHECK_HELO_INVALID] = {"helo-invalid",
                            "the client's name is no domain (RFC 5321 4.1.2)"},
    [CHECK_HELO_IS_SERVER] =
        {"helo-is-server-name",
         "the client calls itself by the server's own name"},
    [CHECK_HELO_ON_LMTP] = {"lmtp-helo-on-lmtp",
                            "LMTP begins with LHLO (RFC 2033 4.1)"},
    [CHECK_MAIL_BEFORE_HELO] = {"order-mail-before-helo",
                                "MAIL came before EHLO (RFC 5321 4.1.4)"},
    [CHECK_RCPT_BEFORE_MAIL] = {"order-rcpt-before-mail",
                                "RCPT came without MAIL (RFC 5321 3.3)"},
    [CHECK_DATA_BEFORE_MAIL] =
        {"order-data-before-mail",
         "message data came without MAIL (RFC 5321 3.3)"},
    [CHECK_DATA_BEFORE_RCPT] =
        {"order-data-before-rcpt",
         "message data came without an accepted recipient (RFC 5321 3.3)"},
    [CHECK_NESTED_MAIL] = {"order-nested-mail",
                           "MAIL came inside a transaction (RFC 5321 4.1.4)"},
    [CHECK_ABORTED] = {"order-transaction-aborted",
                       "an open transaction was given up (RFC 5321 4.1.4)"},
    [CHECK_IN_TRANSACTION] = {"order-command-in-transaction",
                              "the command may not come inside a transaction"},
    [CHECK_BDAT_DATA_MIX] = {"order-bdat-data-mix",
                             "DATA came after BDAT (RFC 3030 2)"},
    [CHECK_BDAT_AFTER_LAST] = {"order-bdat-after-last",
                               "BDAT came after BDAT LAST (RFC 3030 2)"},
    [CHECK_DATA_BINARYMIME] = {"order-data-with-binarymime",
                               "BODY=BINARYMIME needs BDAT (RFC 3030 3)"},
    [CHECK_AFTER_421] = {"order-after-421",
                         "the client went on after a 421 (RFC 5321 3.8)"},
    [CHECK_PIPELINING_UNOFFERED] = {"pipelining-unadvertised",
                                    "commands came in a group though "
                                    "PIPELINING was not offered (RFC 2920 3)"},
    [CHECK_PIPELINING_AFTER_SYNC] = {"pipelining-after-sync-command",
                                     "a command came before the reply to one "
                                     "that ends a group (RFC 2920 3.1)"},
    [CHECK_DUPLICATE_RCPT] = {"env-duplicate-rcpt",
                              "the same mailbox came twice in one transaction"},
    [CHECK_MANY_RCPT] = {"env-too-many-rcpt",
                         "more than 100 recipients; a server need not take "
                         "them (RFC 5321 4.5.3.1.8)"},
    [CHECK_ADDRESS_SYNTAX] =
        {"env-address-syntax",
         "the mailbox does not fit the grammar (RFC 5321 4.1.2)"},
    [CHECK_NO_DOMAIN] = {"env-address-no-domain",
                         "the address has no domain (RFC 5321 2.3.5)"},
    [CHECK_DOMAIN_INVALID] =
        {"env-domain-invalid",
         "the domain does not fit the grammar (RFC 5321 4.1.2)"},
    [CHECK_SINGLE_LABEL] = {"env-domain-single-label",
                            "the domain has no dot (RFC 5321 2.3.5)"},
    [CHECK_LOCAL_LONG] =
        {"env-local-part-too-long",
         "the local part is longer than 64 octets (RFC 5321 4.5.3.1.1)"},
    [CHECK_DOMAIN_LONG] =
        {"env-domain-too-long",
         "the domain is longer than 255 octets (RFC 5321 4.5.3.1.2)"},
    [CHECK_PATH_LONG] =
        {"env-path-too-long",
         "the path is longer than 256 octets (RFC 5321 4.5.3.1.3)"},
    [CHECK_SOURCE_ROUTE] = {"env-source-route",
                            "source routes are obsolete (RFC 5321 appendix C)"},
    [CHECK_QUOTED_LOCAL] =
        {"env-quoted-local-part",
         "the local part is quoted; few systems handle that"},
    [CHECK_UTF8_MISSING] =
        {"env-smtputf8-missing",
         "the address needs SMTPUTF8 on MAIL (RFC 6531 3.4)"},
    [CHECK_SIZE_EXCEEDED] =
        {"env-size-exceeded",
         "the message is larger than the size offered (RFC 1870 6.1)"},
    [CHECK_SIZE_MISMATCH] =
        {"env-size-declared-mismatch",
         "the size declared is far from the size sent (RFC 1870 6)"},
    [CHECK_DSN_UNUSED] =
        {"env-dsn-unsupported-use",
         "a null sender asked for delivery notices nobody gets (RFC 3461 5.2)"},
    [CHECK_STARTTLS_PIPELINED] =
        {"tls-starttls-pipelined",
         "octets came in the clear behind STARTTLS; they were dropped (RFC "
         "3207 4.2, CVE-2011-0411)"},
    [CHECK_EARLY_HELLO] = {"tls-clienthello-before-220",
                           "the ClientHello came before the 220 (RFC 3207 4)"},
    [CHECK_NO_EHLO_AFTER_TLS] =
        {"tls-no-ehlo-after",
         "the first command inside TLS was not EHLO (RFC 3207 4.2)"},
    [CHECK_TLS_ACTIVE] = {"tls-already-active",
                          "STARTTLS came inside TLS (RFC 3207 4.2)"},
    [CHECK_AUTH_CLEAR] = {"auth-plaintext-no-tls",
                          "a secret crossed the wire without TLS (RFC 4954 4)"},
    [CHECK_AUTH_BEFORE_EHLO] = {"auth-before-ehlo",
                                "AUTH came without EHLO (RFC 4954 3)"},
    [CHECK_AUTH_NOT_OFFERED] = {"auth-mechanism-not-advertised",
                                "the mechanism was not offered (RFC 4954 4)"},
    [CHECK_AUTH_TWICE] = {"auth-repeated-after-success",
                          "AUTH came again after success (RFC 4954 4)"},
    [CHECK_AUTH_BASE64] = {"auth-bad-base64",
                           "the response is no strict base64 (RFC 4954 4)"},
    [CHECK_AUTH_WRAPPED] = {"auth-line-wrapped",
                            "the base64 response was wrapped (RFC 4954 4)"},
    [CHECK_PLAIN_MALFORMED] =
        {"auth-plain-malformed",
         "a PLAIN message has exactly two NULs (RFC 4616 2)"},
    [CHECK_EMPTY_USER] = {"auth-empty-username",
                          "the user name is empty (RFC 4616 2)"},
    [CHECK_CREDENTIAL_SPACE] =
        {"auth-credentials-whitespace",
         "user name or password begins or ends with white space"},
    [CHECK_PLACEHOLDER] =
        {"auth-placeholder-credentials",
         "user name or password looks like a placeholder nobody filled in"},
    [CHECK_INITIAL_RESPONSE] =
        {"auth-initial-response-not-allowed",
         "the server speaks first in this mechanism (RFC 4954 4)"},
    [CHECK_INITIAL_LONG] = {"auth-initial-response-too-long",
                            "the initial response makes AUTH longer than a "
                            "command may be (RFC 4954 4)"},
    [CHECK_AUTH_CANCELLED] = {"auth-cancelled",
                              "the client cancelled the exchange"},
    [CHECK_WEAK_MECHANISM] = {"auth-weak-mechanism",
                              "a better mechanism was there"},
    [CHECK_OAUTH_DUMMY] =
        {"auth-oauth-dummy-missing",
         "the dummy response to the error is missing (RFC 7628 3.2.3)"},
    [CHECK_OAUTH_MALFORMED] =
        {"auth-oauth-malformed",
         "the OAuth message has not its fields (RFC 7628 3.1)"},
    [CHECK_BEFORE_354] = {"data-before-354",
                          "message octets came before the 354 (RFC 5321 3.3)"},
    [CHECK_AFTER_REJECT] =
        {"data-after-reject",
         "the message was sent though DATA was refused (RFC 5321 3.3)"},
    [CHECK_BARE_LF] =
        {"data-bare-lf",
         "an LF without CR stands in the message (RFC 5321 2.3.8)"},
    [CHECK_BARE_CR] =
        {"data-bare-cr",
         "a CR without LF stands in the message (RFC 5321 2.3.8)"},
    [CHECK_NUL] = {"data-nul-byte",
                   "a NUL stands in the message (RFC 5321 4.1.1.4)"},
    [CHECK_CONTROL] =
        {"data-control-chars",
         "a control character stands in the message (RFC 5321 4.1.1.4)"},
    [CHECK_8BIT_UNDECLARED] =
        {"data-8bit-not-declared",
         "octets above 127 came without BODY=8BITMIME (RFC 6152 3)"},
    [CHECK_8BIT_UNUSED] =
        {"data-8bit-declared-unused",
         "BODY=8BITMIME came with a message that needs none (RFC 6152 3)"},
    [CHECK_DOT_NOT_STUFFED] =
        {"data-dot-not-stuffed",
         "a line begins with a single dot, which is lost (RFC 5321 4.5.2)"},
    [CHECK_NONSTANDARD_EOD] = {"data-nonstandard-eod",
                               "some servers take this for the end of the "
                               "message; it is not (RFC 5321 4.1.1.4)"},
    [CHECK_EOD_STALL] =
        {"data-eod-stall",
         "the client waits for a reply, but the message has not ended"},
    [CHECK_EMBEDDED] =
        {"data-smuggling-embedded-commands",
         "commands follow a false end of data inside the message"},
    [CHECK_LINE_LONG] =
        {"data-line-too-long",
         "a line is longer than 998 octets (RFC 5321 4.5.3.1.6)"},
    [CHECK_EMPTY_MESSAGE] = {"data-empty-message", "the message is empty"},
    [CHECK_NO_FINAL_CRLF] = {"data-no-final-crlf",
                             "the message does not end in CRLF"},
    [CHECK_BLANK_LINES] =
        {"data-trailing-blank-lines",
         "three or more empty lines stand before the final dot"},
    [CHECK_BDAT_BARE_LF] =
        {"bdat-bare-lf",
         "an LF without CR came by BDAT without BODY=BINARYMIME (RFC 3030 2)"},
};

void smtp_remark_add(struct smtp_remarks *remarks,
                     const struct smtp_remark *remark)
{
    if (remarks->count == remarks->capacity) {
        remarks->capacity = remarks->capacity == 0 ? 4 : remarks->capacity * 2;
        remarks->at = memory_resize(remarks->at,
                                    remarks->capacity * sizeof(*remarks->at));
    }
    remarks->at[remarks->count++] = *remark;
}

bool smtp_remark_next(struct smtp_remarks *remarks,
                      struct smtp_event *event_out)
{
    if (remarks->told == remarks->count) {
        if (remarks->at != NULL) {
            smtp_remark_free(remarks);
        }
        return false;
    }
    const struct smtp_remark *remark = &remarks->at[remarks->told++];
    *event_out = (struct smtp_event){
        .kind = SMTP_REMARK,
        .place = remark->place,
        .check = bytes_of(checks[remark->check].id),
        .detail = bytes_of(remark->detail),
        .text = bytes_of(checks[remark->check].text),
    };
    if (remark->detail != NULL) {
        remarks->text.size = 0;
        buffer_print(&remarks->text, "%s: %s", remark->detail,
                     checks[remark->check].text);
        event_out->text = buffer_bytes(&remarks->text);
    }
    return true;
}

void smtp_remark_free(struct smtp_remarks *remarks)
{
    free(remarks->at);
    buffer_free(&remarks->text);
    *remarks = (struct smtp_remarks){0};
}
