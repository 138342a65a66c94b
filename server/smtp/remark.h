/* SPDX-License-Identifier: MIT */
#ifndef SERVER_SMTP_REMARK_H
#define SERVER_SMTP_REMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inbox/base/bytes.h"
#include "server/smtp/session.h"

/* What a stricter server would have refused: the checks of the catalogue that
 * can be seen while a session runs, and the queue of those just seen. */

enum smtp_check {
    CHECK_EARLY_TALKER,
    CHECK_TLS_ON_PLAIN,
    CHECK_HTTP,
    CHECK_PROXY_HEADER,
    CHECK_COMMAND_BARE_LF,
    CHECK_COMMAND_BARE_CR,
    CHECK_COMMAND_NUL,
    CHECK_COMMAND_LONG,
    CHECK_LEADING_SPACE,
    CHECK_TRAILING_SPACE,
    CHECK_TAB,
    CHECK_UNKNOWN,
    CHECK_EXTRA_ARGUMENT,
    CHECK_NO_ARGUMENT,
    CHECK_COLON_SPACE,
    CHECK_NO_BRACKETS,
    CHECK_DISPLAY_NAME,
    CHECK_GLUED_PARAMETER,
    CHECK_BAD_UTF8,
    CHECK_PARAM_UNKNOWN,
    CHECK_PARAM_NOT_OFFERED,
    CHECK_PARAM_TWICE,
    CHECK_PARAM_VALUE,
    CHECK_PARAM_XTEXT,
    CHECK_NO_EHLO,
    CHECK_HELO_NOT_FQDN,
    CHECK_HELO_BARE_IP,
    CHECK_HELO_INVALID,
    CHECK_HELO_IS_SERVER,
    CHECK_HELO_ON_LMTP,
    CHECK_MAIL_BEFORE_HELO,
    CHECK_RCPT_BEFORE_MAIL,
    CHECK_DATA_BEFORE_MAIL,
    CHECK_DATA_BEFORE_RCPT,
    CHECK_NESTED_MAIL,
    CHECK_ABORTED,
    CHECK_IN_TRANSACTION,
    CHECK_BDAT_DATA_MIX,
    CHECK_BDAT_AFTER_LAST,
    CHECK_DATA_BINARYMIME,
    CHECK_AFTER_421,
    CHECK_PIPELINING_UNOFFERED,
    CHECK_PIPELINING_AFTER_SYNC,
    CHECK_DUPLICATE_RCPT,
    CHECK_MANY_RCPT,
    CHECK_ADDRESS_SYNTAX,
    CHECK_NO_DOMAIN,
    CHECK_DOMAIN_INVALID,
    CHECK_SINGLE_LABEL,
    CHECK_LOCAL_LONG,
    CHECK_DOMAIN_LONG,
    CHECK_PATH_LONG,
    CHECK_SOURCE_ROUTE,
    CHECK_QUOTED_LOCAL,
    CHECK_UTF8_MISSING,
    CHECK_SIZE_EXCEEDED,
    CHECK_SIZE_MISMATCH,
    CHECK_DSN_UNUSED,
    CHECK_STARTTLS_PIPELINED,
    CHECK_EARLY_HELLO,
    CHECK_NO_EHLO_AFTER_TLS,
    CHECK_TLS_ACTIVE,
    CHECK_AUTH_CLEAR,
    CHECK_AUTH_BEFORE_EHLO,
    CHECK_AUTH_NOT_OFFERED,
    CHECK_AUTH_TWICE,
    CHECK_AUTH_BASE64,
    CHECK_AUTH_WRAPPED,
    CHECK_PLAIN_MALFORMED,
    CHECK_EMPTY_USER,
    CHECK_CREDENTIAL_SPACE,
    CHECK_PLACEHOLDER,
    CHECK_INITIAL_RESPONSE,
    CHECK_INITIAL_LONG,
    CHECK_AUTH_CANCELLED,
    CHECK_WEAK_MECHANISM,
    CHECK_OAUTH_DUMMY,
    CHECK_OAUTH_MALFORMED,
    CHECK_BEFORE_354,
    CHECK_AFTER_REJECT,
    CHECK_BARE_LF,
    CHECK_BARE_CR,
    CHECK_NUL,
    CHECK_CONTROL,
    CHECK_8BIT_UNDECLARED,
    CHECK_8BIT_UNUSED,
    CHECK_DOT_NOT_STUFFED,
    CHECK_NONSTANDARD_EOD,
    CHECK_EOD_STALL,
    CHECK_EMBEDDED,
    CHECK_LINE_LONG,
    CHECK_EMPTY_MESSAGE,
    CHECK_NO_FINAL_CRLF,
    CHECK_BLANK_LINES,
    CHECK_BDAT_BARE_LF,
    CHECK_COUNT
};

struct smtp_remark {
    struct smtp_place place;
    const char *detail; /* NULL for none; a literal */
    uint8_t check;      /* enum smtp_check */
};

/* Remarks that wait to be told. {0} is empty and ready. */
struct smtp_remarks {
    struct smtp_remark *at;
    uint32_t count;
    uint32_t capacity;
    uint32_t told;
    struct buffer text; /* of the remark told last, when it has a detail */
};

/* Puts a remark into the queue. */
void smtp_remark_add(struct smtp_remarks *remarks,
                     const struct smtp_remark *remark);

/* Fills `event_out` with the next remark; false when there is none (the
 * memory is given back then). */
bool smtp_remark_next(struct smtp_remarks *remarks,
                      struct smtp_event *event_out);

/* Frees the queue. */
void smtp_remark_free(struct smtp_remarks *remarks);

#endif
