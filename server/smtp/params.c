/* SPDX-License-Identifier: MIT */
#include "server/smtp/params.h"

#include <string.h>

#include "inbox/base/calendar.h"

static bool is_digit(unsigned char octet)
{
    return octet >= '0' && octet <= '9';
}

int param_number(struct bytes text, uint64_t *number_out)
{
    uint64_t number = 0;
    if (text.size == 0 || text.size > 20) {
        return -1;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (!is_digit(text.at[i])) {
            return -1;
        }
        uint64_t digit = text.at[i] - (uint64_t)'0';
        number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX
                                                    : number * 10 + digit;
    }
    *number_out = number;
    return 0;
}

/* hexchar = "+" 2 upper-case hexadecimal digits */
static bool is_hexchar(struct bytes text)
{
    return text.size >= 3 && text.at[0] == '+' && text.at[1] != '\0' &&
           text.at[2] != '\0' &&
           strchr("0123456789ABCDEF", text.at[1]) != NULL &&
           strchr("0123456789ABCDEF", text.at[2]) != NULL;
}

bool param_is_xtext(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char octet = text.at[i];
        if (octet < '!' || octet > '~' || octet == '=') {
            return false;
        }
        if (octet == '+' && !is_hexchar(bytes_part(text, i, text.size))) {
            return false;
        }
    }
    return true;
}

void param_decode_xtext(struct bytes text, struct buffer *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.size; i++) {
        unsigned char octet = text.at[i];
        if (octet == '+' && is_hexchar(bytes_part(text, i, text.size))) {
            long high = strchr(digits, text.at[i + 1]) - digits;
            long low = strchr(digits, text.at[i + 2]) - digits;
            octet = (unsigned char)(high * 16 + low);
            i += 2;
        }
        buffer_add_byte(out, octet);
    }
}

/* SIZE=1*20DIGIT (RFC 1870 5) */
static enum param_judgement judge_size(struct bytes value)
{
    uint64_t size;
    return param_number(value, &size) == 0 ? PARAM_FINE : PARAM_BAD_VALUE;
}

/* Is `value` one of the words in `words`, which are parted by spaces? */
static bool is_one_of(struct bytes value, const char *words)
{
    while (*words != '\0') {
        size_t size = strcspn(words, " ");
        struct bytes word = {(const unsigned char *)words, size};
        if (bytes_equal_nocase(value, word)) {
            return true;
        }
        words += size + (words[size] == ' ' ? 1 : 0);
    }
    return false;
}

static enum param_judgement judge_body(struct bytes value)
{
    return is_one_of(value, "7BIT 8BITMIME BINARYMIME") ? PARAM_FINE
                                                        : PARAM_BAD_VALUE;
}

static enum param_judgement judge_ret(struct bytes value)
{
    return is_one_of(value, "FULL HDRS") ? PARAM_FINE : PARAM_BAD_VALUE;
}

/* ENVID=xtext, at most 100 (RFC 3461 4.4) */
static enum param_judgement judge_envid(struct bytes value)
{
    if (!param_is_xtext(value)) {
        return PARAM_BAD_XTEXT;
    }
    return value.size > 0 && value.size <= 100 ? PARAM_FINE : PARAM_BAD_VALUE;
}

/* NOTIFY=NEVER, or a list of SUCCESS, FAILURE, DELAY (RFC 3461 4.1) */
static enum param_judgement judge_notify(struct bytes value)
{
    if (is_one_of(value, "NEVER")) {
        return PARAM_FINE;
    }
    for (;;) {
        const unsigned char *comma =
            value.size == 0 ? NULL : memchr(value.at, ',', value.size);
        size_t size = comma == NULL ? value.size : (size_t)(comma - value.at);
        if (!is_one_of(bytes_part(value, 0, size), "SUCCESS FAILURE DELAY")) {
            return PARAM_BAD_VALUE;
        }
        if (comma == NULL) {
            return PARAM_FINE;
        }
        value = bytes_part(value, size + 1, value.size);
    }
}

/* ORCPT=addr-type ";" xtext, at most 500 (RFC 3461 4.2). With SMTPUTF8 the
 * utf-8 type may hold the octets themselves (RFC 6533 3). */
static enum param_judgement judge_orcpt(struct bytes value)
{
    const unsigned char *semicolon =
        value.size == 0 ? NULL : memchr(value.at, ';', value.size);
    if (semicolon == NULL || semicolon == value.at || value.size > 500) {
        return PARAM_BAD_VALUE;
    }
    size_t size = (size_t)(semicolon - value.at);
    struct bytes text = bytes_part(value, size + 1, value.size);
    if (bytes_equal_nocase(bytes_part(value, 0, size), BYTES("utf-8"))) {
        return PARAM_FINE;
    }
    return param_is_xtext(text) ? PARAM_FINE : PARAM_BAD_XTEXT;
}

/* AUTH=<> or xtext of a mailbox (RFC 4954 5) */
static enum param_judgement judge_auth(struct bytes value)
{
    return param_is_xtext(value) ? PARAM_FINE : PARAM_BAD_XTEXT;
}

static enum param_judgement judge_none(struct bytes value)
{
    (void)value;
    return PARAM_FINE;
}

/* BY=[+/-]1*9DIGIT ";" (N / R) [T]; a return needs time left (RFC 2852 4) */
static enum param_judgement judge_by(struct bytes value)
{
    bool is_negative = value.size > 0 && value.at[0] == '-';
    size_t i = is_negative || (value.size > 0 && value.at[0] == '+') ? 1 : 0;
    size_t start = i;
    bool is_zero = true;
    while (i < value.size && is_digit(value.at[i])) {
        is_zero = is_zero && value.at[i] == '0';
        i++;
    }
    struct bytes mode = bytes_part(value, i, value.size);
    if (i == start || i - start > 9 || !is_one_of(mode, ";N ;R ;NT ;RT")) {
        return PARAM_BAD_VALUE;
    }
    bool is_return = mode.at[1] == 'R' || mode.at[1] == 'r';
    return is_return && (is_negative || is_zero) ? PARAM_BAD_VALUE : PARAM_FINE;
}

/* HOLDFOR=1..999999999 (RFC 4865 5) */
static enum param_judgement judge_holdfor(struct bytes value)
{
    uint64_t seconds = 0;
    bool fits = value.size <= 9 && param_number(value, &seconds) == 0;
    return fits && seconds > 0 ? PARAM_FINE : PARAM_BAD_VALUE;
}

/* A time as RFC 3339 5.6 writes it, but without a fraction of a second; where
 * `is_utc` only with an offset of nothing. */
static bool is_time(struct bytes text, bool is_utc)
{
    static const char utc[] = "0000-00-00T00:00:00Z";
    char copy[sizeof("0000-00-00T00:00:00+00:00")] = "";
    int64_t time_us = 0;
    if (text.size < sizeof(utc) - 1 || text.size >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.at, text.size);
    const char *zone = copy + sizeof(utc) - 2;
    bool has_offset = *zone != 'Z' && *zone != 'z';
    if (strlen(copy) != text.size || strchr(copy, '.') != NULL ||
        (is_utc && has_offset && strcmp(zone + 1, "00:00") != 0)) {
        return false;
    }
    return calendar_read(copy, &time_us) == 0;
}

/* HOLDUNTIL=date-time in UTC (RFC 4865 5) */
static enum param_judgement judge_holduntil(struct bytes value)
{
    return is_time(value, true) ? PARAM_FINE : PARAM_BAD_VALUE;
}

/* MT-PRIORITY=(["-"] NZDIGIT) / "0" (RFC 6710 3) */
static enum param_judgement judge_priority(struct bytes value)
{
    bool is_negative = value.size > 0 && value.at[0] == '-';
    struct bytes digit = bytes_part(value, is_negative ? 1 : 0, value.size);
    bool fits = digit.size == 1 && is_digit(digit.at[0]) &&
                !(is_negative && digit.at[0] == '0');
    return fits ? PARAM_FINE : PARAM_BAD_VALUE;
}

/* RRVS=date-time[";" (C / R)] (RFC 7293 3.1) */
static enum param_judgement judge_rrvs(struct bytes value)
{
    if (value.size > 2 &&
        is_one_of(bytes_part(value, value.size - 2, 2), ";C ;R")) {
        value.size -= 2;
    }
    return is_time(value, false) ? PARAM_FINE : PARAM_BAD_VALUE;
}

/* MTRK=base64[":" 1*9DIGIT] (RFC 3885 3) */
static enum param_judgement judge_mtrk(struct bytes value)
{
    const unsigned char *colon =
        value.size == 0 ? NULL : memchr(value.at, ':', value.size);
    size_t size = colon == NULL ? value.size : (size_t)(colon - value.at);
    uint64_t seconds;
    struct bytes time = bytes_part(value, size + 1, value.size);
    if (size == 0 || (colon != NULL &&
                      (time.size > 9 || param_number(time, &seconds) != 0))) {
        return PARAM_BAD_VALUE;
    }
    for (size_t i = 0; i < size; i++) {
        unsigned char octet = value.at[i];
        bool is_letter = ((octet | 0x20) >= 'a' && (octet | 0x20) <= 'z');
        if (!is_letter && !is_digit(octet) && octet != '+' && octet != '/' &&
            octet != '=') {
            return PARAM_BAD_VALUE;
        }
    }
    return PARAM_FINE;
}

static const struct param_kind kinds[] = {
    {"SIZE", SMTP_VERB_MAIL, SMTP_SIZE, judge_size, true},
    {"BODY", SMTP_VERB_MAIL, SMTP_8BITMIME, judge_body, true},
    {"SMTPUTF8", SMTP_VERB_MAIL, SMTP_SMTPUTF8, judge_none, false},
    {"AUTH", SMTP_VERB_MAIL, SMTP_AUTH, judge_auth, true},
    {"RET", SMTP_VERB_MAIL, SMTP_DSN, judge_ret, true},
    {"ENVID", SMTP_VERB_MAIL, SMTP_DSN, judge_envid, true},
    {"REQUIRETLS", SMTP_VERB_MAIL, SMTP_REQUIRETLS, judge_none, false},
    {"BY", SMTP_VERB_MAIL, SMTP_DELIVERBY, judge_by, true},
    {"HOLDFOR", SMTP_VERB_MAIL, SMTP_FUTURERELEASE, judge_holdfor, true},
    {"HOLDUNTIL", SMTP_VERB_MAIL, SMTP_FUTURERELEASE, judge_holduntil, true},
    {"MT-PRIORITY", SMTP_VERB_MAIL, SMTP_MT_PRIORITY, judge_priority, true},
    {"MTRK", SMTP_VERB_MAIL, SMTP_MTRK, judge_mtrk, true},
    /* RFC 3865 3: known, never offered */
    {"SOLICIT", SMTP_VERB_MAIL, 0, judge_none, true},
    {"NOTIFY", SMTP_VERB_RCPT, SMTP_DSN, judge_notify, true},
    {"ORCPT", SMTP_VERB_RCPT, SMTP_DSN, judge_orcpt, true},
    {"RRVS", SMTP_VERB_RCPT, SMTP_RRVS, judge_rrvs, true},
};

const struct param_kind *param_find(struct bytes keyword, enum smtp_verb verb)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].verb == verb &&
            bytes_equal_nocase(keyword, bytes_of(kinds[i].keyword))) {
            return &kinds[i];
        }
    }
    return NULL;
}

uint32_t param_feature(const struct param_kind *kind,
                       const struct smtp_param *param)
{
    bool is_binary = kind->judge == judge_body &&
                     bytes_equal_nocase(param->value, BYTES("BINARYMIME"));
    return is_binary ? SMTP_BINARYMIME : kind->feature;
}

enum param_judgement param_judge(const struct param_kind *kind,
                                 const struct smtp_param *param)
{
    if (kind == NULL) {
        return PARAM_UNKNOWN;
    }
    if (kind->has_value != param->has_value) {
        return PARAM_BAD_VALUE;
    }
    return kind->judge(param->value);
}

/* esmtp-param = esmtp-keyword ["=" esmtp-value] (RFC 5321 4.1.2) */
static struct smtp_param read_param(struct bytes word)
{
    const unsigned char *sign = memchr(word.at, '=', word.size);
    if (sign == NULL) {
        return (struct smtp_param){.keyword = word};
    }
    size_t size = (size_t)(sign - word.at);
    return (struct smtp_param){
        .keyword = bytes_part(word, 0, size),
        .value = bytes_part(word, size + 1, word.size),
        .has_value = true,
    };
}

int param_split(struct bytes text, struct smtp_param params_out[PARAM_MAX])
{
    int count = 0;
    size_t i = 0;
    while (i < text.size) {
        size_t start = i;
        while (i < text.size && text.at[i] != ' ') {
            i++;
        }
        if (i > start && count == PARAM_MAX) {
            return -1;
        }
        if (i > start) {
            params_out[count++] =
                read_param(bytes_part(text, start, i - start));
        }
        i++;
    }
    return count;
}
