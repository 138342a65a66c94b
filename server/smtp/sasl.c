/* SPDX-License-Identifier: MIT */
#include "server/smtp/sasl.h"

#include <string.h>
#include <strings.h>

#include "inbox/base/utf8.h"

#define FIELD_MAX 255 /* RFC 4616 2: each at most 255 octets */

static size_t find(struct bytes text, unsigned char octet)
{
    const unsigned char *at =
        text.size == 0 ? NULL : memchr(text.at, octet, text.size);
    return at == NULL ? text.size : (size_t)(at - text.at);
}

static bool is_utf8(struct bytes text)
{
    return utf8_good_size(text) == text.size;
}

static bool is_field(struct bytes text)
{
    return text.size <= FIELD_MAX && is_utf8(text);
}

/* message = [authzid] NUL authcid NUL passwd (RFC 4616 2) */
static enum sasl_outcome read_plain(struct sasl_exchange *exchange,
                                    struct smtp_login *login_out)
{
    struct bytes text = buffer_bytes(&exchange->message);
    size_t first = find(text, '\0');
    struct bytes rest = bytes_part(text, first + 1, text.size);
    size_t second = find(rest, '\0');
    login_out->authzid = bytes_part(text, 0, first);
    login_out->user = bytes_part(rest, 0, second);
    login_out->secret = bytes_part(rest, second + 1, rest.size);
    if (first == text.size || second == rest.size ||
        find(login_out->secret, '\0') != login_out->secret.size ||
        !is_field(login_out->authzid) || !is_field(login_out->user) ||
        !is_field(login_out->secret)) {
        return SASL_MALFORMED;
    }
    return login_out->user.size == 0 ? SASL_NO_USER : SASL_COMPLETE;
}

/* The prompts are matched to the letter by some clients. */
static enum sasl_outcome read_login(struct sasl_exchange *exchange,
                                    struct smtp_login *login_out)
{
    if (!exchange->has_user) {
        exchange->has_user = true;
        buffer_add(&exchange->user, buffer_bytes(&exchange->message));
        exchange->challenge = BYTES("Password:");
        return SASL_ASK;
    }
    login_out->user = buffer_bytes(&exchange->user);
    login_out->secret = buffer_bytes(&exchange->message);
    return login_out->user.size == 0 ? SASL_NO_USER : SASL_COMPLETE;
}

static bool is_hex(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == '\0' ||
            strchr("0123456789abcdefABCDEF", text.at[i]) == NULL) {
            return false;
        }
    }
    return true;
}

/* user SP 32 hexadecimal digits (RFC 2195 2); the user may hold spaces */
static enum sasl_outcome read_cram(struct sasl_exchange *exchange,
                                   struct smtp_login *login_out)
{
    struct bytes text = buffer_bytes(&exchange->message);
    if (text.size < 33 || text.at[text.size - 33] != ' ') {
        return SASL_MALFORMED;
    }
    login_out->user = bytes_part(text, 0, text.size - 33);
    login_out->secret = bytes_part(text, text.size - 32, 32);
    login_out->challenge = exchange->challenge;
    if (!is_hex(login_out->secret)) {
        return SASL_MALFORMED;
    }
    return login_out->user.size == 0 ? SASL_NO_USER : SASL_COMPLETE;
}

static enum sasl_outcome read_scram(struct sasl_exchange *exchange,
                                    struct smtp_login *login_out)
{
    (void)exchange;
    (void)login_out;
    return SASL_STEP;
}

/* The token in "auth=Bearer T" among ^A-parted fields; false when there is
 * none, or the message does not end in ^A^A. */
static bool find_token(struct sasl_exchange *exchange, struct bytes fields,
                       struct smtp_login *login_out)
{
    exchange->is_sloppy = fields.size < 2 || fields.at[fields.size - 1] != 1 ||
                          fields.at[fields.size - 2] != 1;
    while (fields.size > 0) {
        size_t size = find(fields, 1);
        struct bytes field = bytes_part(fields, 0, size);
        if (bytes_start_nocase(field, BYTES("auth=Bearer "))) {
            login_out->secret = bytes_part(field, 12, field.size);
            return login_out->secret.size > 0;
        }
        fields = bytes_part(fields, size + 1, fields.size);
    }
    return false;
}

/* "user=U^Aauth=Bearer T^A^A", as Google and Microsoft describe it */
static enum sasl_outcome read_xoauth2(struct sasl_exchange *exchange,
                                      struct smtp_login *login_out)
{
    struct bytes text = buffer_bytes(&exchange->message);
    size_t size = find(text, 1);
    if (!bytes_start_nocase(text, BYTES("user=")) || size == text.size ||
        !find_token(exchange, bytes_part(text, size + 1, text.size),
                    login_out)) {
        return SASL_MALFORMED;
    }
    login_out->user = bytes_part(text, 5, size - 5);
    return login_out->user.size == 0 ? SASL_NO_USER : SASL_COMPLETE;
}

/* gs2-header kvsep *kvpair kvsep (RFC 7628 3.1): "n,a=U,^Ahost=...^A..." */
static enum sasl_outcome read_bearer(struct sasl_exchange *exchange,
                                     struct smtp_login *login_out)
{
    struct bytes text = buffer_bytes(&exchange->message);
    size_t size = find(text, 1);
    struct bytes header = bytes_part(text, 0, size);
    bool is_bound = bytes_start_nocase(header, BYTES("n,")) ||
                    bytes_start_nocase(header, BYTES("y,"));
    if (!is_bound || size == text.size || header.at[header.size - 1] != ',' ||
        !find_token(exchange, bytes_part(text, size + 1, text.size),
                    login_out)) {
        return SASL_MALFORMED;
    }
    struct bytes name = bytes_part(header, 2, header.size);
    name.size -= name.size > 0 ? 1 : 0;
    if (bytes_start_nocase(name, BYTES("a="))) {
        login_out->user = bytes_part(name, 2, name.size);
        login_out->authzid = login_out->user;
    }
    return SASL_COMPLETE;
}

/* The identity comes from the certificate (RFC 4422 appendix A). */
static enum sasl_outcome read_external(struct sasl_exchange *exchange,
                                       struct smtp_login *login_out)
{
    login_out->authzid = buffer_bytes(&exchange->message);
    return is_utf8(login_out->authzid) ? SASL_COMPLETE : SASL_MALFORMED;
}

/* trace information, at most 255 octets (RFC 4505 2) */
static enum sasl_outcome read_anonymous(struct sasl_exchange *exchange,
                                        struct smtp_login *login_out)
{
    login_out->secret = buffer_bytes(&exchange->message);
    login_out->user = BYTES("anonymous");
    return is_field(login_out->secret) ? SASL_COMPLETE : SASL_MALFORMED;
}

static const struct sasl_mechanism rows[] = {
    {"PLAIN", SMTP_PLAIN, false, true, true, false, "", read_plain},
    {"LOGIN", SMTP_LOGIN, false, true, false, false, "Username:", read_login},
    {"CRAM-MD5", SMTP_CRAM_MD5, true, false, false, false, NULL, read_cram},
    {"XOAUTH2", SMTP_XOAUTH2, false, true, false, true, "", read_xoauth2},
    {"OAUTHBEARER", SMTP_OAUTHBEARER, false, true, false, true, "",
     read_bearer},
    {"SCRAM-SHA-256", SMTP_SCRAM_SHA_256, false, false, false, false, "",
     read_scram},
    {"SCRAM-SHA-1", SMTP_SCRAM_SHA_1, false, false, false, false, "",
     read_scram},
    {"SCRAM-SHA-256-PLUS", SMTP_SCRAM_SHA_256_PLUS, false, false, false, false,
     "", read_scram},
    {"SCRAM-SHA-1-PLUS", SMTP_SCRAM_SHA_1_PLUS, false, false, false, false, "",
     read_scram},
    {"EXTERNAL", SMTP_EXTERNAL, false, false, true, false, "", read_external},
    {"ANONYMOUS", SMTP_ANONYMOUS, false, false, false, false, "",
     read_anonymous},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct sasl_mechanism *sasl_find(struct bytes name)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (bytes_equal_nocase(name, bytes_of(rows[i].name))) {
            return &rows[i];
        }
    }
    return NULL;
}

const struct sasl_mechanism *sasl_row(size_t index)
{
    return index < ROWS ? &rows[index] : NULL;
}

static bool is_space(unsigned char octet)
{
    return octet == ' ' || (octet >= '\t' && octet <= '\r');
}

bool sasl_has_space(struct bytes value)
{
    return value.size > 0 &&
           (is_space(value.at[0]) || is_space(value.at[value.size - 1]));
}

bool sasl_is_placeholder(struct bytes value)
{
    static const char *const words[] = {
        "changeme",      "change-me",    "change_me",     "xxx",
        "xxxx",          "xxxxxx",       "xxxxxxxx",      "your-password",
        "your_password", "yourpassword", "your-username", "your_username",
        "yourusername",  "<password>",   "<username>",    "placeholder",
        "your-api-key",  "your_api_key",
    };
    if (bytes_start_nocase(value, BYTES("${")) ||
        bytes_start_nocase(value, BYTES("{{"))) {
        return true;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (bytes_equal_nocase(value, bytes_of(words[i]))) {
            return true;
        }
    }
    return false;
}

void sasl_free(struct sasl_exchange *exchange)
{
    buffer_free(&exchange->user);
    buffer_free(&exchange->message);
}
